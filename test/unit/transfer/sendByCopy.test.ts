import { createHash, randomBytes } from 'node:crypto';
import { failureTypes } from '../../../src/core/failure';
import { type StoredObject } from '../../../src/clouds/objectStore';
import { transferObjects, type TransferOptions } from '../../../src/transfer/transferObjects';
import { objectStoreConformance } from '../../conformance/objectStore';
import { FakeCopyingStore } from '../../fakes/copyingStore';
import { FakeObjectStore, hexCrc } from '../../fakes/objectStore';

const kibi = 1024;
const contents = new Map([
  ['empty', Buffer.alloc(0)],
  ['large', randomBytes(300 * kibi)],
  ['small', Buffer.from('panda')],
]);

function bench() {
  const source = new FakeObjectStore();
  for (const [name, content] of contents) source.put(`export/${name}`, content);
  const target = new FakeCopyingStore(new Map([['exports', source]]));
  const run = async (options: Partial<TransferOptions> = {}) =>
    transferObjects({
      source,
      target,
      entries: [...contents].map(([key, { length }]) => ({
        key,
        bytes: length,
        revision: source.objects.get(`export/${key}`)?.revision ?? '',
      })),
      sourcePrefix: 'export/',
      targetPrefix: 'data/',
      stagingPrefix: 'staging/',
      partBytes: 64 * kibi,
      copy: { target, sourceBucket: 'exports' },
      ...options,
    });
  const sentBytes = () => target.calls.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const requireAll = () => {
    for (const [name, content] of contents) expect(target.objects.get(`data/${name}`)?.content).toEqual(content);
    expect(target.keys('staging/')).toEqual([]);
  };
  return { source, target, run, sentBytes, requireAll };
}

describe('a bucket that fetches by itself', () => {
  objectStoreConformance(async () => {
    const store = new FakeObjectStore();
    return {
      store: new FakeCopyingStore(new Map([['other', store]])),
      other: { bucket: 'other', store, checksPreconditions: true },
      tellsMissing: true,
      checksChecksums: true,
      checksComposePreconditions: true,
    };
  });
});

describe('a transfer within one cloud', () => {
  it('sends nothing, and its manifest is that of what was read', async () => {
    const { target, run, sentBytes, requireAll } = bench();
    const retainUntil = { mode: 'compliance', until: new Date('2027-01-01') } as const;
    const { entries } = await run({ retainUntil });
    expect(entries).toEqual(
      [...contents].map(([key, content]) => ({
        key,
        bytes: content.length,
        crc32c: hexCrc(content),
        sha256: createHash('sha256').update(content).digest('hex'),
      })),
    );
    expect(sentBytes()).toBe(0);
    expect(target.objects.get('data/small')?.retainUntil).toEqual(retainUntil);
    requireAll();
  });

  it('fetches nothing a second time', async () => {
    const { target, run } = bench();
    await run();
    const already = new Map<string, StoredObject>();
    for await (const page of target.list('data/'))
      for (const object of page) already.set(object.key.slice('data/'.length), object);
    expect((await run({ already })).sent).toEqual({ objects: 0, bytes: 0 });
    expect(target.fetched).toHaveLength(contents.size);
  });

  it('sends everything where the cloud refuses to fetch, and soon asks no more', async () => {
    const { target, run, sentBytes, requireAll } = bench();
    let asked = 0;
    target.fetchFault = () => {
      asked += 1;
      return 'denied';
    };
    await run({ concurrency: 1 });
    expect(asked).toBeLessThan(contents.size);
    expect(sentBytes()).toBe([...contents.values()].reduce((sum, { length }) => sum + length, 0));
    requireAll();
  });

  it('takes no copy for whole that is another one than what was read', async () => {
    const { target, run, requireAll } = bench();
    const befallen = new Set<string>();
    target.fetchFault = (key) => {
      if (befallen.has(key)) return undefined;
      befallen.add(key);
      return 'flipped';
    };
    await run();
    requireAll();
    target.objects.clear();
    target.fetchFault = () => 'flipped';
    await expect(run()).rejects.toMatchObject({ type: failureTypes.verificationFailed });
    expect(target.keys('data/small')).toEqual([]);
  });

  it('fetches once though an answer is lost', async () => {
    const { target, run, requireAll } = bench();
    target.fetchFault = (key) => (target.fetched.includes(key) ? undefined : 'unanswered');
    await run();
    expect(target.fetched).toHaveLength(contents.size);
    requireAll();
  });

  it('does not take a source that cannot be read for a copy that is refused', async () => {
    const { source, target, run } = bench();
    source.objects.delete('export/small');
    await expect(run()).rejects.toMatchObject({ type: failureTypes.notFound });
    expect(target.keys('data/small')).toEqual([]);
  });
});
