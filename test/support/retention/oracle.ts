import { type Retention } from '../../../src/core/backup/policy';

/**
 * The text of docs/retention.md, once more: nothing here is shared with the code that it judges. Calendars are read off the local time that
 * `Intl` writes.
 */
export function oracleKeeps(times: readonly number[], policy: Retention, timezone: string): ReadonlySet<number> {
  const newestFirst = [...times].sort((a, b) => b - a);
  const kept = new Set<number>();
  newestFirst.slice(0, policy.minimum).forEach((time) => kept.add(time));
  const [newest] = newestFirst;
  const oldest = newestFirst[newestFirst.length - 1];
  if (newest === undefined || oldest === undefined) return kept;
  if (policy.keepDays !== undefined)
    for (const time of newestFirst) if (time >= newest - policy.keepDays * 86_400_000) kept.add(time);
  const written = newestFirst.map((time) => localTime(time, timezone));
  const rules: readonly [number | undefined, (local: LocalTime) => string][] = [
    [policy.hourly, ({ day, hour, zone }) => `${day} ${hour} ${zone}`],
    [policy.daily, ({ day }) => day],
    [policy.weekly, ({ day }) => isoWeek(day)],
    [policy.monthly, ({ day }) => day.slice(0, 7)],
    [policy.yearly, ({ day }) => day.slice(0, 4)],
  ];
  for (const [wanted = 0, bucketOf] of rules) {
    if (wanted === 0) continue;
    const newestOf = new Map<string, number>();
    newestFirst.forEach((time, i) => {
      const local = written[i];
      if (local === undefined) return;
      const bucket = bucketOf(local);
      if (!newestOf.has(bucket)) newestOf.set(bucket, time);
    });
    const filled = [...newestOf.values()];
    filled.slice(0, wanted).forEach((time) => kept.add(time));
    if (filled.length < wanted) kept.add(oldest);
  }
  return kept;
}

interface LocalTime {
  readonly day: string;
  readonly hour: string;
  readonly zone: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** By the zone and the instant: formatting takes most of the time of whoever judges often. */
const known = new Map<string, Map<number, LocalTime>>();
const mostKnown = 50_000;

function localTime(instant: number, timezone: string): LocalTime {
  let inZone = known.get(timezone);
  if (inZone === undefined || inZone.size > mostKnown) known.set(timezone, (inZone = new Map<number, LocalTime>()));
  let local = inZone.get(instant);
  if (local === undefined) inZone.set(instant, (local = writtenTime(instant, timezone)));
  return local;
}

function writtenTime(instant: number, timezone: string): LocalTime {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      timeZoneName: 'longOffset',
    });
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? '';
  return {
    day: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`,
    hour: part('hour'),
    zone: part('timeZoneName'),
  };
}

/** The week that the Thursday nearest to a day lies in, by the ordinal of the day. */
function isoWeek(day: string): string {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const isLeap = (y: number) => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const ordinal = lengths.slice(0, month - 1).reduce((sum, length) => sum + length, 0) + date;
  const weekday = new Date(Date.UTC(year, month - 1, date)).getUTCDay() || 7;
  const week = Math.floor((ordinal - weekday + 10) / 7);
  const weeksOf = (y: number) => {
    const begins = new Date(Date.UTC(y, 0, 1)).getUTCDay();
    return begins === 4 || (begins === 3 && isLeap(y)) ? 53 : 52;
  };
  if (week < 1) return `${year - 1}-W${weeksOf(year - 1)}`;
  if (week > weeksOf(year)) return `${year + 1}-W1`;
  return `${year}-W${week}`;
}
