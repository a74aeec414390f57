import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectLegalHoldCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Storage } from '@google-cloud/storage';
import { provision } from '../../../sandbox/provision';
import { type AwsEmulator, type GcsEmulator, startAwsEmulator, startGcsEmulator } from '../../../sandbox/servers';
import { changeStoredHold } from '../../../src/client/retention/changeStoredHold';
import { S3VaultStore } from '../../../src/clouds/aws/s3/s3VaultStore';
import { GcsStore } from '../../../src/clouds/gcp/gcsStore';
import { PlainHttp } from '../../../src/clouds/plainHttp';
import { type ObjectVersion, type VersionedBucket } from '../../../src/clouds/versionedBucket';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { isSameHold, newHold, withHold, withoutHolds } from '../../../src/core/retention/hold';
import { hexCrc } from '../../fakes/objectStore';

const locked = 'panda-locked';
const plain = 'panda-plain';
const arn = 'arn:aws:rds:eu-west-1:999999999999:cluster:retention';
const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'retention', arn };
const scheduledTime = '2026-11-21T02:00:00Z';
const recordKey = bucketLayout.record(resource, scheduledTime);
const dataPrefix = bucketLayout.dataPrefix(resource, scheduledTime);
const hold = newHold('anna@laptop', Date.parse('2026-11-21T09:00:00Z'), 'breach-7', 'ticket 4711');
const { signal } = new AbortController();
let folder: string;
let aws: AwsEmulator;
let gcs: GcsEmulator;
let http: PlainHttp;
let client: S3Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
  const servers = await provision(['aws-emulator', 'gcs-emulator']);
  [aws, gcs] = await Promise.all([
    startAwsEmulator({ path: servers['aws-emulator'].path, logFile: join(folder, 'aws.log') }),
    startGcsEmulator({ path: servers['gcs-emulator'].path, logFile: join(folder, 'gcs.log') }),
  ]);
  http = new PlainHttp({});
  client = new S3Client({
    endpoint: aws.endpoint,
    region: 'eu-central-1',
    forcePathStyle: true,
    credentials: { accessKeyId: '222222222222', secretAccessKey: 'any' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await client.send(
    new CreateBucketCommand({ Bucket: locked, CreateBucketConfiguration, ObjectLockEnabledForBucket: true }),
  );
  await client.send(new CreateBucketCommand({ Bucket: plain, CreateBucketConfiguration }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: plain, VersioningConfiguration }));
});

afterAll(async () => {
  http?.close();
  client?.destroy();
  await Promise.all([aws?.stop(), gcs?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const vault = (bucket: string) =>
  new S3VaultStore({
    ...{ client, bucket, http },
    scope: { account: '222222222222', region: 'eu-central-1', access: 'marker' },
  });

async function fill(bucket: VersionedBucket): Promise<void> {
  for (const key of [
    recordKey,
    `${dataPrefix}manifest.json`,
    `${dataPrefix}manifest.json`,
    `${dataPrefix}export/a b`,
  ]) {
    const content = Buffer.from(key);
    await bucket.write(key, content, { crc32c: hexCrc(content) });
  }
}

async function versionsOf(bucket: VersionedBucket, prefix = ''): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for await (const page of bucket.listVersions(prefix)) found.push(...page);
  return found;
}

const holder = (scheme: 's3' | 'gs', name: string, bucket: VersionedBucket) => ({
  ...{ url: { scheme, bucket: name, prefix: '' }, bucket, resource, scheduledTime },
});
const set = (of: ReturnType<typeof holder>) => changeStoredHold(of, (value) => withHold(value, hold), Date.now, signal);
const release = (of: ReturnType<typeof holder>) =>
  changeStoredHold(of, (value) => withoutHolds(value, (one) => isSameHold(one, hold)), Date.now, signal);

test('Object Lock keeps every version of what is held, against whoever may delete, until it is released', async () => {
  const bucket = vault(locked);
  await fill(bucket);
  const copies = [...(await versionsOf(bucket, recordKey)), ...(await versionsOf(bucket, dataPrefix))];
  expect(copies).toHaveLength(4);
  const held = () =>
    Promise.all(
      copies.map(async ({ key, version }) => {
        const input = { Bucket: locked, Key: key, VersionId: version };
        return (await client.send(new GetObjectLegalHoldCommand(input))).LegalHold?.Status;
      }),
    );
  expect(await set(holder('s3', locked, bucket))).toEqual({ state: 'changed', locked: true, remark: null });
  expect(await held()).toEqual(['ON', 'ON', 'ON', 'ON']);
  for (const { key, version } of copies) {
    const input = { Bucket: locked, Key: key, VersionId: version };
    await expect(client.send(new DeleteObjectCommand(input))).rejects.toMatchObject({ name: 'AccessDenied' });
  }
  expect(await release(holder('s3', locked, bucket))).toEqual({ state: 'changed', locked: false, remark: null });
  expect(await held()).toEqual(['OFF', 'OFF', 'OFF', 'OFF']);
});

test('a bucket of S3 without Object Lock records the hold, and says that it is not locked', async () => {
  const bucket = vault(plain);
  await fill(bucket);
  const remark = expect.stringContaining('no Object Lock') as string;
  expect(await set(holder('s3', plain, bucket))).toEqual({ state: 'changed', locked: false, remark });
  expect((await versionsOf(bucket, bucketLayout.holds)).map(({ key }) => key)).toEqual([
    expect.stringMatching(
      /^retention\/holds\/aurora-cluster\/999999999999\/eu-west-1\/retention\/20261121t020000z\/\w+\/\w+-set\.json$/,
    ),
  ]);
  expect(await release(holder('s3', plain, bucket))).toMatchObject({ state: 'changed', remark: null });
});

test('a bucket of Google Cloud that answers and holds nothing is not called locked', async () => {
  const storage = new Storage({ apiEndpoint: gcs.endpoint, projectId: 'panda' });
  await storage.createBucket('panda-versioned', { versioning: { enabled: true } });
  const bucket = new GcsStore({ storage, bucket: 'panda-versioned', http });
  await fill(bucket);
  expect((await versionsOf(bucket, dataPrefix)).map(({ key, held }) => [key, held])).toEqual([
    [`${dataPrefix}export/a b`, false],
    [`${dataPrefix}manifest.json`, false],
    [`${dataPrefix}manifest.json`, false],
  ]);
  // What stands in for Google Cloud knows no holds.
  const remark = expect.stringContaining('the bucket answered') as string;
  expect(await set(holder('gs', 'panda-versioned', bucket))).toEqual({ state: 'changed', locked: false, remark });
  expect(await release(holder('gs', 'panda-versioned', bucket))).toEqual({
    ...{ state: 'changed', locked: false, remark: null },
  });
});
