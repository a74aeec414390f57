import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { drillActivities } from '../../src/activities/drill/drill';
import { stepActivities } from '../../src/activities/steps/steps';
import { restoreActivities } from '../../src/activities/restore/restore';
import { serviceLimitActivities } from '../../src/activities/limits/serviceLimit';
import { parseFleet } from '../../src/config';
import { copyTags, type Scope } from '../../src/core/catalogue/copy';
import { type RestoreDrillInput, type RestoreDrillProgress } from '../../src/core/drill/drillRequest';
import { fleetTaskQueue, recoveryPointId, serviceLimitTaskQueue } from '../../src/core/naming';
import { type ResourceRef } from '../../src/core/resource';
import { searchAttributes } from '../../src/core/searchAttributes';
import { type restoreDrill } from '../../src/workflows/restoreDrill';
import { knownKinds } from '../../src/kinds/registry';
import { provision } from '../../sandbox/provision';
import { FakeCloud } from '../fakes/cloud';
import { eventually } from '../support/eventually';
import { workflowBundle } from './workflowBundle';

// The time-skipping server tells a parent neither that its child was terminated, nor a child that its parent was.
const fleet = parseFleet(
  `
fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts: [{id: "999999999999", regions: [eu-west-1]}]
vaults: {secure: {account: "111111111111", key: alias/farcopy}}
select: [{kind: aurora-cluster, tags: {backup: "true"}, tier: standard}]
tiers:
  standard:
    schedule: "0 2 * * *"
    rpo: 26h
    route: [secure]
    retention: {daily: 14, minimum: 2}
    drills:
      here: {to: {account: "333333333333", region: eu-west-1}, read: none}
      there: {to: {account: "333333333333", region: us-east-1}, read: none}
polling: {shortest: 1s, longest: 1s}
`,
  'fleet.yaml',
  { kinds: knownKinds },
);
const queue = fleetTaskQueue(fleet.name);
const scheduledTime = '2026-11-21T02:00:00Z';
const scratchAccount = '333333333333';
/** Nothing that is begun ends by itself. */
const work = { milliseconds: 0 };
const cloud = new FakeCloud({ duration: () => work.milliseconds, restoreDuration: () => work.milliseconds });
let environment: TestWorkflowEnvironment;
let workers: readonly Worker[] = [];
let running: Promise<unknown>;
let resource: ResourceRef;

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const [{ 'temporal-cli': cli }, bundle] = await Promise.all([provision(['temporal-cli']), workflowBundle()]);
  environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: cli.path },
      searchAttributes: Object.values(searchAttributes),
    },
  });
  const kinds = cloud.kinds();
  const scopes = async () => [{ account: '999999999999', region: 'eu-west-1' }];
  const planning = { fleet, kinds, scopes, readBundle: async () => null };
  const unused = () => {
    throw new Error('these drills only restore');
  };
  const activities = {
    ...stepActivities({ kinds, general: {}, shareInUse: async () => ({ readers: [], silent: [] }) }),
    ...serviceLimitActivities(kinds.all),
    ...restoreActivities(planning),
    ...drillActivities({
      ...planning,
      ...{ openBucket: unused, readSecret: unused, connections: { open: unused } },
      ...{ servers: new Set(), ownPassword: undefined },
    }),
    handOverNotification: async () => undefined,
  };
  workers = await Promise.all(
    [queue, serviceLimitTaskQueue].map((taskQueue) =>
      Worker.create({ connection: environment.nativeConnection, taskQueue, workflowBundle: bundle, activities }),
    ),
  );
  running = Promise.all(workers.map((worker) => worker.run()));

  resource = cloud.addResource({ kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop' });
  const copies = kinds.copiesOf('aurora-cluster');
  const home: Scope = { account: resource.account, region: resource.region, access: 'source' };
  const tags = (place: string) => ({
    [copyTags.fleet]: fleet.name,
    [copyTags.resource]: resource.arn,
    [copyTags.recoveryPoint]: recoveryPointId(resource, scheduledTime),
    [copyTags.scheduledTime]: scheduledTime,
    [copyTags.dataTime]: scheduledTime,
    [copyTags.place]: place,
    [copyTags.verified]: `exists ${scheduledTime}`,
  });
  const source = await copies.snapshot({ resource, marker: 'snapshot', tags: tags('source') });
  await copies.sharing?.share(source, home, '111111111111');
  const target: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
  await copies.copy({ source, target, marker: 'copy', key: 'alias/farcopy', tags: tags('secure') });
  await copies.sharing?.unshare(source, home, '111111111111');
  work.milliseconds = Infinity;
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await environment?.teardown();
});

/** Databases, copies on the way and shares. */
const scratch = () => [
  ...['eu-west-1', 'us-east-1'].flatMap((region) => [
    ...cloud.databasesIn('aurora-cluster', { account: scratchAccount, region }).keys(),
  ]),
  ...cloud
    .allCopies()
    .flatMap((copy) => [
      ...(['snapshot', 'copy'].includes(copy.id) ? [] : [copy.id]),
      ...cloud.sharedWith(copy).map((whom) => `${copy.id} shared with ${whom}`),
    ]),
];

/** Under way as far as it goes: where it copies into the region first, that copy; else the database, of what was shared. */
async function drillInto(region: string, name: string) {
  const input: RestoreDrillInput = {
    version: 1,
    fleet: fleet.name,
    tier: 'standard',
    resource,
    drill: {
      ...{ name, schedule: [], timezone: 'UTC', jitterSeconds: 0, paused: false, point: 'latest', resources: null },
      ...{ from: 'secure', rtoSeconds: null, readsAll: false, database: null, checks: [] },
      to: {
        ...{ type: 'aws', account: scratchAccount, region, subnetGroup: null, securityGroups: [] },
        instanceClasses: [],
      },
    },
    connect: null,
  };
  const drill = await environment.client.workflow.start<typeof restoreDrill>('restoreDrill', {
    workflowId: `drill/${name}`,
    taskQueue: queue,
    args: [input],
  });
  await eventually('something is there', async () => scratch().length > (region === 'eu-west-1' ? 1 : 0));
  const { to } = await drill.query<RestoreDrillProgress>('progress');
  return { drill, restore: environment.client.workflow.getHandle(`restore/aurora-cluster/${to}`) };
}

it.each([
  ['copies', 'us-east-1'],
  ['makes the database', 'eu-west-1'],
])('gives back and removes what its restore has made that is terminated while it %s', async (_, region) => {
  const { drill, restore } = await drillInto(region, `restore-${region}`);
  await restore.terminate('a person did');
  await expect(drill.result()).rejects.toMatchObject({
    cause: { message: 'the workflow was terminated', details: [{ verdict: 'failed', tornDown: true }] },
  });
  expect(scratch()).toEqual([]);
});

it.each([
  ['copies', 'us-east-1'],
  ['makes the database', 'eu-west-1'],
])('terminated while its restore %s, has that give back and remove what it has made', async (_, region) => {
  const { drill, restore } = await drillInto(region, `drill-${region}`);
  await drill.terminate('a person did');
  await expect(restore.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(scratch()).toEqual([]);
});
