import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { failureTypes, terminalFailures, type FailureType } from './failure';

export interface FailureOptions {
  readonly cause?: Error | undefined;
  /** Plain data for whoever handles the failure; it is stored in histories, so small and without secrets. */
  readonly details?: unknown;
  /** Overrides the retry policy's delay. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * The only way a failure of Farcopy comes into being: the type decides whether Temporal retries it, and waiting (for the
 * end of an operation, for a slot) is marked benign, so that it neither alarms nor counts as an error.
 */
export function applicationFailure(
  type: FailureType,
  message: string,
  options: FailureOptions = {},
): ApplicationFailure {
  const waiting = type === failureTypes.notReady || type === failureTypes.limitReached;
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: terminalFailures.includes(type),
    ...(waiting ? { category: ApplicationFailureCategory.BENIGN } : {}),
    ...(options.cause === undefined ? {} : { cause: options.cause }),
    ...(options.details === undefined ? {} : { details: [options.details] }),
    ...(options.retryAfterSeconds === undefined ? {} : { nextRetryDelay: options.retryAfterSeconds * 1000 }),
  });
}
