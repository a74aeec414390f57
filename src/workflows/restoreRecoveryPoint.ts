import {
  ActivityCancellationType,
  CancellationScope,
  defineQuery,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type RecoveryPointActivities, type StartLegRequest } from '../activities/contracts';
import { type PlacementOutcome, type RestoreActivities } from '../activities/restore/restoreContracts';
import { type CopyRef } from '../core/catalogue/copy';
import { drillTagsOf } from '../core/drill/drillScratch';
import { expectedSeconds, firstPollSeconds } from '../core/backup/estimate';
import { failureTypes } from '../core/failure';
import { capacityOf } from '../core/limits/limit';
import { messageNames } from '../core/messageNames';
import { ownershipTags } from '../core/restore/restoreOwnership';
import { type InstanceSettings, type Placement, type RestorePlan } from '../core/restore/restorePlan';
import { type RestoreRequest } from '../core/restore/restoreRequest';
import { type RestoreStep, RestoreSteps } from '../core/restore/restoreSteps';
import { type Leg } from '../core/backup/route';
import { type VerifiedCopy } from '../core/backup/routeWalk';
import { keyword, resourceAttributes, searchAttributes, type VisibleState } from '../core/searchAttributes';
import { describeFailure } from './failures';
import { Permits } from './permits';

/** What came back, and how it differs from what was. */
export interface RestoreResult {
  readonly kind: RestorePlan['resource']['kind'];
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly recoveryPoint: string;
  /** When the data is from (ISO 8601, UTC). */
  readonly dataTime: string;
  readonly from: { readonly place: string; readonly account: string; readonly region: string };
  readonly endpoint: string | null;
  readonly readerEndpoint: string | null;
  readonly port: number | null;
  readonly databaseName: string | null;
  readonly masterUsername: string | null;
  readonly instances: readonly {
    readonly id: string;
    readonly class: string;
    readonly zone: string | null;
    readonly endpoint: string | null;
    readonly writer: boolean;
  }[];
  /** From the start of this workflow until the database could be connected to: what a recovery time objective is about. */
  readonly rtoSeconds: number;
  /** Until everything was done, further instances and settings included. */
  readonly totalSeconds: number;
  /** What is not as it was, in words for people. */
  readonly differences: readonly string[];
}

export interface RestoreProgress {
  readonly state: VisibleState;
  /** Null until it is planned. */
  readonly plan: RestorePlan | null;
  readonly steps: readonly RestoreStep[];
}

export const restoreProgressQuery = defineQuery<RestoreProgress>(messageNames.progress);

/** Quick calls: AWS answers within seconds, or the call is tried again, for as long as an outage of a region lasts. */
const quick = {
  startToCloseTimeout: '50 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
} as const;
/** What is on its way to AWS when a cancel comes is waited for: else it would land after the cleaning up. */
const starting = { ...quick, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const cleaningUp = { ...quick, scheduleToCloseTimeout: '4 hours' } as const;
/** Lists every copy in every vault: minutes, where a fleet is large. */
const { planRestore } = proxyActivities<RestoreActivities>({
  ...quick,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 hour',
});
const { createParameterGroups, startRestore, addInstance } = proxyActivities<RestoreActivities>(starting);
const { finishRestore, describeRestored } = proxyActivities<RestoreActivities>(quick);
const { removeRestored, removeInstance } = proxyActivities<RestoreActivities>(cleaningUp);
const { startLeg, shareCopy } = proxyActivities<RecoveryPointActivities>(starting);
const { cancelLeg, unshareCopy, deleteTemporaryCopy } = proxyActivities<RecoveryPointActivities>(cleaningUp);

/** What has not ended after this time, or three times what it was expected to take, hangs. */
const deadlineSeconds = 24 * 3600;
/** First guesses: a fixed part and a part that grows with the size, until AWS has copied enough to let it start. */
const restoreSeconds = (sizeGiB: number) => 600 + sizeGiB;
const instanceSeconds = 420;
/** Capacity comes back within minutes or hours: how long to wait before all places are tried again, ever longer. */
const shortestBackoffSeconds = 60;
const longestBackoffSeconds = 30 * 60;

/**
 * Brings one recovery point back as a new database: copies and shares on the way where they are needed, the database, its
 * instances, its settings. Nothing is overwritten. Cancelling, and a failure before the database is available, remove what
 * was created; what is only lent (copies and shares on the way) goes in any case.
 *
 * Its input is made for people (docs/restore.md); `{"resource": "panda-cluster-1"}` is enough.
 *
 * @throws ApplicationFailure `InvalidInput`, `NotFound`, `Conflict` or `Configuration`, which tell what to change.
 */
export async function restoreRecoveryPoint(request: RestoreRequest): Promise<RestoreResult> {
  const { workflowId, runId, originalExecutionRunId, taskQueue, startTime } = workflowInfo();
  const ownOfCopies = ownershipTags(workflowId, originalExecutionRunId);
  let ownership = ownOfCopies;
  const permits = new Permits();
  let plan: RestorePlan | null = null;
  let steps = new RestoreSteps([]);
  let shown: VisibleState = 'Running';
  setHandler(restoreProgressQuery, () => ({ state: shown, plan, steps: steps.report }));

  const show = (state: VisibleState, reason: string | null = steps.waitingFor) => {
    setCurrentDetails(
      [
        ...steps.report.map(
          ({ step, state: where, waitingFor, message }) =>
            `- **${step}**: ${where}${waitingFor === undefined ? '' : ` for ${waitingFor}`}${message === undefined ? '' : ` — ${message}`}`,
        ),
        ...(plan?.differences ?? []).map((difference) => `- not as it was: ${difference}`),
      ].join('\n'),
    );
    if (state === shown && reason === null) return;
    shown = state;
    upsertSearchAttributes([
      { key: searchAttributes.state, value: state },
      { key: searchAttributes.reason, value: reason === null ? null : keyword(reason) },
    ]);
  };
  const run = (step: string) => {
    steps.run(step, Date.now());
    show('Running');
  };
  const done = (step: string) => {
    steps.done(step, Date.now());
    show(steps.waitingFor === null ? 'Running' : 'Waiting');
  };

  /** Legs that have begun, in their order, with what they read and made. */
  const travelled: { readonly leg: Leg; readonly from: VerifiedCopy; copy?: VerifiedCopy }[] = [];

  const legRequest = (
    { tier, fleet, resource, scheduledTime }: RestorePlan,
    leg: Leg,
    from: VerifiedCopy,
  ): StartLegRequest => ({
    identity: { fleet, tier, resource, scheduledTime },
    leg,
    source: from,
    ownership: ownOfCopies,
  });

  const makeCopy = async (planned: RestorePlan, leg: Leg, from: VerifiedCopy): Promise<VerifiedCopy> => {
    run(leg.id);
    const asked = legRequest(planned, leg, from);
    const copy: CopyRef = await startLeg.executeWithOptions({ ...starting, summary: `${leg.id}: start` }, [asked]);
    const startedAt = Date.now();
    const expected = expectedSeconds(leg, from.sizeGiB, {});
    const slept = firstPollSeconds(leg, from.sizeGiB, {}, planned.polling);
    if (slept > planned.polling.shortestSeconds)
      await sleep(slept * 1000, { summary: `${leg.id}: expected to take ${Math.round(expected)} s` });
    const { awaitLeg } = proxyActivities<RecoveryPointActivities>({
      ...polled(planned, expected),
      summary: `${leg.id}: wait and verify`,
    });
    return awaitLeg({ ...asked, copy, startedAt, expectedSeconds: expected, polling: planned.polling });
  };

  const underItsPermit = (planned: RestorePlan, leg: Leg, from: VerifiedCopy): Promise<VerifiedCopy> => {
    if (leg.limit === null) return makeCopy(planned, leg, from);
    const { account, region, limit } = leg.limit;
    const { kind, account: owner, region: home, id } = planned.resource;
    return permits.hold(
      leg.limit,
      {
        requestId: `${workflowId}#${leg.id}#${originalExecutionRunId}`,
        holderWorkflowId: workflowId,
        holderRunId: runId,
        resource: { kind, account: owner, region: home, id },
        operationId: leg.copyId,
        taskQueue,
        access: leg.scope.access,
        // Somebody waits for their data: before every backup.
        priority: 1,
        remainingSeconds: Math.round(expectedSeconds(leg, from.sizeGiB, {}) + restoreSeconds(from.sizeGiB)),
        capacity: capacityOf(leg.limit, planned.limits),
        observeSeconds: planned.polling.shortestSeconds,
      },
      () => {
        steps.wait(leg.id, `${account}/${region}/${limit}`);
        show('Waiting');
      },
      () => makeCopy(planned, leg, from),
    );
  };

  /** Copies and shares, one after the other; what the last one made is what is restored. */
  const travel = async (planned: RestorePlan): Promise<VerifiedCopy> => {
    let here = planned.source;
    for (const leg of planned.path) {
      const stage: (typeof travelled)[number] = { leg, from: here };
      travelled.push(stage);
      if (leg.type === 'share') {
        run(leg.id);
        await shareCopy.executeWithOptions({ ...starting, summary: leg.id }, [leg, here]);
      } else {
        here = await underItsPermit(planned, leg, here);
        stage.copy = here;
      }
      done(leg.id);
    }
    return here;
  };

  /** Tries all places in their order, and again after a while, until there is room in one. */
  const findRoom = async (
    step: string,
    placements: readonly Placement[],
    attempt: (placement: Placement) => Promise<PlacementOutcome>,
  ): Promise<void> => {
    const since = Date.now();
    for (let round = 0; ; round += 1) {
      let reason = '';
      let unfit = 0;
      for (const placement of placements) {
        run(step);
        const outcome = await attempt(placement);
        if (outcome.outcome === 'placed') return;
        if (outcome.outcome === 'unfit') unfit += 1;
        reason = outcome.reason;
        log.warn('no room for a database', { step, ...placement, reason });
      }
      if (unfit === placements.length)
        throw ApplicationFailure.nonRetryable(
          `${reason}; pass another --instance-class or --zones`,
          failureTypes.invalidInput,
        );
      if (Date.now() - since > deadlineSeconds * 1000)
        throw ApplicationFailure.nonRetryable(`no room for a day: ${reason}`, failureTypes.transient);
      steps.wait(step, 'capacity');
      show('Waiting', reason);
      const seconds = Math.min(longestBackoffSeconds, shortestBackoffSeconds * 2 ** round);
      await sleep(seconds * 1000, { summary: `${step}: AWS has no capacity` });
    }
  };

  const awaitAvailable = async (planned: RestorePlan, instance: string | null, expected: number) => {
    const startedAt = Date.now();
    const slept = Math.min(0.5 * expected, planned.polling.longestSeconds);
    const what = instance ?? planned.id;
    if (slept > planned.polling.shortestSeconds)
      await sleep(slept * 1000, { summary: `${what}: expected to take ${Math.round(expected)} s` });
    const { awaitRestored } = proxyActivities<RestoreActivities>({
      ...polled(planned, expected),
      summary: `${what}: wait`,
    });
    return awaitRestored({ plan: planned, instance, startedAt, expectedSeconds: expected });
  };

  const makeDatabase = (planned: RestorePlan, source: VerifiedCopy) =>
    findRoom('database', planned.placements, async (placement) => {
      const options = { ...starting, summary: `make ${planned.id}${inWords(placement)}` };
      const begun = await startRestore.executeWithOptions(options, [{ plan: planned, ownership, source, placement }]);
      if (begun.outcome !== 'placed') return begun;
      const outcome = await awaitAvailable(planned, null, restoreSeconds(source.sizeGiB));
      if (outcome.outcome !== 'placed') {
        await remove(planned);
        await createParameterGroups(planned, ownership);
      }
      return outcome;
    });

  const makeInstance = async (planned: RestorePlan, instance: InstanceSettings) => {
    const step = `instance:${instance.id}`;
    await findRoom(step, instance.placements, async (placement) => {
      const options = { ...starting, summary: `make ${instance.id}${inWords(placement)}` };
      const begun = await addInstance.executeWithOptions(options, [{ plan: planned, ownership, instance, placement }]);
      if (begun.outcome !== 'placed') return begun;
      const outcome = await awaitAvailable(planned, instance.id, instanceSeconds);
      if (outcome.outcome !== 'placed') await removeInstance(planned, instance.id, ownership);
      return outcome;
    });
    done(step);
  };

  const remove = (planned: RestorePlan) =>
    removeRestored.executeWithOptions(
      {
        ...cleaningUp,
        summary: `remove ${planned.id}`,
        retry: { initialInterval: planned.polling.shortestSeconds * 1000, backoffCoefficient: 1 },
      },
      [planned, ownership],
    );

  /** What was only lent goes back, the latest first; what cannot be undone is tagged as temporary, and found. */
  const giveBack = async (planned: RestorePlan) => {
    for (const { leg, from, copy } of travelled.splice(0).reverse())
      try {
        const asked = legRequest(planned, leg, from);
        if (leg.type === 'share') {
          if (leg.temporary) await unshareCopy.executeWithOptions({ ...cleaningUp, summary: 'unshare' }, [leg, from]);
        } else if (copy === undefined) await cancelLeg(asked);
        else
          await deleteTemporaryCopy.executeWithOptions({ ...cleaningUp, summary: `delete ${leg.place}` }, [
            asked.identity,
            leg,
          ]);
      } catch (error) {
        log.error('could not clean up', { leg: leg.id, problem: describeFailure(error).message });
      }
  };

  let isAvailable = false;
  let lent: Promise<void> | undefined;
  try {
    const planned = await planRestore(request, ownership);
    plan = planned;
    // So that what a terminated drill leaves behind is known as scratch, parameter groups included.
    if (request.drill) ownership = { ...ownership, ...drillTagsOf(request.drill) };
    steps = new RestoreSteps([
      ...planned.path.map((leg) => leg.id),
      ...(planned.parameterGroups.length === 0 ? [] : ['parameter-groups']),
      'database',
      ...planned.instances.map(({ id }) => `instance:${id}`),
      'settings',
    ]);
    upsertSearchAttributes([
      ...resourceAttributes(planned, planned.resource),
      { key: searchAttributes.recoveryPoint, value: keyword(planned.recoveryPoint) },
    ]);
    show('Running');

    const source = await travel(planned);
    if (planned.parameterGroups.length > 0) {
      run('parameter-groups');
      await createParameterGroups(planned, ownership);
      done('parameter-groups');
    }
    await makeDatabase(planned, source);
    done('database');
    isAvailable = true;
    lent = CancellationScope.nonCancellable(() => giveBack(planned));
    const [writer, ...readers] = planned.instances;
    if (writer !== undefined) await makeInstance(planned, writer);
    const rtoSeconds = (Date.now() - startTime.getTime()) / 1000;
    await Promise.all(readers.map((instance) => makeInstance(planned, instance)));
    run('settings');
    const missed = await finishRestore(planned);
    done('settings');
    const made = await describeRestored(planned);
    await lent;
    show('Completed');
    const { resource, target, id, recoveryPoint, source: chosen } = planned;
    return {
      kind: resource.kind,
      account: target.account,
      region: target.region,
      id,
      arn: made.arn,
      recoveryPoint,
      dataTime: chosen.dataTime,
      from: { place: chosen.place, account: chosen.account, region: chosen.region },
      endpoint: made.endpoint,
      readerEndpoint: made.readerEndpoint,
      port: made.port,
      databaseName: made.databaseName,
      masterUsername: made.masterUsername,
      instances: made.instances.map(({ id: name, class: size, zone, endpoint, writer: writes }) => ({
        id: name,
        class: size,
        zone,
        endpoint,
        writer: writes,
      })),
      rtoSeconds,
      totalSeconds: (Date.now() - startTime.getTime()) / 1000,
      differences: [...planned.differences, ...missed],
    };
  } catch (error) {
    const cancelled = isCancellation(error);
    const failure = describeFailure(error);
    steps.fail(cancelled ? 'cancelled' : failure.message);
    const kept = isAvailable && !cancelled && !request.drill;
    const planned = plan;
    if (planned !== null)
      await CancellationScope.nonCancellable(async () => {
        if (!kept)
          await remove(planned).catch((problem: unknown) =>
            log.error('could not remove what was restored', { problem: describeFailure(problem).message }),
          );
        await lent;
        await giveBack(planned);
      });
    if (cancelled) {
      show('Cancelled');
      throw error;
    }
    const message = kept
      ? `${failure.message}. The data is back all the same: ${planned?.id ?? ''} in ${planned?.target.account}/${planned?.target.region} is available and was left there; go on with it by hand, or delete it`
      : failure.message;
    show('Failed', message);
    throw ApplicationFailure.create({ message, type: failure.type, nonRetryable: true });
  }
}

/** One activity, whose retry policy is the poller. */
function polled({ polling }: RestorePlan, expected: number) {
  return {
    startToCloseTimeout: '50 seconds',
    scheduleToCloseTimeout: Math.max(deadlineSeconds, 3 * expected) * 1000,
    retry: {
      initialInterval: polling.shortestSeconds * 1000,
      backoffCoefficient: 1,
      maximumInterval: polling.longestSeconds * 1000,
    },
  } as const;
}

function inWords({ class: size, zone }: Placement): string {
  return `${size === null ? '' : ` as ${size}`}${zone === null ? '' : ` in ${zone}`}`;
}
