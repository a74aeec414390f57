/** How far bytes have come that are on their way. */
export interface TransferFigures {
  readonly bytes: number;
  /** Null until everything has been listed. */
  readonly totalBytes: number | null;
  /** 0 as long as nothing can be said. */
  readonly bytesPerSecond: number;
  /** Null as long as nothing can be said. */
  readonly secondsLeft: number | null;
}

/** The figures of what began some time ago, and has come so far since. */
export function transferFigures(bytes: number, totalBytes: number | null, elapsedSeconds: number): TransferFigures {
  const bytesPerSecond = bytes / Math.max(1, elapsedSeconds);
  return { bytes, totalBytes, bytesPerSecond, secondsLeft: secondsLeft(bytes, totalBytes, bytesPerSecond) };
}

export function secondsLeft(bytes: number, totalBytes: number | null, bytesPerSecond: number): number | null {
  return totalBytes === null || bytesPerSecond === 0 ? null : Math.max(0, totalBytes - bytes) / bytesPerSecond;
}

/** `1.2 of 5.0 GB, 80.3 MB/s, 48 s left`; what cannot be said is left out. */
export function transferText({ bytes, totalBytes, bytesPerSecond, secondsLeft }: TransferFigures): string {
  if (totalBytes === null) return 'listing';
  const done = byteText(bytes);
  const all = byteText(totalBytes);
  const [unit] = all.split(' ').slice(1);
  const short = done.endsWith(` ${unit}`) ? done.slice(0, -` ${unit}`.length) : done;
  return [
    `${short} of ${all}`,
    ...(bytesPerSecond === 0 ? [] : [`${byteText(bytesPerSecond)}/s`]),
    ...(secondsLeft === null || bytes >= totalBytes ? [] : [`${waitText(secondsLeft)} left`]),
  ].join(', ');
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** In powers of a thousand, as clouds bill them. */
export function byteText(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  // What would be rounded to 1000.0 is one of the next.
  for (; amount >= 999.95 && unit < units.length - 1; unit += 1) amount /= 1000;
  return `${unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

function waitText(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
