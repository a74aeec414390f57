import { type Client } from '@temporalio/client';
import { discoverFleet, type Discovery } from '../../activities/catalogue/discoverFleet';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type Catalogue, listCopies } from '../../activities/catalogue/listCopies';
import { timeOfAws } from '../../activities/retention/cloudTime';
import { judge, lookedAt, scopesOf } from '../../activities/retention/planRetention';
import { type Fleet, noRuleMatches, rhythmOf, whySelected } from '../../config';
import {
  type FleetLook,
  type LookedResource,
  type LookedRoute,
  type LookedTemporal,
  type LookedTier,
  type Unreadable,
} from '../../core/report/look';
import { type Scope } from '../../core/catalogue/copy';
import { resourcePath } from '../../core/resource';
import { type FleetPlan, planFleet } from '../backup/planFleet';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { CatalogueIndex } from '../catalogueIndex/catalogueIndex';
import { meantBy, type ResourceArgument } from '../catalogue/resourceArgument';
import { knownByCopies, troublesOf } from './knownByCopies';
import { lookAtIndex, type LookCircumstances, type SeenOfCopies } from './lookAtIndex';
import { lookAtTemporal } from './lookAtTemporal';
import { unreadableAt } from './unreadable';

export interface LookOptions {
  /** Epoch milliseconds, by this machine's clock. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** These resources alone: what concerns the fleet as a whole is not told then. Default: all. */
  readonly only?: readonly ResourceArgument[];
  /** What copies there are is taken from it. Default: the clouds are asked. */
  readonly index?: CatalogueIndex | null;
}

/**
 * Everything that the clouds, Temporal and the ledger say of a fleet now. Whoever does not answer is told, and the rest stands; nothing
 * is changed.
 *
 * @param temporal connects to Temporal
 */
export async function lookAtFleet(
  fleet: Fleet,
  clouds: FleetClouds,
  temporal: () => Promise<Client>,
  { now: ofMachine, signal, only = [], index = null }: LookOptions,
): Promise<FleetLook> {
  const ofAws = await timeOfAws(fleet, clouds, signal).catch(() => {
    signal.throwIfAborted();
    return null;
  });
  const now = ofAws ?? ofMachine;
  const [ofClouds, ofTemporal] = await Promise.all([
    lookAtClouds(fleet, clouds, only, index, now, signal),
    temporalOrWhy(fleet, clouds, temporal, now, signal),
  ]);
  return {
    ...ofClouds,
    clockAheadSeconds: ofAws === null ? null : Math.round((ofMachine - ofAws) / 1000),
    unreadable: [...ofClouds.unreadable, ...ofTemporal.unreadable],
    temporal: ofTemporal.temporal,
  };
}

async function lookAtClouds(
  fleet: Fleet,
  clouds: FleetClouds,
  only: readonly ResourceArgument[],
  index: CatalogueIndex | null,
  now: number,
  signal: AbortSignal,
): Promise<Omit<FleetLook, 'temporal' | 'clockAheadSeconds'>> {
  const isWanted = meantBy(only);
  const where = ({ account, region }: Scope) =>
    only.length === 0 || only.some((one) => (one.account ?? account) === account && (one.region ?? region) === region);
  // A copy that is made in between is of a resource that is known, never the other way round.
  const listed = index ?? (await listCopies(fleet, clouds, { isWanted, signal }));
  const unreadable: Unreadable[] = [];
  const orTell = async <T>(where: string, look: () => Promise<T>): Promise<T | null> => {
    try {
      return await look();
    } catch (error) {
      signal.throwIfAborted();
      unreadable.push(unreadableAt(where, error));
      return null;
    }
  };
  const found = await orTell('the resources of the fleet', () => discoverFleet(fleet, clouds, { where, signal }));
  const discovery = found === null || isWanted === undefined ? found : onlyOf(found, isWanted);
  const plan =
    discovery === null
      ? null
      : await orTell('the plan of backups', async () =>
          lookedPlan(await planFleet(fleet, clouds, { discovery, where, signal }), discovery),
        );
  const looked = lookedAt(await scopesOf(clouds), clouds.selected, discovery);
  const bundled = bundledKinds(clouds);
  const resources = resourcesOf(fleet, discovery);
  const circumstances = { resources, discovery, looked, bundled, now };
  const seen =
    listed instanceof CatalogueIndex
      ? await lookAtIndex(fleet, clouds, listed, circumstances)
      : await lookAtCopies(fleet, clouds, listed, circumstances);
  if (seen === null) return lookAtClouds(fleet, clouds, only, null, now, signal);
  const { refused, outside, problems, ...ofCopies } = seen;
  return {
    fleet: fleet.name,
    now,
    kinds: fleet.kinds,
    tiers: tiersOf(fleet, now),
    resources: [...resources, ...refused],
    ...{ looked, outside, bundled },
    prunes: fleet.prune?.enabled === true,
    ...ofCopies,
    ...troublesOf({ problems }, discovery, plan?.unreadable ?? [], unreadable),
    unprotected: plan?.unprotected ?? [],
    cannotCopy: plan?.cannotCopy ?? new Map<string, string>(),
    routes: plan?.routes ?? new Map<string, LookedRoute>(),
    stocks: plan?.stocks ?? [],
  };
}

/** Kinds whose records in buckets have a recovery bundle beside them. */
export const bundledKinds = ({ kinds }: Pick<FleetClouds, 'kinds'>): ReadonlySet<string> =>
  new Set(kinds.all.flatMap(({ bundle, description }) => (bundle === undefined ? [] : [description.name])));

async function lookAtCopies(
  fleet: Fleet,
  clouds: FleetClouds,
  catalogue: Catalogue,
  { discovery, looked, bundled, now }: LookCircumstances,
): Promise<SeenOfCopies> {
  const { copies, problems } = catalogue;
  const { plan: retention } = await judge(fleet, clouds, { catalogue, discovery }, now);
  const known = knownByCopies(fleet, catalogue, discovery, looked, bundled);
  return { ...known, copies, problems, index: null, retention };
}

/** The tiers of the fleet file, with how often their rounds and drills come. */
function tiersOf({ tiers }: Fleet, now: number): LookedTier[] {
  return tiers.map((tier) => ({
    ...tier,
    meanSeconds: rhythmOf(tier, now).meanSeconds,
    drills: tier.drills.map(({ name, ...times }) => ({
      name,
      longestSeconds:
        times.schedule.length === 0 ? null : rhythmOf({ ...times, blackout: tier.blackout }, now).longestSeconds,
    })),
  }));
}

const onlyOf = ({ resources, problems }: Discovery, isWanted: (resource: NamedResource) => boolean): Discovery => ({
  resources: resources.filter(({ resource }) => isWanted(resource)),
  problems,
});

function resourcesOf(fleet: Fleet, discovery: Discovery | null): LookedResource[] {
  return (discovery?.resources ?? []).map(({ resource, selection }) => ({
    resource,
    listed: true,
    tier: 'tier' in selection ? selection.tier : null,
    without:
      'problem' in selection
        ? 'problem'
        : 'excluded' in selection
          ? selection.excluded === noRuleMatches
            ? 'unmatched'
            : 'excluded'
          : null,
    why: whySelected(fleet, resource),
    note: 'note' in selection ? (selection.note ?? null) : null,
  }));
}

/** What a look keeps of a plan: the plan itself has all steps of each resource. */
const lookedPlan = (plan: FleetPlan, discovery: Discovery) => ({
  unreadable: plan.unreadable,
  unprotected: plan.unprotected,
  cannotCopy: cannotCopy(plan, discovery),
  routes: routesOf(plan),
  stocks: plan.stocks,
});

/** By path. Most resources of a tier have the same steps, which are kept once. */
function routesOf({ resources }: FleetPlan): ReadonlyMap<string, LookedRoute> {
  const known = new Map<string, LookedRoute['steps']>();
  return new Map(
    resources.map(({ resource, steps: planned }) => {
      const steps = planned.map(({ id, type, place, reads, region, temporary }) => ({
        ...{ id, type, place, reads, region, temporary },
      }));
      const key = JSON.stringify(steps);
      const shared = known.get(key) ?? steps;
      known.set(key, shared);
      return [resourcePath(resource), { resource, steps: shared }] as const;
    }),
  );
}

/** Why what is in a tier could not be backed up; that it is in none is told by its selection. */
function cannotCopy(plan: FleetPlan, discovery: Discovery): ReadonlyMap<string, string> {
  const inTier = new Set(
    discovery.resources.flatMap(({ resource, selection }) => ('tier' in selection ? [resourcePath(resource)] : [])),
  );
  return new Map(
    plan.problems
      .map(({ resource, message }) => [resourcePath(resource), message] as const)
      .filter(([path]) => inTier.has(path)),
  );
}

async function temporalOrWhy(
  fleet: Fleet,
  clouds: FleetClouds,
  connect: () => Promise<Client>,
  now: number,
  signal: AbortSignal,
): Promise<{ readonly temporal: LookedTemporal | null; readonly unreadable: readonly Unreadable[] }> {
  try {
    return await lookAtTemporal(fleet, clouds, await connect(), now, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { temporal: null, unreadable: [unreadableAt('Temporal', error)] };
  }
}
