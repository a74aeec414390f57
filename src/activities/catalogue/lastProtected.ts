import { Context } from '@temporalio/activity';
import { text } from 'node:stream/consumers';
import { type ObjectStore } from '../../clouds/objectStore';
import { parseBucketUrl, type BucketUrl, bucketLayout, recordOfKey, timeOfKey } from '../../core/catalogue/bucket';
import { type CataloguedCopy } from '../../core/catalogue/catalogue';
import { type Scope } from '../../core/catalogue/copy';
import { isWholeRecord, type RecoveryPointRecord, type VerificationLevel } from '../../core/catalogue/manifest';
import { proofOf } from '../../core/catalogue/proof';
import { signaturesOf } from '../../core/catalogue/signatures';
import { type Kinds } from '../../core/kind';
import { compactTime, recoveryPointId } from '../../core/naming';
import { isOfTheFuture } from '../../core/backup/lifecycle';
import { type BucketVault, isBucketVault, type ProtectionPolicy, vaultRegion } from '../../core/backup/policy';
import { DamagedRecordError, readRecord } from '../../core/catalogue/readRecord';
import { resourcePath, type ResourceRef } from '../../core/resource';
import { type ConnectedKinds } from '../../kinds/kind';
import { beating } from '../beating';
import { serverTime } from '../serverTime';
import { type VaultListings } from './vaultListings';

/** What a lifecycle that begins asks the clouds: Temporal's memory may have been lost, the copies were not. */
export interface ProtectionActivities {
  /**
   * The scheduled time of the latest recovery point that is whole: verified in every vault of the route, at the tier's level,
   * with its bundle and no table left out. Null where there is none. The route is that of the tier in the fleet file. A copy whose
   * tags name a time in the future counts for nothing.
   *
   * @param after ISO 8601: vaults are listed anew if they were listed before
   */
  lastProtected(resource: ResourceRef, tier: string, after?: string): Promise<string | null>;
}

export interface ProtectionDependencies {
  readonly described: Kinds;
  readonly kinds: ConnectedKinds;
  readonly vaults: Pick<VaultListings, 'verified'>;
  /** A bucket of a {@link BucketVault}. */
  readonly openBucket: (url: BucketUrl) => ObjectStore;
  /** What the fleet file says of a tier. `Configuration` where it has none of that name. */
  readonly policyOf: (tier: string) => ProtectionPolicy;
}

/** Records of one resource that are read until one tells of a whole copy. */
const recordsRead = 10;

export function protectionActivities(dependencies: ProtectionDependencies): ProtectionActivities {
  const { described, kinds, vaults, openBucket, policyOf } = dependencies;

  return {
    lastProtected: (resource, tier, after) => beating(() => lastProtected(resource, tier, after)),
  };

  async function lastProtected(resource: ResourceRef, tier: string, after?: string): Promise<string | null> {
    const policy = policyOf(tier);
    const signal = Context.current().cancellationSignal;
    const scopes = scopesOf(policy, resource);
    const { copies, bundle } = kinds.of(resource.kind);
    // No recovery point can travel such a route, and none has.
    if (scopes === null || (copies === undefined && scopes.length > 0)) return null;
    let whole: ReadonlySet<string> | undefined;
    const found: CataloguedCopy[] = [];
    for (const scope of scopes) {
      const verified = await vaults.verified(resource, scope, after === undefined ? undefined : Date.parse(after));
      found.push(...verified);
      const here = new Set(verified.map(({ scheduledTime }) => scheduledTime));
      whole = whole === undefined ? here : new Set([...whole].filter((time) => here.has(time)));
    }
    const buckets = policy.route.filter(isBucketVault);
    const [first] = buckets;
    const signatures = whole === undefined ? null : signaturesOf(found);
    // Where no vault keeps copies of the service, the records in buckets are all there is.
    whole ??= first === undefined ? new Set() : await recordedIn(first, resource, signal);
    const now = serverTime();
    const latestFirst = [...whole]
      .filter((time) => !isOfTheFuture(time, now))
      .sort()
      .reverse();
    for (const time of latestFirst.slice(0, buckets.length === 0 ? 1 : recordsRead)) {
      // Whoever can write to a bucket alone must not be able to silence the alarm.
      const isBelieved = (record: RecoveryPointRecord) =>
        signatures === null || proofOf(record, signatures.get(recoveryPointId(resource, time))).type === 'proven';
      const inBuckets = await Promise.all(
        buckets.map((bucket) =>
          isWholeIn(bucket, policy.verify, resource, time, bundle !== undefined, isBelieved, signal),
        ),
      );
      if (inBuckets.every((isWhole) => isWhole)) return time;
    }
    return null;
  }

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
    isBelieved: (record: RecoveryPointRecord) => boolean,
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
      return isWholeRecord(record, record.verified.level, { level, hasBundle }) && isBelieved(record);
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw error;
      return false;
    }
  }
}

/** Where each vault of the route keeps snapshots of a resource, null where one has no region for it. */
function scopesOf({ route }: ProtectionPolicy, { region }: ResourceRef): readonly Scope[] | null {
  const scopes: Scope[] = [];
  for (const vault of route) {
    if (isBucketVault(vault)) continue;
    const where = vaultRegion(vault, region);
    if (where === null) return null;
    scopes.push({ account: vault.account, region: where, access: 'vault' });
  }
  return scopes;
}
