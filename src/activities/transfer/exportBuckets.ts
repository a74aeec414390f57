import { type Fleet } from '../../config';
import { type BucketVault } from '../../core/backup/policy';
import { type BucketUrl, formatBucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { type Scope } from '../../core/catalogue/copy';
import { transferInput } from '../../core/transfer/transferInput';
import { type FleetScope } from '../../core/fleetScope';
import { type PlannedRoute, plannedRoutes } from '../backup/plannedRoutes';

/** A bucket of S3 that exports go to on their way to another cloud. */
export interface ExportBucket {
  /** Of the exports in it. */
  readonly place: string;
  readonly url: BucketUrl;
  /** As whom it is reached: the vault whose copies are exported. */
  readonly scope: Scope;
  /** Whose way it lies on. */
  readonly vault: BucketVault;
}

/** The buckets that routes export to: which region's it is, a route alone tells. */
export function exportBuckets({ buckets: vaults }: Fleet, routes: readonly PlannedRoute[]): readonly ExportBucket[] {
  const buckets = new Map<string, ExportBucket>();
  for (const { steps } of routes)
    for (const { type, reads, place: filled, scope, input } of steps) {
      // Whose work the export is, is its kind's matter; the transfer opens the bucket as its owner.
      if (type !== 'transfer') continue;
      const place = steps.find(({ id }) => id === reads)?.place ?? null;
      const vault = vaults.find(({ name }) => name === filled);
      const url = parseBucketUrl(transferInput(input).from);
      if (vault === undefined || url === null || place === null) continue;
      buckets.set(`${place} ${formatBucketUrl(url)}`, { place, url, scope, vault });
    }
  return [...buckets.values()];
}

/**
 * The buckets that resources of some accounts and regions may have been exported to, of any kind: also where the fleet file
 * selects none of that kind any more.
 */
export function exportBucketsOf(fleet: Fleet, sources: readonly FleetScope[]): readonly ExportBucket[] {
  return exportBuckets(fleet, plannedRoutes(fleet, sources, () => fleet.kinds.names).routes);
}
