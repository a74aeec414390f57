import { type ResourceRef, resourcePath } from '../resource';
import { type Departure, departureOf } from '../retention/mark';
import { type DoomedCopy } from '../retention/prunePlan';
import { RetentionCounts } from '../retention/retentionCounts';
import { type FleetCost, fleetCost, type PriceTable } from './cost';
import { type FleetFinding, severities, type Severity } from './finding';
import { fleetFindings, latestOfEach, type Reckoned } from './fleetFindings';
import {
  copiesByResource,
  freshnessOf,
  isMissedByLifecycle,
  type PlaceFreshness,
  type PlaceState,
  type PointSeen,
  pointsSeen,
} from './freshness';
import {
  type FleetLook,
  type LookedDrill,
  type LookedHistory,
  type LookedSchedule,
  type LookedStock,
  type UnderWay,
  type Unreadable,
} from './look';

/** How a resource stands: as the worst of its places does; `no-tier`: no tier has it. A pause changes nothing of it. */
export type ResourceState = PlaceState | 'no-tier';

export interface ReportedResource extends Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'> {
  readonly path: string;
  /** The identifier, and what tells it from others of the same. */
  readonly name: string;
  /** What commands take for it. */
  readonly argument: string;
  readonly tier: string | null;
  /** By which rule it is in its tier, or in none. */
  readonly why: string;
  readonly rpoSeconds: number | null;
  readonly state: ResourceState;
  /** The resource itself, or the schedule of its tier. */
  readonly paused: boolean;
  readonly places: readonly PlaceFreshness[];
  /** The newest first, at most {@link mostPoints}. */
  readonly points: readonly PointSeen[];
  readonly lastDrill: LookedDrill | null;
  /** Share of the last 30 days in which its RPO was met, and how often it was missed; null where no ledger tells. */
  readonly compliance: { readonly share: number | null; readonly gaps: number } | null;
}

export interface RetentionInPlace {
  readonly place: string;
  readonly stay: number;
  readonly go: number;
  readonly marked: number;
  readonly leftAlone: number;
}

export interface ReportedRetention {
  /** Of the plan: `farcopy prune --apply ID` knows it. */
  readonly id: string;
  readonly places: readonly RetentionInPlace[];
  /** What goes, the first to go first. */
  readonly doomed: readonly (Omit<DoomedCopy, 'notBefore'> & { readonly departure: Departure })[];
  readonly brakes: readonly string[];
}

/** A fleet at one moment, as a report shows it. */
export interface FleetReport {
  readonly version: 1;
  readonly fleet: string;
  /** ISO 8601, UTC. */
  readonly generatedAt: string;
  /** How far the clock of whoever made it goes before AWS's, by which it is reckoned; null: AWS told no time, and that clock counts. */
  readonly clockAheadSeconds: number | null;
  /** The index of the catalogue that copies are taken from; absent: the clouds have listed them. */
  readonly index?: { readonly at: string; readonly ageSeconds: number };
  /** Nothing is unread or unknown, and something is protected: only then does the absence of violations mean anything. */
  readonly isWhole: boolean;
  /** What could not be looked at: with any of these the report is not whole. */
  readonly unreadable: readonly Unreadable[];
  /** False: what runs, schedules and drills are not known. */
  readonly temporalAnswered: boolean;
  readonly history: LookedHistory | null;
  readonly glance: Glance;
  readonly tiers: readonly TierGlance[];
  readonly findings: readonly FleetFinding[];
  /** The worst first. */
  readonly resources: readonly ReportedResource[];
  readonly underWay: readonly UnderWay[];
  readonly schedules: readonly LookedSchedule[];
  /** The newest first. */
  readonly drills: readonly LookedDrill[];
  /** Null where nobody could plan it. */
  readonly retention: ReportedRetention | null;
  readonly stocks: readonly LookedStock[];
  readonly cost: FleetCost;
}

/** The fleet in figures. */
export interface Glance {
  readonly resources: number;
  readonly states: Readonly<Record<ResourceState, number>>;
  readonly paused: number;
  readonly findings: Readonly<Record<Severity, number>>;
  /** Verified copies of resources that are in a tier. */
  readonly verifiedCopies: number;
  readonly copies: number;
  readonly underWay: number;
}

export interface TierGlance {
  readonly tier: string;
  readonly rpoSeconds: number;
  readonly resources: number;
  readonly places: readonly {
    readonly place: string;
    readonly met: number;
    readonly unknown: number;
    /** Younger than the RPO, and without a copy there yet. */
    readonly waiting: number;
    readonly of: number;
    /** Of all resources of the tier, in seconds; null where one has none. */
    readonly oldestSeconds: number | null;
  }[];
}

/** Points of a resource that a report shows. */
export const mostPoints = 40;

/** The worst first. */
const stateOrder: readonly ResourceState[] = ['missed', 'never', 'unknown', 'waiting', 'met', 'at-rest', 'no-tier'];
const placeOrder: readonly PlaceState[] = ['missed', 'never', 'unknown', 'waiting', 'met', 'at-rest'];

/** What findings and report are made of, reckoned once of a look. */
export function reckon(look: FleetLook): Reckoned {
  const tierOf = new Map(look.resources.map(({ resource, tier }) => [resourcePath(resource), tier] as const));
  const incarnationOf = new Map(
    look.resources.flatMap(({ resource }) =>
      resource.incarnation === undefined ? [] : [[resourcePath(resource), resource.incarnation] as const],
    ),
  );
  const since = new Map(
    (look.temporal?.lifecycles ?? []).map((one) => [resourcePath(one), one.glance?.protectedSince ?? null] as const),
  );
  const seen = look.index?.seen ?? copiesByResource({ ...look, tierOf, incarnationOf });
  const tiers = new Map(look.tiers.map((tier) => [tier.name, tier]));
  const freshness = new Map(
    look.resources.flatMap((one) => {
      const tier = tiers.get(one.tier ?? '');
      const path = resourcePath(one.resource);
      if (tier === undefined) return [];
      return [[path, freshnessOf(one, tier, seen.get(path), since.get(path) ?? null, look)] as const];
    }),
  );
  const known = [...freshness.keys(), ...seen.keys(), ...look.resources.map(({ resource }) => resourcePath(resource))];
  return { seen, freshness, since, ...namesOf(known) };
}

/** @param paths `kind/account/region/id` */
function namesOf(paths: readonly string[]): Pick<Reckoned, 'nameOf' | 'argumentOf'> {
  const counts = new Map<string, number>();
  const idOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  for (const path of new Set(paths)) counts.set(idOf(path), (counts.get(idOf(path)) ?? 0) + 1);
  const isAlone = (path: string) => (counts.get(idOf(path)) ?? 0) <= 1;
  return {
    nameOf: (path) => {
      const [kind = '', account = '', region = '', id = path] = path.split('/');
      return isAlone(path) ? id : `${kind} ${id} (${account}/${region})`;
    },
    argumentOf: (path) => (isAlone(path) ? idOf(path) : path),
  };
}

/** Everything that a report shows. Pure: a look gives one report. */
export function fleetReport(look: FleetLook, prices: PriceTable): FleetReport {
  const reckoned = reckon(look);
  const { seen, freshness, since, nameOf, argumentOf } = reckoned;
  const { temporal } = look;
  const paused = new Set((temporal?.lifecycles ?? []).filter(({ state }) => state === 'Paused').map(resourcePath));
  const pausedTiers = new Set(
    (temporal?.schedules ?? []).flatMap(({ tier, drill, pause }) => (pause !== null && drill === null ? [tier] : [])),
  );
  const rpos = new Map(look.tiers.map(({ name, rpoSeconds }) => [name, rpoSeconds]));
  const drills = new Map<string, LookedDrill>();
  for (const { path, ...drill } of latestOfEach(temporal?.drills ?? []))
    if (drill.startedAt > (drills.get(path)?.startedAt ?? '')) drills.set(path, drill);
  const compliance = new Map(
    (temporal?.history.compliance ?? []).map(({ path, share, gaps }) => [path, { share, gaps }] as const),
  );
  // Where the clouds are asked, they tell each place; an index makes nothing better than a lifecycle knows it to be.
  const isLateByLifecycle = (path: string, tier: string | null) => {
    const rpoSeconds = rpos.get(tier ?? '');
    return (
      look.index !== null &&
      rpoSeconds !== undefined &&
      isMissedByLifecycle({ rpoSeconds }, since.get(path) ?? null, look.now)
    );
  };
  const resources = look.resources
    .map(({ resource, tier, why, note }): ReportedResource => {
      const path = resourcePath(resource);
      const places = freshness.get(path) ?? [];
      const isPaused = tier !== null && (paused.has(path) || pausedTiers.has(tier));
      const { kind, account, region, id } = resource;
      return {
        ...{ path, name: nameOf(path), argument: argumentOf(path), kind, account, region, id, tier },
        why: note === null ? why : `${why}; ${note}`,
        rpoSeconds: rpos.get(tier ?? '') ?? null,
        state: isLateByLifecycle(path, tier) ? 'missed' : stateOf(places),
        paused: isPaused,
        places,
        points: pointsSeen(seen.get(path), mostPoints),
        lastDrill: drills.get(path) ?? null,
        compliance: compliance.get(path) ?? null,
      };
    })
    .sort(
      (a, b) =>
        stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) ||
        oldest(b) - oldest(a) ||
        (a.path < b.path ? -1 : 1),
    );
  const findings = fleetFindings(look, reckoned);
  return {
    version: 1,
    fleet: look.fleet,
    generatedAt: new Date(look.now).toISOString(),
    clockAheadSeconds: look.clockAheadSeconds,
    ...(look.index === null ? {} : { index: { at: look.index.at, ageSeconds: look.index.ageSeconds } }),
    isWhole:
      look.unreadable.length === 0 &&
      resources.some(({ tier }) => tier !== null) &&
      resources.every(({ state }) => state !== 'unknown'),
    unreadable: look.unreadable,
    temporalAnswered: temporal !== null,
    history: temporal?.history ?? null,
    glance: {
      resources: resources.length,
      states: countedBy(
        stateOrder,
        resources.map(({ state }) => state),
      ),
      paused: resources.filter(({ paused: isPaused }) => isPaused).length,
      findings: countedBy(
        severities,
        findings.map(({ severity }) => severity),
      ),
      verifiedCopies: [...freshness.values()].flat().reduce((sum, { copies }) => sum + copies, 0),
      copies: look.index?.copies ?? look.copies.length,
      underWay: temporal?.underWay.length ?? 0,
    },
    tiers: look.tiers.map(({ name, rpoSeconds, route }) => {
      const ofTier = resources.filter(({ tier }) => tier === name);
      return {
        ...{ tier: name, rpoSeconds, resources: ofTier.length },
        places: route.map(({ name: place }) => placeGlance(place, ofTier)),
      };
    }),
    findings,
    resources,
    underWay: temporal?.underWay ?? [],
    schedules: temporal?.schedules ?? [],
    drills: [...(temporal?.drills ?? [])].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
    retention: retentionOf(look),
    stocks: look.stocks,
    cost: fleetCost(look, freshness, prices),
  };
}

function placeGlance(place: string, resources: readonly ReportedResource[]): TierGlance['places'][number] {
  const here = resources.flatMap(({ places }) => places.filter((one) => one.place === place));
  const ages = here.map(({ ageSeconds }) => ageSeconds);
  return {
    place,
    met: here.filter(({ state }) => state === 'met' || state === 'at-rest').length,
    unknown: here.filter(({ state }) => state === 'unknown').length,
    waiting: here.filter(({ state }) => state === 'waiting').length,
    of: here.length,
    oldestSeconds: ages.reduce<number | null>(
      (most, age) => (most === null || age === null ? null : Math.max(most, age)),
      ages.length === 0 ? null : 0,
    ),
  };
}

function stateOf(places: readonly PlaceFreshness[]): ResourceState {
  if (places.length === 0) return 'no-tier';
  const [worst = 'never'] = places
    .map(({ state }) => state)
    .sort((a, b) => placeOrder.indexOf(a) - placeOrder.indexOf(b));
  return worst;
}

const oldest = ({ places }: ReportedResource) =>
  places.reduce((most, { ageSeconds }) => Math.max(most, ageSeconds ?? 0), 0);

function countedBy<Name extends string>(names: readonly Name[], found: readonly Name[]): Record<Name, number> {
  const counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  for (const one of found) counts[one] += 1;
  return counts;
}

function retentionOf({ retention, now, index }: FleetLook): ReportedRetention | null {
  if (retention === null) return null;
  const { id, doomed, brakes } = retention;
  const counts = index?.counts ?? RetentionCounts.of(retention);
  const places = new Map<string, { place: string; stay: number; go: number; marked: number; leftAlone: number }>();
  const at = (place: string) => {
    const known = places.get(place) ?? { place, stay: 0, go: 0, marked: 0, leftAlone: 0 };
    places.set(place, known);
    return known;
  };
  for (const [place, count] of counts.staying) at(place).stay = count;
  for (const [place, count] of counts.leftAlone) at(place).leftAlone = count;
  const going = doomed.map(({ notBefore: _, ...one }) => ({ ...one, departure: departureOf(one, now) }));
  for (const { copy, departure } of going) {
    at(copy.place).go += 1;
    if (departure.type === 'marked') at(copy.place).marked += 1;
  }
  return {
    id,
    brakes,
    places: [...places.values()].sort((a, b) => (a.place < b.place ? -1 : 1)),
    doomed: going
      .map((one) => ({ one, due: dueOf(one) }))
      .sort((a, b) => (a.due < b.due ? -1 : 1))
      .map(({ one }) => one),
  };
}

/** Those first that go first; what has no time yet comes after all, by the time of its data. */
const dueOf = ({ copy, departure }: ReportedRetention['doomed'][number]) =>
  departure.type === 'marked' ? departure.after : `~${departure.type} ${copy.dataTime ?? ''}`;
