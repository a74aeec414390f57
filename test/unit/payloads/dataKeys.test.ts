import { DataKeys, memory, rotation } from '../../../src/payloads/dataKeys';
import { PayloadError } from '../../../src/payloads/payloadError';
import { FakeKeyService } from '../../fakes/keyService';

const key = 'arn:aws:kms:eu-west-1:222222222222:key/1';
let now: number;
let kms: FakeKeyService;
let keys: DataKeys;

beforeEach(() => {
  now = 0;
  kms = new FakeKeyService();
  keys = new DataKeys(kms, () => now);
});

const away = new PayloadError('unreachable', 'KMS is away', 'wait');

describe('the data key that encrypts', () => {
  it('is asked for once by however many want it at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => keys.forWriting(key)));
    expect(new Set(all).size).toBe(1);
    expect(kms.calls).toEqual([`generate ${key}`]);
  });

  it('is another one after so many payloads', async () => {
    const first = await keys.forWriting(key);
    for (let used = 1; used < rotation.payloads; used += 1) await keys.forWriting(key);
    expect(kms.calls).toHaveLength(1);
    expect(await keys.forWriting(key)).not.toBe(first);
    expect(kms.calls).toHaveLength(2);
  });

  it('is another one after an hour', async () => {
    const first = await keys.forWriting(key);
    now = rotation.ms - 1;
    expect(await keys.forWriting(key)).toBe(first);
    now = rotation.ms;
    expect(await keys.forWriting(key)).not.toBe(first);
  });

  it('is asked for again by the next payload where KMS was away', async () => {
    kms.trouble = away;
    await expect(Promise.all([keys.forWriting(key), keys.forWriting(key)])).rejects.toBe(away);
    kms.trouble = null;
    expect((await keys.forWriting(key)).plain).toHaveLength(32);
    expect(kms.calls).toHaveLength(2);
  });

  it('is known for reading without a call, even while KMS is away', async () => {
    const { plain, wrapped } = await keys.forWriting(key);
    kms.trouble = away;
    expect(await keys.forReading(key, wrapped)).toBe(plain);
  });
});

describe('data keys of others', () => {
  const wrappedKeys = async (n: number) => {
    const made = await Promise.all(Array.from({ length: n }, () => kms.generate(key)));
    kms.calls.length = 0;
    return made.map(({ wrapped }) => wrapped);
  };

  it('are unwrapped once by however many payloads are under one', async () => {
    const [wrapped = new Uint8Array()] = await wrappedKeys(1);
    await Promise.all(Array.from({ length: 50 }, () => keys.forReading(key, wrapped)));
    await keys.forReading(key, wrapped);
    expect(kms.calls).toEqual([`unwrap ${key}`]);
  });

  it('are asked for again after an hour, so that a right which was taken back ends', async () => {
    const [wrapped = new Uint8Array()] = await wrappedKeys(1);
    await keys.forReading(key, wrapped);
    now = memory.ms;
    kms.trouble = new PayloadError('refused', 'no more', 'ask');
    await expect(keys.forReading(key, wrapped)).rejects.toBe(kms.trouble);
  });

  it('are forgotten, the oldest first, where there are more than are remembered', async () => {
    const wrapped = await wrappedKeys(memory.keys + 1);
    for (const one of wrapped) await keys.forReading(key, one);
    kms.calls.length = 0;
    for (const one of wrapped.slice(1)) await keys.forReading(key, one);
    expect(kms.calls).toEqual([]);
    await keys.forReading(key, wrapped[0] ?? new Uint8Array());
    expect(kms.calls).toHaveLength(1);
  });

  it('are asked for again by the next payload where KMS was away', async () => {
    const [wrapped = new Uint8Array()] = await wrappedKeys(1);
    kms.trouble = away;
    await expect(keys.forReading(key, wrapped)).rejects.toBe(away);
    kms.trouble = null;
    expect(await keys.forReading(key, wrapped)).toHaveLength(32);
  });
});
