import { Context } from '@temporalio/activity';

/**
 * Epoch milliseconds by Temporal's clock, which is the one workflows tell time by: the clock of a worker's machine may be
 * off. It is the time at which this try was scheduled.
 */
export function serverTime(): number {
  return Context.current().info.currentAttemptScheduledTimestampMs;
}
