import { createHash, randomBytes } from 'node:crypto';
import { CreateMultipartUploadCommand, CompleteMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { crc32c } from '@node-rs/crc32';
import { type StoredObject } from '../../../src/clouds/objectStore';
import { type SourceObject } from '../../../src/transfer/route';
import { transferObjects } from '../../../src/transfer/transferObjects';
import { objectStoreConformance } from '../../conformance/objectStore';
import { type EmulatedStores, startEmulatedStores } from './emulatedStores';

const mebi = 1024 * 1024;
let stores: EmulatedStores;

beforeAll(async () => {
  stores = await startEmulatedStores();
});
afterAll(() => stores.stop());

describe('S3', () => {
  objectStoreConformance(async () => ({
    store: stores.s3,
    withoutBucket: stores.s3WithoutBucket,
    tellsMissing: false,
    checksChecksums: false,
    checksComposePreconditions: false,
  }));

  it('never takes the ETag of an object of several parts for an MD5', async () => {
    const { client, sourceBucket: Bucket, s3 } = stores;
    const Key = 'parts';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const { ETag } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: Buffer.alloc(5 * mebi) }),
    );
    await client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
      }),
    );
    const opened = await s3.open(Key);
    opened.body.destroy();
    expect(opened.stated.md5).toBeNull();
    expect(opened.revision).toMatch(/-1$/);
  });
});

describe('GCS', () => {
  objectStoreConformance(async () => ({
    store: stores.gcs,
    withoutBucket: stores.gcsWithoutBucket,
    tellsMissing: true,
    checksChecksums: true,
    checksComposePreconditions: false,
  }));

  it('lists more than a page', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `paged/${String(i).padStart(3, '0')}`);
    for (const name of names) await stores.gcs.write(name, Buffer.from(name), { crc32c: hex(Buffer.from(name)) });
    const found: string[] = [];
    for await (const page of stores.gcs.list('paged/')) found.push(...page.map(({ key }) => key));
    expect(found).toEqual(names);
  });
});

describe('from S3 to GCS', () => {
  const contents = new Map([
    [
      'shop/public.orders/1/part-00000.gz.parquet',
      Buffer.concat([Buffer.from('PAR1'), randomBytes(3 * mebi), Buffer.from('PAR1')]),
    ],
    ['shop/public.empty/_SUCCESS', Buffer.alloc(0)],
    ['shop/public."Weird Table"/1/part-00000.gz.parquet', Buffer.from('PAR1ü…PAR1')],
    ['large', randomBytes(10 * mebi + 1)],
  ]);

  const listed = async (prefix: string): Promise<SourceObject[]> => {
    const found: SourceObject[] = [];
    for await (const page of stores.s3.list(prefix))
      for (const { key, bytes, revision } of page) found.push({ key: key.slice(prefix.length), bytes, revision });
    return found;
  };
  const run = async (already?: ReadonlyMap<string, StoredObject>) =>
    transferObjects({
      source: stores.s3,
      target: stores.gcs,
      entries: await listed('exports/'),
      sourcePrefix: 'exports/',
      targetPrefix: 'data/export/',
      stagingPrefix: 'data/staging/',
      partBytes: 4 * mebi,
      ...(already === undefined ? {} : { already }),
    });

  it('brings an export over, byte for byte, and a second time sends nothing', async () => {
    for (const [key, content] of contents) await stores.s3.write(`exports/${key}`, content, { crc32c: hex(content) });
    const first = await run();
    expect(first.entries.map(({ key, bytes, sha256 }) => [key, bytes, sha256])).toEqual(
      [...contents]
        .map(([key, content]) => [key, content.length, createHash('sha256').update(content).digest('hex')])
        .sort(([a], [b]) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))),
    );
    const already = new Map<string, StoredObject>();
    for await (const page of stores.gcs.list('data/'))
      for (const object of page) already.set(object.key.slice('data/export/'.length), object);
    expect([...already.keys()].sort()).toEqual([...contents.keys()].sort());
    for (const [key, content] of contents) expect(already.get(key)?.crc32c).toBe(hex(content));
    expect((await run(already)).sent).toEqual({ objects: 0, bytes: 0 });
  });
});

const hex = (content: Buffer) => crc32c(content).toString(16).padStart(8, '0');
