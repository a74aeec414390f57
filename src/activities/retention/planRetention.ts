import { createHash } from 'node:crypto';
import { type Fleet, offsetOf, revisionOf, type Selection } from '../../config';
import { type CataloguedCopy, type ListedCopy } from '../../core/catalogue/catalogue';
import { exportPlace, type Scope } from '../../core/catalogue/copy';
import { resourcePath, type ResourceKind } from '../../core/resource';
import {
  planPrune,
  type PresentResource,
  type PruneCircumstances,
  type TierRules,
  type Unread,
} from '../../core/retention/planPrune';
import { type PrunePlan } from '../../core/retention/prunePlan';
import { type Catalogue, type CatalogueProblem, listCopies, organisation } from '../catalogue/listCopies';
import { discoverFleet, type Discovery } from '../catalogue/discoverFleet';
import { type FleetClouds } from '../catalogue/fleetClouds';
import { whereOf } from '../catalogue/scopeProblem';
import { withoutKeptByBuckets } from './keptByBuckets';

/** A plan of retention for a whole fleet. */
export interface RetentionPlan extends PrunePlan {
  /** The same for plans that let the same copies go. */
  readonly id: string;
  /** Of the fleet file that it goes by. */
  readonly revision: string;
  /** ISO 8601, UTC. */
  readonly plannedAt: string;
  /** What could not be read: nothing goes that it may concern. */
  readonly problems: readonly CatalogueProblem[];
}

/** A plan, and what it judges. */
export interface Judged {
  readonly plan: RetentionPlan;
  /** Snapshots, by their ARNs. */
  readonly snapshots: ReadonlyMap<string, CataloguedCopy>;
  readonly copies: readonly ListedCopy[];
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
): Promise<Judged> {
  // A copy that is made in between is of a resource that is known, never the other way round.
  const catalogue = await listCopies(fleet, clouds, { ...(signal === undefined ? {} : { signal }) });
  const discovery = await discoverOrTell(fleet, clouds, signal);
  return judge(fleet, clouds, { catalogue, discovery }, now);
}

/**
 * {@link planRetention} for a person to look at: what the buckets keep of what it lets go is refused, with until when, or what it would cost.
 *
 * @param now epoch milliseconds
 */
export async function planToLookAt(
  fleet: Fleet,
  clouds: FleetClouds,
  now: number,
  signal?: AbortSignal,
): Promise<RetentionPlan> {
  const { plan, copies } = await planRetention(fleet, clouds, now, signal);
  const looked = await withoutKeptByBuckets(plan, copies, clouds, now, signal);
  return { ...looked, id: idOf(fleet, looked) };
}

/** What was read of the clouds: the catalogue first. */
export interface ReadClouds {
  readonly catalogue: Catalogue;
  /** Null where the accounts of the organisation could not be told. */
  readonly discovery: Discovery | null;
}

/** {@link planRetention}, of what was read a moment ago. */
export async function judge(
  fleet: Fleet,
  clouds: Pick<FleetClouds, 'scopes' | 'selected'>,
  { catalogue, discovery }: ReadClouds,
  now: number,
): Promise<Judged> {
  const plan = planPrune({
    ...(await circumstancesOf(fleet, clouds, { problems: catalogue.problems, discovery }, now)),
    copies: catalogue.copies,
  });
  return {
    plan: {
      ...plan,
      id: idOf(fleet, plan),
      revision: revisionOf(fleet),
      plannedAt: new Date(now).toISOString(),
      problems: [...catalogue.problems, ...untold(catalogue, discovery)],
    },
    copies: catalogue.copies,
    snapshots: new Map(catalogue.copies.flatMap((one) => (one.copy === null ? [] : [[one.copy.arn, one] as const]))),
  };
}

/** What a plan goes by beside the copies. @param now epoch milliseconds */
export async function circumstancesOf(
  fleet: Fleet,
  clouds: Pick<FleetClouds, 'scopes' | 'selected'>,
  { problems, discovery }: Pick<Catalogue, 'problems'> & Pick<ReadClouds, 'discovery'>,
  now: number,
): Promise<Omit<PruneCircumstances, 'copies'>> {
  return {
    fleet: fleet.name,
    now,
    present: presentOf(discovery),
    looked: lookedAt(await scopesOf(clouds), clouds.selected, discovery),
    unread: unreadOf(fleet, { problems }, discovery),
    tiers: new Map(fleet.tiers.map((tier) => [tier.name, rulesOf(tier)])),
    retired: fleet.retired,
    exportsFor: new Map(fleet.buckets.map(({ name }) => [exportPlace(name), name])),
    kinds: fleet.kinds,
  };
}

/** Null where the organisation does not answer: the catalogue tells why, since it has asked as well. */
export async function discoverOrTell(
  fleet: Fleet,
  clouds: FleetClouds,
  signal?: AbortSignal,
): Promise<Discovery | null> {
  try {
    return await discoverFleet(fleet, clouds, { signal });
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

/** None where the organisation cannot be asked, which the catalogue tells. */
export const scopesOf = (clouds: Pick<FleetClouds, 'scopes'>): Promise<readonly Scope[]> =>
  clouds.scopes().catch(() => []);

/** Where every resource of a kind was listed: nobody else can say that one is there no more. */
export function lookedAt(
  scopes: readonly Scope[],
  kinds: readonly ResourceKind[],
  discovery: Discovery | null,
): ReadonlySet<string> {
  const isWhole = (kind: ResourceKind, { account, region }: Scope) =>
    discovery?.problems.every(
      (one) => one.account !== account || one.region !== region || (one.kind !== null && one.kind !== kind),
    );
  return new Set(
    scopes.flatMap((scope) =>
      kinds.flatMap((kind) => (isWhole(kind, scope) === true ? [`${kind}/${scope.account}/${scope.region}`] : [])),
    ),
  );
}

/** Problems of discovery that the catalogue has not told: whoever may list copies may not always list resources. */
export function untold({ problems }: Pick<Catalogue, 'problems'>, discovery: Discovery | null): CatalogueProblem[] {
  const told = new Set(problems.map(({ where }) => where));
  return (discovery?.problems ?? [])
    .map((problem) => ({ ...problem, where: whereOf(problem) }))
    .filter(({ where }) => !told.has(where));
}

function presentOf(discovery: Discovery | null): Map<string, PresentResource> {
  return new Map(
    discovery?.resources.map(({ resource, selection }) => [
      resourcePath(resource),
      {
        tier: 'tier' in selection ? selection.tier : null,
        unclear: unclearIn(selection),
        incarnation: resource.incarnation,
      },
    ]),
  );
}

/** Where a default stands in for a tier that is misspelt, or was renamed, nobody means its rules. */
function unclearIn(selection: Selection): string | null {
  if ('problem' in selection) return `its tier is not clear: ${selection.problem}`;
  return 'note' in selection && selection.note !== undefined ? `its tier is not clear: ${selection.note}` : null;
}

/** A vault, a bucket or an organisation that cannot be read may concern every resource; a source account only its own. */
function unreadOf(fleet: Fleet, { problems }: Pick<Catalogue, 'problems'>, discovery: Discovery | null): Unread[] {
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

function rulesOf({ retention, retentionIn, timezone, route, formerly }: Fleet['tiers'][number]): TierRules {
  return { retention, retentionIn, offset: offsetOf(timezone), route: route.map(({ name }) => name), formerly };
}

function idOf({ name }: Fleet, { doomed }: PrunePlan): string {
  const going = doomed.map(({ copy }) => copy.id).sort();
  return createHash('sha256')
    .update(JSON.stringify([name, going]))
    .digest('hex')
    .slice(0, 12);
}
