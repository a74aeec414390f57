import { type WorkflowHandle } from '@temporalio/client';
import { requestRecoveryPoint } from '../../src/activities/backup/requestRecoveryPoint';
import { applicationFailure } from '../../src/core/applicationFailure';
import { type LifecycleState } from '../../src/core/backup/lifecycle';
import { type ProtectionPolicy } from '../../src/core/backup/policy';
import { failureTypes } from '../../src/core/failure';
import { type LedgerEntry, untold } from '../../src/core/ledger/entry';
import { fleetTaskQueue, lifecycleWorkflowId, recoveryPointId, recoveryPointWorkflowId } from '../../src/core/naming';
import { FakeActivities } from '../fakes/activities';
import { cluster, fleet, policyInto } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const fake = new FakeActivities(() => service.now());
let service: TimeSkippingService;
let tests = 0;
const asked: LedgerEntry[] = [];
const late: LedgerEntry[] = [];
/** Throws where the ledger fails in every way that it can. */
let ledger: (entry: LedgerEntry) => void = () => undefined;

beforeAll(async () => {
  const activities = {
    ...fake.all,
    recordInLedger: async (entry: LedgerEntry) => {
      ledger(entry);
      asked.push(entry);
    },
    recordLateInLedger: async (entry: LedgerEntry) => {
      ledger(entry);
      late.push(entry);
    },
  };
  service = await TimeSkippingService.start(activities, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());
beforeEach(() => {
  asked.length = 0;
  ledger = () => undefined;
});

const hour = 3600;
const [first, second, third] = ['2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z', '2026-11-21T04:00:00Z'] as const;

/** A cluster of its own for each test, backed up to one vault. */
function scene(changes: Partial<ProtectionPolicy> = { ledger: true }) {
  tests += 1;
  const number = String(tests).padStart(2, '0');
  const account = `7000000000${number}`;
  const resource = cluster(account, `kept-${number}`);
  const vaults = policyInto(`7100000000${number}`, changes);
  const policy: ProtectionPolicy = { ...vaults, route: vaults.route.slice(0, 1) };
  fake.policies.set(account, policy);
  const lifecycle: WorkflowHandle = service.client.workflow.getHandle(lifecycleWorkflowId(resource));
  return {
    account,
    resource,
    lifecycle,
    request: (scheduledTime: string) =>
      requestRecoveryPoint(service.client, resource, { scheduledTime, force: false, policy }),
    state: () => lifecycle.query<LifecycleState>('lifecycle'),
    retire: async () => {
      await lifecycle.signal('retire');
      await lifecycle.result();
    },
  };
}

const ended = () =>
  asked.flatMap((one) => (one.type === 'recovery-point' ? [`${one.scheduledTime} ${one.outcome}`] : []));

test('each recovery point that has ended has one entry, also where the next run of the lifecycle has begun', async () => {
  const one = scene();
  let broken = false;
  fake.on('planBackup', one.account, null, () => {
    if (broken) throw applicationFailure(failureTypes.configuration, 'the source role cannot be assumed');
  });
  await one.request(first);
  await service.skip(2 * hour);
  broken = true;
  await one.request(second);
  await service.skip(hour);
  broken = false;
  await one.request(third);
  await service.skip(2 * hour);

  expect(ended()).toEqual([`${first} completed`, `${second} failed`, `${third} completed`]);
  expect(asked[0]).toMatchObject({
    resource: one.resource,
    rpoSeconds: 26 * hour,
    forced: false,
    places: [
      { place: 'source', copy: { account: one.account } },
      { place: 'secure', copy: {} },
    ],
  });
  expect(asked[1]).toMatchObject({ reason: 'the source role cannot be assumed', places: [] });
  // Each of another run, and none lost between two.
  expect(new Set(asked.map(({ workflow }) => workflow.runId)).size).toBe(3);
  await one.retire();
});

test('one that was cancelled has its entry too', async () => {
  const one = scene();
  await one.request(first);
  await service.skip(60);
  const id = recoveryPointWorkflowId(recoveryPointId(one.resource, first));
  await service.client.workflow.getHandle(id).cancel();
  await service.skip(hour);
  expect(ended()).toEqual([`${first} cancelled`]);
  await one.retire();
});

test('what operators do is kept as they told it, also the last of it, and what they tell without a word', async () => {
  const one = scene();
  await one.request(first);
  await service.skip(2 * hour);
  asked.length = 0;
  await one.lifecycle.signal('pause', { by: 'anna@laptop', why: 'ticket 4711' });
  await one.lifecycle.signal('resume');
  await one.lifecycle.signal('retire', { by: 7, why: ['x'] });
  await one.lifecycle.result();
  // Side by side, in whatever order they come there.
  asked.sort((a, b) => (a.outcome < b.outcome ? -1 : 1));
  expect(asked.map(({ type, outcome, asToldByCaller }) => [type, outcome, asToldByCaller])).toEqual([
    ['act', 'pause', { by: 'anna@laptop', why: 'ticket 4711' }],
    ['act', 'resume', untold],
    ['act', 'retire', untold],
  ]);
});

test('a ledger that fails in every way keeps no outcome back, and the next recovery point for moments', async () => {
  const one = scene();
  ledger = () => {
    throw applicationFailure(failureTypes.transient, 'neither the bucket nor Temporal answers');
  };
  await one.request(first);
  await service.skip(60);
  await one.request(second);
  // What one takes by itself, and a minute.
  const took = 45 * 60;
  await service.skip(took);
  const outcomes = async () =>
    (await one.state()).outcomes.map(({ scheduledTime, state }) => `${scheduledTime} ${state}`);
  expect(await outcomes()).toContain(`${first} completed`);
  await service.skip(took + 60);
  expect(await outcomes()).toEqual([`${first} completed`, `${second} completed`]);
  expect(asked).toEqual([]);
  await one.retire();
});

test('where the fleet keeps no ledger, none is asked for anything, and no event is spent', async () => {
  const one = scene({});
  await one.request(first);
  await service.skip(2 * hour);
  await one.lifecycle.signal('pause', { by: 'anna@laptop', why: null });
  await one.retire();
  expect(asked).toEqual([]);
  const { events } = await one.lifecycle.fetchHistory();
  const patches = (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) =>
    Object.values(marker?.details ?? {}).flatMap(({ payloads }) =>
      (payloads ?? []).map(({ data }) => Buffer.from(data ?? []).toString()),
    ),
  );
  expect(patches.join()).toContain('alerts');
  expect(patches.join()).not.toContain('the ledger');
});

test('an entry that could not be written is tried for days', async () => {
  const entry: LedgerEntry = {
    ...{ version: 1, type: 'act', fleet, tier: null, resource: null, at: '2026-11-21T02:45:13.120Z', outcome: 'pause' },
    ...{ reason: null, asToldByCaller: untold, workflow: { id: 'a', runId: 'b' } },
  };
  let isDown = true;
  ledger = () => {
    if (isDown) throw applicationFailure(failureTypes.transient, 's3://panda-state: there is no such bucket');
  };
  const handle = await service.client.workflow.start('recordLater', {
    workflowId: 'ledger/1',
    taskQueue: fleetTaskQueue(fleet),
    args: [{ version: 1, entry }],
  });
  await service.skip(5 * 24 * hour);
  isDown = false;
  await service.skip(2 * hour);
  await handle.result();
  expect(late).toEqual([entry]);
});

test('a missed RPO and its end have an entry each, and its daily repetition has none', async () => {
  const one = scene({ ledger: true, rpoSeconds: 26 * hour });
  await one.request(first);
  await service.skip(2 * hour);
  await one.lifecycle.signal('pause', { by: null, why: null });
  await service.skip(80 * hour);
  await one.lifecycle.signal('force', { by: null, why: null });
  await service.skip(2 * hour);
  await one.retire();
  const entries = asked.filter(({ type }) => type === 'alert');
  expect(entries).toMatchObject([
    { outcome: 'opened', alert: 'rpo-missed', resource: { id: one.resource.id }, rpoSeconds: 26 * hour },
    { outcome: 'resolved', alert: 'rpo-missed', tier: 'standard' },
  ]);
  const about = fake.notifications.filter(({ key }) => key?.endsWith(one.resource.id) === true);
  expect(about.map(({ event, retired }) => [event, retired !== undefined])).toEqual([
    ['rpo-missed', false],
    ['rpo-missed', false],
    ['rpo-missed', false],
    ['rpo-met', false],
    ['rpo-met', true],
  ]);
});
