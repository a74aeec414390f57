import { ApplicationFailure } from '@temporalio/common';

export interface Rejection {
  readonly type: string;
  readonly message: string;
  readonly retried: boolean;
}

/** How something is refused: with a failure of core/failure.ts, or the test fails. */
export async function rejection(attempt: Promise<unknown>): Promise<Rejection> {
  const error: unknown = await attempt.then(
    (value) => new Error(`expected a failure, got ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  return { type: error.type ?? '', message: error.message, retried: !error.nonRetryable };
}
