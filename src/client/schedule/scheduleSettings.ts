import { type BlackoutWindow, type ClockNights, clockNights, type ScheduleTimes } from '../../config';

/** What the fleet file decides about a schedule: it is compared as a whole. */
export interface ScheduleSettings {
  readonly fleet: string;
  readonly cron: readonly string[];
  readonly timezone: string;
  readonly jitterSeconds: number;
  /** A firing that was missed is made up for if it is not older than this. */
  readonly catchupSeconds: number;
  readonly paused: boolean;
  /** Left out where there is none. */
  readonly blackout?: readonly BlackoutWindow[];
  /** Left out where Temporal needs to be told nothing about changes of clocks. */
  readonly clockNights?: ClockNights;
}

/** The part of a schedule's settings that is left out where there is nothing to say. */
export function heldBackAndForeseen(
  times: ScheduleTimes,
  now: number,
): Pick<ScheduleSettings, 'blackout' | 'clockNights'> {
  const nights = clockNights(times, now);
  return {
    ...(times.blackout.length === 0 ? {} : { blackout: times.blackout }),
    ...(nights === null ? {} : { clockNights: nights }),
  };
}
