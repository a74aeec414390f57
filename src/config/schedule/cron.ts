import { CronPattern } from 'croner';

/** The times a cron expression names. A minute of a day fires where every field agrees. */
export interface CronTimes {
  /** Minutes of the day, ascending: 90 is 01:30. */
  readonly minutesOfDay: readonly number[];
  readonly daysOfMonth: ReadonlySet<number>;
  /** January is 1. */
  readonly months: ReadonlySet<number>;
  /** Sunday is 0. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** The hour begins with `*`: it fires whenever clocks show a time that it names. Otherwise each time runs once a day. */
  readonly runsInRealTime: boolean;
}

/** Why a text is no cron expression. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

const fields: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12 },
  { name: 'day of week', least: 0, most: 7 },
];

const shorthands = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** One item of a field. Croner knows more than Temporal does, like `L`, `15W`, `mon#2`, `?` and `+1`. */
const temporalItem = /^(\*|(\d+|[a-z]{3})(-(\d+|[a-z]{3}))?)(\/\d+)?$/i;

/**
 * Reads what Temporal's schedules read in five fields (`ScheduleSpec.cron_string` of Temporal's API): `*`, values, ranges, lists
 * and steps, names of months and days, and the shorthands. As there, day of month **and** day of week must match where
 * both are set; other cron programs take either.
 *
 * @throws CronError with a text for the person who wrote it.
 */
export function parseCron(text: string): CronTimes {
  if (shorthands.includes(text)) return timesOf(new CronPattern(text), text === '@hourly');
  if (text.startsWith('@')) throw new CronError(`knows ${shorthands.join(', ')} only`);
  const parts = text.trim().split(/[ \t]+/);
  if (parts.length !== fields.length) {
    throw new CronError('has five fields: minute, hour, day of month, month, day of week');
  }
  const patterns = fields.map((field, i) => fieldForCroner(field, parts[i] ?? ''));
  try {
    return timesOf(new CronPattern(patterns.join(' ')), parts[1]?.startsWith('*') === true);
  } catch (error) {
    fields.forEach((field, i) => refuseWhatCronerRefuses(field, parts[i] ?? '', i, patterns[i] ?? ''));
    throw error;
  }
}

/** The field in croner's words, with the meaning that Temporal gives it. */
function fieldForCroner({ name, least, most }: Field, text: string): string {
  const items = text.split(',').map((item) => {
    if (!temporalItem.test(item)) throw new CronError(`${name} ${cut(item)} is none`);
    const [range = ''] = item.split('/');
    for (const value of range.split('-').map(Number)) {
      // Croner lets a range with steps end outside where no step falls on its end.
      if (value < least || value > most) throw new CronError(`${name} ${value} is not within ${least}–${most}`);
    }
    // Temporal takes `5/2` as 5–7/2 also in the day of week, and Sunday as 0 also at the end of a range.
    return item.replace(/^(\w+)\//, `$1-${most}/`).replace(/-sun/i, '-0');
  });
  return items.join(',');
}

/** Croner's own errors do not tell the field. */
function refuseWhatCronerRefuses({ name }: Field, text: string, i: number, pattern: string): void {
  try {
    new CronPattern(['*', '*', '*', '*', '*'].with(i, pattern).join(' '));
  } catch {
    const sunday = name === 'day of week' ? '; Sunday at the end of a range is 7' : '';
    throw new CronError(`${name} ${cut(text)} is none: ranges run upwards, and steps fit into them${sunday}`);
  }
}

function cut(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

function timesOf({ minute, hour, day, month, dayOfWeek }: CronPattern, runsInRealTime: boolean): CronTimes {
  const minutes = chosen(minute, 0);
  return {
    minutesOfDay: chosen(hour, 0).flatMap((hourOfDay) => minutes.map((minuteOfHour) => hourOfDay * 60 + minuteOfHour)),
    daysOfMonth: new Set(chosen(day, 1)),
    months: new Set(chosen(month, 1)),
    daysOfWeek: new Set(chosen(dayOfWeek, 0)),
    runsInRealTime,
  };
}

/** Croner keeps a field as one number a value, 0 where it does not fire. */
function chosen(values: readonly number[], first: number): number[] {
  return values.flatMap((value, i) => (value === 0 ? [] : [first + i]));
}
