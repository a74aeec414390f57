import { Blackout, type BlackoutWindow } from './blackout';
import { type CronTimes, parseCron } from './cron';
import { OffsetOverTime } from './offsetOverTime';

/** When something is scheduled. */
export interface ScheduleTimes {
  /** Cron expressions; it fires when any one does. */
  readonly schedule: readonly string[];
  /** Of the IANA database. */
  readonly timezone: string;
  /** Each firing is late by less than this. */
  readonly jitterSeconds: number;
  /** In the zone of the schedule. */
  readonly blackout: readonly BlackoutWindow[];
}

/** The firings of a day of which all is ordinary. */
export interface OrdinaryDay {
  /** Of the day, ascending. */
  readonly minutes: readonly number[];
  /** The two neighbours furthest apart. */
  readonly longestWithin: readonly [number, number];
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** How many whole minutes after its time a firing may still begin. */
export const lateMinutesOf = (jitterSeconds: number) => Math.max(0, Math.ceil(jitterSeconds / 60) - 1);

/**
 * The rules by which a schedule fires, as `docs/fleet-file.md` tells them:
 *
 * - A fixed time fires once a day. Where clocks skip it, it fires at the first instant after the gap; where they repeat it, the
 *   first time. Debian's cron does the same.
 * - An expression whose hour begins with `*` fires whenever clocks show a time that it names.
 * - Nothing fires within a blackout, nor so shortly before one that its jitter could let it begin there.
 *
 * Days are told by their local midnight, as in `localMs`; firings are instants in milliseconds since the epoch.
 */
export class Firings {
  readonly offset: OffsetOverTime;
  readonly blackout: Blackout;
  /** Without the time by which jitter may make a firing late. */
  private readonly narrow: Blackout;
  private readonly schedule: readonly CronTimes[];
  private readonly lateMinutes: number;
  private readonly minutesNamed = new Map<string, readonly number[]>();
  private readonly ordinaryDays = new Map<string, OrdinaryDay>();

  /** @param changesFrom from when on changes of clocks are looked at, in milliseconds since the epoch, until `changesTo` */
  constructor(times: ScheduleTimes, changesFrom: number, changesTo: number) {
    this.schedule = times.schedule.map(parseCron);
    this.lateMinutes = lateMinutesOf(times.jitterSeconds);
    this.offset = new OffsetOverTime(times.timezone, changesFrom, changesTo);
    this.blackout = new Blackout(times.blackout, this.lateMinutes);
    this.narrow = new Blackout(times.blackout, 0);
  }

  /** The firings of a day, ascending. */
  onDay(day: number): readonly number[] {
    if (this.offset.changesNear(day)) return this.onUnusualDay(day);
    const ordinary = this.ordinaryDay(day);
    return this.instantsOf(day, ordinary === null ? this.unheld(day, this.namedMinutes(day)) : ordinary.minutes);
  }

  /** Null where clocks change about that day, or a window with a date holds: each firing is a case of its own. */
  ordinaryDay(day: number): OrdinaryDay | null {
    if (this.offset.changesNear(day) || this.blackout.isDated(day)) return null;
    const weekday = new Date(day).getUTCDay();
    const key = `${this.blackout.isEmpty ? '' : weekday} ${this.firingKey(day)}`;
    const known = this.ordinaryDays.get(key);
    if (known !== undefined) return known;
    const minutes = this.unheld(day, this.namedMinutes(day));
    const result = { minutes, longestWithin: furthestApart(minutes) };
    this.ordinaryDays.set(key, result);
    return result;
  }

  /** Which expressions fire on a day. */
  private firingKey(day: number): string {
    return this.schedule.map((times) => (firesOn(times, day) ? '1' : '0')).join('');
  }

  private namedMinutes(day: number): readonly number[] {
    const key = this.firingKey(day);
    const known = this.minutesNamed.get(key);
    if (known !== undefined) return known;
    const firing = this.schedule.filter((times) => firesOn(times, day));
    const minutes = [...new Set(firing.flatMap((times) => times.minutesOfDay))].sort((a, b) => a - b);
    this.minutesNamed.set(key, minutes);
    return minutes;
  }

  private unheld(day: number, minutes: readonly number[]): readonly number[] {
    if (this.blackout.isEmpty) return minutes;
    if (this.blackout.holdsAllOf(day)) return [];
    return minutes.filter((minute) => !this.blackout.holds(day + minute * minuteMs));
  }

  instantsOf(day: number, minutes: readonly number[]): number[] {
    const midnight = day - this.offset.at(day) * minuteMs;
    return minutes.map((minute) => midnight + minute * minuteMs);
  }

  /** Which expressions name a local time from `from` to before `to`. */
  naming(from: number, to: number): CronTimes[] {
    const days: number[] = [];
    for (let day = Math.floor(from / dayMs) * dayMs; day < to; day += dayMs) days.push(day);
    return this.schedule.filter((times) =>
      days.some(
        (day) =>
          firesOn(times, day) &&
          times.minutesOfDay.some((minute) => from <= day + minute * minuteMs && day + minute * minuteMs < to),
      ),
    );
  }

  /** Whether any expression is bound to days of the week. */
  get goesByWeekdays(): boolean {
    return this.schedule.some(({ daysOfWeek }) => daysOfWeek.size < 7);
  }

  private onUnusualDay(day: number): number[] {
    const candidates = this.schedule
      .filter((times) => firesOn(times, day))
      .flatMap(({ minutesOfDay, runsInRealTime }) =>
        minutesOfDay.flatMap((minute) => this.candidates(day + minute * minuteMs, runsInRealTime)),
      );
    return [...new Set(candidates)].filter((instant) => !this.holds(instant)).sort((a, b) => a - b);
  }

  private candidates(local: number, runsInRealTime: boolean): number[] {
    const instants = this.offset.instantsOf(local);
    if (runsInRealTime) return instants;
    if (instants.length > 0) return instants.slice(0, 1);
    const change = this.blackout.holds(local) ? undefined : this.offset.skipping(local);
    return change === undefined ? [] : [change.at];
  }

  /** Clocks may jump between a firing and the moment at which its jitter lets it begin. */
  private holds(instant: number): boolean {
    if (this.blackout.isEmpty) return false;
    if (this.blackout.holds(this.offset.localOf(instant))) return true;
    const last = instant + this.lateMinutes * minuteMs;
    // Where clocks do not change meanwhile, the earlier beginning of windows says the same.
    if (this.offset.at(last) === this.offset.at(instant)) return false;
    for (let late = 1; late <= this.lateMinutes; late++)
      if (this.narrow.holds(this.offset.localOf(instant + late * minuteMs))) return true;
    return false;
  }
}

function firesOn(times: CronTimes, day: number): boolean {
  const date = new Date(day);
  return (
    times.months.has(date.getUTCMonth() + 1) &&
    times.daysOfMonth.has(date.getUTCDate()) &&
    times.daysOfWeek.has(date.getUTCDay())
  );
}

function furthestApart(minutes: readonly number[]): [number, number] {
  let longest: [number, number] = [minutes[0] ?? 0, minutes[0] ?? 0];
  for (let i = 1; i < minutes.length; i++) {
    const [before, after] = [minutes[i - 1] ?? 0, minutes[i] ?? 0];
    if (after - before > longest[1] - longest[0]) longest = [before, after];
  }
  return longest;
}
