import { type Fleet, policyOf } from '../../config';
import { expectedSeconds, remainingPathSeconds } from '../../core/backup/estimate';
import { capacityOf, type LimitRef } from '../../core/limits/limit';
import { scheduledTimeLabel, serviceLimitWorkflowId } from '../../core/naming';
import { type Resource, type ResourceRef, resourceRef } from '../../core/resource';
import { type Leg, planRoute } from '../../core/backup/route';
import { discoverFleet, type DiscoverOptions } from '../fleet/discoverFleet';
import { type EstimatedRoute, estimateMakespan } from './estimateMakespan';
import { type FleetClouds } from '../fleet/fleetClouds';
import { inParallel } from '../../core/inParallel';
import { isUnreachable, type ScopeProblem, scopeProblem } from '../fleet/scopeProblem';

/** What would be done for one resource. */
export interface PlannedResource {
  readonly resource: ResourceRef;
  readonly tier: string;
  readonly sizeGiB: number;
  readonly encryption: 'none' | 'default' | 'customer';
  readonly legs: readonly PlannedLeg[];
  /** Along the longest chain of legs, without waiting for permits. */
  readonly expectedSeconds: number;
  /** A tag that names no tier, where a default stands in. */
  readonly note?: string;
}

export interface PlannedLeg extends Pick<Leg, 'id' | 'type' | 'place' | 'from' | 'after' | 'limit' | 'temporary'> {
  readonly account: string;
  readonly region: string;
  readonly expectedSeconds: number;
}

/** Why a resource that is selected would not be backed up. */
export interface PlanProblem {
  readonly resource: ResourceRef;
  readonly message: string;
}

/** How one service limit would be used. */
export interface PlannedLimit extends LimitRef {
  readonly capacity: number;
  /** Legs that need a permit of it. */
  readonly legs: number;
}

export interface FleetPlan {
  readonly fleet: string;
  readonly resources: readonly PlannedResource[];
  readonly excluded: readonly { readonly resource: ResourceRef; readonly reason: string }[];
  readonly problems: readonly PlanProblem[];
  readonly unreadable: readonly ScopeProblem[];
  readonly limits: readonly PlannedLimit[];
  /**
   * How long it would take if all were backed up at once, in seconds. Aurora tells the size of a cluster only in its
   * snapshots, so this is a first guess.
   */
  readonly expectedSeconds: number;
}

const width = 16;

/** What a backup of all selected resources would do; looks only, and changes nothing. */
export async function planFleet(fleet: Fleet, clouds: FleetClouds, options: DiscoverOptions = {}): Promise<FleetPlan> {
  const { resources, problems: unreadable } = await discoverFleet(fleet, clouds, options);
  const excluded: { resource: ResourceRef; reason: string }[] = [];
  const problems: PlanProblem[] = [];
  const unanswered: ScopeProblem[] = [];
  const planned = await inParallel(resources, width, async ({ resource, selection }) => {
    if ('excluded' in selection) excluded.push({ resource: resourceRef(resource), reason: selection.excluded });
    else if ('problem' in selection) problems.push({ resource: resourceRef(resource), message: selection.problem });
    else
      try {
        return [await planResource(fleet, clouds, resource, selection)];
      } catch (error) {
        options.signal?.throwIfAborted();
        if (isUnreachable(error)) unanswered.push(scopeProblem({ ...resource, access: 'source' }, error));
        else problems.push({ resource: resourceRef(resource), message: messageOf(error) });
      }
    return [];
  });
  const all = planned.flat();
  return {
    fleet: fleet.name,
    resources: all.map(({ planned: resource }) => resource),
    excluded,
    problems,
    unreadable: [...unreadable, ...unanswered],
    limits: limitsOf(
      all.map(({ planned: resource }) => resource),
      fleet,
    ),
    expectedSeconds: Math.round(
      estimateMakespan(
        all.map(({ route }) => route),
        fleet.limits,
      ),
    ),
  };
}

async function planResource(
  fleet: Fleet,
  clouds: FleetClouds,
  resource: Resource,
  { tier, note }: { readonly tier: string; readonly note?: string },
): Promise<{ planned: PlannedResource; route: EstimatedRoute }> {
  const provider = clouds.providers.of(resource.kind);
  const { account, region } = resource;
  const encryption = await provider.encryption(resource, { account, region, access: 'source' });
  const now = scheduledTimeLabel(new Date());
  const legs = planRoute(resource, encryption, policyOf(fleet, tier), provider.capabilities, now);
  const secondsOf = (leg: Leg) => expectedSeconds(leg, resource.sizeGiB, {});
  const planned: PlannedResource = {
    resource: resourceRef(resource),
    tier,
    sizeGiB: resource.sizeGiB,
    encryption: encryption.type,
    legs: legs.map((leg) => plannedLeg(leg, secondsOf(leg))),
    expectedSeconds: Math.round(Math.max(0, ...legs.map((leg) => remainingPathSeconds(legs, leg.id, secondsOf)))),
    ...(note === undefined ? {} : { note }),
  };
  return { planned, route: { legs, secondsOf } };
}

function plannedLeg({ id, type, place, from, after, limit, temporary, scope }: Leg, seconds: number): PlannedLeg {
  const { account, region } = scope;
  return { id, type, place, from, account, region, after, limit, temporary, expectedSeconds: Math.round(seconds) };
}

function limitsOf(resources: readonly PlannedResource[], fleet: Fleet): PlannedLimit[] {
  const limits = new Map<string, PlannedLimit>();
  for (const { legs } of resources)
    for (const { limit } of legs) {
      if (limit === null) continue;
      const key = serviceLimitWorkflowId(limit);
      const known = limits.get(key);
      limits.set(key, { ...limit, capacity: capacityOf(limit, fleet.limits), legs: (known?.legs ?? 0) + 1 });
    }
  return [...limits.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, limit]) => limit);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
