import { type RecoveryPointProgress } from '../../../src/core/backup/recoveryPointPlan';
import { lifecycleWorkflowId, scheduledTimeLabel } from '../../../src/core/naming';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, type Database } from '../../support/database';
import { eventually } from '../../support/eventually';
import { fleetDocument } from '../../support/fleetDocument';
import { proveClusters } from '../../support/proveClusters';
import { RunningFleet } from '../../support/runningFleet';
import { summaries, Visitor } from '../../support/visitor';

const account = '999999999999';
const steered = cluster('panda', account, 'steered');
const other = cluster('panda', account, 'other');

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [steered, other],
    seconds: { snapshot: 0.5, copy: 0.5, crossRegionCopy: 0.5 },
  });
  visitor = new Visitor(sandbox);
  fleet = await RunningFleet.start(sandbox, fleetDocument('panda', [account]));
}, 120_000);

afterAll(() => sandbox?.end());

const prove = (database: Database, scheduledTime: string | Date) =>
  proveClusters(sandbox, 'panda', [database], scheduledTime, { ofTime: true });

/** How many recovery points the clouds hold of a cluster. */
async function recoveryPoints(database: Database): Promise<number> {
  const held = summaries(await visitor.footprint(database)).filter((one) => one.startsWith('source in'));
  return held.length;
}

/** `temporal workflow signal`, which answers as soon as Temporal has the signal. */
async function signal(name: string): Promise<void> {
  const before = (await fleet.lifecycle(steered)).paused;
  const end = await fleet.temporal('workflow', 'signal', '--name', name, '-w', lifecycleWorkflowId(steered));
  expect(end).toMatchObject({ code: 0 });
  if (name !== 'force')
    await eventually(`${name} has arrived`, async () => (await fleet.lifecycle(steered)).paused !== before);
}

async function farcopy(...words: string[]): Promise<void> {
  expect(await fleet.farcopy(...words)).toMatchObject({ code: 0 });
}

test('a paused cluster gets no backup when its schedule fires, and the others do', async () => {
  await farcopy('backup', 'steered');
  expect(await recoveryPoints(steered)).toBe(1);
  await farcopy('pause', `${account}/eu-west-1/steered`);

  const round = await fleet.round();
  expect(await round.result).toMatchObject({ state: 'completed', resources: 2, completed: 1, skipped: 1 });
  expect(await prove(other, round.scheduledTime)).toEqual([]);
  expect(await recoveryPoints(steered)).toBe(1);
});

test('`farcopy backup` makes a recovery point of a cluster although it is paused, which it stays', async () => {
  const { stdout, code } = await fleet.farcopy('backup', 'steered', '--json');
  expect(code).toBe(0);
  const { requests } = JSON.parse(stdout) as { requests: { scheduledTime: string }[] };
  expect(await prove(steered, requests[0]?.scheduledTime ?? '')).toEqual([]);
  expect(await recoveryPoints(steered)).toBe(2);
  expect((await fleet.lifecycle(steered)).paused).toBe(true);
});

test('`farcopy resume` lets the schedule back it up again', async () => {
  await farcopy('resume', 'steered');
  const round = await fleet.round();
  expect(await round.result).toMatchObject({ completed: 2, skipped: 0 });
  expect(await prove(steered, round.scheduledTime)).toEqual([]);
  expect(await recoveryPoints(steered)).toBe(3);
});

test('the plain `temporal` command pauses, forces and resumes it', async () => {
  await signal('pause');
  expect(await (await fleet.round()).result).toMatchObject({ completed: 1, skipped: 1 });
  expect(await recoveryPoints(steered)).toBe(3);

  const before = new Set((await fleet.lifecycle(steered)).outcomes.map((outcome) => outcome.scheduledTime));
  await signal('force');
  const forced = await eventually('what was forced has ended', async () =>
    (await fleet.lifecycle(steered)).outcomes.find((outcome) => !before.has(outcome.scheduledTime)),
  );
  expect(await prove(steered, forced.scheduledTime)).toEqual([]);
  expect(await recoveryPoints(steered)).toBe(4);

  await signal('resume');
  const round = await fleet.round();
  expect(await round.result).toMatchObject({ completed: 2, skipped: 0 });
  expect(await prove(steered, round.scheduledTime)).toEqual([]);
});

test('pausing what is in flight holds back its next step, and resuming it goes on', async () => {
  const scheduledTime = scheduledTimeLabel(Date.now());
  await sandbox.control.inject({
    match: { action: 'CreateDBClusterSnapshot', resource: 'steered' },
    fault: { type: 'hang-operation' },
    times: 1,
  });
  await fleet.request(steered, scheduledTime);
  const snapshot = await eventually('its snapshot is being made', async () =>
    (await visitor.footprint(steered)).find(({ status }) => status === 'creating'),
  );
  await signal('pause');
  await sandbox.control.finish(snapshot.arn);
  const point = fleet.recoveryPoint(steered, scheduledTime);
  const held = await eventually('it is held back behind its snapshot', async () => {
    const { paused, steps } = await point.query<RecoveryPointProgress>('progress');
    return paused && steps.find(({ step }) => step === 'snapshot')?.state === 'done' ? steps : undefined;
  });
  expect(held.map(({ step, state }) => `${step} ${state}`)).toEqual([
    'snapshot done',
    'share:secure pending',
    'copy:secure pending',
    'copy:secure-dr pending',
  ]);
  await signal('resume');
  expect((await fleet.outcome(steered, scheduledTime)).state).toBe('completed');
  expect(await prove(steered, scheduledTime)).toEqual([]);
});
