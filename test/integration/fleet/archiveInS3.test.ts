import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { callAws } from '../../../sandbox/seed/callAws';
import {
  databaseSecret,
  defaultRegion,
  exportBucket,
  exportRole,
  externalId,
  keyAlias,
  roleArn,
  secondRegion,
  vaultAccount,
  vaultRole,
} from '../../../sandbox/seed/sandboxAccounts';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { type Manifest, type RecoveryPointRecord } from '../../../src/core/catalogue/manifest';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { fleetDocument } from '../../support/fleetDocument';
import { startPostgres } from '../../support/postgresServer';
import { farcopyProgram, run } from '../../support/program';
import { RunningFleet } from '../../support/runningFleet';

const account = '999999999999';
const fleetName = 'panda';
const database = cluster(fleetName, account, 'archived', { data: { database: 'shop', rows: 500 } });
const bucket = 'panda-archive';
const region = secondRegion(defaultRegion);

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let s3: S3Client;
let role: Credentials;
let scheduledTime: string;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [database], bucketsOf: fleetName });
  await callAws(sandbox.awsEndpoint, {
    service: 's3',
    account: vaultAccount,
    region,
    method: 'PUT',
    path: `/${bucket}`,
    headers: { 'x-amz-bucket-object-lock-enabled': 'true' },
    body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
  });
  role = await vaultCredentials();
  s3 = new S3Client({ endpoint: sandbox.awsEndpoint, region, forcePathStyle: true, credentials: role });
  const document = fleetDocument(fleetName, [account]);
  fleet = await RunningFleet.start(sandbox, {
    ...document,
    vaults: {
      ...document.vaults,
      archive: {
        bucket: `s3://${bucket}/copies`,
        account: vaultAccount,
        region,
        key: keyAlias,
        lock: { mode: 'governance', days: 1 },
        export: {
          bucket: `s3://${exportBucket(fleetName, '{region}')}`,
          role: roleArn(vaultAccount, exportRole),
          key: keyAlias,
        },
      },
    },
    tiers: Object.fromEntries(
      Object.entries(document.tiers).map(([name, tier]) => [
        name,
        {
          ...tier,
          route: ['secure', 'archive'],
          verify: 'full' as const,
          connect: { authentication: { secret: databaseSecret('{id}') }, tls: 'disable' as const },
        },
      ]),
    ),
  });
}, 240_000);

afterAll(async () => {
  s3?.destroy();
  await sandbox?.end();
});

/** Of the role of the account that keeps the archive. */
async function vaultCredentials(): Promise<Credentials> {
  const endpoint = sandbox.awsEndpoint;
  const sts = new STSClient({ endpoint, region, credentials: sandbox.credentials });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn(vaultAccount, vaultRole),
      RoleSessionName: 'test',
      ExternalId: externalId,
    }),
  );
  sts.destroy();
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

const json = async <T>(key: string): Promise<T> => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `copies/${key}` }));
  return JSON.parse((await Body?.transformToString()) ?? '') as T;
};

test('a recovery point is exported, and kept in a bucket of S3 in another region: locked, under the vault’s key', async () => {
  const outcome = await fleet.backUp(database);
  expect({ state: outcome.state, reason: outcome.reason }).toEqual({ state: 'completed', reason: null });
  scheduledTime = outcome.scheduledTime;
  const record = await json<RecoveryPointRecord>(bucketLayout.record(resourceOf(database), scheduledTime));
  expect(record).toMatchObject({ verified: { level: 'full' }, skippedTables: [] });
  const { shards } = await json<Manifest>(record.dataPrefix + bucketLayout.manifest);
  const Key = `copies/${record.dataPrefix}${shards[0]?.key ?? ''}`;
  expect(await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))).toMatchObject({
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: keyAlias,
    ObjectLockMode: 'GOVERNANCE',
  });
  const left = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `copies/${record.dataPrefix}` }));
  expect((left.Contents ?? []).filter((object) => /\/(plan|staging)\//.test(object.Key ?? ''))).toEqual([]);
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual([]);
});

test('it is listed with the other copies', async () => {
  const { code, stdout } = await fleet.farcopy('copies', '--json');
  expect(code).toBe(0);
  const { copies } = JSON.parse(stdout) as { copies: { place: string; scheduledTime: string }[] };
  expect(copies.filter(({ place }) => place === 'archive').map((copy) => copy.scheduledTime)).toEqual([scheduledTime]);
});

test('it comes back into PostgreSQL from the bucket alone', async () => {
  const postgres = await startPostgres();
  try {
    const target = await postgres.create('restored');
    const end = await run(
      process.execPath,
      [
        farcopyProgram(),
        'restore',
        database.id,
        '--from',
        `s3://${bucket}/copies`,
        '--to',
        postgres.url('restored'),
        '--json',
      ],
      {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: sandbox.awsEndpoint,
        AWS_REGION: defaultRegion,
        AWS_ACCESS_KEY_ID: role.accessKeyId,
        AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
        AWS_SESSION_TOKEN: role.sessionToken,
      },
    );
    expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({ code: 0, stderr: '' });
    const { rows } = await target.query<{ count: string }>(
      "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'shop'",
    );
    expect(Number(rows[0]?.count)).toBeGreaterThan(3);
  } finally {
    await postgres.stop();
  }
});
