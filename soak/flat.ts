import { median } from '../bench/statistics';

/** What was seen at one moment; in seconds since the start. */
export interface Seen {
  readonly at: number;
  readonly value: number;
}

export interface Verdict {
  readonly verdict: 'flat' | 'grows' | 'too short to tell';
  /** The median of the floors of the second half. */
  readonly level: number;
  /** How much the floors have risen in the second half, by the line through them. */
  readonly growth: number;
}

export interface Rule {
  /** In seconds: how long it takes until everything comes again. */
  readonly period: number;
  /** So much growth is none, however low the level. */
  readonly slack: number;
}

/** Below this, memory is still being warmed up. In seconds. */
const shortestJudged = 600;
/** Of the run: so many periods at least. */
const fewestPeriods = 4;
/** Of the level. */
const mostGrowth = 0.1;

/** The rule in words, for whoever reads a verdict. */
export const ruleInWords =
  'A measure is flat if its floor does not rise. The floor at a moment is the least value of the period before it, which is the time ' +
  'between two rounds: rounds come and go, and a leak stays. The first half of the run warms up, and counts for nothing. The line of ' +
  'Theil and Sen goes through the floors of the second half; its slope is the median of the slopes of all pairs. In that half it may ' +
  'rise by a tenth of the median floor, or by the slack of the measure. ' +
  `A run below ${shortestJudged / 60} minutes or ${fewestPeriods} periods judges nothing.`;

/** Whether what was seen stays where it is. */
export function judge(seen: readonly Seen[], { period, slack }: Rule): Verdict {
  const last = seen.at(-1)?.at ?? 0;
  const first = seen[0]?.at ?? 0;
  const seconds = last - first;
  const half = first + seconds / 2;
  // Floors that reach back into the first half are of what was not warm yet.
  const floors = floorsOf(seen, period).filter(({ at }) => at >= half + period);
  const level = median(floors.map(({ value }) => value));
  const growth = slope(floors) * (seconds / 2);
  if (seconds < Math.max(shortestJudged, fewestPeriods * period) * tolerated)
    return { verdict: 'too short to tell', level, growth };
  return { verdict: growth <= Math.max(slack, mostGrowth * level) ? 'flat' : 'grows', level, growth };
}

/** The first and the last look are a little inside the run. */
const tolerated = 0.95;

/** At each moment, the least value of the period before it. */
export function floorsOf(seen: readonly Seen[], period: number): Seen[] {
  let from = 0;
  return seen.map(({ at }, i) => {
    while ((seen[from]?.at ?? at) < at - period) from += 1;
    return { at, value: Math.min(...seen.slice(from, i + 1).map(({ value }) => value)) };
  });
}

/** The slope of Theil and Sen: the median of those of all pairs; 0 where there are none. */
export function slope(seen: readonly Seen[]): number {
  const slopes = seen.flatMap((a, i) => seen.slice(i + 1).map((b) => (b.value - a.value) / (b.at - a.at)));
  return slopes.length === 0 ? 0 : median(slopes);
}
