import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { readableByAll } from '../../../src/core/payloadMarks';
import { DataKeys } from '../../../src/payloads/dataKeys';
import { EncryptingCodec, keyOf, type PayloadKeys } from '../../../src/payloads/payloadCodec';
import { FakeKeyService } from '../../fakes/keyService';

const key = 'arn:aws:kms:eu-west-1:222222222222:key/0d1f6a3c-6a52-4b8e-9d52-2a3f0c7e1b11';
const oldKey = 'arn:aws:kms:eu-west-1:222222222222:key/old';
const foreignKey = 'arn:aws:kms:eu-west-1:666666666666:key/mallory';
const secret = { cluster: 'panda-cluster-1', account: '999999999999' };
const plain = () => defaultPayloadConverter.toPayload(secret);

const kms = new FakeKeyService();
const codecOf = (keys: PayloadKeys, { namespace = 'default', service = kms } = {}) =>
  new EncryptingCodec(keys, namespace, new DataKeys(service));
const both = { writing: key, reading: [key] };
const codec = codecOf(both);

async function one(payloads: Promise<Payload[]>): Promise<Payload> {
  const [payload, ...more] = await payloads;
  if (payload === undefined || more.length > 0) throw new Error('one payload comes back for one');
  return payload;
}

const bytesOf = (payload: Payload) => Buffer.from(temporal.api.common.v1.Payload.encode(payload).finish());

describe('an encrypted payload', () => {
  it('says nothing of what it holds, and another process reads it', async () => {
    const encrypted = await one(codec.encode([plain()]));
    expect(bytesOf(encrypted).includes('panda')).toBe(false);
    expect(bytesOf(encrypted).includes('json/plain')).toBe(false);
    const read = await one(codecOf({ writing: null, reading: [key] }).decode([encrypted]));
    expect(defaultPayloadConverter.fromPayload(read)).toEqual(secret);
  });

  it('is named as the Temporal UI knows it, with the key that people have to look after', async () => {
    const encrypted = await one(codec.encode([plain()]));
    expect(Buffer.from(encrypted.metadata?.encoding ?? []).toString()).toBe('binary/encrypted');
    expect(Buffer.from(encrypted.metadata?.['encryption-key-id'] ?? []).toString()).toBe(key);
    expect(keyOf(encrypted)).toBe(key);
    expect(keyOf(plain())).toBeNull();
  });

  // Entities carry 250,000 bytes, and Temporal warns at 256 KiB.
  it.each([10, 250_000])('is longer by the same few bytes, whatever its length: %i', async (length) => {
    const payload = defaultPayloadConverter.toPayload('x'.repeat(length));
    const more = bytesOf(await one(codec.encode([payload]))).length - bytesOf(payload).length;
    expect(more).toBeLessThanOrEqual(380);
    expect(more).toBeGreaterThan(360);
  });

  it('is never the same twice', async () => {
    const [first, second] = await codec.encode([plain(), plain()]);
    expect(first?.data).not.toEqual(second?.data);
  });

  it.each<[string, (payload: Payload) => Payload]>([
    ['a bit of its text', (payload) => ({ ...payload, data: flipped(payload.data, 20) })],
    ['a bit of its tag', (payload) => ({ ...payload, data: flipped(payload.data, -1) })],
    ['a bit of its nonce', (payload) => ({ ...payload, data: flipped(payload.data, 1) })],
    ['its end', (payload) => ({ ...payload, data: payload.data?.slice(0, -1) ?? null })],
    ['nearly all of it', (payload) => ({ ...payload, data: payload.data?.slice(0, 20) ?? null })],
    ['its form', (payload) => ({ ...payload, data: flipped(payload.data, 0) })],
    ['its data key', (payload) => withDataKey(payload, flipped(payload.metadata?.['encryption-data-key'], 5))],
  ])('is refused when somebody has changed %s, in words that name the key and not its text', async (_, change) => {
    const encrypted = change(await one(codec.encode([plain()])));
    const refused = codec.decode([encrypted]);
    await expect(refused).rejects.toMatchObject({ name: 'PayloadError', trouble: 'damaged' });
    await expect(refused).rejects.toThrow(key);
    await expect(refused).rejects.not.toThrow('panda');
  });

  it('is refused under the data key of another payload: each is bound to its own', async () => {
    const [mine, other] = await Promise.all([codec, codecOf(both)].map((by) => one(by.encode([plain()]))));
    const swapped = withDataKey(mine as Payload, other?.metadata?.['encryption-data-key']);
    await expect(codec.decode([swapped])).rejects.toMatchObject({ trouble: 'damaged' });
  });

  it('is refused in another namespace, even where the data key could be had', async () => {
    const encrypted = await one(codec.encode([plain()]));
    await expect(codecOf(both, { namespace: 'other' }).decode([encrypted])).rejects.toMatchObject({
      trouble: 'damaged',
    });
  });

  it('is refused under the name of another key of ours', async () => {
    const encrypted = await one(codec.encode([plain()]));
    const renamed = { ...encrypted, metadata: { ...encrypted.metadata, 'encryption-key-id': Buffer.from(oldKey) } };
    const reader = codecOf({ writing: key, reading: [key, oldKey] });
    await expect(reader.decode([renamed])).rejects.toThrow(oldKey);
  });

  it('is refused before KMS is asked, where it names a key that nobody has configured', async () => {
    const service = new FakeKeyService();
    const mallory = await one(codecOf({ writing: foreignKey, reading: [foreignKey] }, { service }).encode([plain()]));
    service.calls.length = 0;
    const refused = codecOf(both, { service }).decode([mallory]);
    await expect(refused).rejects.toMatchObject({ trouble: 'foreign' });
    await expect(refused).rejects.toThrow(`${foreignKey}, which this process does not use`);
    expect(service.calls).toEqual([]);
  });

  it('is named to whoever has no key, with what to set', async () => {
    const encrypted = await one(codec.encode([plain()]));
    await expect(codecOf({ writing: null, reading: [] }).decode([encrypted])).rejects.toThrow(
      `encrypted under key ${key}, and this process has no key; set FARCOPY_PAYLOAD_KEY`,
    );
  });
});

describe('a codec that is switched on or off while workflows run', () => {
  it('reads what is in the clear', async () => {
    expect(await codec.decode([plain()])).toEqual([plain()]);
  });

  it('writes in the clear with keys to read alone, and reads what was encrypted', async () => {
    const reader = codecOf({ writing: null, reading: [key] });
    expect(await reader.encode([plain()])).toEqual([plain()]);
    const read = await one(reader.decode([await one(codec.encode([plain()]))]));
    expect(defaultPayloadConverter.fromPayload(read)).toEqual(secret);
  });

  it('writes under the new key, and reads the old one as long as it is named', async () => {
    const before = await one(codecOf({ writing: oldKey, reading: [oldKey] }).encode([plain()]));
    const changed = codecOf({ writing: key, reading: [key, oldKey] });
    expect(keyOf(await one(changed.encode([plain()])))).toBe(key);
    expect(defaultPayloadConverter.fromPayload(await one(changed.decode([before])))).toEqual(secret);
    await expect(codec.decode([before])).rejects.toThrow('FARCOPY_PAYLOAD_OLD_KEYS');
  });

  it('leaves in the clear what is marked as readable by all', async () => {
    const marked = { ...plain(), metadata: { ...plain().metadata, [readableByAll]: new Uint8Array([1]) } };
    expect(await codec.encode([marked])).toEqual([marked]);
  });

  it('keeps payloads without data', async () => {
    const nothing = defaultPayloadConverter.toPayload(undefined);
    const read = await one(codec.decode(await codec.encode([nothing])));
    expect(defaultPayloadConverter.fromPayload(read)).toBeUndefined();
  });
});

function flipped(bytes: Uint8Array | null | undefined, at: number): Uint8Array {
  const changed = Buffer.from(bytes ?? []);
  const index = at < 0 ? changed.length + at : at;
  changed[index] = (changed[index] ?? 0) ^ 4;
  return changed;
}

function withDataKey(payload: Payload, dataKey: Uint8Array | null | undefined): Payload {
  return { ...payload, metadata: { ...payload.metadata, 'encryption-data-key': dataKey ?? new Uint8Array() } };
}
