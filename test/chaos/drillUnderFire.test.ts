import { untold } from '../../src/core/ledger/entry';
import { type WorkflowHandle } from '@temporalio/client';
import { scratchAccount, vaultAccount } from '../../sandbox/seed/sandboxAccounts';
import { changeSettings } from '../../sandbox/seed/emulatorControl';
import { chooseDrill, startDrill } from '../../src/client/drill/runDrill';
import { type DrillResult } from '../../src/core/drill/drillResult';
import { drillWorkflowId } from '../../src/core/naming';
import { type SweepReport } from '../../src/core/sweep/sweep';
import { CloudSandbox } from '../support/cloudSandbox';
import { cluster, instance, resourceOf } from '../support/database';
import { drilledFleet, scratchThings } from '../support/drilledFleet';
import { eventually } from '../support/eventually';
import { RunningFleet } from '../support/runningFleet';
import { summaries, Visitor } from '../support/visitor';

const account = '999999999999';
const shop = cluster('panda', account, 'shop', { data: { database: 'shop', rows: 100 } });
/** Shared and encrypted, an instance is copied in the scratch account before it is restored. */
const ledger = instance('panda', account, 'ledger');
const quick = { base: 1, perGiB: 0 };
const endless = { base: 3600, perGiB: 0 };
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
let before: unknown;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [shop, ledger], settings: { durations } });
  visitor = new Visitor(sandbox);
  const document = drilledFleet('panda', [account]);
  fleet = await RunningFleet.start(sandbox, document);
  const outcomes = await Promise.all([shop, ledger].map((database) => fleet.backUp(database)));
  expect(outcomes.map(({ state }) => state)).toEqual(['completed', 'completed']);
  before = await copies();
}, 120_000);

afterAll(() => sandbox?.end());

afterEach(async () => {
  await changeSettings(sandbox.awsEndpoint, { durations });
});

/** Every copy, and whom it is shared with. */
const copies = async () =>
  (await Promise.all([shop, ledger].map(async (one) => summaries(await visitor.footprint(one))))).flat();

async function begin(database: typeof shop, name: string): Promise<WorkflowHandle> {
  const chosen = chooseDrill(fleet.fleet, name);
  const { workflowId, runId } = await startDrill(
    fleet.client,
    { name: 'panda', state: null },
    resourceOf(database),
    chosen,
    {},
    untold,
  );
  return fleet.client.workflow.getHandle(workflowId, runId);
}

/** Its restore has begun something in AWS, and only waits for it. */
const untilItWaits = (drill: WorkflowHandle, what: string) =>
  eventually(`${what} is being made, and waited for`, async () => {
    if (!(await scratchThings(visitor)).some((one) => one.startsWith(what))) return false;
    for await (const { workflowId, runId } of restoresOf(drill)) {
      const { raw } = await fleet.client.workflow.getHandle(workflowId, runId).describe();
      const pending = raw.pendingActivities ?? [];
      if (pending.length > 0 && pending.every(({ attempt }) => Number(attempt) > 1)) return true;
    }
    return false;
  });

const restoresOf = ({ workflowId }: WorkflowHandle) =>
  fleet.client.workflow.list({ query: `ParentWorkflowId = '${workflowId}' AND ExecutionStatus = 'Running'` });

async function sweep(...options: string[]): Promise<SweepReport> {
  const { code, stdout } = await fleet.farcopy('sweep', '--json', ...options);
  expect(code).toBe(0);
  return (JSON.parse(stdout) as { sweep: SweepReport }).sweep;
}

test('workers killed in mid-restore: the drill ends all the same, and everything is gone', async () => {
  await changeSettings(sandbox.awsEndpoint, { durations: { ...durations, restore: { base: 8, perGiB: 0 } } });
  const drill = await begin(shop, 'second-region');
  await untilItWaits(drill, 'eu-central-1 cluster drill-shop-');
  await fleet.killWorkers();
  await fleet.startWorkers(1);
  expect((await drill.result()) as DrillResult).toMatchObject({ verdict: 'passed', failures: [], tornDown: true });
  expect(await scratchThings(visitor)).toEqual([]);
  expect(await copies()).toEqual(before);
});

test('drills and their restores are terminated in mid-restore: the sweep removes all of it, and nothing else', async () => {
  // A person's, which no drill has made, and one whose drill goes on.
  const { code } = await fleet.farcopy(
    ...[
      'restore',
      'shop',
      '--to',
      `${scratchAccount}/eu-central-1`,
      '--as',
      'kept',
      '--subnet-group',
      'farcopy-scratch',
    ],
    '--json',
  );
  expect(code).toBe(0);
  await changeSettings(sandbox.awsEndpoint, {
    durations: { ...durations, restore: endless, 'copy-same-region': endless },
  });
  const [alive, terminated, copying] = await Promise.all([
    begin(shop, 'first-region'),
    begin(shop, 'second-region'),
    begin(ledger, 'second-region'),
  ]);
  await Promise.all([
    untilItWaits(alive, 'eu-west-1 cluster drill-shop-'),
    untilItWaits(terminated, 'eu-central-1 cluster drill-shop-'),
    untilItWaits(copying, 'eu-central-1 snapshot farcopy-ledger-'),
  ]);
  const under = await scratchThings(visitor);
  // Nobody is there to notice that a drill was terminated before its restore is, too.
  await fleet.killWorkers();
  for (const drill of [terminated, copying]) {
    for await (const { workflowId } of restoresOf(drill))
      await fleet.client.workflow.getHandle(workflowId).terminate('a person did');
    await drill.terminate('a person did');
  }
  await fleet.startWorkers(1);

  const orphans = under.filter((what) => !/ kept|eu-west-1 /.test(what));
  expect(orphans.map((what) => what.replace(/-[0-9a-z]{13}.*$/, ''))).toEqual([
    'eu-central-1 cluster drill-shop',
    'eu-central-1 snapshot farcopy-ledger',
  ]);
  const looked = await eventually('a sweep knows that they have ended', async () => {
    const report = await sweep('--dry-run');
    return report.found.length >= orphans.length + 1 ? report : undefined;
  });
  expect(looked).toMatchObject({ dryRun: true, removed: [], problems: [] });
  expect(await scratchThings(visitor)).toEqual(under);

  await changeSettings(sandbox.awsEndpoint, { durations });
  const swept = await sweep();
  expect([...swept.removed].sort()).toEqual([...looked.found].sort());
  expect(swept.removed.join()).toMatch(
    new RegExp(`share of copy farcopy-ledger-.*\\(${vaultAccount}/eu-central-1\\) with ${scratchAccount}`),
  );
  expect(swept.kept.map(({ what, why }) => `${what.replace(/-[0-9a-z]{13}/, '')}: ${why}`)).toEqual([
    'aurora-cluster drill-shop (222222222222/eu-west-1): its workflow is under way',
  ]);
  const left = await scratchThings(visitor);
  expect(left).toEqual(under.filter((what) => !orphans.includes(what)));

  await fleet.client.workflow.getHandle(drillWorkflowId(resourceOf(shop), 'first-region')).cancel();
  await expect(alive.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(await scratchThings(visitor)).toEqual(['eu-central-1 cluster kept', 'eu-central-1 instance kept-instance-1']);
  expect(await copies()).toEqual(before);
  expect(await sweep()).toMatchObject({ found: [], removed: [], kept: [], problems: [] });
});
