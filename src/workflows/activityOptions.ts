import { ActivityCancellationType } from '@temporalio/workflow';

/** A service that is unwell comes back; nothing is gained by asking it all the time. */
const retry = { initialInterval: '5 seconds', maximumInterval: '5 minutes' } as const;

/** An answer takes seconds. It is asked for again for as long as an outage of a region lasts. */
export const quick = { startToCloseTimeout: '50 seconds', scheduleToCloseTimeout: '24 hours', retry } as const;

/** An answer takes seconds, and nobody waits longer than an hour for it. */
export const brief = { startToCloseTimeout: '1 minute', scheduleToCloseTimeout: '1 hour' } as const;

/** Looks through every vault: minutes, where a fleet is large. It beats, so that one whose worker never got it is begun anew soon. */
export const looking = {
  ...quick,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  scheduleToCloseTimeout: '1 hour',
} as const;

/** Lists the resources of an account page by page, or what was left behind there. */
export const listing = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  scheduleToCloseTimeout: '2 hours',
} as const;

/** Cleaning up is given up sooner: what it leaves is tagged as temporary, and found. */
export const cleaningUp = { ...quick, scheduleToCloseTimeout: '4 hours' } as const;

/** A call on its way when a cancel comes is waited for: else it would land after the cleaning up. */
export const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;

/** As long as it takes, while it beats: terabytes are read, sent and written for days. */
export const patient = {
  ...waited,
  startToCloseTimeout: '2 days',
  scheduleToCloseTimeout: '7 days',
  heartbeatTimeout: '1 minute',
  retry,
} as const;

/** The retry policy is the poller (docs/design/0005-retry-policy-as-poller.md). */
export function askedEvery(seconds: number, longestSeconds = seconds) {
  return {
    startToCloseTimeout: '50 seconds',
    retry: { initialInterval: seconds * 1000, backoffCoefficient: 1, maximumInterval: longestSeconds * 1000 },
  } as const;
}
