import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { provision } from '../../../sandbox/provision';
import { type AwsEmulator, startAwsEmulator } from '../../../sandbox/servers';
import { S3Store } from '../../../src/clouds/aws/s3/s3Store';
import { S3VaultStore } from '../../../src/clouds/aws/s3/s3VaultStore';
import { PlainHttp } from '../../../src/clouds/plainHttp';
import { listRange } from '../../../src/transfer/listRange';
import { type SourceObject } from '../../../src/transfer/route';
import { transferObjects, type TransferOptions } from '../../../src/transfer/transferObjects';
import { objectStoreConformance } from '../../conformance/objectStore';
import { hexCrc } from '../../fakes/objectStore';

const mebi = 1024 * 1024;
const buckets = { source: 'panda-exports', vault: 'panda-vault', locked: 'panda-locked' };
const key = 'arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-3333-4444-555555555555';

let folder: string;
let emulator: AwsEmulator;
let http: PlainHttp;
let here: S3Client;
let there: S3Client;
let source: S3Store;
/** What multipart uploads were begun with. */
const uploads: unknown[] = [];

const clientOf = (account: string, region: string) =>
  new S3Client({
    endpoint: emulator.endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: account, secretAccessKey: 'any' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
const vault = (bucket: string, more: { readonly key?: string } = {}) =>
  new S3VaultStore({
    client: there,
    bucket,
    scope: { account: '222222222222', region: 'eu-central-1', access: 'vault' },
    http,
    ...more,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
  const servers = await provision(['aws-emulator']);
  emulator = await startAwsEmulator({ path: servers['aws-emulator'].path, logFile: join(folder, 'aws.log') });
  http = new PlainHttp({});
  here = clientOf('111111111111', 'eu-west-1');
  there = clientOf('222222222222', 'eu-central-1');
  there.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'CreateMultipartUploadCommand') uploads.push(args.input);
        return next(args);
      },
    { step: 'initialize' },
  );
  const create = (client: S3Client, Bucket: string, region: 'eu-west-1' | 'eu-central-1', locked = false) =>
    client.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: region },
        ObjectLockEnabledForBucket: locked,
      }),
    );
  await create(here, buckets.source, 'eu-west-1');
  await create(there, buckets.vault, 'eu-central-1');
  await create(there, buckets.locked, 'eu-central-1', true);
  const scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' } as const;
  source = new S3Store({ client: here, bucket: buckets.source, scope, http });
});

afterAll(async () => {
  http.close();
  here.destroy();
  there.destroy();
  await emulator.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a bucket of S3 that keeps copies', () => {
  objectStoreConformance(async () => ({
    store: vault(buckets.vault),
    other: { bucket: buckets.source, store: source, checksPreconditions: false },
    tellsMissing: true,
    checksChecksums: true,
    checksComposePreconditions: true,
  }));

  it('joins parts that S3 joins itself, under its key and locked, and leaves no upload behind', async () => {
    const store = vault(buckets.locked, { key });
    const parts = [Buffer.alloc(5 * mebi, 'panda'), Buffer.from('tail')];
    const written = await Promise.all(
      parts.map((part, i) => store.write(`staging/${i}`, part, { crc32c: hexCrc(part) })),
    );
    // Whoever was killed left one.
    await there.send(new CreateMultipartUploadCommand({ Bucket: buckets.locked, Key: 'whole' }));
    const whole = Buffer.concat(parts);
    const until = new Date(Date.now() + 24 * 3_600_000);
    const joined = await store.compose('whole', written, {
      crc32c: hexCrc(whole),
      onlyIf: 'absent',
      retainUntil: { mode: 'compliance', until },
    });
    expect(joined).toMatchObject({ bytes: whole.length, crc32c: hexCrc(whole) });
    const at = { Bucket: buckets.locked, Key: 'whole' };
    expect(await there.send(new HeadObjectCommand(at))).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: key,
    });
    // The emulator forgets the retention of what comes in parts.
    expect(uploads.at(-1)).toMatchObject({ ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until });
    expect((await there.send(new ListMultipartUploadsCommand({ Bucket: buckets.locked }))).Uploads ?? []).toEqual([]);
  });

  it('locks what it writes in one piece', async () => {
    const store = vault(buckets.locked);
    const content = Buffer.from('panda');
    const until = new Date(Date.now() + 24 * 3_600_000);
    await store.write('piece', content, { crc32c: hexCrc(content), retainUntil: { mode: 'governance', until } });
    const found = await there.send(new GetObjectRetentionCommand({ Bucket: buckets.locked, Key: 'piece' }));
    expect(found.Retention).toMatchObject({ Mode: 'GOVERNANCE' });
  });

  it('aborts the upload of what comes out otherwise', async () => {
    const store = vault(buckets.vault);
    const part = Buffer.alloc(5 * mebi, 'x');
    const written = await store.write('staging/0', part, { crc32c: hexCrc(part) });
    await expect(store.compose('wrong', [written, written], { crc32c: '00000000' })).rejects.toMatchObject({
      type: 'VerificationFailed',
    });
    expect((await there.send(new ListMultipartUploadsCommand({ Bucket: buckets.vault }))).Uploads ?? []).toEqual([]);
    expect(await store.head('wrong')).toBeNull();
  });

  it('deletes every version where the bucket keeps them, and of no other key', async () => {
    const store = vault(buckets.locked);
    const put = (name: string) => store.write(name, Buffer.from('x'), { crc32c: hexCrc(Buffer.from('x')) });
    for (const name of ['versions', 'versions', 'versions-2']) await put(name);
    await store.delete('versions');
    const { Versions = [], DeleteMarkers = [] } = await there.send(
      new ListObjectVersionsCommand({ Bucket: buckets.locked, Prefix: 'versions' }),
    );
    expect([...Versions, ...DeleteMarkers].map(({ Key }) => Key)).toEqual(['versions-2']);
  });

  it('finds and removes every upload under a prefix, and no other', async () => {
    const store = vault(buckets.vault);
    for (const Key of ['data/a', 'data/b', 'other'])
      await there.send(new CreateMultipartUploadCommand({ Bucket: buckets.vault, Key }));
    await store.abandonUploads('data/');
    const left = await there.send(new ListMultipartUploadsCommand({ Bucket: buckets.vault }));
    expect(left.Uploads?.map(({ Key }) => Key)).toEqual(['other']);
    await store.abandonUploads('');
  });

  it('tells whether it keeps everything for a time', async () => {
    expect(await vault(buckets.vault).mayDelete()).toBe(true);
    expect(await vault(buckets.locked).mayDelete()).toBe(true);
    const found = await Promise.all([buckets.vault, buckets.locked].map((bucket) => vault(bucket).describe()));
    expect(found.map(({ location }) => location)).toEqual(['eu-central-1', 'eu-central-1']);
    expect(found.map(({ locksObjects, versioning }) => [locksObjects, versioning])).toEqual([
      [false, false],
      [true, true],
    ]);
  });
});

describe('from S3 to S3', () => {
  const contents = new Map([
    [
      'shop/public.orders/1/part-00000.gz.parquet',
      Buffer.concat([Buffer.from('PAR1'), randomBytes(6 * mebi), Buffer.from('PAR1')]),
    ],
    ['shop/public."Weird Table"/1/part-00000.gz.parquet', Buffer.from('PAR1ü…PAR1')],
    ['shop/public.empty/_SUCCESS', Buffer.alloc(0)],
  ]);
  const transfer = async (targetPrefix: string, more: Partial<TransferOptions> = {}) => {
    const entries: SourceObject[] = [];
    for await (const page of source.list('exports/'))
      for (const { key: name, bytes, revision } of page)
        entries.push({ key: name.slice('exports/'.length), bytes, revision });
    return transferObjects({
      source,
      target: vault(buckets.locked, { key }),
      entries,
      sourcePrefix: 'exports/',
      targetPrefix,
      stagingPrefix: 'data/staging/',
      partBytes: 5 * mebi,
      ...more,
    });
  };
  const requireAll = async (prefix: string) => {
    const store = vault(buckets.locked);
    for (const [name, content] of contents) {
      expect(await store.head(prefix + name)).toMatchObject({ bytes: content.length, crc32c: hexCrc(content) });
      expect((await buffer(await store.read(prefix + name))).equals(content)).toBe(true);
    }
    const { Versions = [], DeleteMarkers = [] } = await there.send(
      new ListObjectVersionsCommand({ Bucket: buckets.locked, Prefix: 'data/staging/' }),
    );
    expect([...Versions, ...DeleteMarkers]).toEqual([]);
    expect((await there.send(new ListMultipartUploadsCommand({ Bucket: buckets.locked }))).Uploads ?? []).toEqual([]);
  };
  const already = async (prefix: string) => listRange(vault(buckets.locked), prefix, null, '~');

  beforeAll(async () => {
    for (const [name, content] of contents) await source.write(`exports/${name}`, content, { crc32c: hexCrc(content) });
  });

  it('has S3 fetch an export from another region, and a second time nothing', async () => {
    const target = vault(buckets.locked, { key });
    const copy = { target, sourceBucket: buckets.source };
    const { entries } = await transfer('fetched/', { target, copy });
    expect(entries.map(({ sha256 }) => sha256).sort()).toEqual(
      [...contents.values()].map((content) => createHash('sha256').update(content).digest('hex')).sort(),
    );
    await requireAll('fetched/');
    const again = await transfer('fetched/', { target, copy, already: await already('fetched/') });
    expect(again.sent).toEqual({ objects: 0, bytes: 0 });
  });

  it('sends it where S3 may not, in parts that S3 joins, and a second time nothing', async () => {
    await transfer('sent/');
    await requireAll('sent/');
    expect((await transfer('sent/', { already: await already('sent/') })).sent).toEqual({ objects: 0, bytes: 0 });
  });
});
