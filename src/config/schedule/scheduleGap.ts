import { type CronTimes } from './cron';
import { Firings, type ScheduleTimes } from './firings';

/** The longest time a schedule does nothing. */
export interface ScheduleGap {
  readonly seconds: number;
  /** The firing before it, milliseconds since the epoch. */
  readonly from: number;
  /** True where clocks change within it. */
  readonly clocksChange: boolean;
  /** True where it never fires: blackouts leave nothing. */
  readonly neverFires: boolean;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Two leap days: what fires more rarely than that is found to fire once. */
const horizonDays = 8 * 366;
/** Rules of time zones further ahead are guesses. */
const clockChangeDays = 2 * 366;
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for dates that do not exist, like 30 February. Every date falls on every weekday within 40 years. */
export function neverFires({ months, daysOfMonth }: Pick<CronTimes, 'months' | 'daysOfMonth'>): boolean {
  const earliest = Math.min(...daysOfMonth);
  return ![...months].some((month) => earliest <= (longestMonths[month - 1] ?? 0));
}

/** The longest gap between two firings ({@link Firings}) from `start` (milliseconds since the epoch) on. */
export function longestGap(times: ScheduleTimes, start: number): ScheduleGap {
  const firstDay = Math.floor(start / dayMs) * dayMs;
  const firings = new Firings(times, firstDay, firstDay + clockChangeDays * dayMs);
  const { offset } = firings;

  let longest = { seconds: 0, from: start, clocksChange: false };
  const consider = (from: number, to: number) => {
    if (to - from <= longest.seconds * 1000) return;
    longest = { seconds: (to - from) / 1000, from, clocksChange: offset.at(from) !== offset.at(to) };
  };
  let previous: number | null = null;
  for (let day = firstDay; day < firstDay + horizonDays * dayMs; day += dayMs) {
    const ordinary = firings.ordinaryDay(day);
    const instants = ordinary === null ? firings.onDay(day) : firings.instantsOf(day, firstAndLast(ordinary.minutes));
    const [first, last] = [instants[0], instants.at(-1)];
    if (first === undefined || last === undefined) continue;
    if (previous !== null) consider(previous, first);
    if (ordinary === null) instants.slice(1).forEach((instant, i) => consider(instants[i] ?? instant, instant));
    else {
      const [from, to] = ordinary.longestWithin;
      consider(
        first + (from - (ordinary.minutes[0] ?? 0)) * minuteMs,
        first + (to - (ordinary.minutes[0] ?? 0)) * minuteMs,
      );
    }
    previous = last;
  }
  if (longest.seconds > 0) return { ...longest, neverFires: false };
  return { seconds: horizonDays * 86_400, from: start, clocksChange: false, neverFires: previous === null };
}

/** How long it is from one firing to the next on the average, in seconds; changes of clocks are left out of account. */
export function meanIntervalSeconds(times: ScheduleTimes, start: number): number {
  const firstDay = Math.floor(start / dayMs) * dayMs;
  const firings = new Firings({ ...times, timezone: 'UTC' }, firstDay, firstDay);
  let count = 0;
  for (let day = firstDay; day < firstDay + horizonDays * dayMs; day += dayMs)
    count += (firings.ordinaryDay(day)?.minutes ?? firings.onDay(day)).length;
  return (horizonDays * 86_400) / Math.max(1, count);
}

function firstAndLast(minutes: readonly number[]): number[] {
  const [first, last] = [minutes[0], minutes.at(-1)];
  return first === undefined || last === undefined ? [] : [first, last];
}

/**
 * How many firings blackouts hold back one after the other, at the most, counted by days. Temporal's server passes each of
 * them by whenever it looks for the next firing.
 */
export function mostHeldInARow(times: ScheduleTimes, start: number): number {
  const firstDay = Math.floor(start / dayMs) * dayMs;
  const changesTo = firstDay + clockChangeDays * dayMs;
  const [held, all] = [times, { ...times, blackout: [] }].map((one) => new Firings(one, firstDay, changesTo));
  const countOf = (firings: Firings | undefined, day: number) =>
    (firings?.ordinaryDay(day)?.minutes ?? firings?.onDay(day) ?? []).length;
  let [most, inARow] = [0, 0];
  for (let day = firstDay; day < firstDay + horizonDays * dayMs; day += dayMs) {
    const [fires, wouldFire] = [countOf(held, day), countOf(all, day)];
    inARow += wouldFire - fires;
    most = Math.max(most, inARow);
    if (fires > 0) inARow = 0;
  }
  return most;
}
