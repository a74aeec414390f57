import { CronDate } from 'croner';

/** A change of a time zone's offset from UTC. */
export interface OffsetChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly beforeMinutes: number;
  readonly afterMinutes: number;
}

/** True for names of the IANA time zone database, in its spelling: Temporal's server knows no other. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/.test(name) || name.length > 64) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== undefined;
  } catch {
    return false;
  }
}

/** Minutes to add to UTC to get the zone's local time at an instant (milliseconds since the epoch). */
export function offsetMinutes(timezone: string, instant: number): number {
  const { year, month, day, hour, minute, second, ms } = new CronDate(new Date(instant), timezone);
  return Math.round((Date.UTC(year, month, day, hour, minute, second, ms) - instant) / 60_000);
}

/** {@link offsetMinutes} of many instants: the offset of a quarter of an hour is asked for once, since no zone changes it within one. */
export function offsetOf(timezone: string): (instant: number) => number {
  const known = new Map<number, number>();
  return (instant) => {
    const quarter = Math.floor(instant / quarterMs);
    const offset = known.get(quarter) ?? offsetMinutes(timezone, quarter * quarterMs);
    known.set(quarter, offset);
    return offset;
  };
}

const quarterMs = 900_000;

/** The changes of a zone's offset between two instants, to the minute; zones change at most once within a day. */
export function offsetChanges(timezone: string, from: number, to: number): readonly OffsetChange[] {
  const key = `${timezone} ${from} ${to}`;
  const known = knownChanges.get(key) ?? findOffsetChanges(timezone, from, to);
  knownChanges.set(key, known);
  return known;
}

/** Finding them takes about a thousand questions to the time zone database. */
const knownChanges = new Map<string, readonly OffsetChange[]>();

function findOffsetChanges(timezone: string, from: number, to: number): OffsetChange[] {
  const changes: OffsetChange[] = [];
  let before = offsetMinutes(timezone, from);
  for (let start = from; start < to; start += dayMs) {
    const after = offsetMinutes(timezone, start + dayMs);
    if (after === before) continue;
    let [low, high] = [start, start + dayMs];
    while (high - low > 60_000) {
      const middle = low + Math.floor((high - low) / 120_000) * 60_000;
      if (offsetMinutes(timezone, middle) === before) low = middle;
      else high = middle;
    }
    changes.push({ at: high, beforeMinutes: before, afterMinutes: after });
    before = after;
  }
  return changes;
}

const dayMs = 86_400_000;
