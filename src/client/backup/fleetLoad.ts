import { type Rhythm } from '../../config';
import { type LimitedWork, lowestMakespan } from '../../core/limits/lowestMakespan';
import { serviceLimitWorkflowId } from '../../core/naming';
import { remainingPathSeconds } from '../../core/steps/estimate';
import { type Step, type StepLimit } from '../../core/steps/step';
import { type EstimatedRoute } from './estimateMakespan';

/** Above this share people are warned: what has not been measured may take a fifth longer. */
export const tightShare = 0.8;

/** The steps of one resource of a tier. */
export interface TierRoute extends EstimatedRoute {
  readonly tier: string;
}

export interface TierRhythm extends Rhythm {
  readonly name: string;
  readonly rpoSeconds: number;
}

/** What a tier's rounds need of one limit. */
export interface LimitRound {
  readonly tier: string;
  readonly resources: number;
  /** No order of the work is through earlier, and neither is the longest resource. */
  readonly leastSeconds: number;
  /** What the RPO leaves for it: the RPO less the longest time between two rounds. */
  readonly roomSeconds: number;
  /** `leastSeconds` of `roomSeconds`; null where there is no room. */
  readonly share: number | null;
  /**
   * What would be enough without a higher limit, together with that of all other tiers: a round so rarely, and an RPO so long. Null
   * where the tier can stay as it is.
   */
  readonly enough: { readonly intervalSeconds: number; readonly rpoSeconds: number } | null;
}

/** How one service limit would be used. */
export interface LimitLoad extends StepLimit {
  /** Steps that need a permit of it, of one round of each tier. */
  readonly steps: number;
  readonly resources: number;
  /** How much of the time all its slots are in use, rounds of all tiers together; above 1 work piles up for ever. */
  readonly busy: number;
  readonly rounds: readonly LimitRound[];
  readonly verdict: Verdict;
  /** How many such resources it carries; null where they take no time, are of several tiers, or no capacity carries the longest. */
  readonly fits: number | null;
  /** The capacity that would carry the fleet with a fifth to spare; null where no capacity would, since one resource takes too long. */
  readonly enoughCapacity: number | null;
}

/** `tight`: more than four fifths of what there is are needed. */
export type Verdict = 'carried' | 'tight' | 'exceeded';

/** What a tier's RPO leaves for its longest resource, whatever the limits. */
export interface TierLoad {
  readonly tier: string;
  readonly resources: number;
  readonly rpoSeconds: number;
  readonly longestIntervalSeconds: number;
  /** Of the resource that takes longest, without waiting for permits. */
  readonly longestPathSeconds: number;
  readonly verdict: Verdict;
}

interface TierWork {
  readonly rhythm: TierRhythm;
  readonly operations: LimitedWork[];
  readonly routes: Set<TierRoute>;
}

/** How each limit would be used by the fleet's rounds, in the order of their names. */
export function limitLoads(routes: readonly TierRoute[], tiers: readonly TierRhythm[]): LimitLoad[] {
  const limits = new Map<string, { limit: StepLimit; work: Map<string, TierWork> }>();
  for (const route of routes) {
    const rhythm = tiers.find(({ name }) => name === route.tier);
    if (rhythm === undefined) throw new RangeError(`the fleet has no tier ${route.tier}`);
    for (const step of route.steps) {
      if (step.limit === null) continue;
      const key = serviceLimitWorkflowId(step.limit);
      const of = limits.get(key) ?? { limit: step.limit, work: new Map<string, TierWork>() };
      limits.set(key, of);
      const tier = of.work.get(route.tier) ?? { rhythm, operations: [], routes: new Set() };
      of.work.set(route.tier, tier);
      tier.operations.push(limitedWork(route, step));
      tier.routes.add(route);
    }
  }
  return [...limits.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { limit, work }]) => loadOf(limit, [...work.values()]));
}

/** Whether a tier's RPO leaves the time that its longest resource takes. */
export function tierLoads(routes: readonly TierRoute[], tiers: readonly TierRhythm[]): TierLoad[] {
  return tiers.flatMap(({ name, rpoSeconds, longestSeconds }) => {
    const own = routes.filter(({ tier }) => tier === name);
    if (own.length === 0) return [];
    const longestPathSeconds = Math.max(...own.map(pathSeconds));
    const share = shareOf(longestPathSeconds, rpoSeconds - longestSeconds);
    return [
      {
        tier: name,
        resources: own.length,
        rpoSeconds,
        longestIntervalSeconds: longestSeconds,
        longestPathSeconds: Math.round(longestPathSeconds),
        verdict: share === null ? 'exceeded' : verdictOf(share),
      },
    ];
  });
}

function loadOf(limit: StepLimit, tiers: readonly TierWork[]): LimitLoad {
  const { capacity } = limit;
  const busy =
    tiers.reduce((sum, { rhythm, operations }) => sum + secondsOf(operations) / rhythm.meanSeconds, 0) / capacity;
  const bounds = tiers.map((tier) => ({ ...tier, ...boundOf(tier, capacity) }));
  const rounds = bounds.map(({ rhythm, routes, least, room }): LimitRound => {
    const share = shareOf(least, room);
    return {
      tier: rhythm.name,
      resources: routes.size,
      leastSeconds: Math.round(least),
      roomSeconds: Math.max(0, room),
      share,
      enough: isAbove(busy, tightShare) || needsChange(share) ? enoughOf(rhythm, least, busy) : null,
    };
  });
  // Where the schedule leaves no time at all, or one resource takes all of it, that is the tier's fault and not the limit's.
  const shares = bounds.map(({ least, longest, room }) => (isAbove(least, longest) ? (shareOf(least, room) ?? 0) : 0));
  return {
    ...limit,
    steps: tiers.reduce((sum, { operations }) => sum + operations.length, 0),
    resources: tiers.reduce((sum, { routes }) => sum + routes.size, 0),
    busy,
    rounds,
    verdict: verdictOf(Math.max(busy, ...shares)),
    fits: fitting(tiers, capacity, busy),
    enoughCapacity: enoughCapacity(tiers, capacity, busy),
  };
}

const roomOf = ({ rpoSeconds, longestSeconds }: TierRhythm) => rpoSeconds - longestSeconds;

/** What a round takes at the least. More slots than operations make none of them shorter. */
function boundOf({ rhythm, operations }: TierWork, slots: number) {
  const longest = longestOf(operations);
  const least = Math.max(lowestMakespan(operations, Math.min(slots, operations.length)), longest);
  return { least, longest, room: roomOf(rhythm) };
}

const longestOf = (operations: readonly LimitedWork[]) =>
  operations.reduce((most, { head, work, tail }) => Math.max(most, head + work + tail), 0);

/** Rounds of all tiers become rarer alike where all their work together is too much. */
function enoughOf({ meanSeconds, longestSeconds, rpoSeconds }: TierRhythm, least: number, busy: number) {
  const intervalSeconds = Math.ceil(Math.max(longestSeconds, (meanSeconds * busy) / tightShare));
  return { intervalSeconds, rpoSeconds: Math.ceil(Math.max(rpoSeconds, intervalSeconds + least / tightShare)) };
}

/** How many times the work of a tier would be through within what the RPO leaves. */
function fitting(tiers: readonly TierWork[], capacity: number, busy: number): number | null {
  const [only, ...others] = tiers;
  if (only === undefined || others.length > 0) return null;
  const { operations, routes, rhythm } = only;
  const work = secondsOf(operations);
  const room = roomOf(rhythm);
  if (work === 0 || isAbove(longestOf(operations), Math.max(0, room))) return null;
  const idle = lowestMakespan(operations, capacity) * capacity - work;
  return Math.floor(routes.size * Math.min(1 / busy, Math.max(0, (room * capacity - idle) / work)));
}

function enoughCapacity(tiers: readonly TierWork[], capacity: number, busy: number): number | null {
  const isTooLong = ({ rhythm, operations }: TierWork) => needsChange(shareOf(longestOf(operations), roomOf(rhythm)));
  if (tiers.some(isTooLong)) return null;
  const most = Math.max(...tiers.map(({ operations }) => operations.length));
  let slots = Math.max(capacity, Math.ceil((capacity * busy) / tightShare));
  for (;;) {
    const now = slots;
    const wanted = tiers.map(({ rhythm, operations }) =>
      operations.length <= now ? 0 : Math.ceil((lowestMakespan(operations, now) * now) / (tightShare * roomOf(rhythm))),
    );
    const next = Math.max(...wanted);
    if (next <= now) return now;
    // With a slot for each operation it takes as long as the longest resource.
    slots = Math.min(next, most);
  }
}

const needsChange = (share: number | null) => share === null || isAbove(share, tightShare);

/** Sums of seconds are not exact. */
const isAbove = (one: number, other: number) => one > other * (1 + 1e-9);

const shareOf = (seconds: number, room: number) => (room > 0 ? seconds / room : null);

function verdictOf(share: number): Verdict {
  return isAbove(share, 1) ? 'exceeded' : isAbove(share, tightShare) ? 'tight' : 'carried';
}

const secondsOf = (operations: readonly LimitedWork[]) => operations.reduce((sum, { work }) => sum + work, 0);

function limitedWork(route: TierRoute, step: Step): LimitedWork {
  const work = route.secondsOf(step);
  return {
    head: headSeconds(route, step),
    work,
    tail: remainingPathSeconds(route.steps, step.id, route.secondsOf) - work,
  };
}

/** The longest chain of steps before one. */
function headSeconds(route: TierRoute, { after }: Step): number {
  const before = route.steps.filter(({ id }) => after.includes(id));
  return Math.max(0, ...before.map((one) => headSeconds(route, one) + route.secondsOf(one)));
}

function pathSeconds({ steps, secondsOf: of }: TierRoute): number {
  return Math.max(0, ...steps.map(({ id }) => remainingPathSeconds(steps, id, of)));
}
