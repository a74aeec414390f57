import { type ScheduleTimes } from './firings';
import { longestGap, meanIntervalSeconds } from './scheduleGap';

/** How often a tier's schedule fires, in seconds. */
export interface Rhythm {
  /** Between two firings, at the most. */
  readonly longestSeconds: number;
  readonly meanSeconds: number;
}

/** @param now milliseconds since the epoch */
export function rhythmOf(times: ScheduleTimes, now: number): Rhythm {
  return { longestSeconds: longestGap(times, now).seconds, meanSeconds: meanIntervalSeconds(times, now) };
}
