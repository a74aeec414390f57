import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { fleetTaskQueue } from '../../src/core/naming';
import { type Leftover, leftoverText, type SweepPlace, type SweepReport } from '../../src/core/sweep/sweep';
import { fleet } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const scope = { account: '333333333333', region: 'eu-west-1', access: 'restore' } as const;
const owner = { fleet, workflowId: 'drill/a', runId: 'run', since: '2026-11-21T02:00:00.000Z' };
const thing = { type: 'thing', kind: 'aurora-cluster', scope, owner } as const;
const group: Leftover = {
  ...thing,
  thing: { type: 'parameter-group', id: 'shop' },
  title: 'parameter group shop',
  isRestored: false,
};
const database: Leftover = {
  ...thing,
  thing: { type: 'database', id: 'drill-shop' },
  title: 'aurora-cluster drill-shop',
  isRestored: true,
};
const server: SweepPlace = { type: 'scratch-server', url: 'postgres://drill@scratch.example/postgres', secret: null };
const kept = { what: 'aurora-cluster drill-other', why: 'its workflow is under way' };

/** How often a removal is asked for until the thing is gone. */
let asksUntilGone = 1;
let serverAnswers = true;
let removals: string[] = [];
let service: TimeSkippingService;
let tests = 0;

const activities = {
  planSweep: async () => ({ places: [{ type: 'scratch-account', scope }, server], pollSeconds: 20 }),
  findLeftovers: async ({ type }: SweepPlace) => {
    if (type === 'scratch-account') return { orphans: [group, database], kept: [kept] };
    if (!serverAnswers) throw applicationFailure(failureTypes.configuration, 'the server asks for a password');
    return { orphans: [], kept: [] };
  },
  removeLeftover: async (leftover: Leftover) => {
    const what = leftover.type === 'thing' ? leftover.thing.type : leftover.type;
    removals.push(what);
    if (removals.filter((one) => one === what).length < asksUntilGone)
      throw applicationFailure(failureTypes.notReady, `${leftoverText(leftover)} is being deleted`);
  },
};

beforeAll(async () => {
  service = await TimeSkippingService.start(activities, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());
beforeEach(() => {
  tests += 1;
  [asksUntilGone, serverAnswers, removals] = [1, true, []];
});

async function sweep(dryRun: boolean): Promise<SweepReport> {
  const handle = await service.client.workflow.start('sweepRestores', {
    workflowId: `sweep/${fleet}-${tests}`,
    taskQueue: fleetTaskQueue(fleet),
    args: [{ version: 1, fleet, dryRun }],
  });
  return service.runUntil(handle.result() as Promise<SweepReport>);
}

const everything = [group, database].map(leftoverText);

test('what nobody needs is removed until it is gone, parameter groups when no database has them any more', async () => {
  asksUntilGone = 3;
  const report = await sweep(false);
  expect(removals).toEqual([...Array<string>(3).fill('database'), ...Array<string>(3).fill('parameter-group')]);
  expect(report).toMatchObject({ found: everything, removed: everything.toReversed(), kept: [kept], problems: [] });
});

test('a dry run removes nothing', async () => {
  expect(await sweep(true)).toMatchObject({ dryRun: true, found: everything, removed: [], kept: [kept] });
  expect(removals).toEqual([]);
});

test('a place that cannot be looked at ends it as failed, once everything else is done', async () => {
  serverAnswers = false;
  const error = (await sweep(false).catch((e: unknown) => e)) as { cause: { message: string; details: [SweepReport] } };
  expect(error.cause.message).toContain('the server asks for a password');
  expect(error.cause.details[0]).toMatchObject({ removed: everything.toReversed() });
  expect(error.cause.details[0].problems).toHaveLength(1);
});
