import { type Client, WorkflowFailedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { messageNames } from '../../core/messageNames';
import { type StepReport } from '../../core/steps/stepGraph';
import { PayloadError } from '../../payloads';
import { otherTrouble, pendingSteps } from './pendingSteps';
import { readDescription } from './readDescription';
import { type StepSnapshot, withPending } from './recoveryPointSnapshot';
import { isNews } from './stepWords';

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
  /** Called with each step of which there is something new to say. */
  readonly onStep: (step: StepSnapshot) => void;
}

/** Follows a workflow that tells its steps to its end. */
export async function followSteps<Result>(
  client: Client,
  { workflowId, runId }: StartedWorkflow,
  { pollSeconds, signal, onStep }: FollowOptions,
): Promise<WorkflowEnd<Result>> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const known = new Map<string, StepSnapshot>();
  let ended: WorkflowEnd<Result> | undefined;
  const end = workflowEnd<Result>(handle.result()).then((how) => (ended = how));
  // Looked at below; until then a failed look must not end the process.
  end.catch(() => undefined);
  const look = async () => {
    for (const step of await takeSteps(client, handle)) {
      if (isNews(step, known.get(step.step))) onStep(step);
      known.set(step.step, step);
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

const queryMilliseconds = 5_000;

/** A drill of a round has a restore: no workflow goes deeper. */
const deepest = 2;

/**
 * The steps of a workflow that tells them, with what they meet. The steps of a workflow within it stand behind the one that it
 * belongs to, as `restore/copy:lent`. None where nobody answers: a worker that is being replaced answers no query, and the
 * workflow goes on.
 */
export async function takeSteps(
  client: Client,
  handle: Pick<WorkflowHandle, 'query' | 'describe'>,
  depth = 0,
): Promise<readonly StepSnapshot[]> {
  const found = await client
    .withDeadline(Date.now() + queryMilliseconds, () =>
      Promise.all([
        handle.describe().then((described) => readDescription(client, described)),
        handle.query<{ readonly steps?: readonly StepReport[] }>(messageNames.progress),
      ]),
    )
    .catch((error: unknown) => {
      if (error instanceof PayloadError || (error instanceof WorkflowNotFoundError && depth === 0)) throw error;
      return null;
    });
  if (found === null) return [];
  const [description, { steps: told = [] }] = found;
  const steps = withPending(told, pendingSteps(client, description));
  const [only, ...more] = steps.filter(({ state }) => state === 'running');
  if (only === undefined || more.length > 0) return steps;
  const trouble = otherTrouble(description);
  const children = depth < deepest ? (description.raw.pendingChildren ?? []) : [];
  const within = await Promise.all(
    children.map(({ workflowId, runId }) =>
      takeSteps(client, client.workflow.getHandle(workflowId ?? '', runId ?? undefined), depth + 1),
    ),
  );
  return steps.flatMap((step) =>
    step !== only
      ? [step]
      : [
          trouble === undefined ? step : { ...step, trouble },
          ...within.flat().map((inner) => ({ ...inner, step: `${step.step}/${inner.step}` })),
        ],
  );
}
