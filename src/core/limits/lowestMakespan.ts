/** One operation under a limit, in seconds. */
export interface LimitedWork {
  /** What must pass before it can begin. */
  readonly head: number;
  readonly work: number;
  /** What must pass once it has ended. */
  readonly tail: number;
}

/**
 * No order of operations under a limit is through earlier than this: its slots stand idle until the first ones can begin, do all the
 * work, and what comes after the last ones still follows (docs/performance.md).
 *
 * @param slots how many operations may be in flight at once, at least 1
 * @returns seconds
 */
export function lowestMakespan(operations: readonly LimitedWork[], slots: number): number {
  const smallest = (of: 'head' | 'tail') =>
    sum(
      operations
        .map((one) => one[of])
        .sort((a, b) => a - b)
        .slice(0, slots),
    );
  return (smallest('head') + sum(operations.map(({ work }) => work)) + smallest('tail')) / slots;
}

const sum = (seconds: readonly number[]) => seconds.reduce((a, b) => a + b, 0);
