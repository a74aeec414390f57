import { fleetAccess } from './fleetAccess';
import { fleetScopes, vaultScopes } from './fleetScopes';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { vaultBuckets } from '../transfer/vaultBuckets';
import { type DescribedBucket, type ObjectStore } from '../../clouds/objectStore';
import { type VersionedBucket } from '../../clouds/versionedBucket';
import { type Fleet } from '../../config';
import { type CallListener } from '../../clouds/tellCalls';
import { type BucketUrl } from '../../core/catalogue/bucket';
import { type Access, type RetentionRole, type Scope } from '../../core/catalogue/copy';
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
  /** The one role that reads everything; null: each place has its own. */
  readonly reader: RetentionRole | null;
  /** A bucket of S3 as a role reaches it, or with `null` one of a vault, as that says. */
  bucket(url: BucketUrl, scope: Scope | null): ObjectStore;
  /** A bucket of a vault, which can also say how it is set up, and keep what lies in it. */
  vaultBucket(url: BucketUrl): DescribedBucket & VersionedBucket;
  /** Every account and region whose resources are protected; an organisation is asked once. */
  scopes(): Promise<readonly Scope[]>;
  close(): void;
}

/**
 * Opens the clouds; nothing is called yet.
 *
 * @param kinds those that the fleet file was read with
 * @param reader a role of retention, which then takes the place of all others
 * @param onCall told each try of each call to AWS
 * @throws VariableError when the external id's environment variable is not set.
 */
export function openClouds(
  fleet: Fleet,
  kinds: readonly Kind[],
  reader: RetentionRole | null = null,
  onCall?: CallListener,
): FleetClouds {
  return cloudsBy(fleet, fleetAccess(fleet, onCall), kinds, reader);
}

/** The clouds of a fleet by a way in that is there already; whoever closes them closes that. */
export function cloudsBy(
  fleet: Fleet,
  access: AwsAccess,
  kinds: readonly Kind[],
  reader: RetentionRole | null,
): FleetClouds {
  const buckets = vaultBuckets(fleet, access, reader ?? 'vault');
  let scopes: Promise<readonly Scope[]> | undefined;
  return {
    access,
    kinds: connectKinds(kinds, { access, keys: new AwsKeys(access) }),
    reader,
    selected: [...new Set(fleet.select.map(({ kind }) => kind))],
    bucket: (url, scope) => (scope === null ? buckets.reading(url) : access.bucket(scope, url.bucket)),
    vaultBucket: buckets.keeping,
    scopes: () => (scopes ??= sourceScopes(fleet, access, reader ?? 'source')),
    close: () => access.close(),
  };
}

async function sourceScopes(fleet: Fleet, access: AwsAccess, role: Access): Promise<readonly Scope[]> {
  const scopes = await fleetScopes(fleet, access, undefined, role);
  return scopes.map((scope) => ({ ...scope, access: role }));
}
