import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { gcsBuckets } from '../../clouds/gcp/gcsBuckets';
import { type ObjectSource } from '../../clouds/objectSource';
import { type ComposingStore, type DescribedBucket, type ObjectStore } from '../../clouds/objectStore';
import { type VersionedBucket } from '../../clouds/versionedBucket';
import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { type BucketUrl, formatBucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { type Access, type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { type BucketHome, type BucketVault } from '../../core/backup/policy';

/** Opens the buckets that copies are kept in, by their URLs: what is in histories and records names no more. */
export interface VaultBuckets {
  /** Of any vault, to be read. @throws `Configuration` for a bucket that no vault of the fleet file has. */
  readonly reading: (url: BucketUrl) => ObjectStore & ObjectSource;
  /** The same, to be written to. */
  readonly keeping: (url: BucketUrl) => ComposingStore & ObjectSource & DescribedBucket & VersionedBucket;
}

/**
 * Buckets of GCP by the client library's own chain of credentials and endpoints, those of S3 by a role of their account.
 *
 * @param role that opens those of S3
 */
export function vaultBuckets(
  { buckets }: Pick<Fleet, 'buckets'>,
  access: AwsAccess,
  role: Access = 'vault',
): VaultBuckets {
  const gcsBucket = gcsBuckets(access.plainHttp, access.onCall);
  const vaultOf = (url: BucketUrl): BucketVault => {
    const found = buckets.find(({ bucket }) => {
      const its = parseBucketUrl(bucket);
      return its?.scheme === url.scheme && its.bucket === url.bucket;
    });
    if (found !== undefined) return found;
    throw applicationFailure(
      failureTypes.configuration,
      `${formatBucketUrl(url)}: no vault of the fleet file is this bucket, and so nobody knows whose it is`,
    );
  };
  const scopeOf = ({ account, region }: BucketHome): Scope => ({ account, region, access: role });
  return {
    reading: (url) => {
      const { home } = vaultOf(url);
      return home === null ? gcsBucket(url.bucket) : access.bucket(scopeOf(home), url.bucket);
    },
    keeping: (url) => {
      const { home } = vaultOf(url);
      return home === null ? gcsBucket(url.bucket) : access.vaultBucket(scopeOf(home), url.bucket, home.key);
    },
  };
}
