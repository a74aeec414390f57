import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { messageNames } from '../../core/messageNames';
import { type RestoreStep } from '../../core/restore/restoreSteps';

/** A workflow that is under way, or was. */
export interface StartedWorkflow {
  readonly workflowId: string;
  readonly runId: string;
}

/** How a workflow ended; one that failed may say how in its details. */
export type WorkflowEnd<Result> =
  | { readonly state: 'completed'; readonly result: Result }
  | { readonly state: 'failed' | 'cancelled'; readonly message: string; readonly details: unknown };

export interface FollowOptions {
  readonly pollSeconds: number;
  /** Ends the watch, not the workflow. */
  readonly signal: AbortSignal;
  /** Called with each step whose state has changed. */
  readonly onStep: (step: RestoreStep) => void;
}

/** Follows a workflow that tells its steps to its end. */
export async function followSteps<Result>(
  client: Client,
  { workflowId, runId }: StartedWorkflow,
  { pollSeconds, signal, onStep }: FollowOptions,
): Promise<WorkflowEnd<Result>> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const known = new Map<string, string>();
  let ended: WorkflowEnd<Result> | undefined;
  const end = workflowEnd<Result>(handle.result()).then((how) => (ended = how));
  // Looked at below; until then a failed look must not end the process.
  end.catch(() => undefined);
  const look = async () => {
    const { steps } = await handle.query<{ steps: readonly RestoreStep[] }>(messageNames.progress).catch(unanswered);
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

/** Tells how a workflow ended; what is no end of it is thrown. */
export async function workflowEnd<Result>(result: Promise<unknown>): Promise<WorkflowEnd<Result>> {
  try {
    return { state: 'completed', result: (await result) as Result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const state = cause instanceof CancelledFailure ? 'cancelled' : 'failed';
    const details: unknown = cause instanceof ApplicationFailure ? (cause.details?.[0] ?? null) : null;
    return { state, message: cause?.message ?? error.message, details };
  }
}

/** A worker that is being replaced answers no query; the workflow goes on, and so does the watch. */
function unanswered(error: unknown): { readonly steps: readonly RestoreStep[] } {
  if (error instanceof WorkflowNotFoundError) throw error;
  return { steps: [] };
}
