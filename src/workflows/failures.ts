// eslint-disable-next-line @typescript-eslint/no-restricted-imports
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { type StepFailure } from '../core/steps/stepGraph';
import { messageOf } from '../core/failure';

/** The failure a person wants to read: the innermost one, with the last try's reason where a deadline ended the waiting. */
export function describeFailure(error: unknown): StepFailure {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return describeFailure(error.cause);
  if (error instanceof ApplicationFailure)
    return { type: (error.type ?? 'Unknown') as StepFailure['type'], message: error.message };
  if (error instanceof TimeoutFailure) {
    const last = error.cause === undefined ? '' : `: ${describeFailure(error.cause).message}`;
    return { type: 'Transient', message: `not done before its deadline${last}` };
  }
  if (error instanceof CancelledFailure) return { type: 'Unknown', message: 'cancelled' };
  if (error instanceof TerminatedFailure) return { type: 'Unknown', message: 'the workflow was terminated' };
  return { type: 'Unknown', message: messageOf(error) };
}

/** Whether we are being cancelled. An activity or a child that someone has cancelled by itself is a failure like others. */
export function isOurCancellation(error: unknown): boolean {
  return isCancellation(error) && CancellationScope.current().consideredCancelled;
}

/** Does the work, or tells why it failed, and goes on; a cancellation ends everything. Null where it failed. */
export async function orTell<T>(work: () => Promise<T>, tell: (message: string) => void): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isOurCancellation(error)) throw error;
    tell(describeFailure(error).message);
    return null;
  }
}

/** How a child has ended that carries it in the details of its failure; null where it carries nothing. */
export function resultIn<T>(error: unknown): T | null {
  const { cause } = error as { cause?: unknown };
  if (!(error instanceof ChildWorkflowFailure) || !(cause instanceof ApplicationFailure)) return null;
  return (cause.details?.[0] as T | undefined) ?? null;
}
