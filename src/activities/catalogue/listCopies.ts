import { namedScopes } from './fleetScopes';
import { type Fleet } from '../../config';
import { bucketName } from '../../core/catalogue/bucket';
import {
  catalogued,
  cataloguedRecord,
  type CataloguedCopy,
  type ListedCopy,
  resourceOf,
} from '../../core/catalogue/catalogue';
import { copyTags, type Scope } from '../../core/catalogue/copy';
import { type RecoveryPointRecord } from '../../core/catalogue/manifest';
import { type Proof, proofOf, type Signatures } from '../../core/catalogue/proof';
import { signaturesOf } from '../../core/catalogue/signatures';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { DamagedRecordError } from '../../core/catalogue/readRecord';
import { type Kinds } from '../../core/kind';
import { resourcePath, type ResourceRef } from '../../core/resource';
import { listHoldActs, listRecords, openRecord, readHolds, type RecordEntry, scheduledTimeOf } from './bucketRecords';
import { type FleetBucket, fleetBuckets } from './fleetBuckets';
import { type FleetClouds, vaultScopes } from './fleetClouds';
import { ofScope, type ScopeProblem, scopeProblem, whereOf } from './scopeProblem';

export { type ListedCopy };

export interface ListCopiesOptions {
  /** Copies of such resources only; left out: of all, and of what is no resource. */
  readonly isWanted?: ((resource: Omit<ResourceRef, 'arn'>) => boolean) | undefined;
  /** Copies in this place only. */
  readonly place?: string | undefined;
  /** At most this many, the newest; left out: all. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Where accounts are listed. */
export const organisation = 'the organisation';

/** An account, bucket or record that could not be read; the rest of the answer stands. */
export interface CatalogueProblem extends Pick<ScopeProblem, 'kind' | 'message' | 'unreachable'> {
  /** `account/region`, the same of a kind that could not be listed there, the bucket's URL, or {@link organisation}. */
  readonly where: string;
  /** Null of a bucket in another cloud. */
  readonly account: string | null;
  readonly region: string | null;
  /** `kind/account/region/id`, where a record of this resource alone is damaged. */
  readonly resource?: string;
}

export interface Catalogue {
  /** The latest scheduled time first, then by resource and place. */
  readonly copies: readonly ListedCopy[];
  /** How many there are of what was asked for, beyond the limit as well. */
  readonly total: number;
  /** How many there are of all. */
  readonly ofFleet: number;
  readonly problems: readonly CatalogueProblem[];
}

const width = 16;

/** A copy that was found; what lies in a bucket is only read when it is to be shown. */
interface Candidate {
  readonly scheduledTime: string;
  /** `kind/account/region/id`, or what else stands in its place. */
  readonly path: string;
  readonly place: string;
  /** Null where it turns out to be none of the fleet's. */
  read(): Promise<ListedCopy | null>;
}

/**
 * Every copy of the fleet, read from the clouds alone: snapshots by their tags, what lies in buckets by the records there.
 * What Temporal has forgotten is found as well. An account, bucket or record that cannot be read is a problem beside the rest.
 */
export async function listCopies(
  fleet: Fleet,
  clouds: FleetClouds,
  { isWanted, place, limit = Infinity, signal }: ListCopiesOptions = {},
): Promise<Catalogue> {
  const problems: CatalogueProblem[] = [];
  const asReader = (scope: Scope): Scope => (clouds.reader === null ? scope : { ...scope, access: clouds.reader });
  const sources = await clouds.scopes().catch((error: unknown): readonly Scope[] => {
    signal?.throwIfAborted();
    const [first = { account: '', region: '' }] = namedScopes(fleet);
    problems.push({ ...problemOf(asReader({ ...first, access: 'source' }), error), where: organisation });
    return namedScopes(fleet).map((scope) => asReader({ ...scope, access: 'source' }));
  });
  const scopes = [...sources, ...vaultScopes(fleet, sources).map(asReader)];
  const [snapshots, records] = await Promise.all([
    inParallel(scopes, width, (scope) => copiesIn(scope, fleet, clouds, problems, signal)),
    inParallel(fleetBuckets(fleet, sources), width, async (found) => {
      const bucket = found.scope === null ? found : { ...found, scope: asReader(found.scope) };
      try {
        return await recordsIn(bucket, fleet, clouds, problems, signal);
      } catch (error) {
        signal?.throwIfAborted();
        problems.push(problemOf(bucket, error));
        return [];
      }
    }),
  ]);
  const ofService = once(snapshots.flat());
  const signatures = signaturesOf(ofService);
  const found = [
    ...ofService.map((copy) => candidate(copy, fleet.kinds)),
    ...records.flat().map((record) => ({ ...record, read: () => record.read(signatures) })),
  ];
  const wanted = found
    .filter((one) => (place === undefined || one.place === place) && (isWanted === undefined || isOf(one, isWanted)))
    .sort(latestFirst);

  const copies: ListedCopy[] = [];
  while (copies.length < limit && wanted.length > 0) {
    const next = wanted.splice(0, limit - copies.length);
    for (const copy of await inParallel(next, width, (one) => one.read())) if (copy !== null) copies.push(copy);
  }
  return { copies, total: copies.length + wanted.length, ofFleet: found.length, problems };
}

/** Also of kinds that the fleet file selects no more: their copies are still there. */
async function copiesIn(
  scope: Scope,
  fleet: Fleet,
  clouds: FleetClouds,
  problems: CatalogueProblem[],
  signal: AbortSignal | undefined,
): Promise<CataloguedCopy[]> {
  const { all } = clouds.kinds;
  const refusals: ScopeProblem[] = [];
  const found = await inParallel(all, all.length, async (provider) => {
    const ofKind: CataloguedCopy[] = [];
    try {
      for await (const page of provider.copies?.list(scope, signal) ?? [])
        for (const copy of page)
          if (copy.tags[copyTags.fleet] === fleet.name) ofKind.push(catalogued(copy, scope.access, fleet));
    } catch (error) {
      signal?.throwIfAborted();
      refusals.push(scopeProblem(scope, error, provider.description.name));
    }
    return ofKind;
  });
  for (const problem of ofScope(refusals, all.length)) problems.push({ ...problem, where: whereOf(problem) });
  return found.flat();
}

/** An account may be a vault and have resources of its own: both roles list it, and one of them may know the place. */
function once(copies: readonly CataloguedCopy[]): CataloguedCopy[] {
  const doubtedFirst = [...copies].sort((a, b) => Number(a.doubt === null) - Number(b.doubt === null));
  return [...new Map(doubtedFirst.map((copy) => [copy.copy.arn, copy])).values()];
}

function candidate(copy: CataloguedCopy, kinds: Kinds): Candidate {
  const resource = resourceOf(copy, kinds);
  return {
    scheduledTime: copy.scheduledTime,
    // Someone may have changed the tag.
    path: resource === null ? copy.resource : resourcePath(resource),
    place: copy.place,
    read: () => Promise.resolve({ ...copy, stored: null }),
  };
}

/** A record that was found; the vaults prove it. */
interface CandidateRecord extends Omit<Candidate, 'read'> {
  read(signatures: ReadonlyMap<string, Signatures>): Promise<ListedCopy | null>;
}

async function recordsIn(
  bucket: FleetBucket,
  { name, kinds }: Fleet,
  clouds: FleetClouds,
  problems: CatalogueProblem[],
  signal: AbortSignal | undefined,
): Promise<CandidateRecord[]> {
  const store = clouds.bucket(bucket.url, bucket.scope);
  const { prefix } = bucket.url;
  const entries = await listRecords(store, prefix, signal);
  // Nobody holds an export on its way. After the records: whatever was held in between is seen.
  const acts = bucket.scope === null && entries.length > 0 ? await listHoldActs(store, prefix, null, signal) : null;
  let unreadable = false;
  const read = async (entry: RecordEntry, signatures: ReadonlyMap<string, Signatures>): Promise<ListedCopy | null> => {
    if (unreadable) return null;
    try {
      const record = await openRecord(store, entry, kinds, signal);
      // Fleets may share a bucket.
      if (record.tags[copyTags.fleet] !== name) return null;
      const { place, url } = bucket;
      const holds = acts === null ? null : await readHolds(store, prefix, acts, entry, signal);
      return cataloguedRecord(record, place, url, proofIn(bucket, record, kinds, signatures), holds);
    } catch (error) {
      signal?.throwIfAborted();
      // Pruned since it was listed.
      if (failureTypeOf(error) === failureTypes.notFound) return null;
      const isDamaged = error instanceof DamagedRecordError;
      if (!unreadable) problems.push({ ...problemOf(bucket, error), ...(isDamaged ? { resource: entry.path } : {}) });
      // What forbids one record forbids all of them.
      unreadable ||= !isDamaged;
      return null;
    }
  };
  return entries.map((entry) => ({
    scheduledTime: scheduledTimeOf(entry),
    path: entry.path,
    place: bucket.place,
    read: (signatures) => read(entry, signatures),
  }));
}

/** Exports on their way have no manifest that anything could be signed with, and some kinds keep no copies that could be signed. */
function proofIn(
  { scope }: FleetBucket,
  record: RecoveryPointRecord,
  kinds: Kinds,
  signatures: ReadonlyMap<string, Signatures>,
): Proof {
  if (kinds.get(record.resource.kind).capabilities.copies === false)
    return { type: 'unproven', why: 'its service keeps no copies to prove it by' };
  if (scope !== null) return { type: 'unproven', why: 'an export on its way has no manifest' };
  return proofOf(record, signatures.get(record.tags[copyTags.recoveryPoint] ?? ''));
}

function isOf({ path }: Candidate, isWanted: (resource: Omit<ResourceRef, 'arn'>) => boolean): boolean {
  const [kind, account, region, id, ...more] = path.split('/');
  if (kind === undefined || account === undefined || region === undefined || id === undefined || more.length > 0)
    return false;
  return isWanted({ kind, account, region, id });
}

function problemOf(where: Scope | FleetBucket, error: unknown): CatalogueProblem {
  const isBucket = 'url' in where;
  const scope = isBucket ? where.scope : where;
  const { message, unreachable } = scopeProblem(scope ?? { account: '', region: '', access: 'vault' }, error);
  return {
    kind: null,
    where: isBucket ? bucketName(where.url) : `${where.account}/${where.region}`,
    account: scope?.account ?? null,
    region: scope?.region ?? null,
    message,
    unreachable,
  };
}

function latestFirst(a: Candidate, b: Candidate): number {
  if (a.scheduledTime !== b.scheduledTime) return a.scheduledTime < b.scheduledTime ? 1 : -1;
  const [left, right] = [`${a.path} ${a.place}`, `${b.path} ${b.place}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
