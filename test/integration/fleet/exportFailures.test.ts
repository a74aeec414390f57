import { CancelExportTaskCommand, DescribeExportTasksCommand, type RDSClient } from '@aws-sdk/client-rds';
import { Storage } from '@google-cloud/storage';
import {
  backupBucket,
  defaultRegion,
  keyAlias,
  secondRegion,
  vaultAccount,
} from '../../../sandbox/seed/sandboxAccounts';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { type RecoveryPointRecord } from '../../../src/core/catalogue/manifest';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, type Database, resourceOf } from '../../support/database';
import { otherCloud } from '../../support/drilledFleet';
import { eventually } from '../../support/eventually';
import { fleetDocument } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { summaries, Visitor } from '../../support/visitor';

const account = '999999999999';
const fleetName = 'panda';
const gappy = cluster(fleetName, account, 'gappy', { data: { database: 'shop', rows: 300 } });
const broken = cluster(fleetName, account, 'broken', { data: { database: 'shop', rows: 300 } });
const [doomed, unwanted, stuck] = ['doomed', 'unwanted', 'stuck'].map((id) => cluster(fleetName, account, id)) as [
  Database,
  Database,
  Database,
];

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let visitor: Visitor;
/** In the account and region whose copies are exported. */
let rds: RDSClient;
let storage: Storage;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [gappy, broken, doomed, unwanted, stuck], bucketsOf: fleetName });
  visitor = new Visitor(sandbox);
  rds = await visitor.rds(vaultAccount, defaultRegion);
  storage = new Storage({ apiEndpoint: sandbox.gcsEndpoint, projectId: 'test' });
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
        { ...tier, route: ['secure', 'secure-dr', 'other-cloud'], verify: 'full' as const },
      ]),
    ),
  });
}, 180_000);

afterAll(() => sandbox?.end());

/** Has this go wrong with the export of one database. */
const onExportOf = ({ id }: Database, fault: { readonly type: string } & Readonly<Record<string, unknown>>) =>
  sandbox.control.inject({ match: { action: 'StartExportTask', resource: `cluster-snapshot:farcopy-${id}` }, fault });

/** The copies outside of the other cloud, as AWS shows them. */
const copiesInAws = async (database: Database) => summaries(await visitor.footprint(database));
const allCopies = [
  `source in ${account}/${defaultRegion}, available, ${keyAlias}`,
  `secure in ${vaultAccount}/${defaultRegion}, available, ${keyAlias}`,
  `secure-dr in ${vaultAccount}/${secondRegion(defaultRegion)}, available, ${keyAlias}`,
];

/** The names of what lies in the other cloud of one database. */
const inOtherCloud = async ({ id }: Database) => {
  const [files] = await storage.bucket(backupBucket(fleetName)).getFiles();
  return files.map(({ name }) => name).filter((name) => name.includes(`/${id}/`));
};

/** The export of a database, as AWS shows it. */
const exportOf = async ({ id }: Database) => {
  const { ExportTasks = [] } = await rds.send(new DescribeExportTasksCommand({}));
  return ExportTasks.find(({ SourceArn }) => SourceArn?.includes(`:farcopy-${id}-`));
};

/** Its export, once it writes and every other copy is proven. */
const whileItWrites = (database: Database) =>
  eventually(`the export of ${database.id} writes, and the other copies are there`, async () => {
    const task = await exportOf(database);
    const copies = await copiesInAws(database);
    return task?.Status === 'IN_PROGRESS' && copies.join() === allCopies.join() ? task : undefined;
  });

test('tables that AWS left out are named, and the others travel on', async () => {
  await onExportOf(gappy, { type: 'skip-table', table: 'shop.customers', reason: 'rows of 2 GB' });
  const outcome = await fleet.backUp(gappy);
  expect(outcome).toMatchObject({ state: 'partially-failed' });
  expect(outcome.reason).toContain('shop.customers');
  expect(await copiesInAws(gappy)).toEqual(allCopies);
  const key = bucketLayout.record(resourceOf(gappy), outcome.scheduledTime);
  const [content] = await storage.bucket(backupBucket(fleetName)).file(key).download();
  const record = JSON.parse(content.toString()) as RecoveryPointRecord;
  expect(record).toMatchObject({
    verified: { level: 'full' },
    skippedTables: [{ table: 'shop.shop.customers', reason: 'rows of 2 GB' }],
  });
  const names = await inOtherCloud(gappy);
  expect(names.some((name) => name.includes('/shop.orders/'))).toBe(true);
  expect(names.some((name) => name.includes('/shop.customers/'))).toBe(false);
});

test('a task that fails says why, and nothing of it gets to the other cloud', async () => {
  await onExportOf(doomed, {
    type: 'fail-operation',
    afterPercent: 90,
    cause: 'The S3 bucket has a policy that forbids it',
  });
  const outcome = await fleet.backUp(doomed);
  expect(outcome.state).toBe('partially-failed');
  expect(outcome.reason).toContain('The S3 bucket has a policy that forbids it');
  expect(await copiesInAws(doomed)).toEqual(allCopies);
  expect(await inOtherCloud(doomed)).toEqual([]);
});

test('a task that someone cancels in AWS is told so, and what it had written gets nowhere', async () => {
  await onExportOf(unwanted, { type: 'hang-operation', atPercent: 90 });
  const { scheduledTime } = await fleet.request(unwanted);
  const task = await whileItWrites(unwanted);
  await rds.send(new CancelExportTaskCommand({ ExportTaskIdentifier: task.ExportTaskIdentifier }));
  const outcome = await fleet.outcome(unwanted, scheduledTime);
  expect(outcome.state).toBe('partially-failed');
  expect(outcome.reason).toMatch(/export task \S+ was cancelled by someone/);
  expect(await copiesInAws(unwanted)).toEqual(allCopies);
  expect(await inOtherCloud(unwanted)).toEqual([]);
});

test('a task that hangs keeps no other copy from being there, and is cancelled in AWS with its recovery point', async () => {
  await onExportOf(stuck, { type: 'hang-operation', atPercent: 90 });
  const { scheduledTime } = await fleet.request(stuck);
  const task = await whileItWrites(stuck);
  expect(task.PercentProgress).toBeGreaterThan(0);
  await fleet.recoveryPoint(stuck, scheduledTime).cancel();
  expect(await fleet.outcome(stuck, scheduledTime)).toMatchObject({ state: 'cancelled' });
  expect((await exportOf(stuck))?.Status).toMatch(/^CANCEL(ING|ED)$/);
  expect(await copiesInAws(stuck)).toEqual(allCopies);
  expect(await inOtherCloud(stuck)).toEqual([]);
});

test('a page that cannot be read fails the export of its snapshot, before any drill comes upon it', async () => {
  await onExportOf(broken, { type: 'throttle' });
  const { scheduledTime } = await fleet.request(broken);
  const vaultCopy = await eventually('the copies are there', async () => {
    const found = await visitor.footprint(broken);
    return summaries(found).join() === allCopies.join() ? found[1] : undefined;
  });
  await sandbox.control.corruptSnapshot(vaultCopy.arn, { table: 'shop.orders' });
  await sandbox.control.heal();
  const outcome = await fleet.outcome(broken, scheduledTime);
  expect(outcome.state).toBe('partially-failed');
  expect(outcome.reason).toMatch(/export task \S+ failed/);
  expect(await copiesInAws(broken)).toEqual(allCopies);
  expect(await inOtherCloud(broken)).toEqual([]);
});
