import { ApplicationFailure } from '@temporalio/common';
import { failureTypes, type Grace } from '../core/failure';
import { aroundEach } from './aroundEach';
import { remember, remembered } from './heartbeatMemory';

/**
 * The refusal of one activity that is believed. A change of IAM reaches all of AWS within seconds. A service that gives
 * credentials, as that of an instance, a container or a cluster does, is back within minutes.
 */
const believedRefusal: Readonly<Record<Exclude<Grace, 'none'>, number>> = { seconds: 3, minutes: 40 };
const secondsBetweenTries = 15;

/**
 * Makes activities try a few times before they believe a refused permission, or that there are no credentials: roles, policies
 * and keys that were changed a moment ago are not yet known everywhere in AWS.
 */
export function withGraceForConfiguration<T extends object>(activities: T): T {
  return aroundEach(activities, async (_name, _args, run) => {
    try {
      return await run();
    } catch (error) {
      const grace = graceOf(error);
      if (grace === null || !(error instanceof ApplicationFailure)) throw error;
      // Counted in the heartbeat: tries that failed for other reasons are no refusals.
      const refusals = (remembered<{ refusals: number }>().refusals ?? 0) + 1;
      if (refusals >= grace) throw error;
      remember({ refusals });
      throw ApplicationFailure.create({
        message: error.message,
        type: failureTypes.configuration,
        details: error.details ?? [],
        cause: error,
        nonRetryable: false,
        nextRetryDelay: secondsBetweenTries * 1000,
      });
    }
  });
}

/** The refusal that is believed; null of what is believed at once, or is no refusal. */
function graceOf(error: unknown): number | null {
  if (!(error instanceof ApplicationFailure) || error.type !== failureTypes.configuration) return null;
  const { grace = 'none' } = (error.details?.[0] ?? {}) as { readonly grace?: Grace };
  return grace === 'none' ? null : believedRefusal[grace];
}
