import { type Rhythm } from '../../config';
import { type LimitedWork, lowestMakespan } from '../../core/limits/lowestMakespan';
import { serviceLimitWorkflowId } from '../../core/naming';
import { remainingPathSeconds } from '../../core/steps/estimate';
import { type Step, type StepLimit } from '../../core/steps/step';
import { type EstimatedRoute } from './estimateMakespan';

/** From this share on people are warned: what has not been measured may take a fifth longer. */
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
  /** No order of the work is through earlier. */
  readonly leastSeconds: number;
  /** What the RPO leaves for it: the RPO less the longest time between two rounds. */
  readonly roomSeconds: number;
  /** `leastSeconds` of `roomSeconds`; null where there is no room. */
  readonly share: number | null;
  /** What would be enough without a higher limit: a round so rarely, and an RPO so long. */
  readonly enough: { readonly intervalSeconds: number; readonly rpoSeconds: number };
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
  /** How many such resources it carries; null where they take no time. */
  readonly fits: number | null;
  /** The capacity that would carry the fleet with a fifth to spare; null where no capacity would. */
  readonly enoughCapacity: number | null;
}

/** `tight`: at least four fifths of what there is are needed. */
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
  const rounds = tiers.map(({ rhythm, operations, routes }): LimitRound => {
    const least = lowestMakespan(operations, capacity);
    const room = rhythm.rpoSeconds - rhythm.longestSeconds;
    const intervalSeconds = Math.max(rhythm.longestSeconds, (rhythm.meanSeconds * busy) / tightShare);
    return {
      tier: rhythm.name,
      resources: routes.size,
      leastSeconds: Math.round(least),
      roomSeconds: Math.max(0, room),
      share: shareOf(least, room),
      enough: {
        intervalSeconds: Math.ceil(intervalSeconds),
        rpoSeconds: Math.ceil(Math.max(rhythm.rpoSeconds, intervalSeconds + least / tightShare)),
      },
    };
  });
  const resources = tiers.reduce((sum, { routes }) => sum + routes.size, 0);
  const ratio = Math.min(1 / busy, ...tiers.map((tier) => ratioThatFits(tier, capacity)));
  return {
    ...limit,
    steps: tiers.reduce((sum, { operations }) => sum + operations.length, 0),
    resources,
    busy,
    rounds,
    // Where the schedule leaves no time at all, that is the tier's fault and not the limit's.
    verdict: verdictOf(Math.max(busy, ...rounds.map(({ share }) => share ?? 0))),
    fits: Number.isFinite(ratio) ? Math.floor(resources * ratio) : null,
    enoughCapacity: enoughCapacity(tiers, capacity, busy),
  };
}

/** How many times the work of a tier would be through within what the RPO leaves. */
function ratioThatFits({ rhythm, operations }: TierWork, capacity: number): number {
  const room = rhythm.rpoSeconds - rhythm.longestSeconds;
  if (room <= 0) return Infinity;
  const work = secondsOf(operations);
  const idle = lowestMakespan(operations, capacity) * capacity - work;
  return work === 0 ? Infinity : Math.max(0, (room * capacity - idle) / work);
}

function enoughCapacity(tiers: readonly TierWork[], capacity: number, busy: number): number | null {
  const most = Math.max(...tiers.map(({ operations }) => operations.length));
  let enough = Math.max(capacity, Math.ceil((capacity * busy) / tightShare));
  for (;;) {
    const slots = enough;
    const wanted = tiers.map(({ rhythm, operations }) => {
      const room = rhythm.rpoSeconds - rhythm.longestSeconds;
      return room <= 0 ? 0 : Math.ceil((lowestMakespan(operations, slots) * slots) / (tightShare * room));
    });
    const next = Math.max(...wanted);
    if (next <= slots) return slots;
    // With a slot for each it still takes as long as the operations and what surrounds them.
    if (slots >= most) return null;
    enough = Math.min(next, most);
  }
}

const shareOf = (seconds: number, room: number) => (room > 0 ? seconds / room : null);

function verdictOf(share: number): Verdict {
  return share > 1 ? 'exceeded' : share >= tightShare ? 'tight' : 'carried';
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
