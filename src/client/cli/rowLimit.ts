import { InvalidArgumentError } from 'commander';

/** Reads the number of rows to show; 0 means all. */
export function rowLimit(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number; 0 shows all.');
  return Number(text);
}

/** The first `limit` of a list, all where it is 0. */
export function limited<T>(items: readonly T[], limit: number): readonly T[] {
  return limit === 0 ? items : items.slice(0, limit);
}
