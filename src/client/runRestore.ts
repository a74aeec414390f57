import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { CancelledFailure, WorkflowIdReusePolicy } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { messageNames, workflowNames } from '../core/messageNames';
import { fleetTaskQueue, restoreWorkflowId } from '../core/naming';
import { type RestorePlan } from '../core/restorePlan';
import { type RestoreRequest } from '../core/restoreRequest';
import { type RestoreStep } from '../core/restoreSteps';
import { searchAttributes } from '../core/searchAttributes';
import { type RestoreProgress, type RestoreResult } from '../workflows/restoreRecoveryPoint';

/** A restore that is under way, or was. */
export interface StartedRestore {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * Starts what was planned: the recovery point and the place that the plan has chosen, whatever else comes up meanwhile.
 *
 * @throws WorkflowExecutionAlreadyStartedError when a restore into this identifier is under way.
 */
export async function startRestore(
  client: Client,
  plan: RestorePlan,
  request: RestoreRequest,
): Promise<StartedRestore> {
  const { resource, target, id, source } = plan;
  const { at: _chosen, ...rest } = request;
  const chosen: RestoreRequest = {
    ...rest,
    resource: resource.arn,
    point: plan.recoveryPoint,
    from: source.place,
    to: `${target.account}/${target.region}`,
    as: id,
  };
  const workflowId = restoreWorkflowId({ kind: resource.kind, account: target.account, region: target.region, id });
  const handle = await client.workflow.start(workflowNames.restoreRecoveryPoint, {
    workflowId,
    taskQueue: fleetTaskQueue(plan.fleet),
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    args: [chosen],
    typedSearchAttributes: [
      { key: searchAttributes.fleet, value: plan.fleet },
      { key: searchAttributes.state, value: 'Running' },
    ],
    staticSummary: `${resource.id} · ${plan.scheduledTime} → ${target.account}/${target.region}/${id}`,
    staticDetails: `Restore of ${resource.kind} \`${resource.id}\` (${resource.account}/${resource.region}) from ${source.place} into \`${id}\` in ${target.account}/${target.region}.`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}

/** How a restore ended. */
export type RestoreEnd =
  | { readonly state: 'completed'; readonly result: RestoreResult }
  | { readonly state: 'failed' | 'cancelled'; readonly message: string };

export interface WatchRestoreOptions {
  readonly pollSeconds: number;
  /** Ends the watch, not the restore. */
  readonly signal: AbortSignal;
  /** Called with each step whose state has changed. */
  readonly onStep: (step: RestoreStep) => void;
}

/** Follows a restore to its end. */
export async function watchRestore(
  client: Client,
  { workflowId, runId }: StartedRestore,
  { pollSeconds, signal, onStep }: WatchRestoreOptions,
): Promise<RestoreEnd> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const known = new Map<string, string>();
  let ended: RestoreEnd | undefined;
  const end = handle.result().then(
    (result) => (ended = { state: 'completed', result: result as RestoreResult }),
    (error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const state = error.cause instanceof CancelledFailure ? 'cancelled' : 'failed';
      return (ended = { state, message: error.cause?.message ?? error.message });
    },
  );
  // Looked at below; until then a failed look must not end the process.
  end.catch(() => undefined);
  const look = async () => {
    const { steps } = await handle.query<RestoreProgress>(messageNames.progress).catch(unanswered);
    for (const step of steps) {
      const state = `${step.state} ${step.waitingFor ?? ''}`;
      if (step.state !== 'pending' && known.get(step.step) !== state) onStep(step);
      known.set(step.step, state);
    }
  };
  while (ended === undefined) {
    signal.throwIfAborted();
    await look();
    await Promise.race([end, delay(pollSeconds * 1000, undefined, { signal })]);
  }
  await look();
  return end;
}

/** A worker that is being replaced answers no query; the restore goes on, and so does the watch. */
function unanswered(error: unknown): Pick<RestoreProgress, 'steps'> {
  if (error instanceof WorkflowNotFoundError) throw error;
  return { steps: [] };
}
