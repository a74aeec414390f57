import { type Fleet } from '../../config';
import { type BucketUrl, formatBucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { type Scope } from '../../core/catalogue/copy';
import { type BucketVault } from '../../core/backup/policy';
import { type FleetScope } from '../contracts';
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
export function exportBuckets(routes: readonly PlannedRoute[]): readonly ExportBucket[] {
  const buckets = new Map<string, ExportBucket>();
  for (const { legs } of routes)
    for (const { type, place, scope, bucket: vault } of legs) {
      const url = vault === undefined ? null : parseBucketUrl(vault.export.bucket);
      if (type !== 'export' || vault === undefined || url === null) continue;
      buckets.set(`${place} ${formatBucketUrl(url)}`, { place, url, scope, vault });
    }
  return [...buckets.values()];
}

/** The same for resources of one account and region. */
export const exportBucketsOf = (fleet: Fleet, source: FleetScope): readonly ExportBucket[] =>
  exportBuckets(plannedRoutes(fleet, [source]).routes);
