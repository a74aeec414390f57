import { type QuietHours } from '../channel';
import { offsetMinutes } from './timezone';

const minuteMs = 60_000;
const minutesOfDay = 1440;

/**
 * When the quiet time ends that there is now (ISO 8601, UTC); null: there is none. It ends when clocks show its end, whether they
 * change meanwhile or not.
 *
 * @param now milliseconds since the epoch
 */
export function quietUntil(hours: QuietHours | null, now: number): string | null {
  if (hours === null) return null;
  const { fromMinute, toMinute, timezone } = hours;
  const minute = Math.floor(now / minuteMs);
  const offset = offsetMinutes(timezone, now);
  const ofDay = (((minute + offset) % minutesOfDay) + minutesOfDay) % minutesOfDay;
  const at = [ofDay, ofDay + minutesOfDay].find((one) => one >= fromMinute && one < toMinute);
  if (at === undefined) return null;
  const end = (minute + toMinute - at) * minuteMs;
  const change = (offsetMinutes(timezone, end) - offset) * minuteMs;
  return new Date(Math.max(now + minuteMs, end - change)).toISOString();
}
