import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { type LegFailure } from '../core/backup/routeWalk';

/** The failure a person wants to read: the innermost one, with the last try's reason where a deadline ended the waiting. */
export function describeFailure(error: unknown): LegFailure {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return describeFailure(error.cause);
  if (error instanceof ApplicationFailure)
    return { type: (error.type ?? 'Unknown') as LegFailure['type'], message: error.message };
  if (error instanceof TimeoutFailure) {
    const last = error.cause === undefined ? '' : `: ${describeFailure(error.cause).message}`;
    return { type: 'Transient', message: `not done before its deadline${last}` };
  }
  if (error instanceof TerminatedFailure) return { type: 'Unknown', message: 'the workflow was terminated' };
  return { type: 'Unknown', message: error instanceof Error ? error.message : String(error) };
}
