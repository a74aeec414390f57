import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type Client } from '@temporalio/client';
import { stepActivities } from '../../../../src/activities/steps/steps';
import { type AwaitStepRequest, type StepRequest } from '../../../../src/activities/steps/stepContracts';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { type Copy, copyTags, type CopyRef } from '../../../../src/core/catalogue/copy';
import { failureTypes } from '../../../../src/core/failure';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { type Step } from '../../../../src/core/steps/step';
import { type StepResult, type StepStarted, type VerifiedCopy } from '../../../../src/core/steps/stepResult';
import { type Operation } from '../../../../src/kinds/kind';
import { awsError, FakeCloud, throttling } from '../../../fakes/cloud';
import { fleet, policy, scheduledTime, vaultAccount } from '../../../workflow/fixtures';

const owner = { account: '999999999999', region: 'eu-west-1' };
const { polling } = policy();
const minute = 60_000;
/** Failures are the point of these tests. */
const silent = { logger: new DefaultLogger('ERROR', () => undefined) };

interface Circumstances {
  readonly encryption: 'customer' | 'default';
  readonly status: string;
  /** A general step, in place of the kind's snapshot. */
  readonly snapshot: Operation;
}

/** A cluster, the steps of its recovery point, and the activities on a clock that a test moves. */
async function scene({ encryption = 'customer', status = 'available', snapshot }: Partial<Circumstances> = {}) {
  const clock = { now: Date.UTC(2026, 10, 21, 2) };
  const work = { milliseconds: 10 * minute };
  const cloud = new FakeCloud({ now: () => clock.now, duration: () => work.milliseconds });
  const kind = cloud.kind('aurora-cluster');
  const copies = cloud.kinds().copiesOf('aurora-cluster');
  const resource = cloud.addResource({ kind: 'aurora-cluster', ...owner, id: 'panda-cluster-1', encryption, status });
  const home = { ...owner, access: 'source' } as const;
  const identity = { fleet, tier: 'standard', resource, scheduledTime };
  const activities = stepActivities({
    kinds: cloud.kinds(),
    general: snapshot === undefined ? {} : { snapshot },
    shareInUse: async () => use,
  });
  const described = await kind.describe(resource, home);
  const steps = kind.description.planBackup(
    { ...resource, encryption: await kind.encryption(described, home) },
    policy({ shareableKey: 'alias/shareable' }),
    scheduledTime,
  );
  const step = (id: string): Step => {
    const found = steps.find((one) => one.id === id);
    if (found === undefined) throw new Error(`the plan has no step ${id}`);
    return found;
  };
  const use = { readers: [] as string[], silent: [] as string[] };
  const signals: string[] = [];
  const client = {
    withAbortSignal: (_: AbortSignal, work: () => Promise<unknown>) => work(),
    workflow: {
      getHandle: (workflowId: string) => ({
        signal: async (name: string) => void signals.push(`${name} to ${workflowId}`),
      }),
    },
  } as unknown as Client;
  /** One try of an activity that was first tried at a given time. */
  const run = <T>(activity: () => Promise<T>, firstTriedAt = clock.now): Promise<T> =>
    new MockActivityEnvironment(
      { scheduledTimestampMs: firstTriedAt, currentAttemptScheduledTimestampMs: clock.now },
      { ...silent, client },
    ).run<[], T, () => Promise<T>>(activity);
  const request = (id: string, source: VerifiedCopy | null = null): StepRequest => ({
    identity,
    step: step(id),
    choice: null,
    source,
    results: {},
    ownership: null,
  });
  const started = (asked: StepRequest, firstTriedAt = clock.now): Promise<StepStarted> =>
    run(() => activities.startStep(asked), firstTriedAt);
  const start = async (asked: StepRequest, firstTriedAt = clock.now) => (await started(asked, firstTriedAt)).handle;
  const wait = (asked: StepRequest, handle: CopyRef, startedAt = clock.now, firstLookAt = 0): Promise<StepResult> => {
    const whole: AwaitStepRequest = { ...asked, handle, startedAt, firstLookAt, expectedSeconds: 600, polling };
    return run(() => activities.awaitStep(whole));
  };
  const undo = (asked: StepRequest, handle: CopyRef | null = null, cancelled = false, startedAt?: number) =>
    run(() => activities.undoStep({ ...asked, handle, polling, cancelled, startedAt }));
  /** Starts a step and waits until its copy is proven. */
  const bring = async (id: string, source: VerifiedCopy | null = null): Promise<VerifiedCopy> => {
    const handle = await start(request(id, source));
    clock.now += work.milliseconds;
    const { copy } = await wait(request(id, source), handle);
    if (copy === undefined) throw new Error(`${id} has made no copy`);
    return copy;
  };
  const copyOf = (id: string): Copy | undefined => {
    const { marker, scope } = step(id);
    return cloud
      .allCopies()
      .find((one) => one.id === marker && one.account === scope.account && one.region === scope.region);
  };
  const tag = async (id: string, tags: Readonly<Record<string, string>>) => {
    const copy = copyOf(id);
    if (copy !== undefined) await copies.tag(copy, step(id).scope, tags);
  };
  return {
    ...{ bring, clock, cloud, copies, copyOf, request, signals, start, started, step, tag, undo, use, wait, work },
  };
}

describe('waiting for a step', () => {
  it.each([
    ['AccessDenied', () => awsError('AccessDenied', 'not authorized', 403)],
    ['an error that no row knows', () => awsError('Unheard', 'of')],
    ['Throttling', throttling],
  ])('goes on after a look that failed by %s, since it says nothing of the copy', async (_, failure) => {
    const { cloud, request, start, wait } = await scene();
    const handle = await start(request('snapshot'));
    cloud.fault({ call: 'progress', failure });
    await expect(wait(request('snapshot'), handle)).rejects.toMatchObject({
      type: 'Transient',
      nonRetryable: false,
      message: expect.stringContaining(failure().message) as string,
      nextRetryDelay: polling.shortestSeconds * 1000,
    });
  });

  it('goes on when the key could not be looked up for the proof', async () => {
    const { bring, clock, cloud, request, start, started, wait } = await scene();
    const snapshot = await bring('snapshot');
    await started(request('share:secure', snapshot));
    const handle = await start(request('copy:secure', snapshot));
    // What KMS has said is remembered for ten minutes.
    clock.now += 11 * minute;
    cloud.fault({ call: 'describeKey', failure: () => awsError('AccessDeniedException', 'kms:DescribeKey', 400) });

    await expect(wait(request('copy:secure', snapshot), handle)).rejects.toMatchObject({
      type: 'Transient',
      nonRetryable: false,
    });
    await expect(wait(request('copy:secure', snapshot), handle)).resolves.toMatchObject({ copy: {} });
  });

  it('allows for AWS not showing yet what has just been started, for five minutes', async () => {
    const { clock, copies, copyOf, request, start, step, wait } = await scene();
    const handle = await start(request('snapshot'));
    await copies.delete(handle, step('snapshot').scope);
    expect(copyOf('snapshot')).toBeUndefined();

    await expect(wait(request('snapshot'), handle, clock.now - 4 * minute)).rejects.toMatchObject({
      type: 'Transient',
      nonRetryable: false,
    });
    await expect(wait(request('snapshot'), handle, clock.now - 6 * minute)).rejects.toMatchObject({
      type: 'NotFound',
      nonRetryable: true,
    });
  });

  it('is told how far it is, and when to look again', async () => {
    const { clock, request, start, wait } = await scene();
    const startedAt = clock.now;
    const handle = await start(request('snapshot'));
    clock.now += 5 * minute;
    await expect(wait(request('snapshot'), handle, startedAt)).rejects.toMatchObject({
      type: 'NotReady',
      nonRetryable: false,
      message: `${handle.id}: creating, 50 %`,
      details: [{ step: 'snapshot', percent: 50 }],
      nextRetryDelay: 270_000,
    });
  });

  it('asks AWS nothing before the first look is due, and tells people why', async () => {
    const { clock, cloud, request, start, wait } = await scene();
    const handle = await start(request('snapshot'));
    const startedAt = clock.now;
    clock.now += minute;
    cloud.fault({ call: 'progress', failure: throttling });
    await expect(wait(request('snapshot'), handle, startedAt, startedAt + 5 * minute)).rejects.toMatchObject({
      type: 'NotReady',
      nonRetryable: false,
      message: 'snapshot: is expected to take 600 s',
      details: undefined,
      nextRetryDelay: 240_000,
    });
    clock.now += 4 * minute;
    await expect(wait(request('snapshot'), handle, startedAt, startedAt + 5 * minute)).rejects.toMatchObject({
      type: 'Transient',
    });
  });

  it('guesses how far it is where the service does not tell', async () => {
    const snapshot: Operation = {
      names: {},
      start: () => Promise.reject(new Error('it runs')),
      look: () => Promise.resolve({ id: 'panda', rawStatus: 'creating', percent: null }),
    };
    const { clock, request, wait } = await scene({ snapshot });
    const handle = { kind: 'aurora-cluster', ...owner, id: 'panda', arn: '' };
    await expect(wait(request('snapshot'), handle, clock.now - 5 * minute)).rejects.toMatchObject({
      type: 'NotReady',
      message: 'panda: creating',
      details: [{ step: 'snapshot', percent: 50 }],
    });
  });

  it('ends when AWS reports the copy as failed', async () => {
    const { cloud, request, start, wait } = await scene();
    const handle = await start(request('snapshot'));
    cloud.fail(handle);
    await expect(wait(request('snapshot'), handle)).rejects.toMatchObject({
      type: 'OperationFailed',
      nonRetryable: true,
    });
  });

  it('ends with a copy that holds data of another time than its source, and does not record it as proven', async () => {
    const { bring, clock, copyOf, request, start, started, wait } = await scene();
    const snapshot = await bring('snapshot');
    await started(request('share:secure', snapshot));
    const handle = await start(request('copy:secure', snapshot));
    clock.now += 10 * minute;
    const taken = { ...snapshot, dataTime: '2026-11-21T02:30:00.000Z' };

    await expect(wait(request('copy:secure', taken), handle)).rejects.toMatchObject({
      type: 'VerificationFailed',
      nonRetryable: true,
      message: expect.stringContaining(`its data is of ${snapshot.dataTime} instead of ${taken.dataTime}`) as string,
    });
    expect(copyOf('copy:secure')?.tags[copyTags.verified]).toBeUndefined();
    await expect(wait(request('copy:secure', snapshot), handle)).resolves.toMatchObject({
      copy: { account: vaultAccount },
    });
  });

  it.each([
    ['is smaller than its source', { sizeGiB: 1 }, 'it holds 1 GiB of 100'],
    ['is under another key', { keyArn: 'arn:aws:kms:eu-west-1:111111111111:key/theirs' }, 'its key is'],
  ])('ends with a copy that %s', async (_, changes, words) => {
    const { bring, clock, cloud, request, start, started, wait } = await scene();
    const snapshot = await bring('snapshot');
    await started(request('share:secure', snapshot));
    const handle = await start(request('copy:secure', snapshot));
    clock.now += 10 * minute;
    Object.assign(cloud.snapshotsIn('aurora-cluster', handle).get(handle.id)!, changes);
    await expect(wait(request('copy:secure', snapshot), handle)).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining(words) as string,
    });
  });

  it('tells when it was proven first, however often it is asked', async () => {
    const { bring, clock, request, start, wait } = await scene();
    const { verifiedAt } = await bring('snapshot');
    clock.now += 60 * minute;
    const handle = await start(request('snapshot'));
    expect((await wait(request('snapshot'), handle)).copy?.verifiedAt).toBe(verifiedAt);
  });
});

describe('starting a step', () => {
  it('that AWS throttles is not ended, however long', async () => {
    const { clock, cloud, request, start } = await scene();
    cloud.fault({ call: 'snapshot', failure: throttling });
    await expect(start(request('snapshot'), clock.now - 60 * minute)).rejects.toMatchObject({ nonRetryable: false });
  });

  it('tells the service limit at once when others have taken its slots', async () => {
    const { cloud, request, signals, start } = await scene();
    cloud.fault({
      call: 'snapshot',
      failure: () => awsError('SnapshotQuotaExceeded', 'Cannot create more than 5 snapshots in progress'),
    });
    await expect(start(request('snapshot'))).rejects.toMatchObject({ type: 'LimitReached', nonRetryable: false });
    expect(signals).toEqual(['limitReached to service-limit/999999999999/eu-west-1/cluster-snapshots-in-progress']);
  });

  it('of a type that its kind does not perform is refused', async () => {
    const { request, start } = await scene();
    const asked = request('snapshot');
    await expect(start({ ...asked, step: { ...asked.step, type: 'teleport' } })).rejects.toMatchObject({
      type: 'InvalidInput',
      message: 'snapshot: aurora-cluster has no operation teleport',
    });
  });
});

describe('taking a step back that has not ended', () => {
  it('removes what is half done, by its handle or by its marker alone', async () => {
    const { copyOf, request, start, undo } = await scene();
    const handle = await start(request('snapshot'));
    await undo(request('snapshot'), handle);
    expect(copyOf('snapshot')).toBeUndefined();
    await start(request('snapshot'));
    await undo(request('snapshot'));
    expect(copyOf('snapshot')).toBeUndefined();
  });

  it.each([copyTags.fleet, copyTags.resource, copyTags.recoveryPoint])(
    'leaves alone what bears its identifier but another %s',
    async (name) => {
      const { copyOf, request, start, tag, undo } = await scene();
      await start(request('snapshot'));
      await tag('snapshot', { [name]: 'of someone else' });
      await undo(request('snapshot'));
      expect(copyOf('snapshot')).toBeDefined();
    },
  );

  it('leaves alone what is available', async () => {
    const { clock, copyOf, request, start, undo } = await scene();
    await start(request('snapshot'));
    clock.now += 10 * minute;
    await undo(request('snapshot'));
    expect(copyOf('snapshot')).toBeDefined();
  });

  it('removes what is available and was never proven, where someone has cancelled it: nobody would come back for it', async () => {
    const { clock, copyOf, request, start, undo } = await scene();
    const handle = await start(request('snapshot'));
    const startedAt = clock.now;
    clock.now += 10 * minute;
    await undo(request('snapshot'), handle, true, startedAt);
    expect(copyOf('snapshot')).toBeUndefined();
  });

  it.each([
    ['was there before this execution began', 1],
    ['was there when nobody knows when this execution began', undefined],
  ])('leaves alone what was never proven and %s: it may be the only one of its time', async (_, later) => {
    const { clock, copyOf, request, start, undo } = await scene();
    const handle = await start(request('snapshot'));
    const startedAt = later === undefined ? undefined : clock.now + later;
    clock.now += 10 * minute;
    await undo(request('snapshot'), handle, true, startedAt);
    await undo(request('snapshot'), null, true, startedAt);
    expect(copyOf('snapshot')).toBeDefined();
  });

  it('leaves alone what someone has held since it was found', async () => {
    const { clock, cloud, copyOf, request, start, tag, undo } = await scene();
    const handle = await start(request('snapshot'));
    const startedAt = clock.now;
    clock.now += 10 * minute;
    const { progress } = cloud.kinds().copiesOf('aurora-cluster');
    let looks = 0;
    jest.spyOn(cloud.kinds().copiesOf('aurora-cluster'), 'progress').mockImplementation(async (...asked) => {
      looks += 1;
      if (looks === 2) await tag('snapshot', { [copyTags.hold]: 'audit' });
      return progress(...asked);
    });
    await undo(request('snapshot'), handle, true, startedAt);
    expect(copyOf('snapshot')).toBeDefined();
  });

  it('leaves alone what is proven, or held, also where someone has cancelled it', async () => {
    const { bring, clock, copyOf, request, start, tag, undo } = await scene();
    const snapshot = await bring('snapshot');
    await undo(request('snapshot'), snapshot, true, 0);
    expect(copyOf('snapshot')).toBeDefined();
    const share = request('share:secure', snapshot);
    await start(share);
    const copy = await start(request('copy:secure', snapshot));
    clock.now += 10 * minute;
    await tag('copy:secure', { [copyTags.hold]: 'audit' });
    await undo(request('copy:secure', snapshot), copy, true, 0);
    expect(copyOf('copy:secure')).toBeDefined();
  });

  it('is done when nothing was made', async () => {
    const { request, undo } = await scene();
    await expect(undo(request('snapshot'))).resolves.toBeUndefined();
  });

  it('is asked again soon until it is gone', async () => {
    const snapshot: Operation = {
      names: {},
      start: () => Promise.reject(new Error('it runs')),
      undo: () => Promise.reject(applicationFailure(failureTypes.notReady, 'it is being deleted')),
    };
    const { request, undo } = await scene({ snapshot });
    await expect(undo(request('snapshot'))).rejects.toMatchObject({
      type: 'NotReady',
      nextRetryDelay: polling.shortestSeconds * 1000,
    });
  });
});

describe('taking back what was made for a while', () => {
  const withIntermediate = async () => {
    const all = await scene({ encryption: 'default' });
    await all.bring('re-encrypt', await all.bring('snapshot'));
    const remove = (id: string) => {
      const asked = all.request(id);
      // Whatever the plan says of it, the tags of the copy decide.
      return all.undo({ ...asked, step: { ...asked.step, temporary: true } });
    };
    return { ...all, remove };
  };

  it('deletes an intermediate, and is done when it is gone', async () => {
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
    const { copyOf, remove, tag } = await withIntermediate();
    await tag('re-encrypt', { [copyTags.fleet]: 'koala' });
    await expect(remove('re-encrypt')).rejects.toMatchObject({ type: 'Conflict' });
    expect(copyOf('re-encrypt')).toBeDefined();
  });

  it('leaves one that is held, without complaint', async () => {
    const { copyOf, remove, tag } = await withIntermediate();
    await tag('re-encrypt', { [copyTags.hold]: 'legal' });
    await expect(remove('re-encrypt')).resolves.toBeUndefined();
    expect(copyOf('re-encrypt')).toBeDefined();
  });

  it('leaves lent what another restore reads, and waits for one that gives no answer', async () => {
    const { bring, cloud, request, started, undo, use } = await scene();
    const snapshot = await bring('snapshot');
    const share = { ...request('share:secure', snapshot), ownership: { 'farcopy:restore': 'r1' } };
    await started(share);
    use.readers.push('restore/other');
    await undo(share);
    expect(cloud.sharedWith(snapshot)).toEqual([vaultAccount]);
    use.readers.length = 0;
    use.silent.push('restore/silent');
    await expect(undo(share)).rejects.toMatchObject({ type: failureTypes.notReady });
    expect(cloud.sharedWith(snapshot)).toEqual([vaultAccount]);
    use.silent.length = 0;
    await undo(share);
    expect(cloud.sharedWith(snapshot)).toEqual([]);
  });

  it('unshares what was lent, and not what the vaults may read all the time', async () => {
    const { bring, cloud, request, started, undo } = await scene();
    const snapshot = await bring('snapshot');
    const share = request('share:secure', snapshot);
    await started(share);
    expect(cloud.sharedWith(snapshot)).toEqual([vaultAccount]);
    await undo({ ...share, step: { ...share.step, temporary: false } });
    expect(cloud.sharedWith(snapshot)).toEqual([vaultAccount]);
    await undo(share);
    await undo(share);
    expect(cloud.sharedWith(snapshot)).toEqual([]);
  });
});

describe('a copy that someone has planted under the marker', () => {
  const aDay = 24 * 60 * minute;

  it('of an old snapshot is not adopted as the new one', async () => {
    const { clock, copies, cloud, request, start, step, wait } = await scene();
    const { identity } = request('snapshot');
    clock.now -= aDay;
    const { resource } = identity;
    const old = await copies.snapshot({ resource, marker: 'farcopy-old', tags: {} });
    clock.now += aDay;
    const tags = recoveryPointTags(identity, 'source', null);
    await copies.copy({
      source: old,
      target: step('snapshot').scope,
      marker: step('snapshot').marker,
      key: null,
      tags,
    });
    clock.now += 20 * minute;
    await expect(start(request('snapshot'))).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining('it was copied from') as string,
    });
    // Planted after the start, it is found by the proof.
    const [planted] = cloud.allCopies().filter(({ id }) => id === step('snapshot').marker);
    await expect(wait(request('snapshot'), planted!)).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining('it was copied from') as string,
    });
  });

  it('before its time is not what the recovery point is to have', async () => {
    const { clock, copies, request, start, step, wait } = await scene();
    const { identity } = request('snapshot');
    clock.now -= aDay;
    const tags = recoveryPointTags(identity, 'source', null);
    await copies.snapshot({ resource: identity.resource, marker: step('snapshot').marker, tags });
    clock.now += aDay;
    const handle = await start(request('snapshot'));
    await expect(wait(request('snapshot'), handle)).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining('before the time that it is to be of') as string,
    });
  });

  it('of another snapshot is no copy of this one', async () => {
    const { bring, clock, copies, request, started, step, wait } = await scene();
    const snapshot = await bring('snapshot');
    await started(request('share:secure', snapshot));
    const { identity } = request('snapshot');
    const other = await copies.snapshot({ resource: identity.resource, marker: 'farcopy-other', tags: {} });
    clock.now += 20 * minute;
    await copies.sharing?.share(other, step('snapshot').scope, vaultAccount);
    const { scope, marker, input } = step('copy:secure');
    const tags = recoveryPointTags(identity, 'secure', snapshot.dataTime);
    const key = typeof input.key === 'string' ? input.key : null;
    const planted = await copies.copy({ source: other, target: scope, marker, key, tags });
    clock.now += 20 * minute;
    await expect(wait(request('copy:secure', snapshot), planted)).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining('it was copied from') as string,
    });
  });
});

test('a restore’s tags do not say what a copy is: a forged input makes no copy a temporary one', async () => {
  const { bring, copyOf, request, start } = await scene();
  await bring('snapshot');
  const forged = {
    'farcopy:restore': 'r1',
    [copyTags.retention]: 'temporary',
    [copyTags.fleet]: 'theirs',
    [copyTags.verified]: 'restore 2026-11-21T03:00:00Z',
    [copyTags.dataTime]: '2099-01-01T00:00:00Z',
  };
  const before = copyOf('snapshot')?.tags;
  // Adopted, since it bears the marker.
  await start({ ...request('snapshot'), ownership: forged });
  expect(copyOf('snapshot')?.tags).toEqual({ ...before, 'farcopy:restore': 'r1' });
});
