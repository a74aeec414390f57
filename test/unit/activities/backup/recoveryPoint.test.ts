import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type AwaitLegRequest, type StartLegRequest } from '../../../../src/activities/contracts';
import { recoveryPointActivities } from '../../../../src/activities/backup/recoveryPoint';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { copyTags, type CopyRef } from '../../../../src/core/catalogue/copy';
import { type FailureType, failureTypes } from '../../../../src/core/failure';
import { type Leg, planRoute } from '../../../../src/core/backup/route';
import { type VerifiedCopy } from '../../../../src/core/backup/routeWalk';
import { FakeCloud, fakeKeyArn } from '../../../fakes/cloud';
import { fleet, policy, scheduledTime, vaultAccount } from '../../../workflow/fixtures';

const owner = { account: '999999999999', region: 'eu-west-1' };
const polling = policy().polling;
const minute = 60_000;
/** Failures are the point of these tests. */
const silent = { logger: new DefaultLogger('ERROR', () => undefined) };

interface Circumstances {
  readonly encryption: 'customer' | 'default';
  readonly status: string;
}

/** A cluster, the legs of its recovery point, and the activities on a clock that a test moves. */
function scene({ encryption = 'customer', status = 'available' }: Partial<Circumstances> = {}) {
  const clock = { now: Date.UTC(2026, 10, 21, 2) };
  const work = { milliseconds: 10 * minute };
  const cloud = new FakeCloud({ now: () => clock.now, duration: () => work.milliseconds });
  const provider = cloud.provider('aurora-cluster');
  const resource = cloud.addResource({ kind: 'aurora-cluster', ...owner, id: 'panda-cluster-1', encryption, status });
  const identity = { fleet, tier: 'standard', resource, scheduledTime };
  const keys = { arn: async (scope: Leg['scope'], key: string) => fakeKeyArn(scope, key) };
  const activities = recoveryPointActivities({
    providers: cloud.providers(),
    keyArn: (scope, key) => keys.arn(scope, key),
  });
  const legs = planRoute(
    resource,
    { type: encryption, keyArn: fakeKeyArn(owner, 'alias/farcopy') },
    policy({ shareableKey: 'alias/shareable' }),
    provider.capabilities,
    scheduledTime,
  );
  const leg = (id: string): Leg => {
    const found = legs.find((one) => one.id === id);
    if (found === undefined) throw new Error(`the route has no leg ${id}`);
    return found;
  };
  /** One try of an activity that was first tried at a given time. */
  const run = <T>(activity: () => Promise<T>, firstTriedAt = clock.now): Promise<T> =>
    new MockActivityEnvironment(
      { scheduledTimestampMs: firstTriedAt, currentAttemptScheduledTimestampMs: clock.now },
      silent,
    ).run<[], T, () => Promise<T>>(activity);
  const request = (id: string, source: VerifiedCopy | null = null): StartLegRequest => ({
    identity,
    leg: leg(id),
    source,
  });
  const start = (asked: StartLegRequest, firstTriedAt = clock.now) =>
    run(() => activities.startLeg(asked), firstTriedAt);
  const wait = (asked: StartLegRequest, copy: CopyRef, startedAt = clock.now) => {
    const whole: AwaitLegRequest = { ...asked, copy, startedAt, expectedSeconds: 600, polling };
    return run(() => activities.awaitLeg(whole));
  };
  /** Starts a leg and waits until its copy is proven. */
  const bring = async (id: string, source: VerifiedCopy | null = null) => {
    const copy = await start(request(id, source));
    clock.now += work.milliseconds;
    return wait(request(id, source), copy);
  };
  const copyOf = (id: string) =>
    cloud.allCopies().find(({ id: copyId, account, region }) => {
      const { copyId: wanted, scope } = leg(id);
      return copyId === wanted && account === scope.account && region === scope.region;
    });
  return { activities, bring, clock, cloud, copyOf, run, identity, keys, leg, provider, request, start, wait };
}

describe('waiting for a leg', () => {
  const lookFailures: FailureType[] = [failureTypes.configuration, failureTypes.refused, failureTypes.transient];

  it.each(lookFailures)('goes on after a look that failed as %s, since it says nothing of the copy', async (type) => {
    const { cloud, request, start, wait } = scene();
    const copy = await start(request('snapshot'));
    cloud.fault({ call: 'progress', failure: () => applicationFailure(type, 'AccessDenied: not authorized') });

    await expect(wait(request('snapshot'), copy)).rejects.toMatchObject({
      type: 'Transient',
      nonRetryable: false,
      message: 'AccessDenied: not authorized',
      nextRetryDelay: polling.shortestSeconds * 1000,
    });
  });

  it('goes on when the key could not be looked up for the proof', async () => {
    const { bring, clock, keys, request, run, activities, leg, start, wait } = scene();
    const snapshot = await bring('snapshot');
    await run(() => activities.shareCopy(leg('share:secure'), snapshot));
    const copy = await start(request('copy:secure', snapshot));
    clock.now += 10 * minute;
    keys.arn = async () => {
      throw applicationFailure(failureTypes.configuration, 'the vault role may not kms:DescribeKey');
    };

    await expect(wait(request('copy:secure', snapshot), copy)).rejects.toMatchObject({
      type: 'Transient',
      nonRetryable: false,
    });
  });

  it('allows for AWS not showing yet what has just been started, for five minutes', async () => {
    const { clock, copyOf, leg, provider, request, start, wait } = scene();
    const copy = await start(request('snapshot'));
    await provider.delete(copy, leg('snapshot').scope);
    expect(copyOf('snapshot')).toBeUndefined();

    await expect(wait(request('snapshot'), copy, clock.now - 4 * minute)).rejects.toMatchObject({
      type: 'Transient',
      nonRetryable: false,
    });
    await expect(wait(request('snapshot'), copy, clock.now - 6 * minute)).rejects.toMatchObject({
      type: 'NotFound',
      nonRetryable: true,
    });
  });

  it('ends when AWS reports the copy as failed', async () => {
    const { cloud, request, start, wait } = scene();
    const copy = await start(request('snapshot'));
    cloud.fail(copy);
    await expect(wait(request('snapshot'), copy)).rejects.toMatchObject({
      type: 'OperationFailed',
      nonRetryable: true,
    });
  });

  it('ends with a copy that holds data of another time than its source, and does not record it as proven', async () => {
    const { activities, bring, clock, copyOf, run, leg, request, start, wait } = scene();
    const snapshot = await bring('snapshot');
    await run(() => activities.shareCopy(leg('share:secure'), snapshot));
    const copy = await start(request('copy:secure', snapshot));
    clock.now += 10 * minute;
    const taken = { ...snapshot, dataTime: '2026-11-21T02:30:00.000Z' };

    await expect(wait(request('copy:secure', taken), copy)).rejects.toMatchObject({
      type: 'VerificationFailed',
      nonRetryable: true,
      message: expect.stringContaining(`its data is of ${snapshot.dataTime} instead of ${taken.dataTime}`) as string,
    });
    expect(copyOf('copy:secure')?.tags[copyTags.verified]).toBeUndefined();
    await expect(wait(request('copy:secure', snapshot), copy)).resolves.toMatchObject({ account: vaultAccount });
  });
});

describe('starting a leg of a resource that is busy', () => {
  it('is tried again under its permit for five minutes, and then gives the permit to others', async () => {
    const { clock, request, start } = scene({ status: 'modifying' });
    await expect(start(request('snapshot'), clock.now - 4 * minute)).rejects.toMatchObject({
      type: 'ResourceBusy',
      nonRetryable: false,
    });
    await expect(start(request('snapshot'), clock.now - 6 * minute)).rejects.toMatchObject({
      type: 'ResourceBusy',
      nonRetryable: true,
    });
  });

  it('does not end a start that AWS throttles, however long', async () => {
    const { clock, cloud, request, start } = scene();
    cloud.fault({ call: 'snapshot', failure: () => applicationFailure(failureTypes.transient, 'Throttling') });
    await expect(start(request('snapshot'), clock.now - 60 * minute)).rejects.toMatchObject({ nonRetryable: false });
  });
});

describe('cancelling a leg', () => {
  it('removes what is half done', async () => {
    const { activities, copyOf, run, request, start } = scene();
    await start(request('snapshot'));
    await run(() => activities.cancelLeg(request('snapshot')));
    expect(copyOf('snapshot')).toBeUndefined();
  });

  it.each([copyTags.fleet, copyTags.resource, copyTags.recoveryPoint])(
    'leaves alone what bears its identifier but another %s',
    async (tag) => {
      const { activities, copyOf, run, leg, provider, request, start } = scene();
      const copy = await start(request('snapshot'));
      await provider.tag(copy, leg('snapshot').scope, { [tag]: 'of someone else' });
      await run(() => activities.cancelLeg(request('snapshot')));
      expect(copyOf('snapshot')).toBeDefined();
    },
  );

  it('leaves alone what is available', async () => {
    const { activities, clock, copyOf, run, request, start } = scene();
    await start(request('snapshot'));
    clock.now += 10 * minute;
    await run(() => activities.cancelLeg(request('snapshot')));
    expect(copyOf('snapshot')).toBeDefined();
  });

  it('is done when nothing was made', async () => {
    const { activities, run, request } = scene();
    await expect(run(() => activities.cancelLeg(request('snapshot')))).resolves.toBeUndefined();
  });
});

describe('deleting an intermediate copy', () => {
  const withIntermediate = async () => {
    const all = scene({ encryption: 'default' });
    await all.bring('re-encrypt', await all.bring('snapshot'));
    const remove = (id: string) => all.run(() => all.activities.deleteTemporaryCopy(all.identity, all.leg(id)));
    return { ...all, remove };
  };

  it('deletes it, and is done when it is gone', async () => {
    const { copyOf, remove } = await withIntermediate();
    await remove('re-encrypt');
    expect(copyOf('re-encrypt')).toBeUndefined();
    await expect(remove('re-encrypt')).resolves.toBeUndefined();
  });

  it('refuses what is kept', async () => {
    const { copyOf, remove } = await withIntermediate();
    await expect(remove('snapshot')).rejects.toMatchObject({ type: 'Conflict', nonRetryable: true });
    expect(copyOf('snapshot')).toBeDefined();
  });

  it('refuses an intermediate of another fleet', async () => {
    const { copyOf, leg, provider, remove } = await withIntermediate();
    const copy = copyOf('re-encrypt');
    if (copy) await provider.tag(copy, leg('re-encrypt').scope, { [copyTags.fleet]: 'koala' });
    await expect(remove('re-encrypt')).rejects.toMatchObject({ type: 'Conflict' });
    expect(copyOf('re-encrypt')).toBeDefined();
  });

  it('leaves one that is held, without complaint', async () => {
    const { copyOf, leg, provider, remove } = await withIntermediate();
    const copy = copyOf('re-encrypt');
    if (copy) await provider.tag(copy, leg('re-encrypt').scope, { [copyTags.hold]: 'legal' });
    await expect(remove('re-encrypt')).resolves.toBeUndefined();
    expect(copyOf('re-encrypt')).toBeDefined();
  });
});
