import { type Access, type Scope } from '../catalogue/copy';
import { RouteError } from '../kind';
import { sourcePlace } from '../catalogue/copy';
export { RouteError, sourcePlace };
import { type LimitName, type LimitRef } from '../limits/limit';
import { copyIdentifier, exportIdentifier } from '../naming';
import { type BucketVault, isBucketVault, type ProtectionPolicy, type Vault } from './policy';
import { type Resource, type SourceEncryption } from '../resource';

/** What differs between resource kinds in ways a route must know. */
export interface RouteCapabilities {
  readonly snapshotLimit: LimitName;
  readonly crossRegionCopyLimit: LimitName;
  /** True where copying a plain snapshot with a key encrypts the copy (RDS instances); Aurora refuses the key. */
  readonly encryptsPlainOnCopy: boolean;
}

/** One operation of a route. Legs form a graph by {@link after}; those that do not depend on each other run side by side. */
export interface Leg {
  /** Unique in its route: `snapshot`, `re-encrypt`, `share:secure`, `copy:secure`, `export:other-cloud`, `transfer:other-cloud`. */
  readonly id: string;
  readonly type: 'snapshot' | 'share' | 'copy' | 'export' | 'transfer';
  /** The place this leg fills; for a share, the place that is shared. */
  readonly place: string;
  /** The place a copy, export or transfer reads, null for a snapshot and a share. */
  readonly from: string | null;
  /** Where the copy of {@link place} lies. */
  readonly scope: Scope;
  /** Identifier of the copy in {@link place}. */
  readonly copyId: string;
  /** The key a copy is asked to end under, null to send none. */
  readonly key: string | null;
  /** The account a share lets in, null for other types. */
  readonly shareWith: string | null;
  /** Ids of the legs that must be verified before this one starts. */
  readonly after: readonly string[];
  /** The service limit it runs under, null where AWS has none. */
  readonly limit: LimitRef | null;
  /** An intermediate: deleted once nothing reads it any more. */
  readonly temporary: boolean;
  /** Where an export and a transfer end. */
  readonly bucket?: BucketVault;
}

const shareablePlace = 'source-shareable';
/** The place of an export on its way to a bucket of another cloud. */
export const exportPlace = (vault: string) => `${vault}-export`;

/** The region a vault has for a resource of `region`. */
export function vaultRegion(vault: Vault, region: string): string {
  if (vault.region === null) return region;
  if (typeof vault.region === 'string') return vault.region;
  const mapped = vault.region[region];
  if (mapped === undefined)
    throw new RouteError(
      `vault ${vault.name} has no region for resources in ${region}; add ${region} to vaults.${vault.name}.region`,
    );
  return mapped;
}

/**
 * The legs that bring one moment of a resource through its tier's route.
 *
 * Rules (docs/architecture.md#route): a copy is made by the account that keeps it, from the nearest place already on the
 * route: the same account in another region if there is one, else the source. What the default key encrypts is first copied
 * under a customer key, since it cannot be shared. A step across accounts *and* regions is two steps with a landing copy
 * between them, unless `singleStepCopy` is set.
 *
 * @throws RouteError when a vault has no region for the resource, a key is missing, or two copies would lie in one place.
 */
export function planRoute(
  resource: Pick<Resource, 'account' | 'region' | 'id'>,
  encryption: SourceEncryption,
  policy: ProtectionPolicy,
  capabilities: RouteCapabilities,
  scheduledTime: string,
): Leg[] {
  const legs: Leg[] = [];
  /** Which leg fills each place. */
  const fills = new Map<string, Leg>();
  let encrypted = encryption.type !== 'none';

  const add = (leg: Omit<Leg, 'copyId' | 'shareWith' | 'limit'> & Partial<Pick<Leg, 'shareWith' | 'limit'>>): Leg => {
    const suffix =
      leg.place === sourcePlace || !leg.temporary ? undefined : leg.scope.access === 'source' ? 'shareable' : 'landing';
    const whole: Leg = {
      shareWith: null,
      limit: null,
      ...leg,
      copyId:
        leg.bucket === undefined
          ? copyIdentifier(policy.fleet, resource, scheduledTime, suffix)
          : exportIdentifier(policy.fleet, resource, scheduledTime, leg.bucket.name),
    };
    legs.push(whole);
    if (leg.type === 'snapshot' || leg.type === 'copy') fills.set(leg.place, whole);
    return whole;
  };
  const scopeOf = (account: string, region: string, access: Access): Scope => ({ account, region, access });
  const copyTo = (
    place: string,
    from: Leg,
    scope: Scope,
    key: string | null,
    after: readonly string[],
    temporary: boolean,
  ) =>
    add({
      id: place === shareablePlace ? 're-encrypt' : `copy:${place}`,
      type: 'copy',
      place,
      from: from.place,
      scope,
      key,
      after,
      limit:
        from.scope.region === scope.region
          ? null
          : { account: scope.account, region: scope.region, limit: capabilities.crossRegionCopyLimit },
      temporary,
    });

  const source = scopeOf(resource.account, resource.region, 'source');
  const snapshot = add({
    id: 'snapshot',
    type: 'snapshot',
    place: sourcePlace,
    from: null,
    scope: source,
    key: null,
    after: [],
    limit: { account: source.account, region: source.region, limit: capabilities.snapshotLimit },
    temporary: false,
  });

  /** What other accounts may read of the source, made when first needed. */
  const shareable = (): Leg => {
    if (encryption.type !== 'default') return snapshot;
    if (policy.shareableKey === null)
      throw new RouteError(
        `${resource.id} (${resource.account}/${resource.region}) is encrypted with the default key aws/rds, whose snapshots cannot be shared; set shareableKey to a customer-managed key of its account`,
      );
    return (
      fills.get(shareablePlace) ?? copyTo(shareablePlace, snapshot, source, policy.shareableKey, [snapshot.id], true)
    );
  };
  /** Lets `account` read the source: one share an account, however many copies read it. */
  const share = (account: string, name: string): Leg => {
    const shared = shareable();
    return (
      legs.find((leg) => leg.type === 'share' && leg.shareWith === account) ??
      add({
        id: `share:${name}`,
        type: 'share',
        place: shared.place,
        from: null,
        scope: source,
        key: null,
        shareWith: account,
        after: [shared.id],
        temporary: shared.temporary,
      })
    );
  };

  /** An export is made where a vault's copy lies, and goes on from there: what no vault has would have to leave the source. */
  const exportTo = (vault: BucketVault) => {
    const from = [...fills.values()].find((leg) => leg.scope.access === 'vault' && !leg.temporary);
    if (from === undefined)
      throw new RouteError(
        `vault ${vault.name} is a bucket, which is filled from a snapshot in a vault account; put such a vault before it in the route`,
      );
    const { account, region } = from.scope;
    if (vault.home?.account === account && vault.home.region === region)
      throw new RouteError(
        `vault ${vault.name} is a bucket in ${account}/${region}, where ${from.place} keeps what it is filled from; use one in another account or region`,
      );
    const bucket = {
      ...vault,
      export: { ...vault.export, bucket: vault.export.bucket.replaceAll('{region}', region) },
    };
    const exported = add({
      id: `export:${vault.name}`,
      type: 'export',
      place: exportPlace(vault.name),
      from: from.place,
      scope: from.scope,
      key: vault.export.key,
      after: [from.id],
      limit: { account, region, limit: 'export-tasks' },
      temporary: false,
      bucket,
    });
    add({
      id: `transfer:${vault.name}`,
      type: 'transfer',
      place: vault.name,
      from: exported.place,
      scope: from.scope,
      key: null,
      after: [exported.id],
      temporary: false,
      bucket,
    });
  };

  for (const vault of policy.route) {
    if (isBucketVault(vault)) {
      exportTo(vault);
      continue;
    }
    const scope = scopeOf(vault.account, vaultRegion(vault, resource.region), 'vault');
    if (scope.account === resource.account)
      throw new RouteError(
        `vault ${vault.name} lies in account ${scope.account}, which it is to protect ${resource.id} from losing; use another account`,
      );
    const taken = legs.find(
      (leg) =>
        leg.type === 'copy' &&
        !leg.temporary &&
        leg.scope.account === scope.account &&
        leg.scope.region === scope.region,
    );
    if (taken !== undefined)
      throw new RouteError(
        `vaults ${taken.place} and ${vault.name} both keep the copy of ${resource.id} in ${scope.account}/${scope.region}; take one out of the route`,
      );
    const inAccount = [...fills.values()].filter(
      (leg) => leg.scope.access === 'vault' && leg.scope.account === scope.account,
    );
    const nearest = inAccount.find((leg) => leg.scope.region === scope.region) ?? inAccount[0];
    encrypted ||= capabilities.encryptsPlainOnCopy;
    const key = encrypted ? vault.key : null;

    if (nearest !== undefined && !(nearest.scope.region === scope.region)) {
      copyTo(vault.name, nearest, scope, key, [nearest.id], false);
      continue;
    }
    const shared = share(scope.account, vault.name);
    const from = shareable();
    if (scope.region === source.region || policy.singleStepCopy) {
      copyTo(vault.name, from, scope, key, [shared.id], false);
      continue;
    }
    if (key?.startsWith('arn:'))
      throw new RouteError(
        `vault ${vault.name}: the copy of ${resource.id} lands in ${source.region} before it goes on to ${scope.region}, so its key must exist in both: name it by alias, or set singleStepCopy`,
      );
    const landing = copyTo(
      `${vault.name}-landing`,
      from,
      scopeOf(scope.account, source.region, 'vault'),
      key,
      [shared.id],
      true,
    );
    copyTo(vault.name, landing, scope, key, [landing.id], false);
  }
  return legs;
}
