import { isCurrentAtRest } from '../backup/isCurrentAtRest';
import { isOfTheFuture } from '../backup/lifecycle';
import { type Destination, isBucketVault, vaultRegion } from '../backup/policy';
import { type ListedCopy } from '../catalogue/catalogue';
import { verificationLevels } from '../catalogue/manifest';
import { type Kinds } from '../kind';
import { type Resource } from '../resource';
import { type FleetLook, type LookedTier, type Unreadable } from './look';

/**
 * How a place of a route stands: `met`, `missed`: by the age of its newest verified copy. `at-rest`: nothing has changed since that copy.
 * `never`: no verified copy is there. `unknown`: the place could not be read whole, and what was read is too old.
 */
export type PlaceState = 'met' | 'at-rest' | 'missed' | 'never' | 'unknown';

/** What a place of its tier's route holds of a resource. */
export interface PlaceFreshness {
  readonly place: string;
  readonly state: PlaceState;
  /** Scheduled time of the newest verified copy: its age is reckoned from there, as the RPO is. ISO 8601, UTC. */
  readonly newest: string | null;
  readonly dataTime: string | null;
  readonly ageSeconds: number | null;
  /** Verified copies that lie there. */
  readonly copies: number;
  /** Of the newest copy, as its service tells; null of objects in buckets. */
  readonly sizeGiB: number | null;
  readonly storedBytes: number | null;
  /** What the service called the resource of the newest copy. */
  readonly incarnation: string | null;
}

/** A recovery point of a resource, and where it lies. */
export interface PointSeen {
  readonly scheduledTime: string;
  /** Where a verified copy lies, in the order of the catalogue. */
  readonly verified: readonly string[];
  /** Where a copy lies that nothing proves; the source's are never proven. */
  readonly others: readonly string[];
}

/** What the catalogue has of one resource. */
export interface SeenCopies {
  readonly byPlace: Map<string, PlaceCopies>;
  readonly points: Map<string, { readonly verified: string[]; readonly others: string[] }>;
  copies: number;
}

interface PlaceCopies {
  newest: ListedCopy;
  count: number;
}

/** The verified copies of each resource by place, with all its points: one walk over a catalogue of any size. */
export function copiesByResource({
  copies,
  kinds,
  tiers,
  tierOf,
  now,
}: Pick<FleetLook, 'copies' | 'kinds' | 'now'> & {
  readonly tiers: readonly Pick<LookedTier, 'name' | 'verify'>[];
  /** By path: it says how much must be proven of its records. */
  readonly tierOf: ReadonlyMap<string, string | null>;
}): Map<string, SeenCopies> {
  const levels = new Map(tiers.map(({ name, verify }) => [name, verificationLevels.indexOf(verify)]));
  const found = new Map<string, SeenCopies>();
  for (const copy of copies) {
    if (copy.temporary || copy.doubt !== null) continue;
    const path = copy.recoveryPoint.slice(0, copy.recoveryPoint.lastIndexOf('/'));
    const seen: SeenCopies = found.get(path) ?? { byPlace: new Map(), points: new Map(), copies: 0 };
    if (seen.copies === 0) found.set(path, seen);
    seen.copies += 1;
    if (isOfTheFuture(copy.scheduledTime, now)) continue;
    const point = seen.points.get(copy.scheduledTime) ?? { verified: [], others: [] };
    seen.points.set(copy.scheduledTime, point);
    if (!isProven(copy, levels.get(tierOf.get(path) ?? '') ?? 0, kinds)) {
      point.others.push(copy.place);
      continue;
    }
    point.verified.push(copy.place);
    const place = seen.byPlace.get(copy.place);
    if (place === undefined) seen.byPlace.set(copy.place, { newest: copy, count: 1 });
    else {
      place.count += 1;
      if (copy.scheduledTime > place.newest.scheduledTime) place.newest = copy;
    }
  }
  return found;
}

/** Whether a copy counts for the RPO, as the clock of a lifecycle counts it: proven, and whole. At the source nothing is `verified`. */
function isProven({ verified, copy, stored, recoveryPoint }: ListedCopy, level: number, kinds: Kinds): boolean {
  if (verified === null) return false;
  if (copy !== null) return copy.status === 'available';
  const [kind = ''] = recoveryPoint.split('/');
  const speakAlone = kinds.has(kind) && kinds.get(kind).capabilities.copies === false;
  const proven = verificationLevels.findIndex((one) => verified.startsWith(one));
  return (speakAlone || stored.proof.type === 'proven') && proven >= level && stored.skippedTables.length === 0;
}

/** How each place of its tier's route stands for a resource, in the order of the route. */
export function freshnessOf(
  resource: Resource,
  tier: LookedTier,
  seen: SeenCopies | undefined,
  { now, kinds, unreadable }: Pick<FleetLook, 'now' | 'kinds' | 'unreadable'>,
): PlaceFreshness[] {
  const rest = kinds.get(resource.kind).atRest?.(resource) ?? null;
  return tier.route.map((destination) => {
    const { name: place } = destination;
    const found = seen?.byPlace.get(place);
    const newest = found?.newest.scheduledTime ?? null;
    const ageSeconds = newest === null ? null : Math.max(0, Math.round((now - Date.parse(newest)) / 1000));
    return {
      place,
      state: stateOf(),
      newest,
      dataTime: found?.newest.dataTime ?? null,
      ageSeconds,
      copies: found?.count ?? 0,
      sizeGiB: found?.newest.copy?.sizeGiB ?? null,
      storedBytes: found?.newest.stored?.bytes ?? null,
      incarnation: found?.newest.incarnation ?? null,
    };

    function stateOf(): PlaceState {
      if (ageSeconds !== null && ageSeconds <= tier.rpoSeconds) return 'met';
      if (newest !== null && rest !== null)
        if (isCurrentAtRest(newest, rest.since ?? new Date(now).toISOString(), tier.rpoSeconds)) return 'at-rest';
      if (unreadable.some((problem) => concerns(problem, destination, resource))) return 'unknown';
      return newest === null ? 'never' : 'missed';
    }
  });
}

/** Whether copies in a place may lie in what could not be read. */
function concerns(
  { kind, where, account, region }: Unreadable,
  destination: Destination,
  resource: Pick<Resource, 'kind' | 'region'>,
): boolean {
  if (isBucketVault(destination)) return where === destination.bucket || where.startsWith(`${destination.bucket}/`);
  if (kind !== null && kind !== resource.kind) return false;
  return account === destination.account && region === vaultRegion(destination, resource.region);
}

/** The newest points of a resource, the newest first. */
export function pointsSeen(seen: SeenCopies | undefined, most: number): PointSeen[] {
  return [...(seen?.points ?? [])]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, most)
    .map(([scheduledTime, { verified, others }]) => ({ scheduledTime, verified, others }));
}
