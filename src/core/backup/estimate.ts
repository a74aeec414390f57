import { type Leg } from './route';

/** Seconds a leg took, by leg id: what a lifecycle learns from its own earlier recovery points. */
export type LearnedSeconds = Readonly<Record<string, number>>;

/**
 * First guesses, until a lifecycle has learnt better: a fixed part and a part that grows with the size. Aurora snapshots
 * take minutes whatever the size; copies inside a region some 150 MiB/s; across regions "up to an hour".
 */
const guesses = {
  snapshot: { seconds: 180, secondsPerGiB: 0.5 },
  copySameRegion: { seconds: 240, secondsPerGiB: 7 },
  copyCrossRegion: { seconds: 600, secondsPerGiB: 12 },
  share: { seconds: 0, secondsPerGiB: 0 },
  /** An export restores the whole database before it writes. */
  export: { seconds: 1800, secondsPerGiB: 30 },
  transfer: { seconds: 60, secondsPerGiB: 10 },
} as const;

/** How long a leg may be expected to take, in seconds. */
export function expectedSeconds(
  leg: Pick<Leg, 'id' | 'type' | 'limit'>,
  sizeGiB: number,
  learned: LearnedSeconds,
): number {
  const known = learned[leg.id];
  if (known !== undefined) return known;
  const guess =
    leg.type === 'copy' ? (leg.limit === null ? guesses.copySameRegion : guesses.copyCrossRegion) : guesses[leg.type];
  return guess.seconds + guess.secondsPerGiB * sizeGiB;
}

/**
 * How long to wait before the first question, in seconds: most of what earlier copies took; where there was none, half of
 * the guess, and never longer than between two questions.
 */
export function firstPollSeconds(
  leg: Pick<Leg, 'id' | 'type' | 'limit'>,
  sizeGiB: number,
  learned: LearnedSeconds,
  polling: { readonly longestSeconds: number },
): number {
  const known = learned[leg.id];
  return known === undefined
    ? Math.min(0.5 * expectedSeconds(leg, sizeGiB, learned), polling.longestSeconds)
    : 0.85 * known;
}

/** The new expectation after a leg took `seconds`: recent runs count more, one odd run does not upset it. */
export function learn(previous: number | undefined, seconds: number): number {
  return previous === undefined ? seconds : 0.5 * previous + 0.5 * seconds;
}

/**
 * How long the longest chain of legs from `legId` to the end of the route is, itself included: what the permit queue orders
 * by, since serving the longest remaining path first keeps the makespan near its lower bound (docs/performance.md).
 */
export function remainingPathSeconds(legs: readonly Leg[], legId: string, secondsOf: (leg: Leg) => number): number {
  const leg = legs.find((l) => l.id === legId);
  if (leg === undefined) return 0;
  const behind = legs.filter((l) => l.after.includes(legId)).map((l) => remainingPathSeconds(legs, l.id, secondsOf));
  return secondsOf(leg) + Math.max(0, ...behind);
}

/**
 * When to ask next how far an operation is.
 *
 * AWS's percentage is an estimate, and a queued copy stays at 0: so the time left is taken from the percentage where there is
 * one, else from the expectation; most of it is slept through, the rest is asked for often. An operation beyond its
 * expectation is asked ever more slowly, at a tenth of the time it has already taken.
 *
 * @returns seconds, between the polling bounds
 */
export function nextPollSeconds(
  elapsedSeconds: number,
  percent: number,
  expected: number,
  polling: { readonly shortestSeconds: number; readonly longestSeconds: number },
): number {
  const byPercent = percent > 5 ? (elapsedSeconds * (100 - percent)) / percent : null;
  const left = byPercent ?? expected - elapsedSeconds;
  const near = left <= 6 * polling.shortestSeconds;
  const wanted = left <= 0 ? elapsedSeconds * 0.1 : near ? left : left * 0.9;
  return Math.min(polling.longestSeconds, Math.max(polling.shortestSeconds, wanted));
}
