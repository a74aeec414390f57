import { type Step } from './step';

/** Seconds a step took, by its id: what a lifecycle learns from its own earlier recovery points. */
export type LearnedSeconds = Readonly<Record<string, number>>;

type Expected = Pick<Step, 'id' | 'expects'>;

/** How long a step may be expected to take, in seconds. */
export function expectedSeconds({ id, expects }: Expected, sizeGiB: number, learned: LearnedSeconds): number {
  return learned[id] ?? expects.seconds + expects.secondsPerGiB * sizeGiB;
}

/**
 * How long to wait before the first question, in seconds: most of what earlier ones took; where there was none, half of the
 * guess, and never longer than between two questions; 0 where that is no longer than the shortest pause between two.
 */
export function firstPollSeconds(
  step: Expected,
  sizeGiB: number,
  learned: LearnedSeconds,
  polling: { readonly shortestSeconds: number; readonly longestSeconds: number },
): number {
  const known = learned[step.id];
  const wanted =
    known === undefined
      ? Math.min(0.5 * expectedSeconds(step, sizeGiB, learned), polling.longestSeconds)
      : 0.85 * known;
  return wanted > polling.shortestSeconds ? wanted : 0;
}

/**
 * Whether that wait is worth a timer of its own, which costs a workflow's history five events more than one more pause of the
 * poller does: only where it is longer than the poller ever pauses, by far.
 */
export function isWorthATimer(seconds: number, { longestSeconds }: { readonly longestSeconds: number }): boolean {
  return seconds > 2 * longestSeconds;
}

/** The new expectation after a step took `seconds`: recent runs count more, one odd run does not upset it. */
export function learn(previous: number | undefined, seconds: number): number {
  return previous === undefined ? seconds : 0.5 * previous + 0.5 * seconds;
}

/**
 * How long the longest chain of steps from `id` to the end of the plan is, itself included: what the permit queue orders by,
 * since serving the longest remaining path first keeps the makespan near its lower bound (docs/performance.md).
 */
export function remainingPathSeconds(steps: readonly Step[], id: string, secondsOf: (step: Step) => number): number {
  const step = steps.find((one) => one.id === id);
  if (step === undefined) return 0;
  const following = steps.filter((one) => one.after.includes(id));
  return secondsOf(step) + Math.max(0, ...following.map((one) => remainingPathSeconds(steps, one.id, secondsOf)));
}

/** From here on an error of one in a percentage is little of what is left. */
const tellingPercent = 75;

/**
 * When to ask next how far an operation is.
 *
 * AWS's percentage is an estimate, and a queued copy stays at 0: so the time left is taken from the percentage where there is
 * one, else from the expectation. A percentage near its end tells the time well, and all of that is slept through; else most of it
 * is, and the rest is asked for often. An operation beyond its expectation is asked ever more slowly, at a tenth of the time it
 * has already taken.
 *
 * @param percent 0–100; 0 where the service tells none
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
  const near = left <= 6 * polling.shortestSeconds || (byPercent !== null && percent >= tellingPercent);
  const wanted = left <= 0 ? elapsedSeconds * 0.1 : near ? left : left * 0.9;
  return Math.min(polling.longestSeconds, Math.max(polling.shortestSeconds, wanted));
}

/** How long a resource may stay busy before its step fails. */
const busyDeadlineMilliseconds = 24 * 3600 * 1000;
/** Each try stands in the history of its workflow: a day of them may be no more often, however short the polling. */
const longestBusyPauseSeconds = 300;

/**
 * When to try again what is busy: it is noticed late by no more than a tenth of the time that it was busy, or by the bounds of
 * the polling.
 *
 * @param busySince when it was first found busy; like `now`, in epoch milliseconds
 * @returns epoch milliseconds; null once it has been busy for a day
 */
export function nextTryAt(
  busySince: number,
  now: number,
  polling: { readonly shortestSeconds: number; readonly longestSeconds: number },
): number | null {
  const busyMilliseconds = now - busySince;
  if (busyMilliseconds >= busyDeadlineMilliseconds) return null;
  const longestSeconds = Math.max(polling.longestSeconds, longestBusyPauseSeconds);
  const seconds = Math.min(longestSeconds, Math.max(polling.shortestSeconds, busyMilliseconds / 10_000));
  return now + Math.round(1000 * seconds);
}
