import { type ChildWorkflowHandle, log, ParentClosePolicy, proxyActivities, startChild } from '@temporalio/workflow';
import {
  CancelledFailure,
  ChildWorkflowFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
} from '@temporalio/common';
import { type FleetActivities } from '../../activities/contracts';
import { type Lifecycle } from '../../core/backup/lifecycle';
import { outcomeFound, outcomeOf, outcomeOfFailure } from '../../core/backup/recoveryPointOutcome';
import { type CreateRecoveryPointInput } from '../../core/backup/recoveryPointPlan';
import { type CreateRecoveryPointResult } from '../../core/backup/recoveryPointResult';
import { workflowNames } from '../../core/messageNames';
import { recoveryPointId, recoveryPointWorkflowId } from '../../core/naming';
import { keyword, resourceAttributes, searchAttributes } from '../../core/searchAttributes';
import { askedEvery } from '../activityOptions';
import { type createRecoveryPoint } from '../createRecoveryPoint';
import { describeFailure, resultIn } from '../failures';
import { pauseSignal, resumeSignal } from '../messages';
import { markdown } from '../../core/markdown';

const { collectOutcomes } = proxyActivities<FleetActivities>({ ...askedEvery(10), scheduleToCloseTimeout: '3 days' });

/** The recovery point of a lifecycle that is in flight. */
export class RecoveryPointChild {
  private handle: ChildWorkflowHandle<typeof createRecoveryPoint> | undefined;

  constructor(private readonly lifecycle: Lifecycle) {}

  /** One that has just ended needs no telling. */
  tell(signal: typeof pauseSignal | typeof resumeSignal): void {
    void this.handle
      ?.signal(signal.name)
      .catch((error: unknown) => log.info('the recovery point had ended', { error: String(error) }));
  }

  /** Brings one to its end, and has the lifecycle take it in. Returns what it tells of itself, null where that is nothing. */
  async run(scheduledTime: string, force: boolean): Promise<CreateRecoveryPointResult | null> {
    const { lifecycle } = this;
    const { resource, policy, paused } = lifecycle.state;
    try {
      this.handle = await this.start(scheduledTime, paused && !force);
      if (lifecycle.state.paused !== paused) this.tell(lifecycle.state.paused ? pauseSignal : resumeSignal);
      const result = await this.handle.result();
      lifecycle.end(outcomeOf(scheduledTime, result, Date.now()), result.stepSeconds);
      return result;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) {
        // A lifecycle before this one was ended while its recovery point went on.
        const [ended] = await collectOutcomes([{ resource, scheduledTime }], policy.polling.shortestSeconds);
        lifecycle.end(outcomeFound(scheduledTime, ended, Date.now()), {});
      } else if (error instanceof ChildWorkflowFailure) {
        const state = error.cause instanceof CancelledFailure ? 'cancelled' : 'failed';
        lifecycle.end(outcomeOfFailure(scheduledTime, state, describeFailure(error).message, Date.now()), {});
        return resultIn<CreateRecoveryPointResult>(error);
      } else throw error;
    } finally {
      this.handle = undefined;
    }
    return null;
  }

  private start(scheduledTime: string, paused: boolean) {
    const { resource, policy, learned } = this.lifecycle.state;
    const { kind, account, region, id } = resource;
    const recoveryPoint = recoveryPointId(resource, scheduledTime);
    const input: CreateRecoveryPointInput = {
      version: 1,
      identity: { fleet: policy.fleet, tier: policy.tier, resource, scheduledTime },
      policy,
      learned,
      paused,
    };
    const route = ['source', ...policy.route.map((vault) => vault.name)].join(' → ');
    return startChild<typeof createRecoveryPoint>(workflowNames.createRecoveryPoint, {
      workflowId: recoveryPointWorkflowId(recoveryPoint),
      // A copy under way goes on even if the lifecycle is terminated.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      args: [input],
      typedSearchAttributes: [
        ...resourceAttributes(policy, resource),
        { key: searchAttributes.state, value: paused ? 'Paused' : 'Running' },
        { key: searchAttributes.recoveryPoint, value: keyword(recoveryPoint) },
      ],
      staticSummary: `${id} · ${policy.tier} · ${scheduledTime}`,
      staticDetails: markdown`Recovery point of ${kind} **${id}** in ${account}/${region} by route ${route}.`,
      priority: { priorityKey: policy.priority, fairnessKey: account },
    });
  }
}
