import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../core/duration';

/** Reads a moment: so long before now (`30d`), or a time as ISO 8601 has it. Epoch milliseconds. */
export function moment(text: string): number {
  const before = parseDuration(text);
  if (before !== null) return Date.now() - before * 1000;
  const time = /^\d{4}-\d{2}-\d{2}([T ].*(Z|[+-]\d{2}:?\d{2}))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError(
      'It must be a duration like 30d, a day like 2026-11-21, or a time like 2026-11-21T02:00:00Z.',
    );
  return time;
}

/** The same, of a day its end. */
export function lastMoment(text: string): number {
  const time = moment(text);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? time + 86_400_000 - 1 : time;
}
