import { type ResourceOutcome } from './fleetRound';
import { type RecoveryPointOutcome } from './lifecycle';
import { type CreateRecoveryPointResult, reasonOf } from './recoveryPointResult';

/** A lifecycle remembers how a recovery point ended, and when (epoch milliseconds). */
export function outcomeOf(scheduledTime: string, result: CreateRecoveryPointResult, now: number): RecoveryPointOutcome {
  return outcome(scheduledTime, result.state, reasonOf(result), now);
}

/** The same for one that another lifecycle had begun. It counts as failed where nobody knows its end. */
export function outcomeFound(
  scheduledTime: string,
  found: Pick<ResourceOutcome, 'state' | 'reason'> | undefined,
  now: number,
): RecoveryPointOutcome {
  const state = found === undefined || found.state === 'unknown' ? 'failed' : found.state;
  return outcome(scheduledTime, state, found?.reason ?? '', now);
}

/** The same for one that ended with a failure. */
export function outcomeOfFailure(
  scheduledTime: string,
  state: 'cancelled' | 'failed',
  message: string,
  now: number,
): RecoveryPointOutcome {
  return outcome(scheduledTime, state, message, now);
}

function outcome(
  scheduledTime: string,
  state: RecoveryPointOutcome['state'],
  reason: string,
  now: number,
): RecoveryPointOutcome {
  return { scheduledTime, state, endedAt: new Date(now).toISOString(), reason: reason === '' ? null : reason };
}
