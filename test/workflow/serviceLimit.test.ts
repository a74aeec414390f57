import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { fleetTaskQueue, serviceLimitTaskQueue, serviceLimitWorkflowId } from '../../src/core/naming';
import { type LimitRef } from '../../src/core/limits/limit';
import { type createRecoveryPoint } from '../../src/workflows/createRecoveryPoint';
import { packed } from '../../src/core/limits/packedPermit';
import { Semaphore, type ShownPermits } from '../../src/core/limits/semaphore';
import { type serviceLimit } from '../../src/workflows/serviceLimit';
import { FakeActivities, limitKey } from '../fakes/activities';
import { cluster, fleet, policyInto, recoveryPointInput, recoveryPointWorkflowIdOf } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const fake = new FakeActivities(() => service.now());
let service: TimeSkippingService;
let tests = 0;

beforeAll(async () => {
  service = await TimeSkippingService.start(fake.all, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());

/** Seldom: every look costs the server some milliseconds. */
const polling = { shortestSeconds: 60, longestSeconds: 300 };

type RecoveryPointHandle = WorkflowHandle<typeof createRecoveryPoint>;

/** An account of its own for each test, with a limit of `capacity` snapshots in progress. */
function scene(capacity: number) {
  tests += 1;
  const account = `3000000000${String(tests).padStart(2, '0')}`;
  const ref: LimitRef = { account, region: 'eu-west-1', limit: 'cluster-snapshots-in-progress' };
  const id = serviceLimitWorkflowId(ref);
  const route = [
    { name: 'secure', account: `4000000000${String(tests).padStart(2, '0')}`, region: null, key: 'alias/farcopy' },
  ];
  const backUp = (cluster_: string, priority: 1 | 3 | 5 = 3): Promise<RecoveryPointHandle> => {
    const resource = cluster(account, cluster_);
    const policy = { ...policyInto(account), route, priority, limits: [{ limit: ref.limit, capacity }], polling };
    fake.policies.set(account, policy);
    return service.client.workflow.start<typeof createRecoveryPoint>('createRecoveryPoint', {
      workflowId: recoveryPointWorkflowIdOf(resource),
      taskQueue: fleetTaskQueue(fleet),
      args: [recoveryPointInput(resource, { policy })],
    });
  };
  const semaphore = () => service.client.workflow.getHandle<typeof serviceLimit>(id);
  const permits = () => semaphore().query<ShownPermits>('permits');
  const override = (capacity_: unknown) => semaphore().executeUpdate('overrideCapacity', { args: [capacity_] });
  /** When the snapshot of a cluster was first asked for. */
  const startedAt = (cluster_: string) =>
    fake.calls.find((call) => call.activity === 'startStep' && call.account === account && call.resource === cluster_)
      ?.at;
  return { account, ref, id, backUp, semaphore, permits, override, startedAt };
}

const all = (handles: readonly RecoveryPointHandle[]) =>
  service.runUntil(Promise.all(handles.map((handle) => handle.result())));

describe('a service limit', () => {
  it('never has more operations in flight than its capacity, and lets everyone through', async () => {
    const { ref, backUp, permits } = scene(2);
    const results = await all(await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => backUp(name))));

    expect(results.map(({ state }) => state)).toEqual(Array<string>(7).fill('completed'));
    expect(fake.highWater(ref)).toBe(2);
    expect(await permits()).toMatchObject({ holders: [], waiters: [] });
  });

  it('serves the tier that matters most first', async () => {
    const { backUp, permits, startedAt } = scene(1);
    const first = await backUp('first');
    await service.skip(30);
    const late = [await backUp('unimportant', 5), await backUp('standard', 3), await backUp('critical', 1)];
    await service.skip(30);
    expect((await permits()).waiters).toHaveLength(3);
    await all([first, ...late]);

    const order = ['first', 'critical', 'standard', 'unimportant'].map((name) => startedAt(name) ?? 0);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('leaves room for what others have in flight', async () => {
    const { ref, backUp } = scene(5);
    fake.foreign.set(limitKey(ref), ['theirs-1', 'theirs-2', 'theirs-3', 'theirs-4']);
    await all(await Promise.all(['a', 'b', 'c'].map((name) => backUp(name))));

    expect(fake.highWater(ref)).toBe(1);
  });

  it('waits while others use all of it, and goes on when they have ended', async () => {
    const { ref, backUp, permits } = scene(1);
    fake.foreign.set(limitKey(ref), ['theirs']);
    const handle = await backUp('a');
    await service.skip(3600);
    expect(fake.highWater(ref)).toBe(0);
    expect((await permits()).foreign).toBe(1);

    fake.foreign.delete(limitKey(ref));
    expect((await all([handle]))[0]?.state).toBe('completed');
  });

  it('looks at AWS once, not twice, for a permit that is to be had at once', async () => {
    const { account, backUp } = scene(5);
    await all([await backUp('a')]);

    expect(fake.callsOf(account, 'observeLimit')).toHaveLength(1);
  });

  it('looks again before the next grant when AWS has refused an operation', async () => {
    const { account, backUp, semaphore } = scene(1);
    const first = await backUp('a');
    await service.skip(30);
    const looks = fake.callsOf(account, 'observeLimit').length;
    const second = await backUp('b');
    await semaphore().signal('limitReached');
    await all([first, second]);

    expect(fake.callsOf(account, 'observeLimit').length).toBeGreaterThan(looks);
  });
});

describe('a look', () => {
  it('that fails keeps nobody from a permit', async () => {
    const { account, backUp } = scene(1);
    fake.on('observeLimit', account, null, () => Promise.reject(new Error('a test')));
    const results = await all([await backUp('a'), await backUp('b')]);

    expect(results.map(({ state }) => state)).toEqual(['completed', 'completed']);
  });

  it('that takes long runs beside the granting', async () => {
    const { account, backUp, semaphore, startedAt } = scene(2);
    const first = await backUp('a');
    await service.skip(30);
    let lookedAt = 0;
    const started = new Promise<void>((resolve) =>
      fake.on('startStep', account, null, ({ resource }) => void (resource === 'b' && resolve())),
    );
    fake.on('observeLimit', account, null, async ({ at }) => {
      lookedAt = at;
      await started;
    });
    await semaphore().signal('limitReached');
    await all([first, await backUp('b')]);

    expect(lookedAt).toBeGreaterThan(0);
    expect((startedAt('b') ?? Infinity) - lookedAt).toBeLessThan(10_000);
  });

  it('comes ten times as rarely where nobody but us has work in flight', async () => {
    const { account, ref, backUp, override, semaphore } = scene(1);
    await all([await backUp('a')]);
    await override(0);
    const waiter = await backUp('b');
    const looksInAnHour = async () => {
      const before = fake.callsOf(account, 'observeLimit').length;
      await service.skip(3600);
      return fake.callsOf(account, 'observeLimit').length - before;
    };
    expect(await looksInAnHour()).toBeLessThan(3600 / (5 * polling.shortestSeconds));
    fake.foreign.set(limitKey(ref), ['theirs']);
    await semaphore().signal('limitReached');
    expect(await looksInAnHour()).toBeGreaterThan(3600 / (2 * polling.shortestSeconds));

    fake.foreign.delete(limitKey(ref));
    await override(null);
    await all([waiter]);
  });
});

describe('a service limit with more waiters than it has room for', () => {
  it('sends away who is last in order, and serves it when it comes back', async () => {
    const { ref, id, backUp, permits, override, startedAt } = scene(1);
    const now = await service.now();
    const crowd = Array.from({ length: 250 }, (_, i) =>
      packed({
        ...{
          requestId: `gone-${i}`,
          holderWorkflowId: `gone-${i}`,
          holderRunId: '0198c0de-1111-4222-8333-444455556666',
          operationId: 'x'.repeat(1000),
        },
        resource: { kind: 'aurora-cluster', account: ref.account, region: ref.region, id: `gone-${i}` },
        ...{ priority: 1, remainingSeconds: 1, begunAt: now, grantedAt: 0, told: true },
      }),
    );
    await service.client.workflow.start<typeof serviceLimit>('serviceLimit', {
      workflowId: id,
      taskQueue: serviceLimitTaskQueue,
      args: [{ version: 1, ref, queue: { ...Semaphore.empty(1), capacityOverride: 0, waiters: crowd } }],
    });
    const late = await backUp('late', 5);
    await service.skip(60);
    const { waiting, isCrowded } = await permits();
    expect({ isCrowded, isFull: waiting < 250 }).toEqual({ isCrowded: true, isFull: true });

    // The workflows of the crowd are gone, and take nothing that they are given.
    await override(50);
    expect((await all([late]))[0]?.state).toBe('completed');
    expect((startedAt('late') ?? Infinity) - now).toBeGreaterThan(5 * 60_000);
    expect((startedAt('late') ?? Infinity) - now).toBeLessThan(20 * 60_000);
    expect(await permits()).toMatchObject({ holders: [], waiters: [] });
  });
});

describe('the permit of a workflow that was terminated', () => {
  it('is given to nobody while AWS shows its operation in flight, and to the next one after that', async () => {
    const { backUp, permits, startedAt, ref } = scene(1);
    fake.operationSeconds = () => 3600;
    const lost = await backUp('lost');
    await service.skip(60);
    const waiting = await backUp('waiting');
    await service.skip(60);
    await lost.terminate('a test');
    await service.skip(1800);
    expect((await permits()).holders).toHaveLength(1);
    expect(startedAt('waiting')).toBeUndefined();

    await all([waiting]);
    fake.operationSeconds = () => 600;
    expect((startedAt('waiting') ?? 0) - (startedAt('lost') ?? 0)).toBeGreaterThanOrEqual(3_600_000);
    expect(fake.highWater(ref)).toBe(1);
    expect((await permits()).holders).toEqual([]);
  });

  it('is found even when nobody waits for it', async () => {
    const { backUp, permits } = scene(1);
    const lost = await backUp('lost');
    await service.skip(60);
    await lost.terminate('a test');
    await service.skip(6 * 3600);

    expect((await permits()).holders).toEqual([]);
  });

  it('does not go to a waiter that was terminated before its turn came', async () => {
    const { backUp, permits } = scene(1);
    const first = await backUp('first');
    await service.skip(30);
    const gone = await backUp('gone');
    const last = await backUp('last');
    await service.skip(30);
    await gone.terminate('a test');
    await all([first, last]);

    expect(await permits()).toMatchObject({ holders: [], waiters: [] });
  });
});

describe('the capacity an operator sets', () => {
  it('holds back everyone at 0, and holds from the next grant on', async () => {
    const { ref, backUp, permits, override } = scene(1);
    const first = await backUp('first');
    await service.skip(30);
    await override(0);
    const others = await Promise.all(['a', 'b', 'c'].map((name) => backUp(name)));
    await all([first]);
    await service.skip(3600);
    expect(await permits()).toMatchObject({ capacity: 0, holders: [] });

    await override(2);
    await all(others);
    expect(fake.highWater(ref)).toBe(2);
  });

  it('is taken back with null', async () => {
    const { backUp, permits, override } = scene(4);
    await all([await backUp('a')]);
    await override(2);
    expect((await permits()).capacity).toBe(2);
    await override(null);
    expect((await permits()).capacity).toBe(4);
  });

  it('is refused when it is no whole number of permits', async () => {
    const { backUp, permits, override } = scene(4);
    await all([await backUp('a')]);

    for (const capacity of [-1, 1.5, '5', 10_001, {}])
      await expect(override(capacity)).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect((await permits()).capacity).toBe(4);
  });
});

describe('a service limit that has had many messages', () => {
  it('goes on in a new run with its holders, its waiters and its capacity', async () => {
    const { backUp, permits, override, semaphore } = scene(1);
    const handles = [await backUp('holder')];
    await service.skip(30);
    handles.push(await backUp('waiter'));
    await override(1);
    await service.skip(30);
    const { runId } = await semaphore().describe();
    const inFirstRun = async () => (await semaphore().describe()).runId === runId;
    for (let i = 0; i < 380; i += 20)
      await Promise.all(Array.from({ length: 20 }, (_, j) => semaphore().signal('releasePermit', `nobody-${i + j}`)));
    // The last ones one by one, each with its answer, so that nothing is on its way while the run ends: this server, unlike
    // the real one, then refuses a signal and loses a query together with the end of the run.
    for (let i = 0; i < 40 && (await inFirstRun()); i += 1) await override(1);
    expect(await inFirstRun()).toBe(false);
    const before = await permits();
    expect(before).toMatchObject({ capacityOverride: 1 });
    expect(before.holders.map((h) => h.resource.id)).toEqual(['holder']);
    expect(before.waiters.map((w) => w.resource.id)).toEqual(['waiter']);

    await all(handles);
    expect(await permits()).toMatchObject({ holders: [], waiters: [] });
  });
});

describe('a service limit that is cancelled', () => {
  it('ends, and is brought to life again by the next who needs it', async () => {
    const { ref, id, backUp, semaphore } = scene(2);
    await service.client.workflow.start<typeof serviceLimit>('serviceLimit', {
      workflowId: id,
      taskQueue: serviceLimitTaskQueue,
      args: [{ version: 1, ref, queue: Semaphore.empty(2) }],
    });
    await service.skip(1);
    await semaphore().cancel();
    await service.skip(1);
    expect((await semaphore().describe()).status.name).toBe('CANCELLED');

    expect((await all([await backUp('a')]))[0]?.state).toBe('completed');
  });
});
