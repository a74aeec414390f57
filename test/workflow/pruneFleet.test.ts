import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { type LedgerEntry } from '../../src/core/ledger/entry';
import { fleetTaskQueue, markTaskQueue, pruneTaskQueue } from '../../src/core/naming';
import { type Notification } from '../../src/core/notification';
import {
  type DeletedCopy,
  type DeletionReport,
  type MarkReport,
  type PruneReport,
} from '../../src/core/retention/pruneRun';
import { cluster, fleet } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const marking: MarkReport = {
  ...{ plan: 'a1', doomed: 9, marked: 2, unmarked: 1, braked: 0, brakes: [], inBuckets: 0, problems: [], ledger: true },
  firstGoes: '2026-12-03T02:00:00.000Z',
};
const gone = (id: string, n: number): DeletedCopy => ({
  ...{ resource: cluster('999999999999', id), place: 'secure', copy: `arn:${id}-${n}`, recoveryPoint: `${id}/${n}` },
  ...{ dataTime: '2026-11-01T02:00:00Z', rule: 'daily', approvedBy: null },
});
const batch = (deleted: readonly DeletedCopy[], change: Partial<DeletionReport> = {}): DeletionReport => ({
  ...{ plan: 'a1', deleted, more: false, isRunOver: false, waiting: {}, problems: [] },
  ...change,
});

let service: TimeSkippingService;
let tests = 0;
/** Who was called, in order, and with what. */
let calls: unknown[] = [];
let told: Notification[] = [];
let entries: LedgerEntry[] = [];
let marks: () => MarkReport = () => marking;
let batches: (() => DeletionReport)[] = [];

const activities = {
  fleetRevision: async () => 'own',
  markCopies: async (...args: unknown[]) => {
    calls.push(['mark', ...args]);
    return marks();
  },
  deleteMarked: async (...args: unknown[]) => {
    calls.push(['delete', ...args]);
    return batches.shift()?.() ?? batch([]);
  },
  handOverNotification: async (notification: Notification) => {
    calls.push(['handOverNotification', notification.event]);
    told.push(notification);
  },
  recordInLedger: async (entry: LedgerEntry) => void entries.push(entry),
};

beforeAll(async () => {
  const queues = [fleetTaskQueue, markTaskQueue, pruneTaskQueue].map((queueOf) => queueOf(fleet));
  service = await TimeSkippingService.start(activities, ...queues);
});
afterAll(() => service?.stop());
beforeEach(() => {
  tests += 1;
  [calls, told, entries, batches] = [[], [], [], []];
  marks = () => marking;
});

async function run(revision: string | null = null): Promise<PruneReport> {
  const handle = await service.client.workflow.start('pruneFleet', {
    workflowId: `prune/${fleet}-${tests}`,
    taskQueue: fleetTaskQueue(fleet),
    args: [{ version: 1, fleet, revision }],
  });
  return service.runUntil(handle.result() as Promise<PruneReport>);
}
const failed = (error: unknown) => (error as { cause: { message: string; details: [PruneReport] } }).cause;

test('people hear of marks before anything is deleted, and each resource that has lost copies has an entry', async () => {
  batches = [
    () => batch([gone('shop', 1), gone('shop', 2), gone('mail', 1)], { more: true }),
    () => batch([gone('shop', 3)], { waiting: { 'their time has not come': 2 } }),
  ];
  expect(await run()).toMatchObject({
    deleted: 4,
    more: false,
    problems: [],
    waiting: { 'their time has not come': 2 },
  });
  expect(calls).toEqual([
    ['mark', fleet, 'own'],
    ['handOverNotification', 'prune-marked'],
    ['delete', fleet, 'own', 0],
    ['delete', fleet, 'own', 3],
    ['handOverNotification', 'prune-ended'],
  ]);
  const copiesOf = (entry: LedgerEntry) => (entry.type === 'prune' ? entry.copies.map(({ copy }) => copy).join() : '');
  // Those of a batch are written side by side.
  expect(entries.toSorted((a, b) => (copiesOf(a) < copiesOf(b) ? -1 : 1))).toMatchObject([
    { type: 'prune', outcome: 'marked', plan: 'a1', resource: null },
    { outcome: 'deleted', resource: { id: 'mail' }, copies: [{ copy: 'arn:mail-1' }] },
    { outcome: 'deleted', resource: { id: 'shop' }, copies: [{ copy: 'arn:shop-1' }, { copy: 'arn:shop-2' }] },
    { outcome: 'deleted', resource: { id: 'shop' }, copies: [{ copy: 'arn:shop-3' }] },
  ]);
});

test('a run ends when it may delete no more, and when a batch brings nothing', async () => {
  batches = [() => batch([gone('shop', 1)], { more: true, isRunOver: true }), () => batch([gone('shop', 2)])];
  expect(await run()).toMatchObject({ deleted: 1, more: true });
  calls = [];
  tests += 1;
  batches = [() => batch([], { more: true })];
  expect(await run()).toMatchObject({ deleted: 0, more: true });
  expect(calls.filter((call) => (call as unknown[])[0] === 'delete')).toHaveLength(1);
});

test('where nothing happens, nobody is told but of the end of a trouble, and no entry is kept', async () => {
  marks = () => ({ ...marking, marked: 0, unmarked: 0 });
  await run();
  expect(told).toMatchObject([{ key: 'prune', state: 'resolved', quietly: true }]);
  expect(entries).toEqual([]);
});

test('where marking does not come off, nothing is deleted, and people are told why', async () => {
  marks = () => {
    throw applicationFailure(failureTypes.configuration, 'the worker of the queue `mark` has revision b');
  };
  const { message, details } = failed(await run('a').catch((error: unknown) => error));
  expect(message).toContain('the worker of the queue `mark` has revision b');
  expect(details[0]).toMatchObject({ marking: null, deleted: 0 });
  expect(calls).toEqual([
    ['mark', fleet, 'a'],
    ['handOverNotification', 'prune-ended'],
  ]);
  expect(told[0]).toMatchObject({ state: 'open', message: expect.stringContaining('has revision b') as string });
});

test('what was deleted before a batch failed is told and kept', async () => {
  batches = [
    () => batch([gone('shop', 1)], { more: true }),
    () => {
      throw applicationFailure(failureTypes.configuration, 'the pruner role may not be assumed');
    },
  ];
  const { details } = failed(await run().catch((error: unknown) => error));
  expect(details[0]).toMatchObject({ deleted: 1, problems: ['the pruner role may not be assumed'] });
  expect(entries.filter(({ outcome }) => outcome === 'deleted')).toHaveLength(1);
  expect(told.at(-1)?.subject).toContain('1 copies deleted, 1 problems');
});
