import { type CronTimes } from './cron';
import { type OffsetChange, offsetChanges, offsetMinutes } from './timezone';

/** The longest time a schedule does nothing. */
export interface ScheduleGap {
  readonly seconds: number;
  /** The firing before it, milliseconds since the epoch. */
  readonly from: number;
  /** True where it is that long only because clocks change. */
  readonly clocksChange: boolean;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Two leap days: what fires more rarely than that is found to fire once. */
const horizonDays = 8 * 366;
/** Rules of time zones further ahead are guesses. */
const clockChangeDays = 2 * 366;
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for dates that do not exist, like 30 February. Every date falls on every weekday within 40 years. */
export function neverFires({ months, daysOfMonth }: CronTimes): boolean {
  const earliest = Math.min(...daysOfMonth);
  return ![...months].some((month) => earliest <= (longestMonths[month - 1] ?? 0));
}

/**
 * The longest gap between two firings of the union of some cron expressions, from `start` (milliseconds since the epoch)
 * on. As in Temporal, a time that a clock change skips does not fire, and one that it repeats fires twice.
 */
export function longestGap(schedule: readonly CronTimes[], timezone: string, start: number): ScheduleGap {
  const firstDay = Math.floor(start / dayMs) * dayMs;
  const changes = offsetChanges(timezone, firstDay, firstDay + clockChangeDays * dayMs);
  const offset = new OffsetOverTime(changes, offsetMinutes(timezone, firstDay));
  const minutesOf = minutesByDay(schedule);

  let longest: ScheduleGap = { seconds: 0, from: start, clocksChange: false };
  const consider = (from: number, to: number) => {
    if (to - from <= longest.seconds * 1000) return;
    longest = { seconds: (to - from) / 1000, from, clocksChange: offset.at(from) !== offset.at(to) };
  };
  let previous: number | null = null;
  for (let day = firstDay; day < firstDay + horizonDays * dayMs; day += dayMs) {
    const { minutes, longestWithin } = minutesOf(day);
    const nearChange = changes.some(({ at }) => Math.abs(at - day) <= 2 * dayMs);
    const midnight = day - offset.at(day) * minuteMs;
    const instants = nearChange
      ? offset.instants(day, minutes)
      : [minutes[0], minutes.at(-1)].flatMap((minute) => (minute === undefined ? [] : [midnight + minute * minuteMs]));
    const [first, last] = [instants[0], instants.at(-1)];
    if (first === undefined || last === undefined) continue;
    if (previous !== null) consider(previous, first);
    if (nearChange) instants.slice(1).forEach((instant, i) => consider(instants[i] ?? instant, instant));
    else consider(midnight + longestWithin[0] * minuteMs, midnight + longestWithin[1] * minuteMs);
    previous = last;
  }
  if (longest.seconds > 0) return longest;
  return { seconds: horizonDays * 86_400, from: start, clocksChange: false };
}

/** How long it is from one firing of the union to the next on the average, in seconds; days on which clocks change count as others. */
export function meanIntervalSeconds(schedule: readonly CronTimes[], start: number): number {
  const firstDay = Math.floor(start / dayMs) * dayMs;
  const minutesOf = minutesByDay(schedule);
  let firings = 0;
  for (let day = firstDay; day < firstDay + horizonDays * dayMs; day += dayMs) firings += minutesOf(day).minutes.length;
  return (horizonDays * 86_400) / Math.max(1, firings);
}

function firesOn(times: CronTimes, day: number): boolean {
  const date = new Date(day);
  return (
    times.months.has(date.getUTCMonth() + 1) &&
    times.daysOfMonth.has(date.getUTCDate()) &&
    times.daysOfWeek.has(date.getUTCDay())
  );
}

interface DayOfFirings {
  readonly minutes: readonly number[];
  /** The two neighbours furthest apart. */
  readonly longestWithin: readonly [number, number];
}

/** Days on which the same expressions fire have the same minutes. */
function minutesByDay(schedule: readonly CronTimes[]): (day: number) => DayOfFirings {
  const known = new Map<string, DayOfFirings>();
  return (day) => {
    const firing = schedule.filter((times) => firesOn(times, day));
    const key = schedule.map((times) => (firing.includes(times) ? '1' : '0')).join('');
    let result = known.get(key);
    if (result === undefined) {
      const minutes = [...new Set(firing.flatMap((times) => times.minutesOfDay))].sort((a, b) => a - b);
      let longestWithin: [number, number] = [minutes[0] ?? 0, minutes[0] ?? 0];
      for (let i = 1; i < minutes.length; i++) {
        const [before, after] = [minutes[i - 1] ?? 0, minutes[i] ?? 0];
        if (after - before > longestWithin[1] - longestWithin[0]) longestWithin = [before, after];
      }
      known.set(key, (result = { minutes, longestWithin }));
    }
    return result;
  };
}

/** A zone's offset at any instant, asked of the time zone database once. */
class OffsetOverTime {
  constructor(
    private readonly changes: readonly OffsetChange[],
    private readonly firstMinutes: number,
  ) {}

  at(instant: number): number {
    return this.changes.findLast((change) => change.at <= instant)?.afterMinutes ?? this.firstMinutes;
  }

  /** The instants of local minutes of a day: none where clocks skip it, two where they repeat it. */
  instants(day: number, minutes: readonly number[]): number[] {
    const offsets = new Set([this.at(day - dayMs), this.at(day + 2 * dayMs), this.at(day)]);
    return minutes
      .flatMap((minute) => {
        const local = day + minute * minuteMs;
        return [...offsets].map((o) => [local - o * minuteMs, o] as const);
      })
      .filter(([instant, assumed]) => this.at(instant) === assumed)
      .map(([instant]) => instant)
      .sort((a, b) => a - b);
  }
}
