import { createHash } from 'node:crypto';
import { Storage } from '@google-cloud/storage';
import { Client } from 'pg';
import { backupBucket, databaseSecret } from '../../../sandbox/seed/sandboxAccounts';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { type Copy } from '../../../src/core/catalogue/copy';
import { type DatabaseSchema } from '../../../src/core/catalogue/databaseSchema';
import { type Manifest, type ManifestEntry, type RecoveryPointRecord } from '../../../src/core/catalogue/manifest';
import { type RecoveryBundle } from '../../../src/core/catalogue/recoveryBundle';
import { describeDatabase } from '../../../src/postgres/describeDatabase';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { otherCloud } from '../../support/drilledFleet';
import { fleetDocument } from '../../support/fleetDocument';
import { startPostgres } from '../../support/postgresServer';
import { farcopyProgram, run } from '../../support/program';
import { RunningFleet } from '../../support/runningFleet';

const account = '999999999999';
const fleetName = 'panda';
const whole = cluster(fleetName, account, 'whole', { data: { database: 'shop', rows: 3000 } });

/** Nobody has a secret for it. */
const closed = cluster(fleetName, account, 'closed');

/** Of `farcopy copies --json`. */
interface ListedCopy {
  readonly place: string;
  readonly scheduledTime: string;
  readonly copy: Copy;
}

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let storage: Storage;
/** Everything that the database had when its recovery point was made. */
let before: DatabaseSchema;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [whole, closed], bucketsOf: fleetName });
  const document = fleetDocument(fleetName, [account]);
  fleet = await RunningFleet.start(sandbox, {
    ...document,
    vaults: {
      ...document.vaults,
      'other-cloud': otherCloud(fleetName),
    },
    tiers: Object.fromEntries(
      Object.entries(document.tiers).map(([name, tier]) => [
        name,
        {
          ...tier,
          route: ['secure', 'secure-dr', 'other-cloud'],
          verify: 'full' as const,
          connect: { authentication: { secret: databaseSecret('{id}') }, tls: 'disable' as const },
        },
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

async function inSource<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const source = new Client({ connectionString: await sandbox.control.databaseUrl(whole) });
  await source.connect();
  try {
    return await work(source);
  } finally {
    await source.end();
  }
}

const everything = (client: Client) => describeDatabase(client, { takenFrom: 'recovery-point', measure: 'checksums' });

const sha256 = async (key: string) =>
  createHash('sha256')
    .update((await storage.bucket(backupBucket(fleetName)).file(key).download())[0])
    .digest('hex');

test('a recovery point is exported, copied to the other cloud and proven there', async () => {
  before = await inSource(everything);
  const outcome = await fleet.backUp(whole);
  expect({ state: outcome.state, reason: outcome.reason }).toEqual({ state: 'completed', reason: null });
  const { record, entries, manifest } = await copyInOtherCloud(whole, outcome.scheduledTime);
  expect(record).toMatchObject({ verified: { level: 'full' }, skippedTables: [], objects: entries.length });
  expect(manifest.objects).toBe(entries.length);
  expect(record.bundleSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(await json<RecoveryBundle>(record.dataPrefix + bucketLayout.bundle)).toMatchObject({
    resource: resourceOf(whole),
    configuration: { engine: 'aurora-postgresql' },
    unread: [],
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

test('what lies in the other cloud is proven by what lies in the vaults', async () => {
  const { stdout } = await fleet.farcopy('copies', whole.id, '--json');
  const { copies } = JSON.parse(stdout) as { copies: readonly ListedCopy[] };
  const inVaults = copies.filter(({ place }) => place.startsWith('secure'));
  expect(inVaults.map(({ place }) => place).sort()).toEqual(['secure', 'secure-dr']);
  const dataPrefix = bucketLayout.dataPrefix(resourceOf(whole), inVaults[0]?.scheduledTime ?? '');
  for (const { copy } of inVaults)
    expect(copy.tags).toMatchObject({
      'farcopy:manifest': await sha256(dataPrefix + bucketLayout.manifest),
      'farcopy:bundle': await sha256(dataPrefix + bucketLayout.bundle),
    });
});

test('it comes back into any PostgreSQL with everything it had, AWS and Temporal out of reach and the source lost', async () => {
  await inSource((client) => client.query('DROP SCHEMA shop, warehouse, "Reports" CASCADE'));
  const postgres = await startPostgres();
  try {
    const target = await postgres.create('restored');
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
    // Rows by their checksums, keys, indexes, defaults, sequences, views, functions, triggers, types and comments.
    const restored = await everything(target);
    expect(restored).toEqual({ ...before, database: 'restored', monetary: restored.monetary });
    expect(restored.tables.reduce((sum, { rows }) => sum + (rows ?? 0), 0)).toBeGreaterThan(3000);
  } finally {
    await postgres.stop();
  }
});

test('a schema that nobody could read is told of a recovery point that is complete', async () => {
  const outcome = await fleet.backUp(closed);
  expect(outcome.state).toBe('completed');
  expect(outcome.reason).toContain(`there is no secret ${databaseSecret(closed.id)}`);
  const { record } = await copyInOtherCloud(closed, outcome.scheduledTime);
  const bundle = await json<RecoveryBundle>(record.dataPrefix + bucketLayout.bundle);
  expect(bundle.schemas).toEqual([]);
  expect(bundle.unread.join()).toContain(databaseSecret(closed.id));
});
