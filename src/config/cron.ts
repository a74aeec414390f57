/** The times a cron expression names. A minute of a day fires where every field agrees. */
export interface CronTimes {
  /** Minutes of the day, ascending: 90 is 01:30. */
  readonly minutesOfDay: readonly number[];
  readonly daysOfMonth: ReadonlySet<number>;
  /** January is 1. */
  readonly months: ReadonlySet<number>;
  /** Sunday is 0. */
  readonly daysOfWeek: ReadonlySet<number>;
}

/** Why a text is no cron expression. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** From {@link least} upwards. */
  readonly words: readonly string[];
}

const monthWords = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayWords = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of month', least: 1, most: 31, words: [] },
  { name: 'month', least: 1, most: 12, words: monthWords },
  { name: 'day of week', least: 0, most: 7, words: dayWords },
] as const satisfies readonly Field[];

const shorthands: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/**
 * Reads what Temporal's schedules read in five fields (`ScheduleSpec.cron_string` of Temporal's API): `*`, values, ranges, lists
 * and steps, names of months and days, and the shorthands. As there, day of month **and** day of week must match where
 * both are set; other cron programs take either.
 *
 * @throws CronError with a text for the person who wrote it.
 */
export function parseCron(text: string): CronTimes {
  const expression = shorthands.get(text) ?? text;
  if (expression.startsWith('@')) throw new CronError(`knows ${[...shorthands.keys()].join(', ')} only`);
  const parts = expression.trim().split(/[ \t]+/);
  if (parts.length !== fields.length) {
    throw new CronError('has five fields: minute, hour, day of month, month, day of week');
  }
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = fields.map((field, i) => valuesOf(field, parts[i] ?? ''));
  if (!minutes || !hours || !daysOfMonth || !months || !daysOfWeek) throw new CronError('has five fields');
  if (daysOfWeek.delete(7)) daysOfWeek.add(0);
  const ascending = (values: Set<number>) => [...values].sort((a, b) => a - b);
  const minutesOfDay = ascending(hours).flatMap((hour) => ascending(minutes).map((minute) => hour * 60 + minute));
  return { minutesOfDay, daysOfMonth, months, daysOfWeek };
}

function valuesOf(field: Field, text: string): Set<number> {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', stepText, ...more] = item.split('/');
    if (more.length > 0) throw malformed(field, item);
    const step = stepText === undefined ? 1 : wholeNumber(stepText);
    if (step === null || step < 1) throw malformed(field, item);
    const [first, last] = boundsOf(field, range, item, stepText !== undefined);
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return values;
}

function boundsOf(field: Field, range: string, item: string, hasStep: boolean): readonly [number, number] {
  if (range === '*') return [field.least, field.most];
  const [from = '', to, ...more] = range.split('-');
  if (more.length > 0) throw malformed(field, item);
  const first = valueOf(field, from, item);
  if (to === undefined) return [first, hasStep ? field.most : first];
  const last = valueOf(field, to, item);
  if (last < first) {
    const sunday = field.words === dayWords && last === 0 ? '; Sunday at the end of a range is 7' : '';
    throw new CronError(`${field.name} \`${item.slice(0, 40)}\` ends before it begins${sunday}`);
  }
  return [first, last];
}

function valueOf(field: Field, text: string, item: string): number {
  const word = field.words.indexOf(text.toLowerCase());
  const value = word === -1 ? wholeNumber(text) : word + field.least;
  if (value === null) throw malformed(field, item);
  if (value < field.least || value > field.most) {
    throw new CronError(`${field.name} ${value} is not within ${field.least}–${field.most}`);
  }
  return value;
}

function wholeNumber(text: string): number | null {
  return /^\d{1,4}$/.test(text) ? Number(text) : null;
}

function malformed(field: Field, item: string): CronError {
  return new CronError(`${field.name} ${JSON.stringify(item.slice(0, 40))} is none`);
}
