import { formatDuration } from '../../core/duration';

/** A duration as one would say it: seconds below two minutes, else minutes. */
export function durationText(seconds: number): string {
  const unit = seconds < 120 ? 1 : 60;
  return formatDuration(Math.max(0, Math.round(seconds / unit) * unit));
}
