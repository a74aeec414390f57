import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { failureTypes } from '../core/failure';

/** Together about two minutes; what lasts longer is Temporal's to try again, from where the transfer then stands. */
const triesOfTransient = 9;
const longestWaitMilliseconds = 30_000;
/** Bytes that differ from their checksum this often do so at rest. */
const triesOfWrongBytes = 4;

/** Reads or sends again after what passes: throttling, 5xx, broken connections, bytes that were damaged on the way. */
export async function tryAgain<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let [transient, wrongBytes] = [0, 0];
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof ApplicationFailure)) throw error;
      const tries =
        error.type === failureTypes.transient
          ? (transient += 1)
          : error.type === failureTypes.verificationFailed
            ? (wrongBytes += 1)
            : Infinity;
      if (tries >= (error.type === failureTypes.transient ? triesOfTransient : triesOfWrongBytes)) throw error;
      await sleep(Math.min(longestWaitMilliseconds, 100 * 2 ** tries) * (0.5 + Math.random()), undefined, { signal });
    }
  }
}
