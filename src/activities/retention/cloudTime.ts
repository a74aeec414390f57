import { awsTime } from '../../clouds/aws/awsTime';
import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { type Scope } from '../../core/catalogue/copy';
import { failureTypes, messageOf } from '../../core/failure';
import { type FleetClouds } from '../catalogue/fleetClouds';
import { vaultScopes } from '../catalogue/fleetScopes';

/** Retention goes by days: clocks that differ by more are wrong. */
const toleranceMilliseconds = 10 * 60_000;
const freshMilliseconds = 60_000;
/** A task waits for a worker at most for so long. */
const longestWaitMilliseconds = 12 * 3600_000;

/**
 * Epoch milliseconds by AWS's clock, which is the one that retention waits by: neither that of a machine nor Temporal's alone may shorten
 * a wait.
 *
 * @param askedAt when somebody asked for the work, by Temporal's clock
 * @throws ApplicationFailure `Transient` where the clocks do not agree, or AWS does not tell the time.
 */
export async function cloudTime(
  fleet: Fleet,
  clouds: FleetClouds,
  askedAt: number,
  signal?: AbortSignal,
): Promise<number> {
  const now = await timeOfAws(fleet, clouds, signal);
  if (now === null)
    throw applicationFailure(failureTypes.transient, 'AWS does not tell the time, by which copies wait');
  const ahead = askedAt - now;
  if (ahead <= toleranceMilliseconds && -ahead <= longestWaitMilliseconds) return now;
  throw applicationFailure(
    failureTypes.transient,
    `this was asked for at ${new Date(askedAt).toISOString()} by the asker's clock, and it is ${new Date(now).toISOString()} by AWS's: nothing is marked or deleted before clocks agree; set the one that is wrong`,
  );
}

/**
 * Epoch milliseconds by AWS's clock, from whichever account of the fleet tells it; null where none does.
 *
 * @throws what the first one has refused with, where all refuse
 */
export async function timeOfAws(
  fleet: Fleet,
  clouds: Pick<FleetClouds, 'scopes' | 'reader' | 'access'>,
  signal?: AbortSignal,
): Promise<number | null> {
  const sources = await clouds.scopes();
  const asReader = (scope: Scope): Scope => ({ ...scope, access: clouds.reader ?? scope.access });
  let now: number | null = null;
  let trouble: Error | undefined;
  for (const scope of [...vaultScopes(fleet, sources), ...sources].map(asReader)) {
    try {
      now = await awsTime(clouds.access, scope, signal);
    } catch (error) {
      signal?.throwIfAborted();
      trouble ??= error instanceof Error ? error : new Error(messageOf(error));
    }
    if (now !== null) break;
  }
  if (now === null && trouble !== undefined) throw trouble;
  return now;
}

/**
 * {@link cloudTime}, asked again after a minute: work may take long, and a machine may sleep over it.
 *
 * @param askedAt as there, whenever it is asked
 */
export function cloudClock(
  fleet: Fleet,
  clouds: FleetClouds,
  askedAt: () => number,
  signal?: AbortSignal,
): () => Promise<number> {
  let last: { readonly time: Promise<number>; readonly at: number } | null = null;
  return () => {
    if (last === null || Math.abs(Date.now() - last.at) > freshMilliseconds)
      last = { time: cloudTime(fleet, clouds, askedAt(), signal), at: Date.now() };
    return last.time;
  };
}
