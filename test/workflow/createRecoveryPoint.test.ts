import { type CreateRecoveryPointInput, type RecoveryPointProgress } from '../../src/core/backup/recoveryPointPlan';
import { type WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { endIfStalled } from '../../src/activities/steps/stalled';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { fleetTaskQueue, serviceLimitWorkflowId } from '../../src/core/naming';
import { type LimitRef } from '../../src/core/limits/limit';
import { type PermitQueueState } from '../../src/core/limits/permitQueue';
import { nextTryAt } from '../../src/core/steps/estimate';
import { type ProtectionPolicy } from '../../src/core/backup/policy';
import { type createRecoveryPoint } from '../../src/workflows/createRecoveryPoint';
import { FakeActivities, limitKey } from '../fakes/activities';
import {
  bucketVault,
  cluster,
  fleet,
  policy,
  policyInto,
  recoveryPointInput,
  recoveryPointWorkflowIdOf,
} from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const fake = new FakeActivities(() => service.now());
let service: TimeSkippingService;
let tests = 0;

beforeAll(async () => {
  service = await TimeSkippingService.start(fake.all, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());

const otherCloud = bucketVault('other-cloud');

/** A cluster and its recovery point in accounts that no other test uses. */
function scene(changes: Parameters<typeof policyInto>[1] = {}) {
  tests += 1;
  const account = `1000000000${String(tests).padStart(2, '0')}`;
  const vault = `2000000000${String(tests).padStart(2, '0')}`;
  const resource = cluster(account);
  const input = recoveryPointInput(resource, { policy: policyInto(vault, changes) });
  fake.policies.set(account, input.policy);
  const snapshots: LimitRef = { account, region: 'eu-west-1', limit: 'cluster-snapshots-in-progress' };
  const crossRegion: LimitRef = {
    account: vault,
    region: 'eu-central-1',
    limit: 'cluster-snapshot-cross-region-copies',
  };
  return { account, vault, resource, input, snapshots, crossRegion, handle: handleOf(input) };
}

function handleOf(input: CreateRecoveryPointInput): WorkflowHandle<typeof createRecoveryPoint> {
  return service.client.workflow.getHandle<typeof createRecoveryPoint>(
    recoveryPointWorkflowIdOf(input.identity.resource),
  );
}

function start(input: CreateRecoveryPointInput): Promise<WorkflowHandle<typeof createRecoveryPoint>> {
  return service.client.workflow.start<typeof createRecoveryPoint>('createRecoveryPoint', {
    workflowId: recoveryPointWorkflowIdOf(input.identity.resource),
    taskQueue: fleetTaskQueue(fleet),
    args: [input],
  });
}

/** How a recovery point ends, failures included. */
async function outcome(input: CreateRecoveryPointInput) {
  const handle = await start(input);
  return service.runUntil(
    handle.result().then(
      (result) => ({ result, failure: null }),
      (error: Error) => ({ result: null, failure: error.cause as Failure }),
    ),
  );
}

type Failure = Error & { type?: string };

/** Why a workflow ended. */
function failureOf(handle: WorkflowHandle): Promise<Failure | null> {
  return handle.result().then(
    () => null,
    (error: Error) => error.cause as Failure,
  );
}

function permits(ref: LimitRef): Promise<PermitQueueState> {
  return service.client.workflow.getHandle(serviceLimitWorkflowId(ref)).query<PermitQueueState>('permits');
}

async function holders(ref: LimitRef): Promise<readonly unknown[]> {
  return (await permits(ref)).holders;
}

const progress = (handle: WorkflowHandle) => handle.query<RecoveryPointProgress>('progress');

describe('a recovery point on the route source → vault → second region', () => {
  it('ends with a verified copy in every place, all of the time of the snapshot', async () => {
    const { input, account, vault } = scene();
    const { result } = await outcome(input);

    expect(result?.state).toBe('completed');
    expect(result?.copies.map((copy) => `${copy.place} ${copy.account}/${copy.region}`)).toEqual([
      `source ${account}/eu-west-1`,
      `secure ${vault}/eu-west-1`,
      `secure-dr ${vault}/eu-central-1`,
    ]);
    expect(new Set(result?.copies.map((copy) => copy.dataTime)).size).toBe(1);
  });

  it('takes its steps one after the other and lends the snapshot only until the vault has its copy', async () => {
    const { input, account } = scene();
    await outcome(input);

    const steps = fake.callsOf(account, 'startStep', 'awaitStep', 'undoStep');
    expect(steps.filter((step, i) => step !== steps[i - 1]).slice(0, 5)).toEqual([
      'startStep snapshot',
      'awaitStep snapshot',
      'startStep share:secure',
      'startStep copy:secure',
      'awaitStep copy:secure',
    ]);
    expect(steps.indexOf('undoStep share:secure')).toBeGreaterThan(steps.lastIndexOf('awaitStep copy:secure'));
    expect(steps).toContain('awaitStep copy:secure-dr');
  });

  it('gives every permit back', async () => {
    const { input, snapshots, crossRegion } = scene();
    await outcome(input);

    expect(fake.highWater(snapshots)).toBe(1);
    expect(fake.highWater(crossRegion)).toBe(1);
    expect(await holders(snapshots)).toEqual([]);
    expect(await holders(crossRegion)).toEqual([]);
  });

  it('costs few history events, however long the copies take', async () => {
    const { input, handle } = scene();
    fake.operationSeconds = ({ limit }) => (limit?.limit === 'cluster-snapshot-cross-region-copies' ? 3 * 3600 : 600);
    await outcome(input);
    fake.operationSeconds = () => 600;

    const { events } = await handle.fetchHistory();
    const { EventType } = temporal.api.enums.v1;
    const ofTasks: readonly unknown[] = [
      EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
      EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
      EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    ];
    // How many answers the server puts into one workflow task is a matter of timing: what it is about is not.
    expect(events?.filter(({ eventType }) => !ofTasks.includes(eventType)).length).toBeLessThan(58);
    expect(events?.length).toBeLessThan(140);
  });

  it('sleeps through most of the time it has learnt, then asks', async () => {
    const { input, account } = scene();
    const learned = { snapshot: 3600, 'copy:secure': 3600, 'copy:secure-dr': 3600 };
    fake.operationSeconds = () => 3600;
    await outcome({ ...input, learned });
    fake.operationSeconds = () => 600;

    for (const step of Object.keys(learned)) {
      const [started] = fake.calls.filter(
        (call) => call.account === account && call.about === step && call.activity === 'startStep',
      );
      const asked = fake.calls.filter(
        (call) => call.account === account && call.about === step && call.activity === 'awaitStep',
      );
      expect(asked.length).toBeLessThanOrEqual(4);
      expect((asked[0]?.at ?? 0) - (started?.at ?? 0)).toBeGreaterThanOrEqual(3_000_000);
    }
  });

  it('reports what each step took, for the next one to learn from', async () => {
    const { input } = scene();
    const { result } = await outcome(input);

    expect(Object.keys(result?.stepSeconds ?? {})).toEqual(['snapshot', 'copy:secure', 'copy:secure-dr']);
    for (const seconds of Object.values(result?.stepSeconds ?? {})) {
      // Counted from when the answer is here that the copy has begun, some time after it did.
      expect(seconds).toBeGreaterThan(590);
      expect(seconds).toBeLessThan(1000);
    }
  });

  it('lets what is learnt shrink when a copy was found done at the first look', async () => {
    const { input } = scene();
    fake.operationSeconds = () => 60;
    const { result } = await outcome({ ...input, learned: { snapshot: 6000 } });
    fake.operationSeconds = () => 600;

    expect(result?.state).toBe('completed');
    // It slept for 5100 s: learnt as they are, these would keep it sleeping that long for ever.
    expect(result?.stepSeconds.snapshot).toBeGreaterThanOrEqual(2550);
    expect(result?.stepSeconds.snapshot).toBeLessThan(2600);
  });
});

describe('a recovery point of what the default key encrypts', () => {
  it('deletes the shareable intermediate, but only once the vault copy is verified', async () => {
    const { input, account } = scene({ shareableKey: 'alias/shareable' });
    fake.encryption = () => ({ type: 'default', keyArn: 'arn:aws:kms:eu-west-1:100000000000:key/aws-rds' });
    const { result } = await outcome(input);
    fake.encryption = () => ({ type: 'customer', keyArn: 'arn:aws:kms:eu-west-1:100000000000:key/customer' });

    expect(result?.state).toBe('completed');
    const steps = fake.callsOf(account, 'startStep', 'awaitStep', 'undoStep');
    expect(steps.filter((step) => step.startsWith('undo'))).toEqual(['undoStep re-encrypt']);
    expect(steps.indexOf('undoStep re-encrypt')).toBeGreaterThan(steps.lastIndexOf('awaitStep copy:secure'));
  });
});

describe('pausing a recovery point', () => {
  it('lets the step in flight end and starts no other until resume', async () => {
    const { input, account, handle } = scene();
    fake.on('startStep', account, 'snapshot', () => handle.signal('pause'));
    await start(input);
    await service.skip(6 * 3600);

    expect(fake.callsOf(account, 'startStep')).toEqual(['startStep snapshot']);
    const paused = await progress(handle);
    expect(paused.paused).toBe(true);
    expect(paused.steps.map(({ state }) => state)).toEqual(['done', 'pending', 'pending', 'pending']);

    await handle.signal('resume');
    expect((await service.runUntil(handle.result())).state).toBe('completed');
  });

  it('starts nothing either when a permit comes free meanwhile, and keeps it from nobody', async () => {
    const { input, account, handle, snapshots } = scene();
    fake.foreign.set(limitKey(snapshots), ['a', 'b', 'c', 'd', 'e']);
    await start(input);
    await service.skip(60);
    await handle.signal('pause');
    fake.foreign.delete(limitKey(snapshots));
    await service.skip(3600);

    expect(fake.callsOf(account, 'startStep')).toEqual([]);
    expect(await permits(snapshots)).toMatchObject({ holders: [], waiters: [] });
    await handle.signal('resume');
    expect((await service.runUntil(handle.result())).state).toBe('completed');
    expect(await holders(snapshots)).toEqual([]);
  });

  it('does nothing at all when it begins paused', async () => {
    const { input, account, handle } = scene();
    await start({ ...input, paused: true });
    await service.skip(3600);
    expect(fake.callsOf(account, 'startStep')).toEqual([]);

    await handle.signal('resume');
    expect((await service.runUntil(handle.result())).state).toBe('completed');
  });
});

describe('the age of a request', () => {
  it('is that of its recovery point, less its pauses', async () => {
    const { input, handle, crossRegion } = scene();
    fake.foreign.set(limitKey(crossRegion), ['a', 'b', 'c', 'd', 'e']);
    await start(input);
    const { startTime } = await handle.describe();
    const isAsked = async () => {
      const { steps } = await progress(handle);
      return steps.some(({ state }) => state === 'waiting');
    };
    await service.skip(60);
    await handle.signal('pause');
    await service.skip(7 * 3600);
    await handle.signal('resume');
    for (let hours = 0; hours < 12 && !(await isAsked()); hours += 1) await service.skip(3600);
    const age = (await permits(crossRegion)).waiters[0]?.begunAt ?? 0;
    expect((age - startTime.getTime()) / 3600_000).toBeCloseTo(7, 1);
    fake.foreign.delete(limitKey(crossRegion));
    expect((await service.runUntil(handle.result())).state).toBe('completed');
  });
});

describe('cancelling a recovery point', () => {
  it('removes the copy that is half done, ends the share and gives the permit back', async () => {
    const { input, account, handle, crossRegion } = scene();
    await start(input);
    await service.skipUntil(() => fake.callsOf(account).includes('startStep copy:secure-dr'));
    await handle.cancel();
    const failure = await service.runUntil(failureOf(handle));

    expect(failure?.name).toBe('CancelledFailure');
    expect(fake.callsOf(account, 'undoStep').sort()).toEqual(['undoStep copy:secure-dr', 'undoStep share:secure']);
    expect(await holders(crossRegion)).toEqual([]);
  });

  it('ends the share when the vault copy is the one that is half done', async () => {
    const { input, account, handle } = scene();
    await start(input);
    await service.skipUntil(() => fake.callsOf(account).includes('startStep copy:secure'));
    await handle.cancel();
    await service.runUntil(failureOf(handle));

    const steps = fake.callsOf(account, 'undoStep');
    expect(steps).toEqual(['undoStep copy:secure', 'undoStep share:secure']);
  });

  it('does not leave undone the cleaning up that is under way', async () => {
    const { input, account, vault, handle } = scene();
    const route = [{ name: 'secure', account: vault, region: null, key: 'alias/farcopy' }];
    fake.on('undoStep', account, null, async ({ attempt }) => {
      if (attempt === 1) await handle.cancel();
      if (attempt <= 2) throw applicationFailure(failureTypes.transient, 'AWS is unwell');
    });
    fake.policies.set(account, { ...input.policy, route });
    const { result } = await outcome(input);

    expect(result?.state).toBe('completed');
    expect(fake.callsOf(account, 'undoStep')).toHaveLength(3);
  });

  it('begins no step while it cleans up, though a permit comes free meanwhile', async () => {
    const { input, account, handle, crossRegion } = scene({ route: [...policy().route, otherCloud] });
    fake.foreign.set(limitKey(crossRegion), ['a', 'b', 'c', 'd', 'e']);
    fake.on('undoStep', account, 'export:other-cloud', ({ attempt }) => {
      fake.foreign.delete(limitKey(crossRegion));
      if (attempt <= 3) throw applicationFailure(failureTypes.transient, 'AWS is unwell');
    });
    await start(input);
    await service.skipUntil(() => fake.callsOf(account).includes('startStep export:other-cloud'));
    await handle.cancel();
    await service.runUntil(failureOf(handle));

    expect(fake.callsOf(account, 'undoStep').filter((call) => call.endsWith('export:other-cloud'))).toHaveLength(4);
    expect(fake.callsOf(account, 'startStep')).not.toContain('startStep copy:secure-dr');
    expect(await permits(crossRegion)).toMatchObject({ holders: [], waiters: [] });
  });

  it('takes its request for a permit out of the queue', async () => {
    const { input, handle, snapshots } = scene();
    fake.foreign.set(limitKey(snapshots), ['a', 'b', 'c', 'd', 'e']);
    await start(input);
    await service.skip(60);
    expect((await permits(snapshots)).waiters).toHaveLength(1);
    expect((await progress(handle)).steps[0]).toMatchObject({ state: 'waiting', waitingFor: limitKey(snapshots) });

    await handle.cancel();
    await service.runUntil(failureOf(handle));
    expect((await permits(snapshots)).waiters).toEqual([]);
  });
});

describe('a resource that stays busy', () => {
  const triesInADay = (polling: ProtectionPolicy['polling']) => {
    let tries = 0;
    for (let now: number | null = 0; now !== null; now = nextTryAt(0, now, polling)) tries += 1;
    return tries;
  };
  const modifying = () => applicationFailure(failureTypes.busy, 'it is modifying');

  it('gives its permit to others between its tries, and has its recovery point once it is free', async () => {
    const { input, account, handle, snapshots } = scene({ polling: { shortestSeconds: 240, longestSeconds: 300 } });
    let tries = 0;
    let triedAt = 0;
    fake.on('startStep', account, 'snapshot', ({ at, attempt }) => {
      // Each is an activity of its own, under a permit of its own.
      expect(attempt).toBe(1);
      tries += 1;
      triedAt = at;
      if (tries <= 3) throw modifying();
    });
    await start(input);
    const sinces = new Set<string | undefined>();
    for (const failed of [1, 2, 3]) {
      await service.skipUntil(() => tries === failed);
      await service.skip(60);
      expect(await holders(snapshots)).toEqual([]);
      const [shown] = (await progress(handle)).steps;
      expect(shown).toMatchObject({ state: 'waiting', waitingFor: 'a busy resource', message: 'it is modifying' });
      const nextSeconds = (Date.parse(shown?.next ?? '') - triedAt) / 1000;
      expect(nextSeconds).toBeGreaterThanOrEqual(240);
      expect(nextSeconds).toBeLessThan(250);
      sinces.add(shown?.since);
    }
    expect(sinces.size).toBe(1);

    const { state, stepSeconds, failures } = await service.runUntil(handle.result());
    expect({ state, failures }).toEqual({ state: 'completed', failures: [] });
    // What it waited for the resource is not learnt as the time a snapshot takes.
    expect(stepSeconds.snapshot).toBeLessThan(1000);
    expect(fake.callsOf(account, 'undoStep')).not.toContain('undoStep snapshot');
  });

  it('is waited for also when the recovery point began more than a day ago', async () => {
    const { input, account, handle } = scene();
    let tries = 0;
    fake.on('startStep', account, 'snapshot', () => {
      tries += 1;
      if (tries === 1) throw modifying();
    });
    await start({ ...input, paused: true });
    await service.skip(25 * 3600);
    await handle.signal('resume');
    expect((await service.runUntil(handle.result())).state).toBe('completed');
  });

  it('costs so few events a try that a day of them fits into a history', async () => {
    const { input, account, handle } = scene();
    fake.on('startStep', account, 'snapshot', () => {
      throw modifying();
    });
    await start(input);
    await service.skip(3600);
    const tries = fake.callsOf(account, 'startStep').length;
    expect(tries).toBeGreaterThan(20);
    const { historyLength } = await handle.describe();
    expect((historyLength / tries) * triesInADay({ shortestSeconds: 1, longestSeconds: 1 })).toBeLessThan(10_000);
    await handle.terminate();
  });

  it('fails its step when it is still busy after a day, and deletes nothing', async () => {
    const { input, account, handle, snapshots } = scene({ polling: { shortestSeconds: 300, longestSeconds: 300 } });
    fake.on('startStep', account, 'snapshot', () => {
      throw modifying();
    });
    await start(input);
    await service.skipUntil(() => fake.callsOf(account, 'startStep').length > 0);
    await handle.signal('pause');
    await service.skip(25 * 3600);
    await handle.signal('resume');
    const failure = await service.runUntil(failureOf(handle));

    expect(failure?.type).toBe('ResourceBusy');
    expect(failure?.message).toContain('it is modifying');
    // A day of tries, of which the day that it was paused is none.
    expect(fake.callsOf(account, 'startStep').length).toBeGreaterThan(280);
    expect(fake.callsOf(account, 'undoStep')).toEqual([]);
    expect(await holders(snapshots)).toEqual([]);
  });
});

describe('a step that fails', () => {
  it('leaves the recovery point partially failed when a vault has its copy', async () => {
    const { input, account, crossRegion } = scene();
    fake.on('awaitStep', account, 'copy:secure-dr', () => {
      throw applicationFailure(failureTypes.operationFailed, 'AWS reports it as failed');
    });
    const { result } = await outcome(input);

    expect(result?.state).toBe('partially-failed');
    expect(result?.copies.map(({ place }) => place)).toEqual(['source', 'secure']);
    expect(result?.failures).toEqual([
      { step: 'copy:secure-dr', type: 'OperationFailed', message: 'AWS reports it as failed' },
    ]);
    expect(fake.callsOf(account, 'undoStep').sort()).toEqual(['undoStep copy:secure-dr', 'undoStep share:secure']);
    expect(await holders(crossRegion)).toEqual([]);
  });

  it('skips what depends on it, ends the share, and fails the recovery point when no vault has a copy', async () => {
    const { input, account, handle } = scene();
    fake.on('startStep', account, 'copy:secure', () => {
      throw applicationFailure(failureTypes.configuration, 'the vault role may not kms:CreateGrant on key customer');
    });
    const { failure } = await outcome(input);

    expect(failure?.type).toBe('Configuration');
    expect(failure?.message).toContain('the vault role may not kms:CreateGrant on key customer');
    expect((await progress(handle)).steps.map(({ state }) => state)).toEqual(['done', 'done', 'failed', 'skipped']);
    expect(fake.callsOf(account, 'startStep')).not.toContain('startStep copy:secure-dr');
    expect(fake.callsOf(account, 'undoStep')).toEqual(['undoStep copy:secure', 'undoStep share:secure']);
  });

  it('is taken back also where its start has given no answer: a try before may have begun it', async () => {
    const { input, account } = scene();
    fake.on('startStep', account, 'snapshot', ({ attempt }) => {
      if (attempt === 1) throw applicationFailure(failureTypes.transient, 'the answer was lost');
      throw applicationFailure(failureTypes.configuration, 'the role was taken away');
    });
    const { failure } = await outcome(input);

    expect(failure?.message).toContain('the role was taken away');
    expect(fake.callsOf(account, 'undoStep')).toEqual(['undoStep snapshot']);
  });

  it('gives its permit back when it could not even be started', async () => {
    const { input, account, snapshots } = scene();
    fake.on('startStep', account, 'snapshot', () => {
      throw applicationFailure(failureTypes.stockExhausted, 'cannot create more than 100 manual snapshots');
    });
    const { failure } = await outcome(input);

    expect(failure?.type).toBe('StockExhausted');
    expect(await holders(snapshots)).toEqual([]);
  });

  it('fails the recovery point with the reason when no route can be planned', async () => {
    const { input, account } = scene();
    fake.on('planBackup', account, null, () => {
      throw applicationFailure(failureTypes.notFound, 'cluster panda-cluster-1 is gone');
    });
    const { failure } = await outcome(input);

    expect(failure?.type).toBe('NotFound');
    expect(failure?.message).toBe('cluster panda-cluster-1 is gone');
  });

  it('is not failed by a limit that others use up: it waits', async () => {
    const { input, account } = scene();
    fake.on('startStep', account, 'snapshot', ({ attempt }) => {
      if (attempt <= 3)
        throw applicationFailure(failureTypes.limitReached, 'cannot create more than 5 snapshots in parallel');
    });
    expect((await outcome(input)).result?.state).toBe('completed');
  });
});

describe('an export that hangs', () => {
  const step = 'export:other-cloud';
  const quarter = 900;

  it.each([
    ['after six hours without any progress', [6, 7], () => 50, 'hangs: IN_PROGRESS at 50 % for 6 hours'],
    ['after a day, although it moves', [23, 25], (hours: number) => Math.floor(hours * 3), 'IN_PROGRESS, 7'],
  ] as const)(
    'is given up %s, cancelled, not transferred, and costs no other copy',
    async (_, hours, percentAt, said) => {
      const { input, account, resource } = scene({ route: [...policy().route, otherCloud] });
      let begunAt: number | undefined;
      fake.on('awaitStep', account, step, ({ at }) => {
        begunAt ??= at;
        const percent = percentAt((at - begunAt) / 3_600_000);
        endIfStalled({ id: resource.id, rawStatus: 'IN_PROGRESS', percent, hangsAfterSeconds: 6 * 3600 }, 1800);
        const message = `${resource.id}: IN_PROGRESS, ${percent} %`;
        throw applicationFailure(failureTypes.notReady, message, { retryAfterSeconds: quarter });
      });
      let endedAt = 0;
      fake.on('undoStep', account, step, ({ at }) => void (endedAt = at));
      const { result } = await outcome(input);

      expect(result?.state).toBe('partially-failed');
      expect(result?.copies.map(({ place }) => place)).toEqual(['source', 'secure', 'secure-dr']);
      expect(result?.failures.map((failure) => failure.step)).toEqual([step]);
      expect(result?.failures[0]?.message).toContain(said);
      const took = (endedAt - (begunAt ?? 0)) / 3_600_000;
      expect(took).toBeGreaterThan(hours[0]);
      expect(took).toBeLessThan(hours[1]);
    },
  );
});

describe('a permit that is asked for', () => {
  it('is asked for again when the semaphore was terminated with everyone in its queue', async () => {
    const { input, account, handle, snapshots } = scene();
    fake.foreign.set(limitKey(snapshots), ['a', 'b', 'c', 'd', 'e']);
    await start(input);
    await service.skip(60);
    await service.client.workflow.getHandle(serviceLimitWorkflowId(snapshots)).terminate('a test');
    fake.foreign.delete(limitKey(snapshots));

    expect((await service.runUntil(handle.result())).state).toBe('completed');
    const started = fake.callsOf(account, 'startServiceLimit').filter((call) => call.endsWith(snapshots.limit));
    expect(started).toHaveLength(2);
    expect(await holders(snapshots)).toEqual([]);
  });
});
