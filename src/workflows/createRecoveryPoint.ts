import {
  ActivityCancellationType,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import {
  type RecoveryPointActivities,
  type RecoveryPointIdentity,
  type StartLegRequest,
} from '../activities/contracts';
import { bucketLayout, formatBucketUrl, parseBucketUrl } from '../core/catalogue/bucket';
import { type RecoveryBundleActivities } from '../activities/backup/recoveryBundle';
import { type CopyRef } from '../core/catalogue/copy';
import { expectedSeconds, firstPollSeconds, type LearnedSeconds, remainingPathSeconds } from '../core/backup/estimate';
import { failureTypes } from '../core/failure';
import { capacityOf } from '../core/limits/limit';
import { workflowNames } from '../core/messageNames';
import { recoveryPointId, transferWorkflowId } from '../core/naming';
import { type ProtectionPolicy } from '../core/backup/policy';
import { recoveryPointTags } from '../core/backup/recoveryPointTags';
import { type Leg } from '../core/backup/route';
import { type Cleanup, type RecoveryPointState, RouteWalk, type VerifiedCopy } from '../core/backup/routeWalk';
import { describeFailure } from './failures';
import { pauseSignal, progressQuery, resumeSignal } from './messages';
import { Permits } from './permits';
import { type transferExport, type TransferExportResult } from './transferExport';
import { keyword, searchAttributes, type VisibleState } from '../core/searchAttributes';

export interface CreateRecoveryPointInput {
  readonly version: 1;
  readonly identity: RecoveryPointIdentity;
  readonly policy: ProtectionPolicy;
  readonly learned: LearnedSeconds;
  readonly paused: boolean;
}

export interface CreateRecoveryPointResult {
  readonly state: RecoveryPointState;
  readonly copies: readonly VerifiedCopy[];
  readonly failures: readonly { readonly leg: string; readonly type: string; readonly message: string }[];
  /** What people should know of it, complete or not; older ones have none. */
  readonly notes?: readonly { readonly leg: string; readonly message: string }[];
  /** What each leg took from its start to its proof. */
  readonly legSeconds: Readonly<Record<string, number>>;
}

/** Quick calls: AWS answers within seconds, or the call is tried again, for as long as an outage of a region lasts. */
const quick = {
  startToCloseTimeout: '50 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
} as const;
const { planRecoveryPoint } = proxyActivities<RecoveryPointActivities>(quick);
/** What is on its way to AWS when a cancel comes is waited for: else it would land after the cleaning up. */
const starting = { ...quick, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const { startLeg, shareCopy } = proxyActivities<RecoveryPointActivities>(starting);
/** What goes with the copies is given up sooner than they are: it must not keep them for long from going on. */
const besides = { ...quick, scheduleToCloseTimeout: '1 hour' } as const;
const { writeRecoveryBundle, signCopies } = proxyActivities<RecoveryBundleActivities>(besides);
/** Reads every database of a cluster: not a matter of seconds. */
const readingDatabases = { ...besides, startToCloseTimeout: '20 minutes', heartbeatTimeout: '30 seconds' } as const;
/** Cleaning up is given up sooner: what it leaves is tagged as temporary, and found. */
const cleaningUp = { ...quick, scheduleToCloseTimeout: '4 hours' } as const;
const { cancelLeg, unshareCopy, deleteTemporaryCopy } = proxyActivities<RecoveryPointActivities>(cleaningUp);
/** An operation that has not ended after this time, or three times what it was expected to take, hangs. */
const legDeadlineSeconds = 24 * 3600;
/** How long a resource may stay busy before its leg fails, and how often it is tried again meanwhile. */
const busyDeadlineMilliseconds = 24 * 3600 * 1000;
const busyPause = '10 minutes';

/**
 * One recovery point of one resource: walks the legs of its route, each under its permit, each start → durable timer →
 * wait → verify. `pause` takes effect between legs. Cancelling removes what is half done. A failing leg fails what depends
 * on it and nothing else.
 *
 * @throws ApplicationFailure with the type of the first failure when no vault has a verified copy.
 */
export async function createRecoveryPoint(input: CreateRecoveryPointInput): Promise<CreateRecoveryPointResult> {
  const { identity, policy, learned } = input;
  const { resource, scheduledTime } = identity;
  let paused = input.paused;
  let walk = new RouteWalk([]);
  let sizeGiB = 0;
  const weigh = (leg: Leg) => expectedSeconds(leg, sizeGiB, learned);
  const legSeconds: Record<string, number> = {};
  const permits = new Permits();

  setHandler(pauseSignal, () => {
    paused = true;
    show(currentState());
  });
  setHandler(resumeSignal, () => {
    paused = false;
    show(currentState());
  });
  setHandler(progressQuery, () => ({ scheduledTime, paused, percent: percentBehind(), legs: walk.report }));

  const percentBehind = () => {
    const seconds = (legs: readonly Leg[]) => legs.reduce((sum, leg) => sum + Math.max(1, weigh(leg)), 0);
    const all = seconds(walk.legs);
    return all === 0
      ? 0
      : Math.round((100 * seconds(walk.legs.filter((leg) => walk.state(leg.id) === 'verified'))) / all);
  };
  const waitingLegs = () => walk.report.filter((leg) => leg.state === 'waiting');
  const isRunning = () => walk.report.some((leg) => leg.state === 'running');
  const currentState = (): VisibleState =>
    isRunning() ? 'Running' : paused ? 'Paused' : waitingLegs().length > 0 ? 'Waiting' : 'Running';

  let shown: VisibleState = paused ? 'Paused' : 'Running';
  /** An upsert costs an event and an action, so only a change of state makes one. */
  const show = (state: VisibleState, reason?: string) => {
    setCurrentDetails(
      walk.report
        .map(
          (leg) =>
            `- **${leg.leg}**: ${leg.state}${leg.waitingFor === undefined ? '' : ` for ${leg.waitingFor}`}${leg.message === undefined ? '' : ` — ${leg.message}`}`,
        )
        .join('\n'),
    );
    if (state === shown && reason === undefined) return;
    shown = state;
    const why =
      reason ??
      (state === 'Waiting'
        ? waitingLegs()
            .map((leg) => leg.waitingFor ?? '')
            .join(', ')
        : null);
    upsertSearchAttributes([
      { key: searchAttributes.state, value: state },
      { key: searchAttributes.reason, value: why === null ? null : keyword(why) },
    ]);
  };

  const requestOf = (leg: Leg): StartLegRequest => ({
    identity,
    leg,
    source: leg.from === null ? null : (walk.copyIn(leg.from) ?? null),
  });

  /** Start → sleep for most of the expected time → wait → verify; what is half done goes when it fails. */
  const makeCopy = async (leg: Leg) => {
    const request = requestOf(leg);
    walk.run(leg.id, Date.now());
    show(currentState());
    const expected = weigh(leg);
    let begun = false;
    try {
      const copy: CopyRef = await startLeg.executeWithOptions({ ...starting, summary: `${leg.id}: start` }, [request]);
      // From here on AWS works: what a start had to wait for a slot says nothing of how long a copy takes.
      const startedAt = Date.now();
      begun = true;
      const slept = firstPollSeconds(leg, sizeGiB, learned, policy.polling);
      if (slept > policy.polling.shortestSeconds)
        await sleep(slept * 1000, { summary: `${leg.id}: expected to take ${Math.round(expected)} s` });
      const firstLook = Date.now();
      const { awaitLeg } = proxyActivities<RecoveryPointActivities>({
        startToCloseTimeout: '50 seconds',
        scheduleToCloseTimeout: Math.max(legDeadlineSeconds, 3 * expected) * 1000,
        summary: `${leg.id}: wait and verify`,
        retry: {
          initialInterval: policy.polling.shortestSeconds * 1000,
          backoffCoefficient: 1,
          maximumInterval: policy.polling.longestSeconds * 1000,
        },
      });
      const verified = await awaitLeg({
        ...request,
        copy,
        startedAt,
        expectedSeconds: expected,
        polling: policy.polling,
      });
      const wasThere = Date.now() - firstLook < policy.polling.shortestSeconds * 1000;
      // Found done at the first look, it may have been for long: the expectation must be able to shrink.
      legSeconds[leg.id] = ((wasThere ? 0.5 : 1) * (Date.now() - startedAt)) / 1000;
      walk.verify(leg.id, verified);
    } catch (error) {
      if (!begun && !isCancellation(error)) throw error;
      await CancellationScope.nonCancellable(() => cancelLeg(request)).catch((problem: unknown) =>
        log.warn('could not remove what is half done', { leg: leg.id, problem: describeFailure(problem).message }),
      );
      throw error;
    }
  };

  /**
   * What lies in buckets needs its bundle: a restore from there has nothing else to go by. It is written as soon as the snapshot
   * is there, since what the owner changes from then on is not in the copies. By bucket, since several may lead on from one.
   */
  const bundles = new Map<string, Promise<void>>();
  /** False in a history that was begun when the transfer saw to it, and nobody was told. */
  let describesEarly = false;
  const describeSource = async (exporting: Leg, bucket: string) => {
    const what = `bundle:${exporting.bucket?.name ?? exporting.place}`;
    const source = walk.legs.find((leg) => leg.type === 'snapshot');
    await condition(() => source !== undefined && walk.hasEnded(source.id));
    if (source === undefined || walk.state(source.id) !== 'verified') return;
    try {
      const written = await writeRecoveryBundle.executeWithOptions({ ...readingDatabases, summary: what }, [
        {
          resource,
          scheduledTime,
          bucket,
          scope: exporting.scope,
          connect: policy.connect ?? null,
          dataTime: walk.copyIn(source.place)?.dataTime,
        },
      ]);
      if (written === null)
        walk.lack(what, { type: failureTypes.notFound, message: 'the database was gone before it could be described' });
      for (const unread of written?.unread ?? []) walk.note(what, unread);
    } catch (error) {
      if (isCancellation(error)) throw error;
      walk.lack(what, describeFailure(error));
    }
  };

  /** What lies in buckets is proven by what lies in AWS: whoever changes one must change the other. */
  const transferred: Pick<TransferExportResult, 'manifestSha256' | 'bundleSha256'>[] = [];
  const sign = async () => {
    const copies = walk.legs.flatMap((leg) => {
      const copy = leg.type === 'copy' && !leg.temporary ? walk.copyIn(leg.place) : undefined;
      return copy === undefined ? [] : [{ copy, scope: leg.scope }];
    });
    if (transferred.length === 0 || copies.length === 0) return;
    const distinct = (checksums: readonly (string | null)[]) => [...new Set(checksums.filter((one) => one !== null))];
    await signCopies
      .executeWithOptions({ ...besides, summary: 'sign the copies' }, [
        {
          copies,
          manifests: distinct(transferred.map((one) => one.manifestSha256)),
          bundles: distinct(transferred.map((one) => one.bundleSha256)),
        },
      ])
      .catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        walk.note('sign', `the copies in AWS do not prove those in buckets: ${describeFailure(error).message}`);
      });
  };

  /** A child of its own: it brings any number of objects, on a task queue of its own. Cancelling goes through to it. */
  const transferLeg = async (leg: Leg) => {
    const exported = leg.from === null ? undefined : walk.copyIn(leg.from);
    const vault = leg.bucket;
    const to = vault === undefined ? null : parseBucketUrl(vault.bucket);
    if (exported === undefined || vault === undefined || to === null)
      throw ApplicationFailure.nonRetryable(`there is nothing to transfer to ${leg.place}`);
    if (describesEarly) await bundles.get(vault.export.bucket);
    walk.run(leg.id, Date.now());
    show(currentState());
    const startedAt = Date.now();
    const dataPrefix = bucketLayout.dataPrefix(resource, scheduledTime);
    const recoveryPoint = recoveryPointId(resource, scheduledTime);
    if (!describesEarly)
      await writeRecoveryBundle({ resource, scheduledTime, bucket: vault.export.bucket, scope: leg.scope }).catch(
        (problem: unknown) => {
          if (isCancellation(problem)) throw problem;
          log.warn('could not write the recovery bundle', { leg: leg.id, problem: describeFailure(problem).message });
        },
      );
    const result = await executeChild<typeof transferExport>(workflowNames.transferExport, {
      workflowId: transferWorkflowId(recoveryPoint, vault.name),
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `${leg.id} · ${resource.account}/${resource.region}/${resource.id}`,
      args: [
        {
          version: 1,
          fleet: identity.fleet,
          identity,
          sourceScope: leg.scope,
          sourceBucket: vault.export.bucket,
          sourcePrefix: `${dataPrefix}${bucketLayout.export}${exported.id}/`,
          targetBucket: vault.bucket,
          dataPrefix,
          lock: vault.lock,
          bytesPerSecond: vault.bytesPerSecond,
          verify: policy.verify ?? 'manifest',
          skippedTables: exported.skippedTables ?? [],
          exported: exported.objects,
          tags: recoveryPointTags(identity, leg.place, exported.dataTime),
        },
      ],
    });
    legSeconds[leg.id] = (Date.now() - startedAt) / 1000;
    transferred.push(result);
    walk.verify(leg.id, {
      ...exported,
      id: recoveryPoint,
      arn: formatBucketUrl(to, dataPrefix),
      place: leg.place,
      keyArn: null,
      verifiedAt: result.verifiedAt,
      objects: result.objects,
      bytes: result.bytes,
    });
  };

  const shareLeg = async (leg: Leg) => {
    const copy = walk.copyIn(leg.place);
    if (copy === undefined) throw ApplicationFailure.nonRetryable(`there is nothing in ${leg.place} to share`);
    walk.run(leg.id, Date.now());
    show(currentState());
    await shareCopy.executeWithOptions({ ...starting, summary: `${leg.id}` }, [leg, copy]);
    walk.verify(leg.id);
  };

  /** A permit that comes while everything is paused goes back, since nobody may sit on one; it is asked for anew. */
  const unlessPaused = async (leg: Leg) => {
    if (!paused) return makeCopy(leg);
    walk.postpone(leg.id);
    show(currentState());
  };

  const underItsPermit = (leg: Leg, attempt: number) => {
    if (leg.limit === null) return makeCopy(leg);
    const { account, region, limit } = leg.limit;
    const waitingFor = `${account}/${region}/${limit}`;
    const { workflowId, runId, originalExecutionRunId, taskQueue } = workflowInfo();
    return permits.hold(
      leg.limit,
      {
        requestId: `${workflowId}#${leg.id}#${originalExecutionRunId}#${attempt}`,
        holderWorkflowId: workflowId,
        holderRunId: runId,
        resource: { kind: resource.kind, account: resource.account, region: resource.region, id: resource.id },
        operationId: leg.copyId,
        taskQueue,
        access: leg.scope.access,
        priority: policy.priority,
        remainingSeconds: Math.round(remainingPathSeconds(walk.legs, leg.id, weigh)),
        capacity: capacityOf(leg.limit, policy.limits),
        observeSeconds: policy.polling.shortestSeconds,
      },
      () => {
        walk.wait(leg.id, waitingFor);
        show(currentState());
      },
      () => unlessPaused(leg),
    );
  };

  const runLeg = async (leg: Leg) => {
    // From when it was first found busy: days in a queue, or paused, leave a leg as patient as it was.
    let busySince: number | undefined;
    for (let attempt = 1; walk.state(leg.id) === 'pending'; attempt += 1) {
      await condition(() => walk.mustSkip(leg) || (walk.mayStart(leg) && !paused));
      if (walk.mustSkip(leg)) return walk.skip(leg.id);
      try {
        await (leg.type === 'share'
          ? shareLeg(leg)
          : leg.type === 'transfer'
            ? transferLeg(leg)
            : underItsPermit(leg, attempt));
      } catch (error) {
        if (isCancellation(error)) {
          walk.fail(leg.id, { type: 'Unknown', message: 'cancelled' });
          throw error;
        }
        const failure = describeFailure(error);
        if (failure.type === failureTypes.busy && Date.now() - (busySince ??= Date.now()) < busyDeadlineMilliseconds) {
          walk.postpone(leg.id);
          await sleep(busyPause, { summary: `${leg.id}: the resource is busy` });
        } else walk.fail(leg.id, failure);
      }
    }
  };

  const cleanUp = async (cleanup: Cleanup) => {
    if (!walk.isNeeded(cleanup)) return;
    const { leg } = cleanup;
    const copy = walk.copyIn(leg.place);
    try {
      if (cleanup.type === 'delete')
        await deleteTemporaryCopy.executeWithOptions({ ...cleaningUp, summary: cleanup.id }, [identity, leg]);
      else if (copy !== undefined)
        await unshareCopy.executeWithOptions({ ...cleaningUp, summary: cleanup.id }, [leg, copy]);
    } catch (error) {
      log.error('could not clean up', { cleanup: cleanup.id, problem: describeFailure(error).message });
    }
  };
  const cleaned = new Map<string, Promise<void>>();
  /** Once begun it is brought to its end, cancelled or not. */
  const cleanUpOnce = (cleanup: Cleanup): Promise<void> => {
    const done = cleaned.get(cleanup.id) ?? CancellationScope.nonCancellable(() => cleanUp(cleanup));
    cleaned.set(cleanup.id, done);
    return done;
  };

  try {
    const plan = await planRecoveryPoint(identity, policy);
    sizeGiB = plan.sizeGiB;
    walk = new RouteWalk(plan.legs);
    const exporting = plan.legs.filter((leg) => leg.type === 'export');
    describesEarly = exporting.length > 0 && patched('bundle-beside-copies');
    for (const leg of describesEarly ? exporting : []) {
      const bucket = leg.bucket?.export.bucket;
      if (bucket !== undefined && !bundles.has(bucket)) bundles.set(bucket, describeSource(leg, bucket));
    }
    await Promise.all([
      ...bundles.values(),
      ...walk.legs.map(runLeg),
      ...walk.cleanups().map(async (cleanup) => {
        await condition(() => walk.isDue(cleanup));
        await cleanUpOnce(cleanup);
      }),
    ]);
    if (describesEarly) await sign();
  } catch (error) {
    if (!isCancellation(error)) {
      const failure = describeFailure(error);
      show('Failed', failure.message);
      throw ApplicationFailure.create({ message: failure.message, type: failure.type, nonRetryable: true });
    }
    await CancellationScope.nonCancellable(async () => {
      await condition(() => !isRunning() && waitingLegs().length === 0);
      await Promise.all(walk.cleanups().map(cleanUpOnce));
    });
    show('Cancelled');
    throw error;
  }

  const { outcome: state, copies, failures, notes } = walk;
  const reason = [...failures, ...notes].map((f) => `${f.leg}: ${f.message}`).join('; ');
  const visible = {
    completed: 'Completed',
    'partially-failed': 'PartiallyFailed',
    failed: 'Failed',
    cancelled: 'Cancelled',
  } as const;
  show(visible[state], reason === '' ? undefined : reason);
  const result: CreateRecoveryPointResult = { state, copies, failures, notes, legSeconds };
  if (state === 'failed')
    throw ApplicationFailure.create({
      message: reason,
      type: failures[0]?.type ?? 'Unknown',
      nonRetryable: true,
      details: [result],
    });
  return result;
}
