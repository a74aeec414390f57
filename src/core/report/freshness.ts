import { isCurrentAtRest } from '../backup/isCurrentAtRest';
import { isOfTheFuture } from '../backup/lifecycle';
import { type Destination, isBucketVault, vaultRegion } from '../backup/policy';
import { type JudgedCopy } from '../catalogue/judgedCopy';
import { isWholeRecord, type VerificationLevel, verificationLevels } from '../catalogue/manifest';
import { type Resource, resourcePath } from '../resource';
import { type FleetLook, type LookedResource, type LookedTier, type Unreadable } from './look';
import { type NewestCopy, type SeenCopies } from './seenCopies';

/**
 * How a place of a route stands: `met`, `missed`: by the age of its newest verified copy. `at-rest`: nothing has changed since that copy.
 * `never`: no verified copy is there. `waiting`: neither, and the resource is younger than its RPO, or protected for less. `unknown`: the
 * place or the account of the resource could not be read whole, and what was read is too old; or an index is too old to tell.
 */
export type PlaceState = 'met' | 'at-rest' | 'missed' | 'never' | 'waiting' | 'unknown';

/** What a place of its tier's route holds of a resource. */
export interface PlaceFreshness {
  readonly place: string;
  readonly state: PlaceState;
  /** Scheduled time of the newest verified copy: its age is reckoned from there, as the RPO is. ISO 8601, UTC. */
  readonly newest: string | null;
  readonly dataTime: string | null;
  readonly ageSeconds: number | null;
  /** Verified copies of this very resource that lie there. */
  readonly copies: number;
  /** Of the newest copy, as its service tells; null of objects in buckets. */
  readonly sizeGiB: number | null;
  readonly storedBytes: number | null;
}

/** A recovery point of a resource, and where it lies. */
export interface PointSeen {
  readonly scheduledTime: string;
  /** Where a verified copy lies, in the order of the catalogue. */
  readonly verified: readonly string[];
  /** Where a copy lies that nothing proves; the source's are never proven. */
  readonly others: readonly string[];
}

/** The verified copies of each resource by place, with all its points: one walk over a catalogue of any size. */
export function copiesByResource({
  copies,
  kinds,
  bundled,
  tiers,
  tierOf,
  incarnationOf = new Map(),
  now,
}: Pick<FleetLook, 'kinds' | 'bundled' | 'now'> & {
  readonly copies: readonly JudgedCopy[];
  readonly tiers: readonly Pick<LookedTier, 'name' | 'verify'>[];
  /** By path: it says how much must be proven of its records. */
  readonly tierOf: ReadonlyMap<string, string | null>;
  /** By path: what its service calls it now. Default: nobody asked. */
  readonly incarnationOf?: ReadonlyMap<string, string>;
}): Map<string, SeenCopies> {
  const levels = new Map(tiers.map(({ name, verify }) => [name, verify]));
  const incarnations = provenIncarnations(copies);
  const found = new Map<string, SeenCopies>();
  for (const copy of copies) {
    const at = placedInTime(copy);
    if (at === null) continue;
    const { path, time } = at;
    if (isOfTheFuture(time, now)) continue;
    const seen: SeenCopies = found.get(path) ?? { byPlace: new Map(), points: new Map(), proven: 0, ofAnother: 0 };
    found.set(path, seen);
    const point = seen.points.get(time) ?? { verified: [], others: [] };
    seen.points.set(time, point);
    if (!isProven(copy, { kinds, bundled }, levels.get(tierOf.get(path) ?? ''))) {
      point.others.push(copy.place);
      continue;
    }
    point.verified.push(copy.place);
    seen.proven += 1;
    const incarnation = incarnations.get(copy.recoveryPoint) ?? copy.incarnation;
    const current = incarnationOf.get(path) ?? null;
    if (incarnation !== null && current !== null && incarnation !== current) {
      seen.ofAnother += 1;
      continue;
    }
    const place = seen.byPlace.get(copy.place);
    if (place === undefined) seen.byPlace.set(copy.place, { newest: newestOf(copy), count: 1 });
    else {
      place.count += 1;
      if (time > place.newest.scheduledTime) place.newest = newestOf(copy);
    }
  }
  return found;
}

const newestOf = ({ scheduledTime, dataTime, copy, stored }: JudgedCopy): NewestCopy => ({
  ...{ scheduledTime, dataTime, sizeGiB: copy?.sizeGiB ?? null, storedBytes: stored?.bytes ?? null },
});

/**
 * Of which resource and time a copy is, as the id of its recovery point says: what proves a copy covers that, and no other tag. Null of what is
 * not believed, is on its way out, or whose own tags contradict each other about its time.
 */
export function placedInTime({
  temporary,
  doubt,
  recoveryPoint,
  scheduledTime,
}: Pick<JudgedCopy, 'temporary' | 'doubt' | 'recoveryPoint' | 'scheduledTime'>): {
  readonly path: string;
  readonly time: string;
} | null {
  if (temporary || doubt !== null) return null;
  const end = recoveryPoint.lastIndexOf('/');
  const time = recoveryPoint.slice(end + 1);
  if (time !== scheduledTime || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time) || Number.isNaN(Date.parse(time)))
    return null;
  // A part of a text keeps all of it in memory.
  return { path: recoveryPoint.slice(0, end), time: scheduledTime };
}

/** Whoever can write into a bucket can write any incarnation there: the copies in vaults tell. */
function provenIncarnations(copies: readonly JudgedCopy[]): Map<string, string | null> {
  const inVaults = copies.filter(({ copy, doubt, verified }) => copy !== null && doubt === null && verified !== null);
  return new Map(inVaults.map(({ recoveryPoint, incarnation }) => [recoveryPoint, incarnation]));
}

/**
 * Whether a copy counts for the RPO, as the clock of a lifecycle counts it: proven, and whole. At the source nothing is `verified`.
 *
 * @param level at the least; default: any
 */
export function isProven(
  { verified, copy, stored, recoveryPoint }: JudgedCopy,
  { kinds, bundled }: Pick<FleetLook, 'kinds' | 'bundled'>,
  level: VerificationLevel = verificationLevels[0],
): boolean {
  if (verified === null) return false;
  if (copy !== null) return copy.status === 'available';
  const [kind = ''] = recoveryPoint.split('/');
  const speaksAlone = kinds.has(kind) && kinds.get(kind).capabilities.copies === false;
  const proven = verificationLevels.find((one) => verified.startsWith(`${one} `));
  return (
    (speaksAlone || stored.proof.type === 'proven') &&
    proven !== undefined &&
    isWholeRecord(stored, proven, { level, hasBundle: bundled.has(kind) })
  );
}

/**
 * How each place of its tier's route stands for a resource, in the order of the route.
 *
 * @param since when it was protected first (ISO 8601); null where nobody knows
 */
export function freshnessOf(
  { resource, listed }: Pick<LookedResource, 'resource' | 'listed'>,
  tier: LookedTier,
  seen: SeenCopies | undefined,
  since: string | null,
  { now, kinds, unlisted, index }: Pick<FleetLook, 'now' | 'kinds' | 'unlisted' | 'index'>,
): PlaceFreshness[] {
  const rest = kinds.get(resource.kind).atRest?.(resource) ?? null;
  const began = [resource.createdAt, since].map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  const rpoMilliseconds = tier.rpoSeconds * 1000;
  const protectedFrom = Math.max(-Infinity, ...began);
  const isYoung = now - protectedFrom <= rpoMilliseconds;
  // What has come in since an index was made, it does not know.
  const lookedAt = index === null ? now : Date.parse(index.at);
  const isBroken = index !== null && isMissedByLifecycle(tier, since, now);
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
      sizeGiB: found?.newest.sizeGiB ?? null,
      storedBytes: found?.newest.storedBytes ?? null,
    };

    function stateOf(): PlaceState {
      const state = reckoned();
      // An index makes nothing green that a lifecycle knows to be late.
      if (isBroken && (state === 'met' || state === 'at-rest')) return 'unknown';
      // Of what it has, nobody knows whether it is there still.
      return state === 'at-rest' && now - lookedAt > rpoMilliseconds ? 'unknown' : state;
    }

    function reckoned(): PlaceState {
      if (ageSeconds !== null && ageSeconds <= tier.rpoSeconds) return 'met';
      if (newest !== null && rest !== null)
        if (isCurrentAtRest(newest, rest.since ?? new Date(now).toISOString(), tier.rpoSeconds)) return 'at-rest';
      // What nobody could list may be there no more.
      if (!listed || unlisted.some((problem) => concerns(problem, destination, resource))) return 'unknown';
      if (lookedAt - (newest === null ? protectedFrom : Date.parse(newest)) <= rpoMilliseconds)
        return newest === null && isYoung ? 'waiting' : 'unknown';
      return newest === null ? 'never' : 'missed';
    }
  });
}

/** Whether the last recovery point that a lifecycle knows to be whole is older than the RPO. @param now epoch milliseconds */
export function isMissedByLifecycle(
  { rpoSeconds }: Pick<LookedTier, 'rpoSeconds'>,
  since: string | null,
  now: number,
): boolean {
  return since !== null && now - Date.parse(since) > rpoSeconds * 1000;
}

/** Whether copies in a place may lie in what could not be read. */
function concerns(
  { kind, where, account, region, resource: only }: Unreadable,
  destination: Destination,
  resource: Resource,
): boolean {
  if (only !== undefined && only !== resourcePath(resource)) return false;
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
