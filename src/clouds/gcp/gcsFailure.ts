import { ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes, type Grace, messageOf } from '../../core/failure';
import { classifyGcsError, GcsError } from './classifyGcsError';

/** What was being done, for the sentence a person reads. */
export interface GcsCall {
  /** `gs://panda-backups/farcopy/…` */
  readonly subject: string;
  /** As IAM names it: `storage.objects.create`. */
  readonly permission: string;
}

/** First of the failure's details. */
export interface GcsFailureDetails {
  readonly code: string;
  readonly grace: Grace;
  readonly permission: string;
  readonly requestId: string | null;
}

/** Runs calls to GCS and turns what they throw into a failure of core/failure.ts; an abort by the caller passes unchanged. */
export async function gcsCall<T>(call: GcsCall, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApplicationFailure || signal?.aborted) throw error;
    const found = classifyGcsError(error);
    const text = messageOf(error);
    const details: GcsFailureDetails = {
      code: found.code,
      grace: found.grace,
      permission: call.permission,
      requestId: error instanceof GcsError ? error.requestId : null,
    };
    const advice =
      found.type === failureTypes.configuration
        ? `; Farcopy's service account needs ${call.permission} on the bucket, see docs/security.md`
        : '';
    throw applicationFailure(found.type, `${call.subject}: ${text}${advice}`, {
      cause: error instanceof Error ? error : undefined,
      details,
      retryAfterSeconds:
        found.retryAfterSeconds === null
          ? undefined
          : found.retryAfterSeconds[0] + Math.random() * (found.retryAfterSeconds[1] - found.retryAfterSeconds[0]),
    });
  }
}
