import { type Client } from '@temporalio/client';
import { type Fleet } from '../../config';
import { type FleetFinding } from '../../core/report/finding';
import { fleetFindings } from '../../core/report/fleetFindings';
import { fleetReport, reckon, type ReportedResource } from '../../core/report/fleetReport';
import { type PriceTable } from '../../core/report/cost';
import { type FleetLook, type LookedSchedule } from '../../core/report/look';
import { parseMark } from '../../core/retention/mark';
import { resourcePath } from '../../core/resource';
import { lifecycleStatuses, type LifecycleStatus } from '../backup/lifecycleStatus';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { type ResourceArgument, resolveResources } from '../catalogue/resourceArgument';
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
    /** When it may be deleted at the earliest; null: it is not marked yet. */
    readonly after: string | null;
  }[];
}

/** Why a resource is backed up as it is, or is not. */
export interface Explanation extends NamedResource {
  readonly path: string;
  /** `gone`: its account has it no more · `uncovered`: no rule names its kind · else as a report has it. */
  readonly state: ReportedResource['state'] | 'gone' | 'uncovered';
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
  readonly findings: readonly FleetFinding[];
  /** Null where it has no lifecycle, or nobody could be asked. */
  readonly lifecycle: LifecycleStatus | null;
}

/**
 * Explains the one resource that is meant.
 *
 * @param look at this resource
 * @param client null where Temporal did not answer
 * @throws InvalidRequestError of one that nobody knows, or of a name that several have.
 */
export async function explainResource(
  fleet: Fleet,
  look: FleetLook,
  prices: PriceTable,
  argument: ResourceArgument,
  client: Client | null,
): Promise<Explanation> {
  const { resources } = fleetReport(look, prices);
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
  const [named] = resolveResources([argument], [...known.values()], `the accounts of fleet ${fleet.name}`);
  if (named === undefined) throw new Error('one argument means one resource');
  const path = resourcePath(named);
  const found = listed.get(path);
  const uncoveredWhy = uncovered.find((one) => resourcePath(one) === path)?.why;
  const listedLifecycle = look.temporal?.lifecycles.find((one) => resourcePath(one) === path);
  const [lifecycle = null] =
    client === null || listedLifecycle === undefined
      ? []
      : await lifecycleStatuses(client, [{ ...listedLifecycle, glance: null }], look.now);
  return {
    ...named,
    path,
    state: found?.state ?? (uncoveredWhy === undefined ? 'gone' : 'uncovered'),
    tier: found?.tier ?? null,
    why: found?.why ?? uncoveredWhy ?? 'its account has it no more',
    rpoSeconds: found?.rpoSeconds ?? null,
    steps: look.routes.get(path)?.steps.map(({ id }) => id) ?? [],
    schedule: scheduleOf(fleet, look, found?.tier ?? null),
    places: found?.places ?? [],
    lastDrill: found?.lastDrill ?? null,
    retention: retentionOf(look, path),
    findings: fleetFindings(look, reckon(look)).filter(
      ({ subject, check }) => subject.resource === path || check === 'not-readable',
    ),
    lifecycle,
  };
}

/** What has copies or a lifecycle, wherever it is now. */
function goneOnes({ copies, temporal }: FleetLook): NamedResource[] {
  const ofCopies = copies.flatMap(({ temporary, doubt, recoveryPoint }) => {
    const [kind, account, region, id, time] = recoveryPoint.split('/');
    if (temporary || doubt !== null || kind === undefined || account === undefined) return [];
    return region === undefined || id === undefined || time === undefined ? [] : [{ kind, account, region, id }];
  });
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

function retentionOf({ retention }: FleetLook, path: string): ExplainedRetention[] {
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
      .map(({ copy, rule, notBefore }) => ({
        dataTime: copy.dataTime,
        rule,
        after: parseMark(copy.mark) === null ? null : notBefore,
      })),
  }));
}
