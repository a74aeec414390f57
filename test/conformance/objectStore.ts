/* eslint-disable jest/no-export -- a suite, run by the test files of each store */
import { text } from 'node:stream/consumers';
import { type ObjectSource } from '../../src/clouds/objectSource';
import {
  type ComposingStore,
  type CopyingStore,
  type ObjectStore,
  type StoredObject,
  type WriteOptions,
} from '../../src/clouds/objectStore';
import { failureTypes } from '../../src/core/failure';
import { hexCrc } from '../fakes/objectStore';

export interface ObjectStoreUnderTest {
  readonly store: ObjectStore & ObjectSource & Partial<ComposingStore> & Partial<CopyingStore>;
  /** Another one of the same cloud, to copy from. */
  readonly other?: {
    readonly bucket: string;
    readonly store: ObjectStore;
    /** What stands in for the cloud heeds preconditions of copies. */
    readonly checksPreconditions: boolean;
  };
  /** Of the same cloud, with a bucket that does not exist. */
  readonly withoutBucket?: ObjectStore & ObjectSource;
  /** What stands in for the cloud answers 404 to a question for what is not there. */
  readonly tellsMissing: boolean;
  /** What stands in for the cloud refuses content that differs from its checksum. */
  readonly checksChecksums: boolean;
  /** What stands in for the cloud heeds preconditions of joining. */
  readonly checksComposePreconditions: boolean;
}

const of = (content: string | Buffer, options: Partial<WriteOptions> = {}) =>
  [Buffer.from(content), { crc32c: hexCrc(Buffer.from(content)), ...options }] as const;

/** What every store must do, whatever the cloud. Every test has a prefix of its own. */
export function objectStoreConformance(start: () => Promise<ObjectStoreUnderTest>): void {
  let under: ObjectStoreUnderTest;
  let prefix = '';
  let tests = 0;

  beforeAll(async () => {
    under = await start();
  });
  beforeEach(() => {
    prefix = `conformance/${(tests += 1)}/`;
  });

  const put = (name: string, content: string | Buffer, options: Partial<WriteOptions> = {}) =>
    under.store.write(prefix + name, ...of(content, options));
  const all = async (at = prefix, after?: string) => {
    const found: StoredObject[] = [];
    for await (const page of under.store.list(at, after === undefined ? {} : { after })) found.push(...page);
    return found;
  };

  it('gives back what was written, with its metadata', async () => {
    const written = await put('a', 'panda', { metadata: { 'farcopy-source-revision': 'r-1' } });
    const found = await under.store.head(`${prefix}a`);
    expect(found).toMatchObject({ key: `${prefix}a`, bytes: 5, revision: written.revision });
    expect(found?.metadata).toMatchObject({ 'farcopy-source-revision': 'r-1' });
    expect(await text(await under.store.read(`${prefix}a`))).toBe('panda');
  });

  it('keeps an empty object', async () => {
    await put('empty', '');
    expect(await under.store.head(`${prefix}empty`)).toMatchObject({ bytes: 0 });
    expect(await text(await under.store.read(`${prefix}empty`))).toBe('');
  });

  it('keeps keys that addresses would change', async () => {
    const names = ['a b+c', 'ü/ß.parquet', 'x%2Fy', "q'(1)*!", 'shop/public."Weird Table"/part=1&2?#.gz'];
    for (const name of names) await put(name, name);
    expect((await all()).map(({ key }) => key).sort()).toEqual(names.map((name) => prefix + name).sort());
    for (const name of names) expect(await text(await under.store.read(prefix + name))).toBe(name);
  });

  it('reads a range, and tells the size of the whole', async () => {
    await put('range', '0123456789');
    expect(await text(await under.store.read(`${prefix}range`, { from: 2, to: 5 }))).toBe('234');
    const opened = await under.store.open(`${prefix}range`, { from: 7 });
    expect(opened.bytes).toBe(10);
    expect(await text(opened.body)).toBe('789');
  });

  it('reads the revision it was asked for, or nothing', async () => {
    const first = await put('pinned', 'first');
    expect(await text(await under.store.read(`${prefix}pinned`, { revision: first.revision }))).toBe('first');
    await put('pinned', 'second');
    await expect(
      under.store.open(`${prefix}pinned`, { revision: first.revision, from: 1, to: 3 }),
    ).rejects.toMatchObject({ type: failureTypes.conflict });
  });

  it('writes where there is nothing, and only there', async () => {
    await put('once', 'first', { onlyIf: 'absent' });
    await expect(put('once', 'second', { onlyIf: 'absent' })).rejects.toMatchObject({ type: failureTypes.conflict });
    expect(await text(await under.store.read(`${prefix}once`))).toBe('first');
  });

  it('replaces the revision it has seen, and no other', async () => {
    const first = await put('seen', 'first');
    const second = await put('seen', 'second', { onlyIf: { revision: first.revision } });
    await expect(put('seen', 'third', { onlyIf: { revision: first.revision } })).rejects.toMatchObject({
      type: failureTypes.conflict,
    });
    expect(await under.store.head(`${prefix}seen`)).toMatchObject({ revision: second.revision });
  });

  it('refuses content that differs from its checksum', async () => {
    if (!under.checksChecksums) return;
    await expect(
      under.store.write(`${prefix}flipped`, Buffer.from('panda'), { crc32c: hexCrc(Buffer.from('pandb')) }),
    ).rejects.toMatchObject({ type: failureTypes.verificationFailed });
    expect(await under.store.head(`${prefix}flipped`)).toBeNull();
  });

  it('lists in the order of the keys, behind a key, and nothing of other prefixes', async () => {
    for (const name of ['b', 'a/2', 'a/1', 'c']) await put(name, name);
    expect((await all()).map(({ key }) => key)).toEqual(['a/1', 'a/2', 'b', 'c'].map((name) => prefix + name));
    expect((await all(`${prefix}a/`)).map(({ bytes }) => bytes)).toEqual([3, 3]);
    expect((await all(prefix, `${prefix}a/2`)).map(({ key }) => key)).toEqual([`${prefix}b`, `${prefix}c`]);
    expect(await all(`${prefix}nothing/`)).toEqual([]);
  });

  it('states what is known of the whole, of one revision', async () => {
    const first = await put('stated', 'panda');
    const { crc32c } = await under.store.state(`${prefix}stated`, first.revision);
    expect([null, hexCrc(Buffer.from('panda'))]).toContain(crc32c);
    await put('stated', 'another');
    await expect(under.store.state(`${prefix}stated`, first.revision)).rejects.toMatchObject({
      type: failureTypes.conflict,
    });
  });

  it('finds nothing where there is nothing', async () => {
    if (under.tellsMissing) expect(await under.store.head(`${prefix}missing`)).toBeNull();
    await expect(under.store.open(`${prefix}missing`, {})).rejects.toMatchObject({ type: failureTypes.notFound });
  });

  it('deletes what is there, and is content when it is not', async () => {
    await put('gone', 'x');
    await under.store.delete(`${prefix}gone`);
    await under.store.delete(`${prefix}gone`);
    expect(await all()).toEqual([]);
  });

  it('does not try for ever where there is no bucket', async () => {
    if (under.withoutBucket === undefined) return;
    // What it says of objects differs between clouds; none takes it for trouble that passes.
    const told = { type: expect.stringMatching(/^(Configuration|NotFound)$/) as string };
    await expect(under.withoutBucket.open('x', {})).rejects.toMatchObject(told);
    await expect(under.withoutBucket.write('x', ...of('x'))).rejects.toMatchObject(told);
  });

  it('stops when it is told to', async () => {
    await put('stop', 'x');
    await expect(under.store.open(`${prefix}stop`, {}, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('joins objects in their order, and keeps them', async () => {
    const { store } = under;
    if (store.compose === undefined) return;
    const parts = [await put('part-1', 'pan'), await put('part-2', 'da')];
    const joined = await store.compose(`${prefix}whole`, parts, {
      crc32c: hexCrc(Buffer.from('panda')),
      metadata: { 'farcopy-sha256': 'abc' },
    });
    expect(joined).toMatchObject({ bytes: 5, crc32c: hexCrc(Buffer.from('panda')) });
    expect(await store.head(`${prefix}whole`)).toMatchObject({ metadata: { 'farcopy-sha256': 'abc' } });
    expect(await text(await store.read(`${prefix}whole`))).toBe('panda');
    expect(await store.head(`${prefix}part-1`)).toMatchObject({ bytes: 3 });
  });

  it('does not pass off as joined what came out otherwise', async () => {
    const { store } = under;
    if (store.compose === undefined) return;
    const parts = [await put('part-1', 'pan'), await put('part-2', 'da')];
    await expect(
      store.compose(`${prefix}whole`, parts, { crc32c: hexCrc(Buffer.from('bread')) }),
    ).rejects.toMatchObject({ type: failureTypes.verificationFailed });
  });

  it('joins only where nothing is', async () => {
    const { store } = under;
    if (store.compose === undefined || !under.checksComposePreconditions) return;
    const part = await put('part', 'x');
    await put('taken', 'y');
    await expect(
      store.compose(`${prefix}taken`, [part], { crc32c: hexCrc(Buffer.from('x')), onlyIf: 'absent' }),
    ).rejects.toMatchObject({ type: failureTypes.conflict });
  });

  it('writes a stream in one request, and refuses one that is not what was announced', async () => {
    const { store } = under;
    if (store.writeStream === undefined) return;
    const content = Buffer.alloc(300_000, 'panda');
    async function* chunks() {
      for (let at = 0; at < content.length; at += 70_000) yield content.subarray(at, at + 70_000);
    }
    await store.writeStream(`${prefix}stream`, chunks(), content.length, { crc32c: hexCrc(content) });
    expect(await text(await store.read(`${prefix}stream`))).toBe(content.toString());
    await expect(
      store.writeStream(`${prefix}other`, chunks(), content.length, { crc32c: '00000000' }),
    ).rejects.toMatchObject({ type: failureTypes.verificationFailed });
  });

  it('fetches an object of another bucket, with metadata of its own', async () => {
    const { store, other } = under;
    if (store.copyFrom === undefined || other === undefined) return;
    const key = `${prefix}ü/a b+c`;
    const { bytes, revision } = await other.store.write(key, ...of('panda', { metadata: { theirs: 'x' } }));
    const copied = await store.copyFrom({ bucket: other.bucket, key, bytes, revision }, `${prefix}copied`, {
      crc32c: hexCrc(Buffer.from('panda')),
      metadata: { 'farcopy-sha256': 'abc' },
      onlyIf: 'absent',
    });
    expect(copied).toMatchObject({ bytes: 5, crc32c: hexCrc(Buffer.from('panda')) });
    expect((await store.head(`${prefix}copied`))?.metadata).toEqual({ 'farcopy-sha256': 'abc' });
    expect(await text(await store.read(`${prefix}copied`))).toBe('panda');
  });

  it('fetches only where nothing is, only that revision, and nothing that comes out otherwise', async () => {
    const { store, other } = under;
    if (store.copyFrom === undefined || other === undefined) return;
    const { bytes, revision } = await other.store.write(`${prefix}theirs`, ...of('panda'));
    const from = { bucket: other.bucket, key: `${prefix}theirs`, bytes, revision };
    const crc = hexCrc(Buffer.from('panda'));
    await put('taken', 'y');
    if (other.checksPreconditions) {
      const taking = store.copyFrom(from, `${prefix}taken`, { crc32c: crc, onlyIf: 'absent' });
      await expect(taking).rejects.toMatchObject({ type: failureTypes.conflict });
      const changed = { ...from, revision: '0123456789abcdef0123456789abcdef' };
      const fetching = store.copyFrom(changed, `${prefix}changed`, { crc32c: crc });
      await expect(fetching).rejects.toMatchObject({ type: failureTypes.conflict });
    }
    await expect(
      store.copyFrom(from, `${prefix}wrong`, { crc32c: hexCrc(Buffer.from('bread')) }),
    ).rejects.toMatchObject({ type: failureTypes.verificationFailed });
    expect(await text(await store.read(`${prefix}taken`))).toBe('y');
  });
}
