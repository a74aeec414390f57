import { type Fleet, policyOf, rhythmOf } from '../../config';
import { expectedSeconds, type LearnedSeconds, remainingPathSeconds } from '../../core/steps/estimate';
import { type Step } from '../../core/steps/step';
import { scheduledTimeLabel } from '../../core/naming';
import { type Resource, type ResourceRef, resourceRef } from '../../core/resource';
import { findUnprotected, unprotectedUnknown } from '../../activities/catalogue/findUnprotected';
import { type Unprotected } from '../../core/backup/unprotected';
import { discoverFleet, type DiscoverOptions, type Discovery } from '../../activities/catalogue/discoverFleet';
import { estimateMakespan } from './estimateMakespan';
import { type LimitLoad, limitLoads, type TierLoad, tierLoads, type TierRoute } from './fleetLoad';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type LearnedDurations } from './learnedDurations';
import { inParallel } from '../../core/inParallel';
import { stockForecast, type StockLoad } from '../retention/stockForecast';
import { isUnreachable, type ScopeProblem, scopeProblem } from '../../activities/catalogue/scopeProblem';
import { messageOf } from '../../core/failure';

/** What would be done for one resource. */
export interface PlannedResource {
  readonly resource: ResourceRef;
  readonly tier: string;
  readonly sizeGiB: number;
  readonly encryption: 'none' | 'default' | 'customer';
  readonly steps: readonly PlannedStep[];
  /** Along the longest chain of steps, without waiting for permits. */
  readonly expectedSeconds: number;
  /** A tag that names no tier, where a default stands in. */
  readonly note?: string;
}

export interface PlannedStep extends Pick<Step, 'id' | 'type' | 'place' | 'reads' | 'after' | 'limit' | 'temporary'> {
  readonly account: string;
  readonly region: string;
  readonly expectedSeconds: number;
}

/** Why a resource that is selected would not be backed up. */
export interface PlanProblem {
  readonly resource: ResourceRef;
  readonly message: string;
}

export interface FleetPlan {
  readonly fleet: string;
  readonly resources: readonly PlannedResource[];
  readonly excluded: readonly { readonly resource: ResourceRef; readonly reason: string }[];
  readonly problems: readonly PlanProblem[];
  readonly unreadable: readonly ScopeProblem[];
  /** Resources that no rule can reach. */
  readonly unprotected: readonly Unprotected[];
  readonly limits: readonly LimitLoad[];
  /** How full the stocks of copies are, and what the retention wants of them. */
  readonly stocks: readonly StockLoad[];
  /** Of each tier that has resources. */
  readonly tiers: readonly TierLoad[];
  /** Of how many resources some durations are what earlier backups took; all others are guessed from kind and size. */
  readonly learnedOf: number;
  /**
   * How long it would take if all were backed up at once, in seconds. Some kinds tell their size only in their copies, so
   * this is a first guess where nothing was learnt.
   */
  readonly expectedSeconds: number;
}

export interface PlanOptions extends DiscoverOptions {
  /** What earlier backups took; default: nobody knows. */
  readonly learned?: LearnedDurations;
  /** What was found a moment ago; default: it is looked for. */
  readonly discovery?: Discovery;
}

const width = 16;

/** What a backup of all selected resources would do; looks only, and changes nothing. */
export async function planFleet(
  fleet: Fleet,
  clouds: FleetClouds,
  { learned = () => ({}), discovery, ...options }: PlanOptions = {},
): Promise<FleetPlan> {
  const { resources, problems: unreadable } = discovery ?? (await discoverFleet(fleet, clouds, options));
  const excluded: { resource: ResourceRef; reason: string }[] = [];
  const problems: PlanProblem[] = [];
  const unanswered: ScopeProblem[] = [];
  const planned = await inParallel(resources, width, async ({ resource, selection }) => {
    if ('excluded' in selection) excluded.push({ resource: resourceRef(resource), reason: selection.excluded });
    else if ('problem' in selection) problems.push({ resource: resourceRef(resource), message: selection.problem });
    else
      try {
        return [await planResource(fleet, clouds, resource, selection, learned(resource))];
      } catch (error) {
        options.signal?.throwIfAborted();
        if (isUnreachable(error)) unanswered.push(scopeProblem({ ...resource, access: 'source' }, error));
        else problems.push({ resource: resourceRef(resource), message: messageOf(error) });
      }
    return [];
  });
  const all = planned.flat();
  const selected = new Set(clouds.selected);
  const scopes = (await clouds.scopes()).filter(options.where ?? (() => true));
  const uncovered = await inParallel(scopes, width, (scope) =>
    findUnprotected(clouds.kinds.all, selected, scope, options.signal).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      const isTold = unreadable.some(
        ({ kind, account, region }) => kind === null && account === scope.account && region === scope.region,
      );
      if (!isTold) unanswered.push(scopeProblem(scope, unprotectedUnknown(error)));
      return [];
    }),
  );
  const routes = all.map(({ route }) => route);
  const now = Date.now();
  const tiers = fleet.tiers.map((tier) => ({ ...rhythmOf(tier, now), name: tier.name, rpoSeconds: tier.rpoSeconds }));
  const stocked = all.map(({ planned: { resource, tier }, route: { steps } }) => ({
    kind: resource.kind,
    tier,
    steps,
  }));
  const { stocks, problems: unstocked } = await stockForecast(fleet, clouds, stocked, tiers, options.signal);
  return {
    fleet: fleet.name,
    resources: all.map(({ planned: resource }) => resource),
    excluded,
    problems,
    unreadable: [...unreadable, ...unanswered, ...unstocked],
    unprotected: uncovered.flat(),
    limits: limitLoads(routes, tiers),
    stocks,
    tiers: tierLoads(routes, tiers),
    learnedOf: all.filter(({ hasLearned }) => hasLearned).length,
    // Played through step by step, it takes half a minute of ten thousand resources: whoever does not ask does not wait.
    get expectedSeconds() {
      return Math.round(estimateMakespan(routes));
    },
  };
}

async function planResource(
  fleet: Fleet,
  clouds: FleetClouds,
  resource: Resource,
  { tier, note }: { readonly tier: string; readonly note?: string },
  learned: LearnedSeconds,
): Promise<{ planned: PlannedResource; route: TierRoute; hasLearned: boolean }> {
  const kind = clouds.kinds.of(resource.kind);
  const { account, region, facts } = resource;
  const why = kind.description.cannotCopy?.(resource) ?? null;
  if (why !== null) throw new Error(why);
  const encryption = await kind.encryption(resource, { account, region, access: 'source' });
  const now = scheduledTimeLabel(new Date());
  const steps = kind.description.planBackup(
    { ...resourceRef(resource), encryption, facts },
    policyOf(fleet, tier),
    now,
  );
  const secondsOf = (step: Step) => expectedSeconds(step, resource.sizeGiB, learned);
  const rest = kind.description.atRest?.(resource) ?? null;
  const told = [note, rest?.reason].filter((text) => text !== undefined).join('; ');
  const planned: PlannedResource = {
    resource: resourceRef(resource),
    tier,
    sizeGiB: resource.sizeGiB,
    encryption: encryption.type,
    steps: steps.map((step) => plannedStep(step, secondsOf(step))),
    expectedSeconds: Math.round(Math.max(0, ...steps.map(({ id }) => remainingPathSeconds(steps, id, secondsOf)))),
    ...(told === '' ? {} : { note: told }),
  };
  const hasLearned = steps.some(({ id }) => learned[id] !== undefined);
  return { planned, route: { tier, steps, secondsOf }, hasLearned };
}

function plannedStep({ id, type, place, reads, after, limit, temporary, scope }: Step, seconds: number): PlannedStep {
  const { account, region } = scope;
  return { id, type, place, reads, account, region, after, limit, temporary, expectedSeconds: Math.round(seconds) };
}
