/** Minutes to add to UTC to get the local time of a zone at an instant (epoch milliseconds). */
export type OffsetMinutes = (instant: number) => number;

/** The periods that retention counts in, finest first. */
export const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof periods)[number];

/**
 * The hour, day, ISO week, month or year of a zone that an instant lies in: `2026-10-25T02+02:00`, `2026-10-25`, `2026-W43`, `2026-10`,
 * `2026`. The hour says the offset from UTC, so the two hours that an autumn night has of one name are two.
 */
export function bucketOf(period: Period, instant: number, offset: OffsetMinutes): string {
  const minutes = offset(instant);
  const local = new Date(instant + minutes * 60_000);
  switch (period) {
    case 'hourly':
      return `${local.toISOString().slice(0, 'YYYY-MM-DDTHH'.length)}${offsetText(minutes)}`;
    case 'daily':
      return dayOf(local);
    case 'weekly':
      return isoWeek(local);
    case 'monthly':
      return dayOf(local).slice(0, -'-DD'.length);
    case 'yearly':
      return dayOf(local).slice(0, -'-MM-DD'.length);
  }
}

function dayOf(local: Date): string {
  const text = local.toISOString();
  return text.slice(0, text.indexOf('T'));
}

function offsetText(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const dayMilliseconds = 24 * 3600_000;

/** ISO 8601: weeks begin on Monday, and belong to the year that their Thursday lies in. */
function isoWeek(local: Date): string {
  const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate());
  const daysSinceMonday = (local.getUTCDay() + 6) % 7;
  const thursday = new Date(midnight + (3 - daysSinceMonday) * dayMilliseconds);
  const firstOfYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - firstOfYear) / (7 * dayMilliseconds)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}
