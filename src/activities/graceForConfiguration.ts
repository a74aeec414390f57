import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { failureTypes } from '../core/failure';

/** A change of IAM reaches all of AWS within seconds: the third refusal of one activity is believed. */
const believedRefusal = 3;
const secondsBetweenTries = 15;

/**
 * Makes activities try a refused permission a few times before they believe it: roles, policies and keys that were changed
 * a moment ago are not yet known everywhere in AWS.
 */
export function withGraceForConfiguration<T extends object>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, run]: [string, (...args: unknown[]) => Promise<unknown>]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await run(...args);
      } catch (error) {
        if (!deservesGrace(error)) throw error;
        // Counted in the heartbeat: tries that failed for other reasons are no refusals.
        const { info, heartbeat } = Context.current();
        const refusals = ((info.heartbeatDetails as { refusals?: number } | undefined)?.refusals ?? 0) + 1;
        if (refusals >= believedRefusal) throw error;
        heartbeat({ refusals });
        throw ApplicationFailure.create({
          message: error.message,
          type: failureTypes.configuration,
          details: error.details ?? [],
          cause: error,
          nonRetryable: false,
          nextRetryDelay: secondsBetweenTries * 1000,
        });
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

function deservesGrace(error: unknown): error is ApplicationFailure {
  return (
    error instanceof ApplicationFailure &&
    error.type === failureTypes.configuration &&
    (error.details?.[0] as { grace?: boolean } | undefined)?.grace === true
  );
}
