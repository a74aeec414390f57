import { defaultRegion, roleArn, stateBucket, stateRole, vaultAccount } from '../../../sandbox/seed/sandboxAccounts';
import { type StoredEntry } from '../../../src/core/ledger/entry';
import { recoveryPointId, recoveryPointWorkflowId, scheduledTimeLabel } from '../../../src/core/naming';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, type Database, resourceOf } from '../../support/database';
import { eventually } from '../../support/eventually';
import { fleetDocument } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { summaries, Visitor } from '../../support/visitor';

const account = '999999999999';
const shop = cluster('panda', account, 'shop');
const books = cluster('panda', account, 'books');

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [shop, books],
    bucketsOf: 'panda',
    seconds: { snapshot: 0.5, copy: 0.5, crossRegionCopy: 0.5 },
  });
  visitor = new Visitor(sandbox);
  fleet = await RunningFleet.start(sandbox, {
    ...fleetDocument('panda', [account]),
    state: {
      bucket: `s3://${stateBucket('panda')}/farcopy`,
      role: roleArn(vaultAccount, stateRole),
      region: defaultRegion,
      lock: { mode: 'governance', days: 1 },
    },
  });
}, 300_000);

afterAll(() => sandbox?.end());

async function farcopy<T>(code: number, ...words: string[]): Promise<T> {
  const end = await fleet.farcopy(...words, '--json');
  if (end.code !== code) throw new Error(`exit code ${end.code}: ${end.stdout}${end.stderr}`);
  return JSON.parse(end.stdout) as T;
}

const workflowOf = (database: Database, scheduledTime: string) =>
  recoveryPointWorkflowId(recoveryPointId(resourceOf(database), scheduledTime));

/** Has the next snapshots hang while they are made. */
const hangSnapshots = (times: number) =>
  sandbox.control.inject({
    match: { action: 'CreateDBClusterSnapshot' },
    fault: { type: 'hang-operation' },
    times,
  });

const creating = async (database: Database) =>
  (await visitor.footprint(database)).find(({ status }) => status === 'creating')?.arn;

/** Whether a workflow has heard that it is to end. What hangs may come to its end then. */
const isAsked = async (workflowId: string) => {
  const { events } = await fleet.client.workflow.getHandle(workflowId).fetchHistory();
  return events?.some((event) => Boolean(event.workflowExecutionCancelRequestedEventAttributes)) === true;
};

test('a name that nobody knows is refused, and a resource of which nothing runs is said to have nothing', async () => {
  expect((await fleet.backUp(shop)).state).toBe('completed');
  const unknown = await fleet.farcopy('cancel', 'shopp', '--yes');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean `shop`') as string });
  expect(await farcopy(0, 'cancel', 'shop', '--yes')).toMatchObject({
    cancelled: [],
    endedBefore: [{ what: 'shop', state: 'nothing of it runs' }],
  });
}, 180_000);

test('a recovery point is cancelled right after it began, its half-done copy goes, and the ledger knows who did it', async () => {
  const before = summaries(await visitor.footprint(shop));
  await hangSnapshots(1);
  const scheduledTime = scheduledTimeLabel(Date.now());
  const workflowId = workflowOf(shop, scheduledTime);
  await fleet.request(shop, scheduledTime);
  // The lifecycle tells of it, whatever Temporal lists.
  const shown = await fleet.farcopy('cancel', `${account}/eu-west-1/shop`);
  expect(shown).toMatchObject({ code: 2, stdout: expect.stringContaining(workflowId) as string });
  await eventually('its snapshot is being made', () => creating(shop));
  expect(await isAsked(workflowId)).toBe(false);

  const asked = ['--reason', 'ticket 4711', '--by', 'anna'];
  expect(await farcopy(0, 'cancel', 'shop', '--yes', ...asked)).toMatchObject({
    ...{ cancelled: [{ workflowId, state: 'cancelled' }], unknown: null, ledger: true },
  });
  expect(summaries(await visitor.footprint(shop))).toEqual(before);
  expect(await farcopy(0, 'cancel', workflowId, '--yes')).toMatchObject({
    cancelled: [],
    endedBefore: [{ state: 'has ended already: cancelled' }],
  });
  const act = await eventually('the act is kept', async () => {
    const { entries } = await farcopy<{ entries: StoredEntry[] }>(0, 'audit', 'shop');
    return entries.find(({ outcome, asToldByCaller: { by } }) => outcome === 'cancel' && by === 'anna');
  });
  expect(act).toMatchObject({ reason: workflowId, asToldByCaller: { why: 'ticket 4711' }, resource: { id: 'shop' } });
}, 240_000);
