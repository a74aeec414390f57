import { type Client } from '@temporalio/client';
import { type Fleet } from '../../config';
import { type FleetFinding } from '../../core/report/finding';
import { scopeOf } from '../../core/report/fleetFindings';
import { placedInTime } from '../../core/report/freshness';
import { fleetReport, type ReportedResource } from '../../core/report/fleetReport';
import { type PriceTable } from '../../core/report/cost';
import { type FleetLook, type LookedSchedule } from '../../core/report/look';
import { type Hold, isSameHold, parseHolds } from '../../core/retention/hold';
import { isLocked } from '../../core/retention/storedHold';
import { type Departure, departureOf } from '../../core/retention/mark';
import { resourceOf } from '../../core/catalogue/catalogue';
import { noHold } from '../../core/catalogue/copy';
import { resourcePath } from '../../core/resource';
import { lifecycleStatuses, type LifecycleStatus } from '../backup/lifecycleStatus';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { matches, type ResourceArgument, resolveResources } from '../catalogue/resourceArgument';
import { scheduleText } from '../schedule/scheduleText';

/** What retention will do in a place next, by the copies of the resource alone. */
export interface ExplainedRetention {
  readonly place: string;
  readonly stay: number;
  readonly leftAlone: number;
  /** The first to go first. */
  readonly go: readonly {
    readonly dataTime: string | null;
    readonly rule: string;
    readonly departure: Departure;
  }[];
}

/** A hold of a resource. */
export interface ExplainedHold {
  readonly hold: Hold;
  /** How many recovery points it keeps. */
  readonly recoveryPoints: number;
  /** Whose copies say so. */
  readonly places: readonly string[];
  /** Of those, buckets whose cloud does not keep every object as well; none of what an index tells. */
  readonly unlocked: readonly string[];
}

/** Why a resource is backed up as it is, or is not. */
export interface Explanation extends NamedResource {
  readonly path: string;
  /**
   * `gone`: its account has it no more · `uncovered`: no rule names its kind · `not-listed`: nobody could look whether it is there ·
   * `outside`: the fleet file reaches it no more · else as a report has it.
   */
  readonly state: ReportedResource['state'] | 'gone' | 'uncovered' | 'not-listed' | 'outside';
  readonly tier: string | null;
  /** By which rule. */
  readonly why: string;
  readonly rpoSeconds: number | null;
  /** Steps of its next recovery point, in order. */
  readonly steps: readonly string[];
  /** Of its tier; null where it has none, or Temporal did not answer. */
  readonly schedule: (LookedSchedule & { readonly words: string }) | null;
  readonly places: ReportedResource['places'];
  readonly lastDrill: ReportedResource['lastDrill'];
  readonly retention: readonly ExplainedRetention[];
  readonly holds: readonly ExplainedHold[];
  readonly findings: readonly FleetFinding[];
  /** Null where it has no lifecycle, or nobody could be asked. */
  readonly lifecycle: LifecycleStatus | null;
}

/**
 * Explains the one resource that is meant.
 *
 * @param look at this resource
 * @param client null where Temporal did not answer
 * @returns null where nobody knows it, and not everybody could be asked
 * @throws InvalidRequestError of one that nobody knows, or of a name that several have.
 */
export async function explainResource(
  fleet: Fleet,
  look: FleetLook,
  prices: PriceTable,
  argument: ResourceArgument,
  client: Client | null,
): Promise<Explanation | null> {
  const { resources, findings } = fleetReport(look, prices);
  const listed = new Map(resources.map((resource) => [resource.path, resource]));
  const uncovered = look.unprotected.flatMap(({ kind, account, region, id, why }) =>
    kind === null ? [] : [{ kind, account, region, id, why }],
  );
  const known = new Map<string, NamedResource>(
    [...resources, ...uncovered, ...goneOnes(look)].map(({ kind, account, region, id }) => {
      const named = { kind, account, region, id };
      return [resourcePath(named), named];
    }),
  );
  if (look.unreadable.length > 0 && ![...known.values()].some((one) => matches(argument, one))) return null;
  const [named] = resolveResources([argument], [...known.values()], `the accounts of fleet ${fleet.name}`);
  if (named === undefined) throw new Error('one argument means one resource');
  const path = resourcePath(named);
  const found = listed.get(path);
  const uncoveredWhy = uncovered.find((one) => resourcePath(one) === path)?.why;
  const absence = absenceOf(look, path);
  const listedLifecycle = look.temporal?.lifecycles.find((one) => resourcePath(one) === path);
  const [lifecycle = null] =
    client === null || listedLifecycle === undefined
      ? []
      : await lifecycleStatuses(client, [listedLifecycle], look.now);
  return {
    ...named,
    path,
    state: found?.state ?? (uncoveredWhy === undefined ? absence : 'uncovered'),
    tier: found?.tier ?? null,
    why: found?.why ?? uncoveredWhy ?? absences[absence],
    rpoSeconds: found?.rpoSeconds ?? null,
    steps: look.routes.get(path)?.steps.map(({ id }) => id) ?? [],
    schedule: scheduleOf(fleet, look, found?.tier ?? null),
    places: found?.places ?? [],
    lastDrill: found?.lastDrill ?? null,
    retention: retentionOf(look, path),
    holds: holdsOf(look, path),
    findings: findings.filter(({ subject, check }) => subject.resource === path || check === 'not-readable'),
    lifecycle,
  };
}

const absences = {
  gone: 'its account has it no more',
  outside: 'the fleet file names its account, region or kind no more',
  'not-listed': 'its account could not be listed, so nobody knows whether it is there',
} as const;

function absenceOf({ looked, outside }: FleetLook, path: string): keyof typeof absences {
  if (looked.has(scopeOf(path))) return 'gone';
  return outside.has(scopeOf(path)) ? 'outside' : 'not-listed';
}

function holdsOf({ copies, kinds }: FleetLook, path: string): readonly ExplainedHold[] {
  const found: { hold: Hold; points: Set<string>; places: Set<string>; unlocked: Set<string> }[] = [];
  for (const copy of copies) {
    if (copy.doubt !== null || copy.hold === noHold) continue;
    const resource = resourceOf(copy, kinds);
    if (resource === null || resourcePath(resource) !== path) continue;
    for (const hold of parseHolds(copy.hold)) {
      const known = found.find((one) => isSameHold(one.hold, hold)) ?? {
        hold,
        points: new Set<string>(),
        places: new Set<string>(),
        unlocked: new Set<string>(),
      };
      if (!found.includes(known)) found.push(known);
      known.points.add(copy.recoveryPoint);
      known.places.add(copy.place);
      const told = copy.stored?.holds ?? null;
      if (told !== null && !isLocked(told, hold)) known.unlocked.add(copy.place);
    }
  }
  return found.map(({ hold, points, places, unlocked }) => ({
    hold,
    recoveryPoints: points.size,
    places: [...places].sort(),
    unlocked: [...unlocked].sort(),
  }));
}

/** What has copies or a lifecycle, wherever it is now. */
function goneOnes({ kinds, copies, temporal }: FleetLook): NamedResource[] {
  const ofCopies = copies.flatMap((copy) => (placedInTime(copy) === null ? [] : (resourceOf(copy, kinds) ?? [])));
  return [...ofCopies, ...(temporal?.lifecycles ?? [])];
}

function scheduleOf(fleet: Fleet, { temporal }: FleetLook, tierName: string | null): Explanation['schedule'] {
  const tier = fleet.tiers.find(({ name }) => name === tierName);
  const schedule = temporal?.schedules.find(({ tier: of, drill }) => of === tierName && drill === null);
  if (tier === undefined || schedule === undefined) return null;
  const { timezone, jitterSeconds, blackout } = tier;
  return {
    ...schedule,
    words: scheduleText({ cron: tier.schedule, timezone, jitterSeconds, blackout, paused: false }),
  };
}

function retentionOf({ retention, now }: FleetLook, path: string): ExplainedRetention[] {
  if (retention === null) return [];
  const { kept, doomed, refused } = retention;
  const of = <T extends { readonly copy: { readonly resource: string; readonly place: string } }>(all: readonly T[]) =>
    all.filter(({ copy }) => copy.resource === path);
  const places = [...new Set([...of(kept), ...of(doomed), ...of(refused)].map(({ copy }) => copy.place))].sort();
  return places.map((place) => ({
    place,
    stay: of(kept).filter(({ copy }) => copy.place === place).length,
    leftAlone: of(refused).filter(({ copy }) => copy.place === place).length,
    go: of(doomed)
      .filter(({ copy }) => copy.place === place)
      .map((doomed) => ({ dataTime: doomed.copy.dataTime, rule: doomed.rule, departure: departureOf(doomed, now) })),
  }));
}
