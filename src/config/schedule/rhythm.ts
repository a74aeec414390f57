import { type Tier } from '../fleet';
import { parseCron } from './cron';
import { longestGap, meanIntervalSeconds } from './scheduleGap';

/** How often a tier's schedule fires, in seconds. */
export interface Rhythm {
  /** Between two firings, at the most. */
  readonly longestSeconds: number;
  readonly meanSeconds: number;
}

/** @param now milliseconds since the epoch */
export function rhythmOf({ schedule, timezone }: Pick<Tier, 'schedule' | 'timezone'>, now: number): Rhythm {
  const times = schedule.map(parseCron);
  return { longestSeconds: longestGap(times, timezone, now).seconds, meanSeconds: meanIntervalSeconds(times, now) };
}
