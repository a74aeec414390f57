import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { requestRecoveryPoint } from '../../src/activities/backup/requestRecoveryPoint';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { type LifecycleState } from '../../src/core/backup/lifecycle';
import { glanceMemo, readGlance } from '../../src/core/backup/lifecycleGlance';
import { fleetTaskQueue, lifecycleWorkflowId, recoveryPointId, recoveryPointWorkflowId } from '../../src/core/naming';
import { type ProtectionPolicy } from '../../src/core/backup/policy';
import { type createRecoveryPoint } from '../../src/workflows/createRecoveryPoint';
import { type protectResource } from '../../src/workflows/protectResource';
import { FakeActivities } from '../fakes/activities';
import { cluster, fleet, policyInto, recoveryPointInput } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const fake = new FakeActivities(() => service.now());
let service: TimeSkippingService;
let tests = 0;
let endScene = (): Promise<unknown> => Promise.resolve();

beforeAll(async () => {
  service = await TimeSkippingService.start(fake.all, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());
// Else its watchdog would go on through the tests after it.
afterEach(() => endScene());

const hour = 3600;
const first = '2026-11-21T02:00:00Z';
const second = '2026-11-21T03:00:00Z';
const third = '2026-11-21T04:00:00Z';

/** A cluster of its own for each test, backed up to one vault. */
function scene(changes: Partial<ProtectionPolicy> = {}) {
  tests += 1;
  const number = String(tests).padStart(2, '0');
  const account = `5000000000${number}`;
  const resource = cluster(account, `cluster-${number}`);
  const vaults = policyInto(`6000000000${number}`, changes);
  const policy: ProtectionPolicy = { ...vaults, route: vaults.route.slice(0, 1) };
  fake.policies.set(account, policy);
  const lifecycle: WorkflowHandle<typeof protectResource> = service.client.workflow.getHandle(
    lifecycleWorkflowId(resource),
  );
  endScene = () => lifecycle.signal('retire').catch(() => undefined);
  return {
    account,
    resource,
    policy,
    lifecycle,
    request: (scheduledTime: string, force = false, newPolicy = policy) =>
      requestRecoveryPoint(service.client, resource, { scheduledTime, force, policy: newPolicy }),
    state: () => lifecycle.query<LifecycleState>('lifecycle'),
    recoveryPoint: (scheduledTime: string) =>
      service.client.workflow.getHandle(recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime))),
    /** How many recovery points were begun. */
    begun: () => fake.callsOf(account, 'planBackup').length,
    alerts: () => fake.notifications.filter(({ subject }) => subject.includes(resource.id)),
  };
}

async function outcomes({ state }: ReturnType<typeof scene>): Promise<string[]> {
  return (await state()).outcomes.map((o) => `${o.scheduledTime} ${o.state}`);
}

describe('a request for a recovery point', () => {
  it('brings the lifecycle to life, which makes the recovery point and stays', async () => {
    const one = scene();
    expect(await one.request(first)).toEqual({ disposition: 'started', scheduledTime: first });
    await service.skip(2 * hour);

    expect(await outcomes(one)).toEqual([`${first} completed`]);
    const { status, memo } = await one.lifecycle.describe();
    expect(status.name).toBe('RUNNING');
    // A list of workflows tells how well each protects, whoever is too busy to answer.
    expect(readGlance(memo?.[glanceMemo])).toMatchObject({
      protectedSince: (await one.state()).protectedSince,
      rpoSeconds: one.policy.rpoSeconds,
      latest: { scheduledTime: first, state: 'completed' },
    });
  });

  it('is answered with what is there when it comes twice', async () => {
    const one = scene();
    await one.request(first);
    expect(await one.request(first)).toEqual({ disposition: 'joined', scheduledTime: first });
    await service.skip(2 * hour);
    expect(await one.request(first)).toEqual({ disposition: 'done', scheduledTime: first });
    expect(one.begun()).toBe(1);
  });

  it('waits while another is in flight, and a third joins it', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(60);
    expect(await one.request(second)).toEqual({ disposition: 'queued', scheduledTime: second });
    expect(await one.request(third)).toEqual({ disposition: 'joined', scheduledTime: second });
    await service.skip(5 * hour);

    expect(await outcomes(one)).toEqual([`${first} completed`, `${second} completed`]);
  });

  it('is tried again after a failure, with the reason of the failure on record', async () => {
    const one = scene();
    let broken = true;
    fake.on('planBackup', one.account, null, () => {
      if (broken) throw applicationFailure(failureTypes.configuration, 'the source role cannot be assumed');
    });
    await one.request(first);
    await service.skip(60);
    expect((await one.state()).outcomes).toMatchObject([
      { state: 'failed', reason: 'the source role cannot be assumed' },
    ]);

    broken = false;
    expect((await one.request(first)).disposition).toBe('started');
    await service.skip(2 * hour);
    expect(await outcomes(one)).toEqual([`${first} completed`]);
  });

  it('is refused to a fleet that does not own the resource', async () => {
    const one = scene();
    await one.request(first);
    const update = one.lifecycle.executeUpdate('requestRecoveryPoint', {
      args: [{ scheduledTime: second, force: false, policy: { ...one.policy, fleet: 'other' } }],
    });
    await expect(update).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
  });
});

describe('a paused lifecycle', () => {
  it('makes nothing when its schedule asks, until it is resumed', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(2 * hour);
    await one.lifecycle.signal('pause');
    expect(await one.request(second)).toEqual({ disposition: 'paused', scheduledTime: null });
    await service.skip(2 * hour);
    expect(one.begun()).toBe(1);

    await one.lifecycle.signal('resume');
    expect((await one.request(third)).disposition).toBe('started');
    await service.skip(2 * hour);
    expect(await outcomes(one)).toEqual([`${first} completed`, `${third} completed`]);
  });

  it('makes what is forced, by signal and by request, and stays paused', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(2 * hour);
    await one.lifecycle.signal('pause');
    await one.lifecycle.signal('force');
    await service.skip(2 * hour);
    expect(one.begun()).toBe(2);
    expect(await one.request(third, true)).toEqual({ disposition: 'started', scheduledTime: third });
    await service.skip(2 * hour);

    expect(one.begun()).toBe(3);
    expect((await one.state()).paused).toBe(true);
  });

  it('holds the recovery point in flight, and lets it go on before what is forced', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(60);
    await one.lifecycle.signal('pause');
    await service.skip(6 * hour);
    expect(await outcomes(one)).toEqual([]);
    expect(fake.callsOf(one.account, 'startStep')).toEqual(['startStep snapshot']);

    expect((await one.request(second, true)).disposition).toBe('queued');
    await service.skip(4 * hour);
    expect(await outcomes(one)).toEqual([`${first} completed`, `${second} completed`]);
  });
});

describe('the RPO watchdog', () => {
  const rpoSeconds = 26 * hour;

  it('raises an alert when nothing ran at all, and again every day', async () => {
    const one = scene({ rpoSeconds });
    await service.client.workflow.start<typeof protectResource>('protectResource', {
      workflowId: one.lifecycle.workflowId,
      taskQueue: fleetTaskQueue(fleet),
      args: [{ version: 1, resource: one.resource, policy: one.policy, state: null }],
    });
    await service.skip(rpoSeconds - 60);
    expect(one.alerts()).toEqual([]);
    await service.skip(120);
    expect(one.alerts()).toMatchObject([{ event: 'rpo-missed', fleet }]);
    await service.skip(24 * hour);
    expect(one.alerts()).toHaveLength(2);
  });

  it('raises it for a paused resource too, and says that it is paused', async () => {
    const one = scene({ rpoSeconds });
    await one.request(first);
    await service.skip(2 * hour);
    await one.lifecycle.signal('pause');
    await service.skip(rpoSeconds);

    expect(one.alerts()).toHaveLength(1);
    expect(one.alerts()[0]?.message).toContain('paused');
  });

  it('raises it when recovery points fail, and says why', async () => {
    const one = scene({ rpoSeconds });
    fake.on('planBackup', one.account, null, () => {
      throw applicationFailure(failureTypes.configuration, 'the source role cannot be assumed');
    });
    await one.request(first);
    await service.skip(rpoSeconds + 60);

    expect(one.alerts()[0]?.message).toContain('the source role cannot be assumed');
  });

  it('counts from the time of the last complete recovery point', async () => {
    const one = scene({ rpoSeconds });
    const scheduled = new Date((await service.now()) + 24 * hour * 1000).toISOString();
    await one.request(first);
    await service.skip(24 * hour);
    await one.request(scheduled);
    await service.skip(25 * hour);
    expect(one.alerts()).toEqual([]);
    await service.skip(2 * hour);
    expect(one.alerts()).toHaveLength(1);
  });

  it('counts from what the clouds know, when Temporal has forgotten the lifecycles before', async () => {
    const one = scene({ rpoSeconds });
    fake.lastProtected.set(one.account, new Date((await service.now()) - 25 * hour * 1000).toISOString());
    fake.on('planBackup', one.account, null, () => {
      throw applicationFailure(failureTypes.configuration, 'the source role cannot be assumed');
    });
    await one.request(first);
    await service.skip(0.5 * hour);
    expect(one.alerts()).toEqual([]);
    await service.skip(hour);
    expect(one.alerts()).toHaveLength(1);
    expect(fake.callsOf(one.account, 'lastProtected')).toHaveLength(1);
  });

  it('counts from its own beginning, when the clouds do not tell', async () => {
    const one = scene({ rpoSeconds });
    fake.on('lastProtected', one.account, null, () => {
      throw applicationFailure(failureTypes.configuration, 'the vault role cannot be assumed');
    });
    await one.request(first);
    await service.skip(2 * hour);
    expect(await outcomes(one)).toEqual([`${first} completed`]);
    await one.request(second);
    await service.skip(2 * hour);
    expect(await outcomes(one)).toEqual([`${first} completed`, `${second} completed`]);
  });

  it('keeps no recovery point waiting while the clouds do not tell', async () => {
    const one = scene({ rpoSeconds });
    fake.on('lastProtected', one.account, null, () => {
      throw applicationFailure(failureTypes.transient, 'the region does not answer');
    });
    await one.request(first);
    await service.skip(60);
    await one.request(second);
    // It is asked for an hour.
    await service.skip(0.9 * hour);
    expect(await outcomes(one)).toEqual([`${first} completed`, `${second} completed`]);
  });

  it('heeds at once that the RPO has become shorter', async () => {
    const one = scene({ rpoSeconds: 100 * 24 * hour });
    await one.request(first);
    await service.skip(2 * hour);
    await one.lifecycle.signal('pause');
    await one.request(second, false, { ...one.policy, rpoSeconds });
    await service.skip(rpoSeconds);

    expect(one.alerts()).toHaveLength(1);
  });
});

describe('a notice that cannot be told', () => {
  const rpoSeconds = 26 * hour;
  let refusal: (() => Error) | null = null;

  beforeAll(() => {
    fake.on('handOverNotification', fleet, 'rpo-missed', () => {
      if (refusal !== null) throw refusal();
    });
  });
  afterEach(() => (refusal = null));

  it('is told with a growing pause, and once it was, the end of the gap is told too', async () => {
    const one = scene({ rpoSeconds });
    refusal = () => applicationFailure(failureTypes.configuration, 'the topic is gone');
    await one.request(first);
    await service.skip(2 * hour);
    await one.lifecycle.signal('pause');
    await service.skip(rpoSeconds + 24 * hour);

    const { untold, alertedAt } = await one.state();
    expect(alertedAt).toBeNull();
    expect(untold).toMatchObject({ problem: 'the topic is gone', heard: [] });
    expect(untold?.tries).toBeGreaterThan(6);
    expect(untold?.tries).toBeLessThan(12);
    expect((await one.lifecycle.fetchHistory()).events?.length).toBeLessThan(300);

    refusal = null;
    await service.skip(6 * hour);
    expect(one.alerts()).toMatchObject([{ event: 'rpo-missed' }]);
    expect((await one.state()).untold).toBeNull();

    await one.lifecycle.signal('force');
    await service.skip(2 * hour);
    expect(one.alerts()).toMatchObject([{ event: 'rpo-missed' }, { event: 'rpo-met' }]);
  });

  it('bounds the history also where it cannot be told for months, and nothing else happens', async () => {
    const one = scene({ rpoSeconds });
    refusal = () => applicationFailure(failureTypes.configuration, 'the topic is gone');
    await one.request(first);
    await service.skip(2 * hour);
    await one.lifecycle.signal('pause');
    const { runId } = await one.lifecycle.describe();
    for (let days = 0; days < 140; days += 1) await service.skip(24 * hour);

    const now = await one.lifecycle.describe();
    expect(now.runId).not.toBe(runId);
    const before = await service.client.workflow.getHandle(one.lifecycle.workflowId, runId).describe();
    expect(before.status.name).toBe('CONTINUED_AS_NEW');
    // Where Temporal begins to warn.
    expect(before.historyLength).toBeLessThan(10_240);
    expect(now.historyLength).toBeLessThan(before.historyLength / 2);
    expect((await one.state()).untold?.tries).toBeGreaterThan(500);

    refusal = null;
    await service.skip(6 * hour);
    expect(one.alerts()).toMatchObject([{ event: 'rpo-missed' }]);
  });

  it('is not begun once more because a recovery point ends meanwhile', async () => {
    const one = scene({ rpoSeconds: hour });
    fake.operationSeconds = () => 3 * hour;
    refusal = () => applicationFailure(failureTypes.transient, 'the topic is away');
    const before = fake.calls.length;
    await one.request(first);
    await service.skip(hour + 600);
    await one.recoveryPoint(first).cancel();
    await service.skip(300);
    fake.operationSeconds = () => 600;
    expect(await outcomes(one)).toEqual([`${first} cancelled`]);
    refusal = null;
    await service.skip(300);

    expect(one.alerts()).toHaveLength(1);
    const begun = fake.calls
      .slice(before)
      .filter((one) => one.activity === 'handOverNotification' && one.about === 'rpo-missed' && one.attempt === 1);
    expect(begun).toHaveLength(1);
    expect(await one.request(second)).toMatchObject({ disposition: 'started' });
  });
});

describe('a scheduled time in the future', () => {
  it('is refused', async () => {
    const one = scene();
    const scheduled = new Date((await service.now()) + 10 * 60 * 1000).toISOString();
    const refused = await one.request(scheduled).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    expect((refused as WorkflowUpdateFailedError).cause).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('lies in the future') as string,
    });
    expect((await one.state()).waiting).toBeNull();
  });
});

describe('a lifecycle that is retired', () => {
  it('ends at once when nothing is in flight', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(2 * hour);
    await one.lifecycle.signal('retire');
    await service.runUntil(one.lifecycle.result());

    expect((await one.lifecycle.describe()).status.name).toBe('COMPLETED');
  });

  it('ends only once what is in flight has ended, and takes nothing new', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(60);
    await one.request(second);
    await one.lifecycle.signal('retire');
    await service.skip(60);
    expect(await one.request(third)).toEqual({ disposition: 'retired', scheduledTime: null });
    expect((await one.lifecycle.describe()).status.name).toBe('RUNNING');

    await service.runUntil(one.lifecycle.result());
    expect((await one.recoveryPoint(first).describe()).status.name).toBe('COMPLETED');
    expect(one.begun()).toBe(1);
  });

  it('wakes for nothing while it waits for that, even when its RPO is long missed', async () => {
    const one = scene({ rpoSeconds: 1 });
    fake.operationSeconds = () => 3 * hour;
    await one.request(first);
    await service.skip(60);
    await one.lifecycle.signal('retire');
    await service.runUntil(one.lifecycle.result());
    fake.operationSeconds = () => 600;

    expect((await one.lifecycle.fetchHistory()).events?.length).toBeLessThan(60);
  });
});

describe('a recovery point that runs already, of a lifecycle before this one', () => {
  it('is taken over instead of making another', async () => {
    const one = scene();
    await service.client.workflow.start<typeof createRecoveryPoint>('createRecoveryPoint', {
      workflowId: one.recoveryPoint(first).workflowId,
      taskQueue: fleetTaskQueue(fleet),
      args: [recoveryPointInput(one.resource, { policy: one.policy })],
    });
    await service.skip(60);
    expect((await one.request(first)).disposition).toBe('started');
    await service.skip(2 * hour);

    expect(await outcomes(one)).toEqual([`${first} completed`]);
    expect(one.begun()).toBe(1);
  });
});

describe('a recovery point that is cancelled', () => {
  it('is on record as cancelled, and the lifecycle goes on', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(60);
    await one.recoveryPoint(first).cancel();
    await service.skip(60);
    expect(await outcomes(one)).toEqual([`${first} cancelled`]);

    await one.request(second);
    await service.skip(2 * hour);
    expect(await outcomes(one)).toEqual([`${first} cancelled`, `${second} completed`]);
  });
});

describe('a lifecycle that is cancelled', () => {
  it('cancels what is in flight and ends', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(60);
    await one.lifecycle.cancel();
    await service.runUntil(one.lifecycle.result().catch(() => undefined));

    expect((await one.lifecycle.describe()).status.name).toBe('CANCELLED');
    expect((await one.recoveryPoint(first).describe()).status.name).toBe('CANCELLED');
  });
});

// The last: this server hangs when a child ends whose parent was terminated.
describe('a lifecycle that is terminated', () => {
  it('leaves its recovery point running', async () => {
    const one = scene();
    await one.request(first);
    await service.skip(60);
    await one.lifecycle.terminate('a test');

    expect((await one.recoveryPoint(first).describe()).status.name).toBe('RUNNING');
  });
});
