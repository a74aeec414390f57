import { failureTypes } from '../../core/failure';
import { type CallListener, type CallOutcome } from '../tellCalls';
import { classifyGcsError, GcsError } from './classifyGcsError';

/** Tells a call to GCS once it has ended; where a token was refused and another taken, once for both. */
export async function toldCall<T>(
  permission: string,
  listener: CallListener | undefined,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const begun = Date.now();
  const tell = (outcome: CallOutcome, httpStatus: number | null) =>
    listener?.({
      ...{ cloud: 'gcp', service: 'storage', operation: permission, region: '' },
      ...{ outcome, begun, ended: Date.now(), httpStatus },
    });
  try {
    const answer = await work();
    tell('done', 200);
    return answer;
  } catch (error) {
    tell(signal?.aborted === true ? 'aborted' : outcomeOf(error), error instanceof GcsError ? error.status : null);
    throw error;
  }
}

function outcomeOf(error: unknown): CallOutcome {
  const { type, retryAfterSeconds } = classifyGcsError(error);
  // Only rows of too many requests at once tell when to come again.
  if (retryAfterSeconds !== null) return 'throttled';
  if (type === failureTypes.configuration) return 'denied';
  return type === failureTypes.transient ? 'unavailable' : 'refused';
}
