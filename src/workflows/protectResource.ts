import {
  type ChildWorkflowHandle,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import {
  ApplicationFailure,
  ChildWorkflowFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
} from '@temporalio/common';
import { type FleetActivities, type NotificationActivities } from '../activities/contracts';
import { type ProtectionActivities } from '../activities/catalogue/lastProtected';
import { failureTypes } from '../core/failure';
import {
  Lifecycle,
  type LifecycleState,
  type RecoveryPointOutcome,
  type RecoveryPointRequest,
} from '../core/backup/lifecycle';
import { workflowNames } from '../core/messageNames';
import { recoveryPointId, recoveryPointWorkflowId } from '../core/naming';
import { type ProtectionPolicy } from '../core/backup/policy';
import { type ResourceRef } from '../core/resource';
import { type createRecoveryPoint, type CreateRecoveryPointInput } from './createRecoveryPoint';
import { describeFailure } from './failures';
import {
  forceSignal,
  lifecycleQuery,
  pauseSignal,
  requestRecoveryPointUpdate,
  resumeSignal,
  retireSignal,
} from './messages';
import { keyword, resourceAttributes, searchAttributes, type VisibleState } from '../core/searchAttributes';

export interface ProtectResourceInput {
  readonly version: 1;
  readonly resource: ResourceRef;
  readonly policy: ProtectionPolicy;
  /** What the run before carried over; null in the first. */
  readonly state: LifecycleState | null;
}

/** A run takes at most 2,000 updates and 10,000 signals. */
const messagesPerRun = 500;

const { notify } = proxyActivities<NotificationActivities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 hour',
});
const { collectOutcomes } = proxyActivities<FleetActivities>({
  startToCloseTimeout: '50 seconds',
  scheduleToCloseTimeout: '3 days',
  retry: { initialInterval: '10 seconds', backoffCoefficient: 1 },
});

const { lastProtected } = proxyActivities<ProtectionActivities>({
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 hour',
  retry: { initialInterval: '10 seconds', maximumInterval: '5 minutes' },
});

/**
 * The backup lifecycle of one resource, for as long as it exists. Takes requests and signals, runs at most one recovery
 * point at a time, and raises an alert when none was completed within the tier's RPO, even if nothing ran at all.
 */
export async function protectResource(input: ProtectResourceInput): Promise<void> {
  const { resource } = input;
  const lifecycle =
    input.state === null ? Lifecycle.begin(resource, input.policy, Date.now()) : new Lifecycle(input.state);
  let messages = 0;
  let child: ChildWorkflowHandle<typeof createRecoveryPoint> | undefined;

  const currentState = (): VisibleState => {
    const { retired, paused, inFlight } = lifecycle.state;
    return retired ? 'Retired' : inFlight !== null ? 'Running' : paused ? 'Paused' : 'Idle';
  };
  /** What a start or the run before has left: an upsert costs an event and an action, so only a change makes one. */
  let shown = currentState();
  const show = () => {
    const { policy, outcomes, protectedSince, waiting } = lifecycle.state;
    setCurrentDetails(
      [
        `tier **${policy.tier}**, last complete recovery point: ${outcomes.some((o) => o.state === 'completed') ? protectedSince : 'none yet'}, next alert ${new Date(lifecycle.nextAlertAt).toISOString()}`,
        ...(waiting === null ? [] : [`waiting: ${waiting.scheduledTime}`]),
        ...outcomes.map((o) => `- ${o.scheduledTime}: **${o.state}**${o.reason === null ? '' : ` — ${o.reason}`}`),
      ].join('\n'),
    );
    const state = currentState();
    if (state === shown) return;
    shown = state;
    upsertSearchAttributes([{ key: searchAttributes.state, value: state }]);
  };

  /** Tells the recovery point in flight; one that has just ended needs no telling. */
  const forward = (signal: typeof pauseSignal | typeof resumeSignal) => {
    void child
      ?.signal(signal.name)
      .catch((error: unknown) => log.info('the recovery point had ended', { error: String(error) }));
  };
  /** What is forced comes after what is in flight, which must therefore not stay paused. */
  const letPass = () => {
    if (lifecycle.state.paused) forward(resumeSignal);
  };
  const on = (change: () => void) => () => {
    messages += 1;
    change();
    show();
  };
  setHandler(
    pauseSignal,
    on(() => {
      lifecycle.pause();
      forward(pauseSignal);
    }),
  );
  setHandler(
    resumeSignal,
    on(() => {
      lifecycle.resume();
      forward(resumeSignal);
    }),
  );
  setHandler(
    forceSignal,
    on(() => {
      lifecycle.force(Date.now());
      letPass();
    }),
  );
  setHandler(
    retireSignal,
    on(() => {
      lifecycle.retire();
      // What is in flight is brought to its end, also when it was paused.
      forward(resumeSignal);
    }),
  );
  setHandler(
    requestRecoveryPointUpdate,
    (request) => {
      messages += 1;
      const answer = lifecycle.request(request);
      if (request.force) letPass();
      show();
      return answer;
    },
    {
      validator: ({ policy }: RecoveryPointRequest) => {
        const owner = lifecycle.state.policy.fleet;
        if (policy.fleet !== owner)
          throw ApplicationFailure.nonRetryable(
            `${resource.arn} is protected by fleet ${owner}: take it out of one of the two fleets, then retire its lifecycle`,
            failureTypes.conflict,
          );
      },
    },
  );
  setHandler(lifecycleQuery, () => lifecycle.state);

  /** The RPO watchdog: a durable timer that does not depend on anything having run. */
  const watch = async () => {
    while (!lifecycle.state.retired) {
      const due = lifecycle.nextAlertAt;
      const overtaken = () => lifecycle.state.retired || lifecycle.nextAlertAt < due;
      await condition(overtaken, Math.max(1000, due - Date.now()), { summary: 'RPO watchdog' });
      if (lifecycle.state.retired || Date.now() < lifecycle.nextAlertAt) continue;
      const { policy, protectedSince, paused, outcomes } = lifecycle.state;
      const last = outcomes.at(-1);
      await notify({
        fleet: policy.fleet,
        event: 'rpo-missed',
        subject: `no complete recovery point of ${resource.id} within its RPO`,
        message: `${resource.kind} ${resource.id} (${resource.account}/${resource.region}), tier ${policy.tier}: no complete recovery point since ${protectedSince}, RPO ${policy.rpoSeconds} s${paused ? '; its backups are paused' : ''}${last?.reason ? `; last: ${last.reason}` : ''}`,
      }).then(
        () => lifecycle.alerted(Date.now()),
        (error: unknown) => log.error('could not notify', { problem: describeFailure(error).message }),
      );
    }
  };
  void watch().catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });

  /** Temporal's memory of an earlier lifecycle may have been lost; the clouds have not forgotten its copies. */
  const recall = async () => {
    const scheduledTime = await lastProtected(resource, input.policy).catch((error: unknown) => {
      log.warn('the RPO clock starts now: the clouds did not tell of earlier copies', {
        problem: describeFailure(error).message,
      });
      return null;
    });
    if (scheduledTime === null) return;
    lifecycle.recall(scheduledTime);
    show();
  };
  const recalled = input.state === null && patched('recall-last-protected') ? recall() : Promise.resolve();

  const runRecoveryPoint = async (scheduledTime: string, force: boolean) => {
    const { policy, paused, learned } = lifecycle.state;
    const recoveryPoint = recoveryPointId(resource, scheduledTime);
    let outcome: RecoveryPointOutcome;
    let legSeconds = {};
    try {
      child = await startChild<typeof createRecoveryPoint>(workflowNames.createRecoveryPoint, {
        workflowId: recoveryPointWorkflowId(recoveryPoint),
        // What is being copied goes on even if the lifecycle is terminated.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        args: [
          {
            version: 1,
            identity: { fleet: policy.fleet, tier: policy.tier, resource, scheduledTime },
            policy,
            learned,
            paused: paused && !force,
          } satisfies CreateRecoveryPointInput,
        ],
        typedSearchAttributes: [
          ...resourceAttributes(policy, resource),
          { key: searchAttributes.state, value: paused && !force ? 'Paused' : 'Running' },
          { key: searchAttributes.recoveryPoint, value: keyword(recoveryPoint) },
        ],
        staticSummary: `${resource.id} · ${policy.tier} · ${scheduledTime}`,
        staticDetails: `Recovery point of ${resource.kind} \`${resource.id}\` in ${resource.account}/${resource.region} by route ${['source', ...policy.route.map((vault) => vault.name)].join(' → ')}.`,
        priority: { priorityKey: policy.priority, fairnessKey: resource.account },
      });
      if (lifecycle.state.paused !== paused) forward(lifecycle.state.paused ? pauseSignal : resumeSignal);
      const result = await child.result();
      legSeconds = result.legSeconds;
      const told = [...result.failures, ...(result.notes ?? [])];
      const reason = told.map((f) => `${f.leg}: ${f.message}`).join('; ');
      outcome = {
        scheduledTime,
        state: result.state,
        endedAt: new Date().toISOString(),
        reason: reason === '' ? null : reason,
      };
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) {
        // A lifecycle before this one was ended while its recovery point went on.
        const [ended] = await collectOutcomes([{ resource, scheduledTime }], policy.polling.shortestSeconds);
        const state = ended === undefined || ended.state === 'unknown' ? 'failed' : ended.state;
        outcome = { scheduledTime, state, endedAt: new Date().toISOString(), reason: ended?.reason ?? null };
      } else if (error instanceof ChildWorkflowFailure) {
        const state = isCancellation(error) ? 'cancelled' : 'failed';
        outcome = { scheduledTime, state, endedAt: new Date().toISOString(), reason: describeFailure(error).message };
      } else throw error;
    } finally {
      child = undefined;
    }
    lifecycle.end(outcome, legSeconds);
  };

  for (;;) {
    show();
    await condition(() => lifecycle.mayBegin || lifecycle.state.retired || messages >= messagesPerRun);
    const next = lifecycle.begin();
    if (next !== null) {
      show();
      await runRecoveryPoint(next.scheduledTime, next.force);
      show();
    }
    await condition(allHandlersFinished);
    if (lifecycle.state.retired) return;
    await recalled;
    if (next !== null || messages >= messagesPerRun)
      await continueAsNew<typeof protectResource>({
        version: 1,
        resource,
        policy: lifecycle.state.policy,
        state: lifecycle.state,
      });
  }
}
