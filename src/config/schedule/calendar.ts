import { localMs } from './blackout';

/** Days of the week as people write them, Sunday first. */
export const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
/** January first. */
export const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] as const;

/** A calendar as the fleet file has it: a firing at each time of each day that all of what is given names. */
export interface Calendar {
  /** `02:30`. */
  readonly at: string | readonly string[];
  /** `mon`, `mon-fri`. */
  readonly days?: string | readonly string[] | undefined;
  /** `1`, `1-7`. */
  readonly daysOfMonth?: number | string | readonly (number | string)[] | undefined;
  /** `jan`, `jan-mar`. */
  readonly months?: string | readonly string[] | undefined;
}

/** The same as cron expressions: one for each minute of the hour. */
export function calendarCrons({ at, days, daysOfMonth, months }: Calendar): string[] {
  const hoursOf = new Map<number, number[]>();
  for (const time of [at].flat()) {
    const minuteOfDay = minuteOf(time);
    const minute = minuteOfDay % 60;
    hoursOf.set(minute, [...(hoursOf.get(minute) ?? []), Math.floor(minuteOfDay / 60)]);
  }
  const ofMonth = daysOfMonth === undefined ? '*' : listed([daysOfMonth].flat().flatMap(dayRange));
  const ofYear = months === undefined ? '*' : listed([months].flat().flatMap((text) => rangeOf(text, monthNames, 1)));
  const ofWeek = days === undefined ? '*' : listed(weekdaysOf([days].flat()));
  return [...hoursOf].map(([minute, hours]) => `${minute} ${listed(hours)} ${ofMonth} ${ofYear} ${ofWeek}`);
}

/** Days of the week that texts like `mon` and `fri-mon` name; Sunday is 0. */
export function weekdaysOf(texts: readonly string[]): number[] {
  return ascending(texts.flatMap((text) => rangeOf(text, weekdayNames, 0)));
}

/** The minute of the day of `02:30`; `24:00` is its end. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The local moment that `2026-12-24` or `2026-12-24 18:00` names, as in `localMs`; NaN where there is no such date. */
export function dateMs(text: string): number {
  const [date = '', time = '00:00'] = text.split(' ');
  const midnight = localMs(`${date}T00:00`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return NaN;
  return midnight + minuteOf(time) * 60_000;
}

/** A range may go on at the beginning of the week or the year: `fri-mon`. */
function rangeOf(text: string, names: readonly string[], first: number): number[] {
  const [from = 0, to = from] = text.split('-').map((name) => names.indexOf(name));
  const length = ((to - from + names.length) % names.length) + 1;
  return Array.from({ length }, (_, i) => ((from + i) % names.length) + first);
}

function dayRange(days: number | string): number[] {
  const [from = 0, to = from] = String(days).split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

const ascending = (numbers: readonly number[]) => [...new Set(numbers)].sort((a, b) => a - b);
const listed = (numbers: readonly number[]) => ascending(numbers).join(',');
