import { formatDuration } from '../duration';

/**
 * How long something has still to go, in words.
 *
 * @param expectedEnd ISO 8601, as earlier ones let expect it
 * @param now epoch milliseconds
 */
export function timeLeftText(expectedEnd: string, now: number): string {
  const seconds = (Date.parse(expectedEnd) - now) / 1000;
  if (seconds <= 0) return 'takes longer than before';
  const unit = seconds < 120 ? 1 : 60;
  return `about ${formatDuration(Math.ceil(seconds / unit) * unit)} left`;
}
