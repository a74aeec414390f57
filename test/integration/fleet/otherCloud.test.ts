import { Storage } from '@google-cloud/storage';
import { Client } from 'pg';
import {
  backupBucket,
  exportBucket,
  exportRole,
  keyAlias,
  roleArn,
  vaultAccount,
} from '../../../sandbox/seed/sandboxAccounts';
import { bucketLayout } from '../../../src/core/bucket';
import { type Manifest, type ManifestEntry, type RecoveryPointRecord } from '../../../src/core/manifest';
import { type RecoveryBundle } from '../../../src/core/recoveryBundle';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { fleetDocument } from '../../support/fleetDocument';
import { startPostgres } from '../../support/postgresServer';
import { farcopyProgram, run } from '../../support/program';
import { RunningFleet } from '../../support/runningFleet';

const account = '999999999999';
const fleetName = 'panda';
const whole = cluster(fleetName, account, 'whole', { data: { database: 'shop', rows: 3000 } });

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let storage: Storage;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [whole], bucketsOf: fleetName });
  const document = fleetDocument(fleetName, [account]);
  fleet = await RunningFleet.start(sandbox, {
    ...document,
    vaults: {
      ...document.vaults,
      'other-cloud': {
        bucket: `gs://${backupBucket(fleetName)}`,
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
        { ...tier, route: ['secure', 'secure-dr', 'other-cloud'], verify: 'full' as const },
      ]),
    ),
  });
  storage = new Storage({ apiEndpoint: sandbox.gcsEndpoint, projectId: 'test' });
}, 180_000);

afterAll(() => sandbox?.end());

const json = async <T>(key: string): Promise<T> =>
  JSON.parse((await storage.bucket(backupBucket(fleetName)).file(key).download())[0].toString()) as T;

/** What lies in the other cloud, asked there. */
async function copyInOtherCloud(database: typeof whole, scheduledTime: string) {
  const resource = resourceOf(database);
  const record = await json<RecoveryPointRecord>(bucketLayout.record(resource, scheduledTime));
  const manifest = await json<Manifest>(record.dataPrefix + bucketLayout.manifest);
  const entries: ManifestEntry[] = [];
  for (const shard of manifest.shards) {
    const [content] = await storage
      .bucket(backupBucket(fleetName))
      .file(record.dataPrefix + shard.key)
      .download();
    entries.push(
      ...content
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as ManifestEntry),
    );
  }
  return { record, manifest, entries };
}

test('a recovery point is exported, copied to the other cloud and proven there', async () => {
  const outcome = await fleet.backUp(whole);
  expect(outcome.state).toBe('completed');
  const { record, entries, manifest } = await copyInOtherCloud(whole, outcome.scheduledTime);
  expect(record).toMatchObject({ verified: { level: 'full' }, skippedTables: [], objects: entries.length });
  expect(manifest.objects).toBe(entries.length);
  expect(record.bundleSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(await json<RecoveryBundle>(record.dataPrefix + bucketLayout.bundle)).toMatchObject({
    resource: resourceOf(whole),
    configuration: { engine: 'aurora-postgresql' },
  });
  expect(entries.some(({ key }) => key.endsWith('.parquet'))).toBe(true);
  for (const entry of entries) {
    const [metadata] = await storage
      .bucket(backupBucket(fleetName))
      .file(`${record.dataPrefix}${bucketLayout.export}${entry.key}`)
      .getMetadata();
    expect(Number(metadata.size)).toBe(entry.bytes);
    expect(Buffer.from(metadata.crc32c ?? '', 'base64').toString('hex')).toBe(entry.crc32c);
  }
});

test('it comes back from the other cloud into any PostgreSQL, with AWS and Temporal out of reach', async () => {
  const postgres = await startPostgres();
  try {
    await postgres.create('restored');
    const end = await run(
      process.execPath,
      [
        farcopyProgram(),
        'restore',
        whole.id,
        '--from',
        `gs://${backupBucket(fleetName)}`,
        '--to',
        postgres.url('restored'),
        '--json',
      ],
      { PATH: process.env.PATH, STORAGE_EMULATOR_HOST: sandbox.gcsEndpoint, AWS_EC2_METADATA_DISABLED: 'true' },
    );
    expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({ code: 0, stderr: '' });
    const source = new Client({ connectionString: await sandbox.control.databaseUrl(whole) });
    await source.connect();
    const target = await postgres.connect('restored');
    try {
      for (const table of ['shop.orders', 'shop.customers', '"Reports"."Monthly Totals"', 'warehouse.returns']) {
        const count = async (client: Client) =>
          (await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`)).rows[0]?.count;
        expect({ table, rows: await count(target) }).toEqual({ table, rows: await count(source) });
      }
    } finally {
      await source.end();
    }
  } finally {
    await postgres.stop();
  }
});
