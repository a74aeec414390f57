import { type FleetBackupSummary, type DiscoveredPage } from '../../src/core/backup/fleetRound';
import { type WorkflowHandle } from '@temporalio/client';
import { requestRecoveryPoint } from '../../src/activities/backup/requestRecoveryPoint';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { fleetTaskQueue, lifecycleWorkflowId } from '../../src/core/naming';
import { type ResourceRef } from '../../src/core/resource';
import { type fleetBackup } from '../../src/workflows/fleetBackup';
import { FakeActivities } from '../fakes/activities';
import { cluster, fleet, policyInto } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const fake = new FakeActivities(() => service.now());
let service: TimeSkippingService;
let tests = 0;

beforeAll(async () => {
  service = await TimeSkippingService.start(fake.all, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());

const configuration = (message: string) => () => {
  throw applicationFailure(failureTypes.configuration, message);
};

/** A fleet of its own for each test, with accounts of its own. */
function scene(accounts: number, clustersEach: number) {
  tests += 1;
  const name = `fleet-${tests}`;
  const scopes = Array.from({ length: accounts }, (_, i) => ({
    account: String(700_000_000_000 + tests * 100 + i),
    region: 'eu-west-1',
  }));
  fake.scopes.set(name, scopes);
  for (const { account } of scopes)
    fake.pages.set(account, [
      page(Array.from({ length: clustersEach }, (_, i) => cluster(account, `cluster-${i + 1}`))),
    ]);
  return { name, accounts: scopes.map(({ account }) => account) };
}

function page(resources: readonly ResourceRef[], next: string | null = null): DiscoveredPage {
  return { resources, problems: [], unprotected: { count: 0, first: [] }, next };
}

function start(name: string): Promise<WorkflowHandle<typeof fleetBackup>> {
  return service.client.workflow.start<typeof fleetBackup>('fleetBackup', {
    workflowId: `fleet-backup/${name}`,
    taskQueue: fleetTaskQueue(fleet),
    args: [{ version: 1, fleet: name, tier: 'standard', pollSeconds: 60 }],
  });
}

async function run(name: string): Promise<FleetBackupSummary> {
  return service.runUntil((await start(name)).result());
}

beforeEach(() => {
  fake.outcomes = () => ({ state: 'completed', reason: null });
});

describe('a round of a tier', () => {
  it('asks every resource of every account, for one scheduled time, and tells people how it ended', async () => {
    const { name, accounts } = scene(2, 3);
    const summary = await run(name);

    expect(summary).toMatchObject({ state: 'completed', resources: 6, completed: 6, failed: 0, problems: [] });
    for (const account of accounts)
      expect(fake.callsOf(account, 'requestRecoveryPoints')).toEqual([
        'requestRecoveryPoints cluster-1 cluster-2 cluster-3',
      ]);
    expect(fake.notifications.filter((n) => n.fleet === name)).toMatchObject([{ event: 'fleet-backup-ended' }]);
    expect(summary.scheduledTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('is told of though telling is not possible for hours', async () => {
    const { name } = scene(1, 1);
    const until = (await service.now()) + 5 * 3600 * 1000;
    fake.on('handOverNotification', name, null, ({ at }) => {
      if (at < until) throw applicationFailure(failureTypes.transient, 'the topic is away');
    });
    await run(name);
    expect(fake.notifications.filter((n) => n.fleet === name)).toMatchObject([{ event: 'fleet-backup-ended' }]);
  });

  it('goes through all pages of an account', async () => {
    const { name, accounts } = scene(1, 0);
    const account = accounts[0] ?? '';
    fake.pages.set(account, [
      page([cluster(account, 'a'), cluster(account, 'b')], 'b'),
      page([cluster(account, 'c')], 'c'),
      page([cluster(account, 'd')]),
    ]);

    expect((await run(name)).completed).toBe(4);
  });

  it('takes 600 resources page by page, and needs few events for each', async () => {
    const { name, accounts } = scene(1, 0);
    const account = accounts[0] ?? '';
    const all = Array.from({ length: 600 }, (_, i) => cluster(account, `cluster-${String(i).padStart(3, '0')}`));
    fake.pages.set(account, [page(all.slice(0, 250), 'a'), page(all.slice(250, 500), 'b'), page(all.slice(500))]);
    const handle = await start(name);

    expect(await service.runUntil(handle.result())).toMatchObject({ resources: 600, completed: 600, failed: 0 });
    const asked = fake
      .callsOf(account, 'requestRecoveryPoints', 'collectOutcomes')
      .map((call) => call.split(' ').length - 1);
    expect(asked.sort()).toEqual([100, 100, 250, 250, 250, 250]);
    const { historyLength } = await handle.describe();
    // A round of 10,000 resources has forty pages.
    expect((historyLength / 3) * 40).toBeLessThan(10_000);
  });

  it('completes the others when an account cannot be read, and says which and why', async () => {
    const { name, accounts } = scene(3, 2);
    fake.on('discoverResources', accounts[1] ?? '', null, configuration('the source role cannot be assumed'));
    const summary = await run(name);

    expect(summary).toMatchObject({ state: 'partially-failed', completed: 4, failed: 1 });
    expect(summary.problems).toEqual([
      { resource: `${accounts[1]}/eu-west-1`, message: 'the source role cannot be assumed' },
    ]);
  });

  it('follows the pages it has when a later one cannot be read', async () => {
    const { name, accounts } = scene(1, 0);
    const account = accounts[0] ?? '';
    fake.pages.set(account, [page([cluster(account, 'a'), cluster(account, 'b')], 'b'), page([cluster(account, 'c')])]);
    fake.on('discoverResources', account, 'page 2', configuration('access denied'));

    expect(await run(name)).toMatchObject({ state: 'partially-failed', resources: 2, completed: 2, failed: 1 });
  });

  it('goes on with the next page when one could not be asked, whose resources all count as failed', async () => {
    const { name, accounts } = scene(1, 0);
    const account = accounts[0] ?? '';
    fake.pages.set(account, [page([cluster(account, 'a'), cluster(account, 'b')], 'b'), page([cluster(account, 'c')])]);
    fake.on('requestRecoveryPoints', account, 'a b', configuration('unknown tier'));
    // The first page fails while the second is still being read.
    fake.on('discoverResources', account, 'page 2', ({ attempt }) => {
      if (attempt === 1) throw applicationFailure(failureTypes.transient, 'AWS is unwell');
    });
    const summary = await run(name);

    expect(summary).toMatchObject({ state: 'partially-failed', resources: 3, completed: 1, failed: 2 });
    expect(summary.problems.map((p) => p.message)).toEqual(['unknown tier', 'unknown tier']);
  });

  it('counts what fails, partially fails, cannot be asked, and what a selection cannot place', async () => {
    const { name, accounts } = scene(1, 5);
    const account = accounts[0] ?? '';
    const [first] = fake.pages.get(account) ?? [];
    if (first !== undefined)
      fake.pages.set(account, [
        {
          ...first,
          problems: [{ resource: cluster(account, 'odd'), kind: 'aurora-cluster', message: 'no tier gold' }],
        },
      ]);
    fake.outcomes = ({ id }) =>
      id === 'cluster-1'
        ? { state: 'failed', reason: 'key forbids it' }
        : id === 'cluster-2'
          ? { state: 'partially-failed', reason: 'second region is down' }
          : { state: 'completed', reason: null };
    fake.answers = ({ id }, scheduledTime) =>
      id === 'cluster-3'
        ? { disposition: 'paused', scheduledTime: null, error: null }
        : id === 'cluster-4'
          ? { disposition: 'retired', scheduledTime: null, error: 'Temporal refused it' }
          : { disposition: 'started', scheduledTime, error: null };
    const summary = await run(name);
    fake.answers = (_, scheduledTime) => ({ disposition: 'started', scheduledTime, error: null });

    expect(summary).toMatchObject({
      state: 'partially-failed',
      resources: 6,
      completed: 1,
      partiallyFailed: 1,
      failed: 3,
      skipped: 1,
    });
    expect(summary.problems.map((p) => p.message).sort()).toEqual([
      'Temporal refused it',
      'key forbids it',
      'no tier gold',
      'second region is down',
    ]);
  });

  it('counts a kind that an account does not let be listed as one failure, and no resource', async () => {
    const { name, accounts } = scene(1, 2);
    const account = accounts[0] ?? '';
    const [first] = fake.pages.get(account) ?? [];
    const unlisted = { resource: null, kind: 'card-file', message: 'it may not be listed' };
    if (first !== undefined) fake.pages.set(account, [{ ...first, problems: [unlisted] }]);
    fake.outcomes = () => ({ state: 'completed', reason: null });
    expect(await run(name)).toMatchObject({
      state: 'partially-failed',
      resources: 2,
      completed: 2,
      failed: 1,
      problems: [{ resource: `card-file in ${account}/eu-west-1`, message: 'it may not be listed' }],
    });
  });

  it('tells what is to be known of a recovery point that is complete, and is complete itself', async () => {
    const { name } = scene(1, 2);
    fake.outcomes = ({ id }) => ({
      state: 'completed',
      reason: id === 'cluster-1' ? 'bundle:other-cloud: schema of database shop: no permission' : null,
    });
    const summary = await run(name);

    expect(summary).toMatchObject({ state: 'completed', completed: 2, problems: [{}] });
    const [told] = fake.notifications.filter((one) => one.fleet === name);
    expect(told?.message).toContain('schema of database shop: no permission');
  });

  it('fails, with its summary, when nothing at all was backed up', async () => {
    const { name } = scene(1, 2);
    fake.outcomes = () => ({ state: 'failed', reason: 'key forbids it' });
    const failure = await run(name).then(
      () => null,
      (error: Error) => error.cause as Error & { type: string; details: FleetBackupSummary[] },
    );

    expect(failure?.type).toBe('FleetBackupFailed');
    expect(failure?.details[0]).toMatchObject({ state: 'failed', failed: 2 });
  });

  it('completes when everything is paused, since nothing was to be done', async () => {
    const { name } = scene(1, 2);
    fake.answers = () => ({ disposition: 'paused', scheduledTime: null, error: null });
    const summary = await run(name);
    fake.answers = (_, scheduledTime) => ({ disposition: 'started', scheduledTime, error: null });

    expect(summary).toMatchObject({ state: 'completed', skipped: 2 });
  });

  it('ends as cancelled when it is cancelled', async () => {
    const { name, accounts } = scene(2, 1);
    fake.outcomes = null;
    fake.on('collectOutcomes', accounts[0] ?? '', null, () => {
      throw applicationFailure(failureTypes.notReady, 'runs');
    });
    fake.on('collectOutcomes', accounts[1] ?? '', null, () => {
      throw applicationFailure(failureTypes.notReady, 'runs');
    });
    const handle = await start(name);
    await service.skip(90);
    await handle.cancel();
    await service.runUntil(handle.result().catch(() => undefined));

    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });

  it('ends with the outcomes of the real lifecycles', async () => {
    const { name, accounts } = scene(2, 2);
    fake.outcomes = null;
    fake.requestFor = (resource, scheduledTime) => {
      const policy = policyInto(`8${resource.account.slice(1)}`, {
        limits: [{ limit: 'cluster-snapshots-in-progress', capacity: 1 }],
        polling: { shortestSeconds: 60, longestSeconds: 300 },
      });
      fake.policies.set(resource.account, policy);
      return requestRecoveryPoint(service.client, resource, { scheduledTime, force: false, policy });
    };
    const summary = await run(name);
    fake.requestFor = null;

    expect(summary).toMatchObject({ state: 'completed', completed: 4 });
    for (const account of accounts) {
      const lifecycle = service.client.workflow.getHandle(lifecycleWorkflowId(cluster(account, 'cluster-2')));
      expect((await lifecycle.describe()).status.name).toBe('RUNNING');
      expect(fake.highWater({ account, region: 'eu-west-1', limit: 'cluster-snapshots-in-progress' })).toBe(1);
    }
  });
});
