import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../../../core/duration';

/** An hour, in milliseconds. */
export const usualTimeout = 3_600_000;

/** Milliseconds of a duration. @throws InvalidArgumentError of what is none */
export function timeoutMilliseconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== null) return seconds * 1000;
  throw new InvalidArgumentError('Name a duration with its unit: 90s, 10m, 2h.');
}
