import { createHash } from 'node:crypto';
import { type Fleet, offsetMinutes } from '../../config';
import { exportPlace } from '../../core/catalogue/copy';
import { resourcePath } from '../../core/resource';
import { type OffsetMinutes } from '../../core/retention/calendar';
import { planPrune, type PresentResource, type TierRules, type Unread } from '../../core/retention/planPrune';
import { type PrunePlan } from '../../core/retention/prunePlan';
import { type Catalogue, type CatalogueProblem, listCopies, organisation } from '../catalogue/listCopies';
import { discoverFleet, type Discovery } from '../fleet/discoverFleet';
import { type FleetClouds } from '../fleet/fleetClouds';
import { whereOf } from '../fleet/scopeProblem';

/** A plan of retention for a whole fleet. */
export interface RetentionPlan extends PrunePlan {
  /** The same for plans that let the same copies go. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly plannedAt: string;
  /** What could not be read: nothing goes that it may concern. */
  readonly problems: readonly CatalogueProblem[];
}

/**
 * What retention would do, from the clouds as they are now. It reads all places of the fleet, and changes nothing.
 *
 * @param now epoch milliseconds
 */
export async function planRetention(
  fleet: Fleet,
  clouds: FleetClouds,
  now: number,
  signal?: AbortSignal,
): Promise<RetentionPlan> {
  // A copy that is made in between is of a resource that is known, never the other way round.
  const catalogue = await listCopies(fleet, clouds, { ...(signal === undefined ? {} : { signal }) });
  const discovery = await discoverOrTell(fleet, clouds, signal);
  const plan = planPrune({
    fleet: fleet.name,
    now,
    copies: catalogue.copies,
    present: presentOf(discovery),
    unread: unreadOf(fleet, catalogue, discovery),
    tiers: new Map(fleet.tiers.map((tier) => [tier.name, rulesOf(tier)])),
    retired: fleet.retired,
    exportsFor: new Map(fleet.buckets.map(({ name }) => [exportPlace(name), name])),
    kinds: fleet.kinds,
  });
  return { ...plan, id: idOf(fleet, plan), plannedAt: new Date(now).toISOString(), problems: catalogue.problems };
}

async function discoverOrTell(fleet: Fleet, clouds: FleetClouds, signal?: AbortSignal): Promise<Discovery | null> {
  try {
    return await discoverFleet(fleet, clouds, { signal });
  } catch {
    signal?.throwIfAborted();
    // The catalogue tells why: it has asked the organisation as well.
    return null;
  }
}

function presentOf(discovery: Discovery | null): Map<string, PresentResource> {
  return new Map(
    discovery?.resources.map(({ resource, selection }) => [
      resourcePath(resource),
      { tier: 'tier' in selection ? selection.tier : null, incarnation: resource.incarnation },
    ]),
  );
}

/** A vault, a bucket or an organisation that cannot be read may concern every resource; a source account only its own. */
function unreadOf(fleet: Fleet, { problems }: Catalogue, discovery: Discovery | null): Unread[] {
  const vaults = new Set(fleet.vaults.map(({ account }) => account));
  const concerned = (account: string | null) => (account === null || vaults.has(account) ? null : account);
  return [
    ...problems.map(({ account, where, message }) => ({
      account: where === organisation ? null : concerned(account),
      what: `${where}: ${message}`,
    })),
    ...(discovery === null ? [{ account: null, what: 'the accounts of the organisation' }] : []),
    ...(discovery?.problems ?? []).map((problem) => ({
      account: concerned(problem.account),
      what: `${whereOf(problem)}: ${problem.message}`,
    })),
  ];
}

function rulesOf({ retention, retentionIn, timezone, route }: Fleet['tiers'][number]): TierRules {
  return { retention, retentionIn, offset: offsetOf(timezone), route: route.map(({ name }) => name) };
}

/** Offsets of all zones change at quarters of an hour; the time zone database is asked once for each. */
const quarterMilliseconds = 900_000;

function offsetOf(timezone: string): OffsetMinutes {
  const known = new Map<number, number>();
  return (instant) => {
    const quarter = Math.floor(instant / quarterMilliseconds);
    const offset = known.get(quarter) ?? offsetMinutes(timezone, quarter * quarterMilliseconds);
    known.set(quarter, offset);
    return offset;
  };
}

function idOf({ name }: Fleet, { doomed }: PrunePlan): string {
  const going = doomed.map(({ copy }) => copy.id).sort();
  return createHash('sha256')
    .update(JSON.stringify([name, going]))
    .digest('hex')
    .slice(0, 12);
}
