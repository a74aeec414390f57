import { exportBucketsOf } from '../transfer/exportBuckets';
import { type Fleet } from '../../config';
import { type BucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { type Scope } from '../../core/catalogue/copy';

/** A bucket with a catalogue of its own. */
export interface FleetBucket {
  /** Of the copies in it: the vault's name, or that of its exports. */
  readonly place: string;
  readonly url: BucketUrl;
  /** As whom it is reached; null where its vault says. */
  readonly scope: Scope | null;
}

/** Every bucket that may hold copies: those of vaults, also when no route leads there any more, and those exported to. */
export function fleetBuckets(fleet: Fleet, sources: readonly Scope[]): readonly FleetBucket[] {
  const vaults = fleet.buckets.map(({ name, bucket }): FleetBucket => {
    const url = parseBucketUrl(bucket);
    if (url === null) throw new Error(`${bucket}: not the URL of a bucket`);
    return { place: name, url, scope: null };
  });
  return [...vaults, ...exportBucketsOf(fleet, sources)];
}
