import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from '@node-rs/crc32';
import { type StoredObject } from '../../../src/clouds/objectStore';
import { applicationFailure } from '../../../src/core/applicationFailure';
import { failureTypes } from '../../../src/core/failure';
import { type ManifestEntry } from '../../../src/core/catalogue/manifest';
import { BufferPool } from '../../../src/transfer/bufferPool';
import { crc64nvme } from '../../../src/transfer/hashing/crc64nvme';
import { transferObjects, type TransferOptions } from '../../../src/transfer/transferObjects';
import { type Fault, FakeObjectStore, hexCrc, transientFailure } from '../../fakes/objectStore';

const kibi = 1024;
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

class Bench {
  readonly source = new FakeObjectStore();
  readonly target = new FakeObjectStore();

  put(name: string, content: Buffer) {
    return this.source.put(`export/${name}`, content);
  }

  async run(options: Partial<TransferOptions> = {}) {
    return transferObjects({
      source: this.source,
      target: this.target,
      entries: this.source.keys('export/').map((key) => {
        const { content, revision } = this.source.objects.get(key) ?? { content: Buffer.alloc(0), revision: '' };
        return { key: key.slice('export/'.length), bytes: content.length, revision };
      }),
      sourcePrefix: 'export/',
      targetPrefix: 'data/export/',
      stagingPrefix: 'data/staging/',
      partBytes: 64 * kibi,
      concurrency: 4,
      ...options,
    });
  }

  async already(): Promise<Map<string, StoredObject>> {
    const found = new Map<string, StoredObject>();
    for await (const page of this.target.list('data/export/'))
      for (const object of page) found.set(object.key.slice('data/export/'.length), object);
    return found;
  }

  /** Every object of the source lies in the target, equal, and nothing else does. */
  expectEqual(entries: readonly ManifestEntry[]) {
    expect(this.target.keys()).toEqual(this.source.keys('export/').map((key) => `data/${key}`));
    const expected = this.source.keys('export/').map((key) => {
      const { content } = this.source.objects.get(key) ?? { content: Buffer.alloc(0) };
      expect(this.target.objects.get(`data/${key}`)?.content.equals(content)).toBe(true);
      return {
        key: key.slice('export/'.length),
        bytes: content.length,
        crc32c: hexCrc(content),
        sha256: sha256(content),
      };
    });
    expect(entries).toEqual(expected);
  }
}

/** The nth call of an operation meets a fault. */
const onCall = (operation: string, numbers: readonly number[], fault: Fault) => {
  let calls = 0;
  return (called: string) => (called === operation && numbers.includes((calls += 1)) ? fault : undefined);
};

describe('transferObjects', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.source.states = ({ content }) => ({ crc32c: hexCrc(content) });
  });

  it('brings objects of every size, and tells the checksums of each', async () => {
    for (const bytes of [0, 1, 64 * kibi, 64 * kibi + 1, 400 * kibi]) bench.put(`o-${bytes}`, randomBytes(bytes));
    const { entries, sent, checkedAgainstSource } = await bench.run();
    bench.expectEqual(entries);
    expect(sent.objects).toBe(5);
    expect(checkedAgainstSource).toBe(5);
  });

  it('joins more parts than the target joins at once', async () => {
    bench.put('huge', randomBytes(70 * 4 * kibi + 17));
    const { entries } = await bench.run({ partBytes: 4 * kibi });
    bench.expectEqual(entries);
  });

  it('sends nothing again that is whole', async () => {
    bench.put('a', randomBytes(100));
    bench.put('large', randomBytes(300 * kibi));
    const first = await bench.run();
    const before = bench.target.count('write');
    const second = await bench.run({ already: await bench.already() });
    expect(second).toMatchObject({ entries: first.entries, sent: { objects: 0, bytes: 0 } });
    expect(bench.target.count('write')).toBe(before);
  });

  it('replaces what lies there of another revision', async () => {
    bench.put('a', Buffer.from('yesterday'));
    await bench.run();
    bench.put('a', Buffer.from('today'));
    const { entries } = await bench.run({ already: await bench.already() });
    bench.expectEqual(entries);
  });

  it('replaces what lies there damaged, though its metadata is as it should be', async () => {
    bench.put('a', Buffer.from('panda'));
    await bench.run();
    const there = bench.target.objects.get('data/export/a');
    if (there !== undefined) there.content = Buffer.from('pandb');
    const { entries } = await bench.run({ already: await bench.already() });
    bench.expectEqual(entries);
  });

  it('does not send parts again that lie there', async () => {
    bench.put('large', randomBytes(300 * kibi));
    bench.target.fault = onCall('write', [4], { type: 'throw', error: applicationFailure('Refused', 'no') });
    await expect(bench.run({ concurrency: 1 })).rejects.toMatchObject({ type: 'Refused' });
    expect(bench.target.keys()).toHaveLength(3);
    bench.target.fault = () => undefined;
    const { entries, sent } = await bench.run();
    bench.expectEqual(entries);
    expect(sent.bytes).toBe(300 * kibi - 3 * 64 * kibi);
  });

  it('does not mistake parts of another revision for its own', async () => {
    const first = bench.put('large', randomBytes(300 * kibi));
    bench.target.fault = onCall('compose', [1], { type: 'throw', error: applicationFailure('Refused', 'no') });
    await expect(bench.run()).rejects.toMatchObject({ type: 'Refused' });
    bench.put('large', randomBytes(first.content.length));
    const { entries } = await bench.run();
    bench.expectEqual(entries);
  });

  describe.each<[string, Fault]>([
    ['503', { type: 'throw', error: transientFailure() }],
    ['a flipped bit', { type: 'flip' }],
    ['a stream that ends early', { type: 'truncate' }],
    ['a connection reset', { type: 'reset' }],
  ])('meeting %s while reading', (_, fault) => {
    it.each([100, 300 * kibi])('delivers %d bytes nevertheless', async (bytes) => {
      bench.put('o', randomBytes(bytes));
      bench.source.fault = onCall('open', [1, 2], fault);
      const { entries } = await bench.run();
      bench.expectEqual(entries);
    });
  });

  it.each<[string, (content: Buffer) => object]>([
    ['CRC32C', (content) => ({ crc32c: hexCrc(content) })],
    ['CRC-32', (content) => ({ crc32: crc32(content).toString(16).padStart(8, '0') })],
    ['CRC-64/NVME', (content) => ({ crc64nvme: crc64nvme(content).toString(16).padStart(16, '0') })],
    ['SHA-256', (content) => ({ sha256: sha256(content) })],
    ['MD5', (content) => ({ md5: createHash('md5').update(content).digest('hex') })],
  ])('delivers nothing that differs from the %s the source states', async (_, states) => {
    bench.source.states = ({ content }) => states(content);
    bench.put('small', randomBytes(1000));
    bench.put('large', randomBytes(300 * kibi));
    await bench.run();
    bench.target.objects.clear();
    bench.source.fault = (operation) => (operation === 'open' ? { type: 'flip' } : undefined);
    await expect(bench.run()).rejects.toMatchObject({ type: failureTypes.verificationFailed });
    expect(bench.target.keys('data/export/')).toEqual([]);
  });

  it('notices a flipped bit by reading twice where the source states nothing', async () => {
    bench.source.states = () => ({});
    for (const bytes of [1000, 300 * kibi]) {
      bench.put('o', randomBytes(bytes));
      bench.source.fault = onCall('open', [1], { type: 'flip' });
      const { entries } = await bench.run({ concurrency: 1 });
      bench.expectEqual(entries);
    }
  });

  it('notices a stream that ends early though the source states nothing', async () => {
    bench.source.states = () => ({});
    for (const bytes of [1000, 300 * kibi]) {
      bench.put('o', randomBytes(bytes));
      bench.source.fault = onCall('open', [1], { type: 'truncate' });
      const { entries } = await bench.run();
      bench.expectEqual(entries);
    }
  });

  it('fails when an object is swapped, before or while it is read', async () => {
    bench.put('o', randomBytes(300 * kibi));
    for (const call of [1, 3]) {
      bench.source.fault = onCall('open', [call], { type: 'swap' });
      await expect(bench.run({ concurrency: 1 })).rejects.toMatchObject({ type: failureTypes.conflict });
      expect(bench.target.keys('data/export/')).toEqual([]);
      bench.put('o', randomBytes(300 * kibi));
    }
  });

  it('refuses Parquet that was cut off at rest', async () => {
    bench.put('part-0.gz.parquet', Buffer.from('PAR1 and so on'));
    await expect(bench.run()).rejects.toMatchObject({ type: failureTypes.verificationFailed });
    bench.put('part-0.gz.parquet', Buffer.concat([Buffer.from('PAR1'), randomBytes(200 * kibi), Buffer.from('PAR1')]));
    bench.expectEqual((await bench.run()).entries);
  });

  it.each(['write', 'compose'])('adopts what a %s has done whose answer was lost', async (operation) => {
    bench.put('small', randomBytes(100));
    bench.put('large', randomBytes(300 * kibi));
    bench.target.fault = onCall(operation, [1], { type: 'lose-answer', error: transientFailure('reset') });
    const { entries } = await bench.run();
    bench.expectEqual(entries);
  });

  it('lets two transfers of the same objects run side by side', async () => {
    for (let i = 0; i < 20; i += 1) bench.put(`o-${i}`, randomBytes(i * 15 * kibi));
    const [one, other] = await Promise.all([bench.run(), bench.run()]);
    bench.expectEqual(one.entries);
    expect(other.entries).toEqual(one.entries);
  });

  it('leaves no parts behind, in a bucket that keeps everything', async () => {
    bench.target.retentionPolicy = true;
    bench.put('large', randomBytes(300 * kibi));
    const { entries } = await bench.run();
    bench.expectEqual(entries);
    expect(bench.target.count('writeStream')).toBe(1);
  });

  it('retains the objects, not their parts', async () => {
    const retainUntil = { mode: 'compliance', until: new Date(Date.now() + 1e9) } as const;
    bench.put('small', randomBytes(10));
    bench.put('large', randomBytes(300 * kibi));
    const { entries } = await bench.run({ retainUntil });
    bench.expectEqual(entries);
    for (const key of bench.target.keys()) expect(bench.target.objects.get(key)?.retainUntil).toEqual(retainUntil);
  });

  it('keeps to its memory', async () => {
    for (let i = 0; i < 40; i += 1) bench.put(`o-${i}`, randomBytes(60 * kibi));
    const memory = new BufferPool(128 * kibi);
    let most = 0;
    let reading = 0;
    bench.source.fault = (operation) => {
      if (operation === 'open') most = Math.max(most, (reading += 1) - bench.target.count('write'));
      return undefined;
    };
    await bench.run({ memory, concurrency: 16 });
    expect(most).toBeLessThanOrEqual(2);
  });

  it('stops at once when told to, and tells why', async () => {
    const stop = new AbortController();
    for (let i = 0; i < 50; i += 1) bench.put(`o-${i}`, randomBytes(100));
    const reason = new Error('cancelled');
    const running = bench.run({ signal: stop.signal, onProgress: ({ objects }) => objects > 5 && stop.abort(reason) });
    await expect(running).rejects.toBe(reason);
    expect(bench.target.keys().length).toBeLessThan(50);
  });

  it('tells of all bytes in the end, neither more nor less', async () => {
    for (const bytes of [100, 300 * kibi]) bench.put(`o-${bytes}`, randomBytes(bytes));
    bench.source.fault = onCall('open', [2], { type: 'flip' });
    let last = {};
    await bench.run({ onProgress: (progress) => (last = progress) });
    expect(last).toEqual({ objects: 2, bytes: 100 + 300 * kibi });
  });
});
