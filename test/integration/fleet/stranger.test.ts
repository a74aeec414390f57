import { type Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { defaultRegion, vaultAccount } from '../../../sandbox/seed/sandboxAccounts';
import { requestRecoveryPoint } from '../../../src/activities/backup/requestRecoveryPoint';
import { policyOf } from '../../../src/config';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { fleetTaskQueue, recoveryPointId, recoveryPointWorkflowId, scheduledTimeLabel } from '../../../src/core/naming';
import { step } from '../../../src/core/steps/step';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { eventually } from '../../support/eventually';
import { fleetDocument, tier } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { summaries, Visitor } from '../../support/visitor';

/** Somebody who may use the Temporal namespace, and has an account in the same clouds whose roles let anybody in. */
const stranger = '333333333333';
const account = '999999999999';
const shop = cluster('panda', account, 'shop');
const theirs = cluster('theirs', stranger, 'trap', { tags: {} });
const resource = resourceOf(shop);
const quick = { base: 1, perGiB: 0 };

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;
let client: Client;
let worker: Worker;
let running: Promise<void>;
let connection: NativeConnection;
let orders = 0;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [shop, theirs],
    settings: {
      durations: { snapshot: quick, 'copy-same-region': quick, 'copy-cross-region': quick, restore: quick },
    },
  });
  visitor = new Visitor(sandbox);
  fleet = await RunningFleet.start(sandbox, fleetDocument('panda', [account]));
  client = sandbox.client('default');
  expect(await fleet.backUp(shop)).toMatchObject({ state: 'completed' });
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  connection = await NativeConnection.connect({ address: sandbox.temporalAddress });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('./stranger/workflows'),
    logger: new DefaultLogger('ERROR'),
  });
  worker = await Worker.create({ connection, taskQueue: 'strangers', workflowBundle });
  running = worker.run();
}, 240_000);

afterAll(async () => {
  worker?.shutdown();
  await running;
  await connection?.close();
  await sandbox?.end();
});

/** The fleet's copies and who may read them; and that nobody of the fleet has opened the stranger's account. */
async function state() {
  return summaries(await visitor.footprint(shop));
}

async function untouched(work: () => Promise<unknown>): Promise<{ type?: string; message: string }> {
  const before = await state();
  await sandbox.control.forget();
  const failure = await work().then(
    (result) => ({ message: `it came off: ${JSON.stringify(result)}` }),
    (error: Error) => {
      let cause: unknown = error;
      while (cause instanceof Error && cause.cause !== undefined) ({ cause } = cause);
      return cause as { type?: string; message: string };
    },
  );
  const calls = await sandbox.control.calls();
  expect(calls.filter((call) => JSON.stringify(call).includes(stranger))).toEqual([]);
  expect(await state()).toEqual(before);
  return failure;
}

/** Has the fleet's workers perform an activity, as whoever polls or knows their queue can. */
function order(activity: string, ...args: readonly unknown[]): Promise<unknown> {
  return client.workflow.execute('order', {
    workflowId: `order-${(orders += 1)}`,
    taskQueue: 'strangers',
    args: [fleetTaskQueue('panda'), activity, args],
  });
}

function start(workflow: string, input: unknown): Promise<unknown> {
  return client.workflow.execute(workflow, {
    workflowId: `stranger-${workflow}-${(orders += 1)}`,
    taskQueue: fleetTaskQueue('panda'),
    args: [input],
  });
}

const refused = (words: RegExp) => ({ type: 'Configuration', message: expect.stringMatching(words) as string });

test('a request whose policy names a foreign vault makes copies where the fleet file says, and nowhere else', async () => {
  const policy = policyOf(fleet.fleet, tier);
  const scheduledTime = scheduledTimeLabel(Date.now());
  const route = [{ name: 'secure', account: stranger, region: null, key: 'alias/farcopy' }];
  await sandbox.control.forget();
  const { scheduledTime: begun } = await requestRecoveryPoint(client, resource, {
    ...{ scheduledTime, force: true },
    policy: { ...policy, route, shareableKey: `arn:aws:kms:${defaultRegion}:${stranger}:key/1` },
  });
  const id = recoveryPointWorkflowId(recoveryPointId(resource, begun ?? ''));
  const result = await eventually('the recovery point has begun', async () =>
    client.workflow
      .getHandle(id)
      .describe()
      .then(() => true)
      .catch(() => undefined),
  ).then(() => client.workflow.getHandle(id).result() as Promise<{ state: string; copies: { account: string }[] }>);
  expect(result).toMatchObject({ state: 'completed' });
  expect(result.copies.map((copy) => copy.account)).toEqual([account, vaultAccount, vaultAccount]);
  const found = await visitor.footprint(shop);
  expect(found.flatMap(({ sharedWith }) => sharedWith).filter((one) => one !== vaultAccount)).toEqual([]);
  expect((await sandbox.control.calls()).filter((call) => JSON.stringify(call).includes(stranger))).toEqual([]);
  // What it said of the tier is forgotten with the next request of a round.
  expect(await fleet.backUp(shop)).toMatchObject({ state: 'completed' });
});

test('a restore into a foreign account is refused, and nothing is lent', async () => {
  const failure = await untouched(() =>
    start('restoreRecoveryPoint', { resource: 'shop', from: 'secure', to: `${stranger}/${defaultRegion}`, as: 'mine' }),
  );
  expect(failure).toMatchObject(refused(/^planRestore: to is 333333333333.*restore\.targets/));
});

test('an export is not sent to a foreign bucket, and none is loaded from one', async () => {
  const scheduledTime = scheduledTimeLabel(Date.now());
  const dataPrefix = bucketLayout.dataPrefix(resource, scheduledTime);
  const input = {
    version: 1,
    fleet: 'panda',
    identity: { fleet: 'panda', tier, resource, scheduledTime },
    sourceScope: { account: vaultAccount, region: defaultRegion, access: 'vault' },
    sourceBucket: 's3://panda-exports',
    sourcePrefix: `${dataPrefix}export/1/`,
    targetBucket: 'gs://stranger',
    dataPrefix,
    ...{ lock: null, bytesPerSecond: null, verify: 'manifest', skippedTables: [], exported: 1, tags: {} },
  };
  expect(await untouched(() => start('transferExport', input))).toMatchObject(refused(/^planTransfer: .*vaults/));
  const load = {
    version: 1,
    from: { bucket: 'gs://stranger', dataPrefix: 'data/a/' },
    to: { url: 'postgres://postgres@127.0.0.1:1/postgres' },
  };
  expect(await untouched(() => start('restoreToPostgres', load))).toMatchObject(
    refused(/^planPostgresRestore: from\.bucket is gs:\/\/stranger/),
  );
});

test('a drill into a foreign account is refused before a copy is chosen', async () => {
  const to = {
    ...{ type: 'aws', account: stranger, region: defaultRegion, subnetGroup: null },
    ...{ securityGroups: [], instanceClasses: [] },
  };
  const drill = {
    ...{ name: 'theirs', schedule: [], timezone: 'UTC', jitterSeconds: 0, paused: false, point: 'latest' },
    ...{ resources: null, from: 'secure', to, rtoSeconds: null, readsAll: false, database: null, checks: [] },
  };
  const input = { version: 1, fleet: 'panda', tier, resource, drill, connect: null };
  expect(await untouched(() => start('restoreDrill', input))).toMatchObject({
    message: expect.stringMatching(/drill\.to is .*where no drill restores to/) as string,
  });
});

describe('a step that a stranger has written is refused:', () => {
  const found = async () => {
    const copy = (await visitor.footprint(shop)).find(({ where }) => where === `${vaultAccount}/${defaultRegion}`);
    if (copy === undefined) throw new Error('there is no copy in the vault');
    const scheduledTime = copy.tags['farcopy:scheduled-time'] ?? '';
    const ref = { kind: shop.kind, account: vaultAccount, region: defaultRegion, id: copy.id, arn: copy.arn };
    const verified = { place: 'secure', keyArn: null, sizeGiB: 1, dataTime: scheduledTime, verifiedAt: scheduledTime };
    return { identity: { fleet: 'panda', tier, resource, scheduledTime }, source: { ...ref, ...verified } };
  };
  const planned = (type: string, scope: object, input: object) =>
    step({
      ...{ id: type, type, marker: 'farcopy-mine', expects: { seconds: 0, secondsPerGiB: 0 } },
      ...{ scope: scope as never, input: input as never },
    });
  const lender = { account: vaultAccount, region: defaultRegion, access: 'lender' };

  test.each([
    [
      'a share with a foreign account',
      planned('share', lender, { shareWith: stranger }),
      /shareWith that is 333333333333/,
    ],
    [
      'a copy made by a foreign account',
      planned('copy', { ...lender, account: stranger }, { key: 'alias/farcopy' }),
      /step\.scope is 333333333333/,
    ],
    [
      'a copy under a foreign key',
      planned('copy', lender, { key: `arn:aws:kms:${defaultRegion}:${stranger}:key/1` }),
      /key that is arn:aws:kms/,
    ],
  ])('%s', async (_, one, words) => {
    const ownership = { 'farcopy:restore': 'restore/mine', 'farcopy:restore-run': 'run' };
    const request = { ...(await found()), step: one, choice: null, results: {}, ownership };
    expect(await untouched(() => order('startStep', request))).toMatchObject(refused(words));
  });

  test('a snapshot of a resource that the fleet does not protect', async () => {
    const identity = {
      fleet: 'panda',
      tier,
      resource: resourceOf(theirs),
      scheduledTime: scheduledTimeLabel(Date.now()),
    };
    expect(await untouched(() => order('planBackup', identity))).toMatchObject(
      refused(/resource is 333333333333\/.*accounts/),
    );
  });
});
