/** A time in which nothing scheduled fires, in the local time of the schedule: plain data, as it stands in a schedule's settings. */
export type BlackoutWindow = WeeklyWindow | DatedWindow;

/** From one time of a day to another, which lies on the next day where it is more than 1440. */
export interface WeeklyWindow {
  /** On which it begins; Sunday is 0. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface DatedWindow {
  /** Local, `2026-12-24T18:00`. */
  readonly from: string;
  /** Local, exclusive. */
  readonly to: string;
}

/** Hours and minutes of some days, as a calendar of Temporal names them. */
export interface TimesOfDays {
  readonly days:
    | { readonly daysOfWeek: readonly number[] }
    | { readonly year: number; readonly month: number; readonly firstDay: number; readonly lastDay: number };
  readonly hours: readonly [first: number, last: number];
  readonly minutes: readonly [first: number, last: number];
}

/** Local times are told as the instant at which UTC shows them, in milliseconds. */
interface LocalSpan {
  readonly from: number;
  readonly to: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const minutesOfDay = 1440;
const minutesOfWeek = 7 * minutesOfDay;

/**
 * When nothing fires: whenever clocks show a time within a window. A time that clocks show twice is within it both times.
 *
 * @param lateMinutes How many whole minutes a firing may be late by and still begin: windows begin that much earlier, so that
 *   jitter lets nothing into them.
 */
export class Blackout {
  readonly isEmpty: boolean;
  /** By the minute of the week, from Sunday 00:00. */
  private readonly weekly = new Uint8Array(minutesOfWeek);
  private readonly dated: readonly LocalSpan[];

  constructor(windows: readonly BlackoutWindow[], lateMinutes: number) {
    this.isEmpty = windows.length === 0;
    this.dated = windows.flatMap((window) =>
      'days' in window ? [] : [{ from: localMs(window.from) - lateMinutes * minuteMs, to: localMs(window.to) }],
    );
    for (const window of windows) {
      if (!('days' in window)) continue;
      const length = Math.min(minutesOfWeek, window.toMinute - window.fromMinute + lateMinutes);
      for (const day of window.days) {
        const last = day * minutesOfDay + window.toMinute;
        for (let minute = last - length; minute < last; minute++)
          this.weekly[(minute + 2 * minutesOfWeek) % minutesOfWeek] = 1;
      }
    }
  }

  holds(local: number): boolean {
    return this.weekly[minuteOfWeek(local)] === 1 || this.dated.some(({ from, to }) => from <= local && local < to);
  }

  /** True where a window with a date touches this day, told by its local midnight. */
  isDated(day: number): boolean {
    return this.dated.some(({ from, to }) => from < day + dayMs && day < to);
  }

  /** True where one window with dates holds the whole day. */
  holdsAllOf(day: number): boolean {
    return this.dated.some(({ from, to }) => from <= day && day + dayMs <= to);
  }

  /** The same times, as Temporal is told to skip them. */
  get times(): TimesOfDays[] {
    const spansOf = new Map<string, { readonly spans: readonly [number, number][]; readonly daysOfWeek: number[] }>();
    for (let day = 0; day < 7; day++) {
      const spans = spansWhere(minutesOfDay, (minute) => this.weekly[day * minutesOfDay + minute] === 1);
      const key = JSON.stringify(spans);
      const known = spansOf.get(key) ?? { spans, daysOfWeek: [] };
      known.daysOfWeek.push(day);
      spansOf.set(key, known);
    }
    return [
      ...[...spansOf.values()].flatMap(({ spans, daysOfWeek }) =>
        spans.flatMap(([from, to]) => piecesOf(from, to).map((piece) => ({ days: { daysOfWeek }, ...piece }))),
      ),
      ...this.dated.flatMap(datedTimes),
    ];
  }
}

/** A time of a date in local time, as the instant at which UTC shows it, in milliseconds. */
export function localMs(text: string): number {
  return Date.parse(`${text}:00Z`);
}

/** The inverse of {@link localMs}. */
export function localText(local: number): string {
  return new Date(local).toISOString().slice(0, 16);
}

/** The times of a span, for Temporal. */
export function datedTimes({ from, to }: LocalSpan): TimesOfDays[] {
  const times: TimesOfDays[] = [];
  for (let at = from; at < to;) {
    const day = Math.floor(at / dayMs) * dayMs;
    const date = new Date(day);
    const [year, month, firstDay] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    // Days that are whole, to the end of their month.
    const nextMonth = Date.UTC(year, month + 1, 1);
    const wholeTo = Math.min(nextMonth, Math.floor(to / dayMs) * dayMs);
    const end = at === day && wholeTo > day ? wholeTo : Math.min(day + dayMs, to);
    const lastDay = new Date(end - 1).getUTCDate();
    const [fromMinute, toMinute] =
      end - at >= dayMs ? [0, minutesOfDay] : [(at - day) / minuteMs, (end - day) / minuteMs];
    const days = { year, month: month + 1, firstDay, lastDay };
    times.push(...piecesOf(fromMinute, toMinute).map((piece) => ({ days, ...piece })));
    at = end;
  }
  return times;
}

function minuteOfWeek(local: number): number {
  // 1 January 1970 was a Thursday.
  return (Math.floor(local / minuteMs) + 4 * minutesOfDay) % minutesOfWeek;
}

/** Where something holds, as spans whose end is exclusive. */
function spansWhere(length: number, holds: (i: number) => boolean): [number, number][] {
  const spans: [number, number][] = [];
  for (let i = 0; i < length; i++) {
    if (!holds(i)) continue;
    const last = spans.at(-1);
    if (last?.[1] === i) last[1] = i + 1;
    else spans.push([i, i + 1]);
  }
  return spans;
}

/** Minutes of a day as hours and minutes of an hour, the end exclusive: a part of the first hour, whole hours, a part of the last. */
function piecesOf(from: number, to: number): Pick<TimesOfDays, 'hours' | 'minutes'>[] {
  const [firstWhole, endWhole] = [Math.ceil(from / 60), Math.floor(to / 60)];
  const hourOf = (minute: number) => Math.floor(minute / 60);
  if (firstWhole > endWhole) return [{ hours: [hourOf(from), hourOf(from)], minutes: [from % 60, (to - 1) % 60] }];
  return [
    ...(from % 60 === 0 ? [] : [{ hours: [hourOf(from), hourOf(from)], minutes: [from % 60, 59] } as const]),
    ...(firstWhole === endWhole ? [] : [{ hours: [firstWhole, endWhole - 1], minutes: [0, 59] } as const]),
    ...(to % 60 === 0 ? [] : [{ hours: [endWhole, endWhole], minutes: [0, (to % 60) - 1] } as const]),
  ];
}
