import { fleetAccess } from '../../activities/catalogue/fleetAccess';
import { fleetScopes, vaultScopes } from '../../activities/catalogue/fleetScopes';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { vaultBuckets } from '../../activities/transfer/vaultBuckets';
import { type DescribedBucket, type ObjectStore } from '../../clouds/objectStore';
import { type Fleet } from '../../config';
import { type BucketUrl } from '../../core/catalogue/bucket';
import { type Scope } from '../../core/catalogue/copy';
import { type ResourceKind } from '../../core/resource';
import { AwsKeys } from '../../clouds/aws/keys';
import { type ConnectedKinds, type Kind } from '../../kinds/kind';
import { connectKinds } from '../../kinds/registry';

export { vaultScopes };

/** The clouds of a fleet, as its roles open them. To be closed by whoever opened them. */
export interface FleetClouds {
  readonly access: AwsAccess;
  readonly kinds: ConnectedKinds;
  /** Kinds that the fleet file selects at all. */
  readonly selected: readonly ResourceKind[];
  /** A bucket of S3 as a role reaches it, or with `null` one of a vault, as that says. */
  bucket(url: BucketUrl, scope: Scope | null): ObjectStore;
  /** A bucket of a vault, which can also say how it is set up. */
  vaultBucket(url: BucketUrl): DescribedBucket;
  /** Every account and region whose resources are protected; an organisation is asked once. */
  scopes(): Promise<readonly Scope[]>;
  close(): void;
}

/**
 * Opens the clouds; nothing is called yet.
 *
 * @param kinds those that the fleet file was read with
 * @throws VariableError when the external id's environment variable is not set.
 */
export function openClouds(fleet: Fleet, kinds: readonly Kind[]): FleetClouds {
  const access = fleetAccess(fleet);
  const buckets = vaultBuckets(fleet, access);
  let scopes: Promise<readonly Scope[]> | undefined;
  return {
    access,
    kinds: connectKinds(kinds, { access, keys: new AwsKeys(access) }),
    selected: [...new Set(fleet.select.map(({ kind }) => kind))],
    bucket: (url, scope) => (scope === null ? buckets.reading(url) : access.bucket(scope, url.bucket)),
    vaultBucket: buckets.keeping,
    scopes: () => (scopes ??= sourceScopes(fleet, access)),
    close: () => access.close(),
  };
}

async function sourceScopes(fleet: Fleet, access: AwsAccess): Promise<readonly Scope[]> {
  const scopes = await fleetScopes(fleet, access);
  return scopes.map((scope) => ({ ...scope, access: 'source' }));
}
