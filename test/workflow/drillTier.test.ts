import { applicationFailure } from '../../src/core/applicationFailure';
import { type DrillTierSummary } from '../../src/core/drill/drillRound';
import { failureTypes } from '../../src/core/failure';
import { drillWorkflowId, fleetTaskQueue } from '../../src/core/naming';
import { type ResourceRef } from '../../src/core/resource';
import { cluster, fleet } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

/** Resources by account; an account that is missing cannot be read. */
let pages = new Map<string, readonly ResourceRef[]>();
let scopes: readonly string[] = [];
let resources: number | null = null;
/** ARNs in the order in which their drills began. */
let begun: string[] = [];
let under = 0;
let mostUnder = 0;
let service: TimeSkippingService;
let tests = 0;

const activities = {
  planDrill: async (tier: string, drill: string) => {
    if (drill !== 'weekly')
      throw applicationFailure(failureTypes.configuration, `fleet ${fleet} has no drill ${drill} in tier ${tier}`);
    const to = { type: 'postgres', url: 'postgres://drill@scratch.example/postgres', secret: null };
    return {
      connect: null,
      drill: {
        ...{ name: drill, schedule: [], timezone: 'UTC', jitterSeconds: 0, paused: false, point: 'latest' },
        ...{ resources, from: null, to, rtoSeconds: null, readsAll: false, database: null, checks: [] },
      },
    };
  },
  listScopes: async () => scopes.map((account) => ({ account, region: 'eu-west-1' })),
  discoverResources: async (_fleet: string, _tier: string, { account }: { account: string }) => {
    const found = pages.get(account);
    if (found === undefined) throw applicationFailure(failureTypes.configuration, 'the role may not do that');
    return { resources: found, problems: [], unprotected: { count: 0, first: [] }, next: null };
  },
  // Nothing was ever backed up here: a drill ends as soon as it has looked.
  chooseDrillPoint: async ({ resource }: { resource: string }) => {
    begun.push(resource);
    under += 1;
    mostUnder = Math.max(mostUnder, under);
    await new Promise((resolve) => setImmediate(resolve));
    under -= 1;
    if (resource.endsWith('unwanted')) {
      const one = pages.get(account(1))?.find(({ arn }) => arn === resource);
      if (one !== undefined) await service.client.workflow.getHandle(drillWorkflowId(one, 'weekly')).cancel();
    }
    throw applicationFailure(
      resource.endsWith('forbidden') ? failureTypes.configuration : failureTypes.notFound,
      `nothing of ${resource}: ${'who knows why. '.repeat(100)}`,
    );
  },
  handOverNotification: async () => undefined,
};

beforeAll(async () => {
  service = await TimeSkippingService.start(activities, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());
beforeEach(() => {
  tests += 1;
  [begun, under, mostUnder, resources] = [[], 0, 0, null];
});

/** The round's error and, in it, its summary. */
async function round(drill = 'weekly'): Promise<{ message: string; type: unknown; summary: DrillTierSummary }> {
  const handle = await service.client.workflow.start('drillTier', {
    workflowId: `drill-tier/${fleet}/standard/${drill}-${tests}`,
    taskQueue: fleetTaskQueue(fleet),
    args: [{ version: 1, fleet, tier: 'standard', drill }],
  });
  const error = (await service.runUntil(handle.result().catch((e: unknown) => e))) as {
    cause: { message: string; type: unknown; details: [DrillTierSummary] };
  };
  const { message, type, details } = error.cause;
  return { message, type, summary: details[0] };
}

const account = (n: number) => String(710_000_000_000 + tests * 10 + n);

test('resources are drilled one after the other, and one that fails keeps no other from it', async () => {
  scopes = [account(1)];
  pages = new Map([[account(1), ['a', 'b', 'forbidden'].map((id) => cluster(account(1), id))]]);
  const { type, message, summary } = await round();
  expect(type).toBe(failureTypes.drillFailed);
  // A thousand of them must fit into one payload.
  expect(Math.max(...[message, ...summary.verdicts.flatMap(({ failures }) => failures)].map((one) => one.length))).toBe(
    255,
  );
  expect(mostUnder).toBe(1);
  expect([...begun].sort()).toEqual(pages.get(account(1))?.map(({ arn }) => arn));
  expect(summary).toMatchObject({ state: 'failed', resources: 3, passed: 0, failed: 3, problems: [] });
  for (const { verdict, failures } of summary.verdicts) {
    expect(verdict).toBe('failed');
    expect(failures.join()).toContain('nothing of');
  }
});

test('one that someone cancels keeps no other from being drilled', async () => {
  scopes = [account(1)];
  pages = new Map([[account(1), ['a', 'unwanted', 'z'].map((id) => cluster(account(1), id))]]);
  const { summary } = await round();
  expect([...begun].sort()).toEqual(pages.get(account(1))?.map(({ arn }) => arn));
  expect(summary).toMatchObject({ resources: 3, failed: 3, problems: [] });
  expect(summary.verdicts.find(({ resource }) => resource.endsWith('/unwanted'))).toMatchObject({
    verdict: 'not-performed',
    failures: ['cancelled'],
  });
});

test('as many as the drill says are drawn from all accounts', async () => {
  resources = 2;
  scopes = [account(1), account(2)];
  pages = new Map(scopes.map((owner) => [owner, ['a', 'b', 'c'].map((id) => cluster(owner, id))]));
  const { summary } = await round();
  expect(summary).toMatchObject({ resources: 6, failed: 2 });
  expect(new Set(begun).size).toBe(2);
});

test('an account that cannot be read is told, and the others are drilled', async () => {
  scopes = [account(1), account(2)];
  pages = new Map([[account(2), [cluster(account(2), 'a')]]]);
  const { summary, message } = await round();
  expect(summary.problems).toEqual([expect.stringContaining(`${account(1)}/eu-west-1: `)]);
  expect(summary.verdicts).toHaveLength(1);
  expect(message).toContain('the role may not do that');
});

test('a drill that the fleet file has no more ends at once, and says so', async () => {
  const { message, summary } = await round('gone');
  expect(message).toContain('has no drill gone');
  expect(summary).toMatchObject({ resources: 0, verdicts: [] });
  expect(begun).toEqual([]);
});
