const secondsOf = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** Human durations: whole numbers with a unit, largest unit first, each at most once: `90m`, `26h`, `1d12h`, `2w`. */
export const durationPattern = /^(?=\d)(?:\d{1,6}w)?(?:\d{1,6}d)?(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,9}s)?$/;

/** Seconds of a human duration, or null where the text is none ({@link durationPattern}). */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([wdhms])/g)) {
    seconds += Number(count) * secondsOf[unit as keyof typeof secondsOf];
  }
  return seconds;
}

/**
 * The human form of whole seconds, in days and smaller: 129600 is `1d12h`. {@link parseDuration} reads it back.
 *
 * @throws RangeError for anything but a whole number of 0 or more.
 */
export function formatDuration(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError(`not a duration in seconds: ${seconds}`);
  let rest = seconds;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(rest / secondsOf[unit]);
    rest -= count * secondsOf[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}
