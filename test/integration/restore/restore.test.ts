import { DescribeDBClustersCommand, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import { changeSettings } from '../../../sandbox/seed/emulatorControl';
import { type RestoreProgress, type RestoreResult } from '../../../src/core/restore/restoreResult';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, instance } from '../../support/database';
import { eventually } from '../../support/eventually';
import { fleetDocument } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { summaries, Visitor } from '../../support/visitor';

const account = '999999999999';
/** An account that has nothing to do with backups but its role. */
const third = '333333333333';
const shop = cluster('panda', account, 'shop');
const ledger = instance('panda', account, 'ledger');
const elsewhere = cluster('panda', third, 'bystander', { region: 'eu-central-1', tags: {} });
const slow = { base: 3600, perGiB: 0 };
const quick = { base: 1, perGiB: 0 };
const durations = {
  snapshot: quick,
  'copy-same-region': quick,
  'copy-cross-region': quick,
  restore: quick,
  'create-instance': quick,
};

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [shop, ledger, elsewhere],
    settings: { durations },
  });
  visitor = new Visitor(sandbox);
  fleet = await RunningFleet.start(
    sandbox,
    fleetDocument('panda', [account], { restore: { targets: [{ account: third }] } }),
  );
  const outcomes = await Promise.all([shop, ledger].map((database) => fleet.backUp(database)));
  expect(outcomes.map(({ state }) => state)).toEqual(['completed', 'completed']);
}, 180_000);

afterAll(() => sandbox?.end());

const databases = async (of: string, region: string) => {
  const { DBClusters = [] } = await (await visitor.rds(of, region)).send(new DescribeDBClustersCommand({}));
  return DBClusters.map((found) => ({
    id: found.DBClusterIdentifier ?? '',
    status: found.Status,
    keyArn: found.KmsKeyId,
    tags: Object.fromEntries((found.TagList ?? []).map(({ Key = '', Value = '' }): [string, string] => [Key, Value])),
    members: (found.DBClusterMembers ?? []).map(({ DBInstanceIdentifier }) => DBInstanceIdentifier),
  }));
};
const names = async (of: string, region: string) => (await databases(of, region)).map(({ id }) => id).sort();
/** Everything the fleet keeps of a database, intermediates included. */
const copies = async () => summaries(await visitor.footprint(shop));

const restore = async (...words: string[]) => {
  const { code, stdout, stderr } = await fleet.farcopy('restore', ...words, '--json');
  const document = JSON.parse(stdout) as { ok: boolean; restore?: RestoreResult; error?: { message: string } };
  return { code, stderr, ...document };
};

test('the copy in the second region comes back in a third account, and nothing stays on the way', async () => {
  const before = await copies();
  const { code, restore: restored } = await restore(
    ...['shop', '--from', 'secure-dr', '--to', `${third}/eu-central-1`, '--as', 'shop-restored'],
  );
  expect(code).toBe(0);
  expect(restored).toMatchObject({
    account: third,
    region: 'eu-central-1',
    id: 'shop-restored',
    from: { place: 'secure-dr' },
  });
  expect(restored?.details.instances).toMatchObject([{ id: 'shop-restored-instance-1', writer: true }]);
  expect(restored?.details.endpoint).toEqual(expect.any(String));
  expect(restored?.rtoSeconds).toBeGreaterThan(1);
  const found = (await databases(third, 'eu-central-1')).find(({ id }) => id === 'shop-restored');
  expect(found).toMatchObject({ status: 'available', tags: { fleet: 'panda' }, members: ['shop-restored-instance-1'] });
  expect(found?.keyArn).toContain(`:${third}:`);
  expect(await copies()).toEqual(before);
});

test('an RDS instance that is shared and encrypted is copied there on the way', async () => {
  const { code, restore: restored } = await restore(
    'ledger',
    '--to',
    `${third}/eu-central-1`,
    '--as',
    'ledger-restored',
  );
  expect(code).toBe(0);
  expect(restored).toMatchObject({ id: 'ledger-restored', account: third });
  const left = await (
    await visitor.rds(third, 'eu-central-1')
  ).send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }));
  expect(left.DBSnapshots).toEqual([]);
});

test('a name that is taken is refused with one that is free, and nothing is touched', async () => {
  const before = await databases(account, 'eu-west-1');
  const { code, error } = await restore('shop');
  expect(code).toBe(2);
  expect(error?.message).toMatch(/shop is taken in 999999999999\/eu-west-1 .*--as shop-restored/);
  expect(await databases(account, 'eu-west-1')).toEqual(before);
});

test('a dry run shows the way and creates nothing', async () => {
  await sandbox.control.forget();
  const { code, stdout } = await fleet.farcopy('restore', 'shop', '--to', `${third}/eu-west-1`, '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toContain('cluster');
  // KMS is asked whether it would let the key be lent, and says so by an error.
  const changing = (await sandbox.control.calls()).filter(
    ({ action, errorCode }) =>
      /^(Create|Copy|Restore|Modify|Delete)/.test(action) && errorCode !== 'DryRunOperationException',
  );
  expect(changing).toEqual([]);
});

test('where AWS has no capacity for a class, the next one is taken', async () => {
  const words = 'Insufficient capacity to fulfill the request';
  const fault = { type: 'error', code: 'InsufficientDBInstanceCapacity', message: words, status: 400 };
  await sandbox.control.inject({ match: { action: 'CreateDBInstance' }, fault, times: 1 });
  const { code, restore: restored } = await restore(
    ...['shop', '--as', 'shop-restored-2', '--instance-class', 'db.r6g.large,db.r6i.large', '--zones', 'eu-west-1b'],
  );
  expect(code).toBe(0);
  expect(restored?.details.instances).toMatchObject([
    { id: 'shop-restored-2-instance-1', class: 'db.r6i.large', zone: 'eu-west-1b' },
  ]);
});

test('anyone can start one from the Temporal UI by typing its input', async () => {
  const typed = JSON.stringify({ resource: 'shop', as: 'shop-restored-typed', options: { instances: false } });
  const start = ['workflow', 'start', '--type', 'restoreRecoveryPoint', '--task-queue', 'farcopy-panda'];
  await fleet.temporal(...start, '--workflow-id', 'typed', '--input', typed);
  const result = (await fleet.client.workflow.getHandle('typed').result()) as RestoreResult;
  expect(result).toMatchObject({ id: 'shop-restored-typed', details: { instances: [] } });
  expect(result.differences.join()).toContain('no instances');
});

test.each([
  ['while a copy is made on the way', { 'copy-cross-region': slow }, 'copy:region'],
  ['while the database is made', { restore: slow }, 'database'],
])('cancelled %s, it removes everything it has created', async (_, hanging, step) => {
  const before = await copies();
  const there = await names(third, 'eu-central-1');
  await changeSettings(sandbox.awsEndpoint, { durations: hanging });
  const { code, stdout } = await fleet.farcopy(
    ...[
      'restore',
      'shop',
      '--from',
      'secure',
      '--to',
      `${third}/eu-central-1`,
      '--as',
      'shop-restored-3',
      '--detach',
      '--json',
    ],
  );
  expect(code).toBe(0);
  const { workflowId } = JSON.parse(stdout) as { workflowId: string };
  const handle = fleet.client.workflow.getHandle(workflowId);
  await eventually(`${step} begins`, async () => {
    const { steps } = await handle.query<RestoreProgress>('progress');
    if (!steps.some((one) => one.step === step && one.state === 'running')) return false;
    return step !== 'database' || (await names(third, 'eu-central-1')).includes('shop-restored-3');
  });
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  await changeSettings(sandbox.awsEndpoint, { durations });
  expect(await names(third, 'eu-central-1')).toEqual(there);
  expect(await copies()).toEqual(before);
});
