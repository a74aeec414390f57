import { type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { type StepProgress } from '../../activities/steps/stepContracts';
import { failureTypes } from '../../core/failure';
import { type StepActivity, stepOfActivity } from '../../core/steps/stepActivity';
import { type StepTrouble } from './stepTrouble';

export interface PendingStep {
  readonly percent?: number;
  readonly trouble?: StepTrouble;
}

type Described = Pick<WorkflowExecutionDescription, 'raw'>;
type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** What Temporal tells of the activities of steps that are pending: the service's percentage, or why they are tried again. */
export function pendingSteps(client: Client, { raw }: Described): ReadonlyMap<string, PendingStep> {
  const { payloadConverter } = client.options.loadedDataConverter;
  const found = new Map<string, PendingStep>();
  for (const pending of raw.pendingActivities ?? []) {
    const named = stepOfActivity(pending.activityId ?? '');
    if (named === null) continue;
    const info = pending.lastFailure?.applicationFailureInfo;
    if (info?.type === failureTypes.notReady) {
      const [payload] = info.details?.payloads ?? [];
      const progress = payload && payloadConverter.fromPayload<Partial<StepProgress> | null>(payload);
      if (typeof progress?.percent === 'number') found.set(named.step, { percent: progress.percent });
    } else {
      const trouble = troubleOf(pending, named.what);
      if (trouble !== undefined) found.set(named.step, { trouble });
    }
  }
  return found;
}

/** What the first activity meets that is of no step and is tried again; undefined where none is. */
export function otherTrouble({ raw }: Described): StepTrouble | undefined {
  for (const pending of raw.pendingActivities ?? []) {
    if (stepOfActivity(pending.activityId ?? '') !== null) continue;
    if (pending.lastFailure?.applicationFailureInfo?.type === failureTypes.notReady) continue;
    const trouble = troubleOf(pending, 'start');
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function troubleOf(pending: PendingActivity, what: StepActivity): StepTrouble | undefined {
  const { lastFailure, attempt, lastAttemptCompleteTime, nextAttemptScheduleTime } = pending;
  // Of a large failure the server keeps the beginning, as the cause of one of its own.
  const failure = lastFailure?.serverFailureInfo && lastFailure.cause?.message ? lastFailure.cause : lastFailure;
  if (!failure?.message) return undefined;
  return {
    attempts: what === 'start' ? (attempt ?? 2) - 1 : null,
    message: failure.message,
    since: null,
    last: isoOf(lastAttemptCompleteTime),
    next: isoOf(nextAttemptScheduleTime),
  };
}

type Timestamp = { readonly seconds?: unknown } | null | undefined;

function isoOf(timestamp: Timestamp): string | null {
  const seconds = Number(timestamp?.seconds ?? 0);
  return seconds === 0 ? null : new Date(seconds * 1000).toISOString();
}
