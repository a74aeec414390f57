/**
 * The `type` of every ApplicationFailure Farcopy throws. Workflows branch on these strings, never on classes, since
 * a failure crosses processes as data.
 */
export const failureTypes = {
  /** Not ended yet: the retry policy of the waiting activity is the poller. */
  notReady: 'NotReady',
  /** A service limit is used up, by us or by others: wait for a slot, it is no fault. */
  limitReached: 'LimitReached',
  /** The resource or snapshot is in a state that passes (modifying, creating): bounded wait. */
  busy: 'ResourceBusy',
  /** Throttling, capacity, 5xx, connection: back off and go on, for hours if need be. */
  transient: 'Transient',
  /** A role, key, bucket or permission is wrong: someone must change it. Never retried for long. */
  configuration: 'Configuration',
  /** A stock of the account is used up (100 manual snapshots): retrying cannot help. */
  stockExhausted: 'StockExhausted',
  /** The service has no room for it now: another choice may do, or waiting. */
  noCapacity: 'NoCapacity',
  /** This choice is never to be had there: another one may do. */
  unfit: 'Unfit',
  /** Something with our identifier exists and is not ours. */
  conflict: 'Conflict',
  notFound: 'NotFound',
  /** The operation ended as failed in AWS. */
  operationFailed: 'OperationFailed',
  /** A copy is there but is not what it should be. */
  verificationFailed: 'VerificationFailed',
  /** Input that cannot be acted upon. */
  invalidInput: 'InvalidInput',
  /** A drill was performed, and what came back is not what it should be. */
  drillFailed: 'DrillFailed',
  /** Anything AWS refuses that no row of the table knows. */
  refused: 'Refused',
} as const;

/** What failed, by a failure's type; undefined of what is no failure. */
export const failureTypeOf = (error: unknown): unknown => (error as { type?: unknown } | null)?.type;

export type FailureType = (typeof failureTypes)[keyof typeof failureTypes];

/** Types that no retry mends; activities throw them as non-retryable. */
export const terminalFailures: readonly FailureType[] = [
  failureTypes.configuration,
  failureTypes.stockExhausted,
  failureTypes.noCapacity,
  failureTypes.unfit,
  failureTypes.conflict,
  failureTypes.notFound,
  failureTypes.operationFailed,
  failureTypes.verificationFailed,
  failureTypes.invalidInput,
  failureTypes.drillFailed,
  failureTypes.refused,
];

/**
 * What may pass by itself although it looks as if someone had to act. `seconds`: someone may just have granted what is missing,
 * and it takes a moment until all of a cloud knows. `minutes`: the service that gives this process its credentials may be away;
 * clients tell that in the same words as that there are none.
 */
export type Grace = 'none' | 'seconds' | 'minutes';

/** The words of whatever was thrown; an error of another realm is no `Error` here. */
export function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const message = (error as { message?: unknown } | null | undefined)?.message;
  if (typeof message === 'string') return message;
  return Object.prototype.toString.call(error);
}
