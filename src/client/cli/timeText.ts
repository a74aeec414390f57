/** Minutes that local time is ahead of UTC at a moment. */
export type OffsetAt = (time: Date) => number;

const halfYearMilliseconds = 182 * 24 * 3600 * 1000;

const localOffset: OffsetAt = (time) => -time.getTimezoneOffset();

/**
 * A time for people: `2026-11-21 03:00:13 +01:00` in the local time zone, `2026-11-21 02:00:13 UTC` on demand.
 *
 * @param time ISO 8601 or epoch milliseconds
 */
export function timeText(time: string | number, utc: boolean, offsetAt: OffsetAt = localOffset): string {
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime())) return String(time);
  const offset = utc ? 0 : offsetAt(moment);
  const wall = new Date(moment.getTime() + offset * 60_000).toISOString();
  return `${wall.slice(0, 10)} ${wall.slice(11, 19)} ${utc ? 'UTC' : offsetText(offset)}`;
}

/** A moment near to now: the time of day; one of another day has its date too: `2026-11-20 23:59:58`. */
export function momentText(time: string | number, now: number, utc: boolean, offsetAt: OffsetAt = localOffset): string {
  const [text, today] = [timeText(time, utc, offsetAt), timeText(now, utc, offsetAt)];
  return text.slice(0, 10) === today.slice(0, 10) ? text.slice(11, 19) : text.slice(0, 19);
}

/** A time for a narrow column: `11-21 03:00`, and `2025-11-21` of one that is more than half a year off. */
export function shortTimeText(
  time: string | number,
  now: number,
  utc: boolean,
  offsetAt: OffsetAt = localOffset,
): string {
  const text = timeText(time, utc, offsetAt);
  return Math.abs(new Date(time).getTime() - now) > halfYearMilliseconds ? text.slice(0, 10) : text.slice(5, 16);
}

/** Only the time of day, for lines that tell what happens now: `03:00:13`. */
export function clockText(time: number, utc: boolean, offsetAt: OffsetAt = localOffset): string {
  return timeText(time, utc, offsetAt).slice(11, 19);
}

function offsetText(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
