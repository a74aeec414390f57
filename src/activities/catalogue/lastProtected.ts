import { Context } from '@temporalio/activity';
import { text } from 'node:stream/consumers';
import { type ObjectStore } from '../../clouds/objectStore';
import { parseBucketUrl, type BucketUrl, bucketLayout, recordOfKey, timeOfKey } from '../../core/catalogue/bucket';
import { catalogued } from '../../core/catalogue/catalogue';
import { copyTags, type Scope } from '../../core/catalogue/copy';
import { type VerificationLevel, verificationLevels } from '../../core/catalogue/manifest';
import { type Kinds } from '../../core/kind';
import { compactTime } from '../../core/naming';
import { type BucketVault, isBucketVault, type ProtectionPolicy, vaultRegion } from '../../core/backup/policy';
import { DamagedRecordError, readRecord } from '../../core/catalogue/readRecord';
import { type ResourceKind, resourcePath, type ResourceRef } from '../../core/resource';
import { type ConnectedKinds } from '../../kinds/kind';
import { serverTime } from '../serverTime';

/** What a lifecycle that begins asks the clouds: Temporal's memory may have been lost, the copies were not. */
export interface ProtectionActivities {
  /**
   * The scheduled time of the latest recovery point that is whole: verified in every vault of the route, at the tier's level,
   * with its bundle and no table left out. Null where there is none.
   *
   * @param after ISO 8601: vaults are listed anew if they were listed before
   */
  lastProtected(resource: ResourceRef, policy: ProtectionPolicy, after?: string): Promise<string | null>;
}

export interface ProtectionDependencies {
  readonly described: Kinds;
  readonly kinds: ConnectedKinds;
  /** A bucket of a {@link BucketVault}. */
  readonly openBucket: (url: BucketUrl) => ObjectStore;
}

/** Scheduled times of verified copies, by the ARN of the resource and the place. */
type Verified = ReadonlyMap<string, ReadonlySet<string>>;

/** Lifecycles of a whole fleet begin together: a vault is listed once for all of them. */
const listingIsGoodForMilliseconds = 5 * 60_000;
/** Records of one resource that are read until one tells of a whole copy. */
const recordsRead = 10;

export function protectionActivities({ described, kinds, openBucket }: ProtectionDependencies): ProtectionActivities {
  const listings = new Map<string, { readonly at: number; readonly verified: Promise<Verified> }>();

  const verifiedIn = (kind: ResourceKind, scope: Scope, fleet: string, after: number): Promise<Verified> => {
    const key = `${kind} ${scope.account}/${scope.region} ${fleet}`;
    const known = listings.get(key);
    if (known !== undefined && known.at >= Math.max(after, serverTime() - listingIsGoodForMilliseconds))
      return known.verified;
    const verified = list(kinds, kind, scope, fleet);
    listings.set(key, { at: serverTime(), verified });
    // What failed is asked again by the next.
    verified.catch(() => listings.delete(key));
    return verified;
  };

  return {
    async lastProtected(resource, policy, after) {
      const signal = Context.current().cancellationSignal;
      const scopes = scopesOf(policy, resource);
      const { copies, bundle } = kinds.of(resource.kind);
      // No recovery point can travel such a route, and none has.
      if (scopes === null || (copies === undefined && scopes.length > 0)) return null;
      let whole: ReadonlySet<string> | undefined;
      for (const [place, scope] of scopes) {
        const verified = await verifiedIn(
          resource.kind,
          scope,
          policy.fleet,
          after === undefined ? 0 : Date.parse(after),
        );
        const here = verified.get(placeOf(resource.arn, place)) ?? new Set<string>();
        whole = whole === undefined ? here : new Set([...whole].filter((time) => here.has(time)));
      }
      const buckets = policy.route.filter(isBucketVault);
      const [first] = buckets;
      // Where no vault keeps copies of the service, the records in buckets are all there is.
      whole ??= first === undefined ? new Set() : await recordedIn(first, resource, signal);
      const latestFirst = [...whole].sort().reverse();
      for (const time of latestFirst.slice(0, buckets.length === 0 ? 1 : recordsRead)) {
        const inBuckets = await Promise.all(
          buckets.map((bucket) => isWholeIn(bucket, policy.verify, resource, time, bundle !== undefined, signal)),
        );
        if (inBuckets.every((isWhole) => isWhole)) return time;
      }
      return null;
    },
  };

  async function recordedIn({ bucket }: BucketVault, resource: ResourceRef, signal: AbortSignal): Promise<Set<string>> {
    const times = new Set<string>();
    const url = parseBucketUrl(bucket);
    if (url === null) return times;
    for await (const page of openBucket(url).list(url.prefix + bucketLayout.records(resource), {}, signal))
      for (const { key } of page) {
        const entry = recordOfKey(key.slice(url.prefix.length));
        if (entry?.path === resourcePath(resource)) times.add(timeOfKey(entry.time));
      }
    return times;
  }

  async function isWholeIn(
    { bucket }: BucketVault,
    level: VerificationLevel,
    resource: ResourceRef,
    time: string,
    hasBundle: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    const url = parseBucketUrl(bucket);
    if (url === null) return false;
    const store = openBucket(url);
    const key = url.prefix + bucketLayout.record(resource, time);
    if ((await store.head(key, signal)) === null) return false;
    try {
      const content = await text(await store.read(key, {}, signal));
      const record = readRecord(content, resourcePath(resource), compactTime(time), described);
      const { verified, bundleSha256, skippedTables } = record;
      const isProven = verificationLevels.indexOf(verified.level) >= verificationLevels.indexOf(level);
      return isProven && (!hasBundle || typeof bundleSha256 === 'string') && skippedTables.length === 0;
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw error;
      return false;
    }
  }
}

/** Where each vault of the route keeps snapshots of a resource, null where one has no region for it. */
function scopesOf(
  { route }: ProtectionPolicy,
  { region }: ResourceRef,
): readonly (readonly [place: string, scope: Scope])[] | null {
  const scopes: [place: string, scope: Scope][] = [];
  for (const vault of route) {
    if (isBucketVault(vault)) continue;
    const where = vaultRegion(vault, region);
    if (where === null) return null;
    scopes.push([vault.name, { account: vault.account, region: where, access: 'vault' }]);
  }
  return scopes;
}

/** Not ended by whoever asked first: others wait for it too. */
async function list(kinds: ConnectedKinds, kind: ResourceKind, scope: Scope, fleet: string): Promise<Verified> {
  const verified = new Map<string, Set<string>>();
  for await (const page of kinds.copiesOf(kind).list(scope))
    for (const copy of page) {
      if (copy.tags[copyTags.fleet] !== fleet || copy.status !== 'available') continue;
      const { resource, place, scheduledTime, verified: proof } = catalogued(copy);
      if (proof === null) continue;
      const key = placeOf(resource, place);
      verified.set(key, (verified.get(key) ?? new Set()).add(scheduledTime));
    }
  return verified;
}

const placeOf = (arn: string, place: string) => `${arn} ${place}`;
