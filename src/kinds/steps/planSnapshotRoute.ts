import {
  type BucketVault,
  isBucketVault,
  type ProtectionPolicy,
  type Vault,
  vaultRegion,
} from '../../core/backup/policy';
import { type Access, exportPlace, type Scope, sourcePlace } from '../../core/catalogue/copy';
import { type KindCapabilities, type PlannedResource, RouteError } from '../../core/kind';
import { capacityUnder, type ServiceLimit } from '../../core/limits/limit';
import { type ResourceRef } from '../../core/resource';
import { step, type Step, type StepLimit } from '../../core/steps/step';

/** What planning a route of snapshots needs to know of a kind. */
export interface SnapshotRouteRules {
  readonly capabilities: Pick<KindCapabilities, 'crossesBoth' | 'encryptsPlainOnCopy' | 'defaultKey' | 'exportsFrom'>;
  readonly limits: {
    readonly snapshot: ServiceLimit | null;
    /** In the destination's account and region. */
    readonly crossRegionCopy: ServiceLimit | null;
    readonly copyInRegion: ServiceLimit | null;
    readonly export: ServiceLimit | null;
  };
  /** The marker of the copy in a place of a recovery point; `suffix` tells temporary ones apart. */
  readonly copyMarker: (fleet: string, resource: Named, scheduledTime: string, suffix?: string) => string;
  /** The same of what is written to a bucket on the way to the vault of that name. */
  readonly exportMarker: (fleet: string, resource: Named, scheduledTime: string, vault: string) => string;
}

type Named = Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;

/**
 * First guesses, until a lifecycle has learnt better: a fixed part and a part that grows with the size. Snapshots take minutes
 * whatever the size; copies inside a region some 150 MiB/s; across regions "up to an hour"; an export restores everything
 * before it writes.
 */
export const guesses = {
  snapshot: { seconds: 180, secondsPerGiB: 0.5 },
  copySameRegion: { seconds: 240, secondsPerGiB: 7 },
  copyCrossRegion: { seconds: 600, secondsPerGiB: 12 },
  atOnce: { seconds: 0, secondsPerGiB: 0 },
  export: { seconds: 1800, secondsPerGiB: 30 },
  transfer: { seconds: 60, secondsPerGiB: 10 },
} as const;

/** What others may be let read where the source's own copy cannot be. */
const shareablePlace = 'source-shareable';

/**
 * The steps that bring one moment of a resource through its tier's route, for kinds whose copies are snapshots that another
 * account can be let read.
 *
 * Rules (docs/architecture.md#route): a copy is made by the account that keeps it, from the nearest place already on the
 * route: the same account in another region if there is one, else the source. What the default key encrypts is first copied
 * under a customer key, since it cannot be shared. A step across accounts *and* regions is two steps with a landing copy
 * between them, unless `singleStepCopy` is set and the service can.
 *
 * @throws RouteError when a vault has no region for the resource, a key is missing, two copies would lie in one place, or the
 * kind cannot travel such a route.
 */
export function planSnapshotRoute(
  rules: SnapshotRouteRules,
  resource: PlannedResource,
  policy: ProtectionPolicy,
  scheduledTime: string,
): Step[] {
  const { capabilities, limits } = rules;
  const { encryption } = resource;
  const steps: Step[] = [];
  /** Which step fills each place. */
  const fills = new Map<string, Step>();
  let encrypted = encryption.type !== 'none';

  const add = (planned: Step): Step => {
    steps.push(planned);
    if (planned.type === 'snapshot' || planned.type === 'copy') fills.set(planned.place ?? '', planned);
    return planned;
  };
  const scopeOf = (account: string, region: string, access: Access): Scope => ({ account, region, access });
  const limitAt = (limit: ServiceLimit | null, { account, region }: Scope): StepLimit | null => {
    if (limit === null) return null;
    const ref = { account, region, limit: limit.name };
    return { ...ref, capacity: capacityUnder(limit, ref, policy.limits) };
  };
  const markerOf = (scope: Scope, temporary: boolean) =>
    rules.copyMarker(
      policy.fleet,
      resource,
      scheduledTime,
      temporary ? (scope.access === 'source' ? 'shareable' : 'landing') : undefined,
    );

  const copyTo = (place: string, from: Step, scope: Scope, key: string | null, after: string, temporary: boolean) => {
    const crosses = from.scope.region !== scope.region;
    return add(
      step({
        id: place === shareablePlace ? 're-encrypt' : `copy:${place}`,
        type: 'copy',
        after: [after],
        reads: from.id,
        place,
        scope,
        marker: markerOf(scope, temporary),
        limit: limitAt(crosses ? limits.crossRegionCopy : limits.copyInRegion, scope),
        expects: crosses ? guesses.copyCrossRegion : guesses.copySameRegion,
        temporary,
        protects: !temporary && scope.access === 'vault',
        counts: temporary ? 'on-the-way' : 'place',
        input: { key },
      }),
    );
  };

  const source = scopeOf(resource.account, resource.region, 'source');
  const snapshot = add(
    step({
      id: 'snapshot',
      type: 'snapshot',
      place: sourcePlace,
      scope: source,
      marker: markerOf(source, false),
      limit: limitAt(limits.snapshot, source),
      expects: guesses.snapshot,
      counts: 'place',
    }),
  );

  /** What other accounts may read of the source, made when first needed. */
  const shareable = (): Step => {
    if (encryption.type !== 'default') return snapshot;
    if (policy.shareableKey === null)
      throw new RouteError(
        `${resource.id} (${resource.account}/${resource.region}) is encrypted with the default key ${capabilities.defaultKey ?? 'of the account'}, whose snapshots cannot be shared; set shareableKey to a customer-managed key of its account`,
      );
    return (
      fills.get(shareablePlace) ?? copyTo(shareablePlace, snapshot, source, policy.shareableKey, snapshot.id, true)
    );
  };
  /** Lets `account` read the source: one share an account, however many copies read it. */
  const share = (account: string, name: string): Step => {
    const shared = shareable();
    return (
      steps.find(({ type, input }) => type === 'share' && input.shareWith === account) ??
      add(
        step({
          id: `share:${name}`,
          type: 'share',
          after: [shared.id],
          reads: shared.id,
          scope: source,
          marker: shared.marker,
          expects: guesses.atOnce,
          // With a temporary copy, its shares go.
          temporary: !shared.temporary,
          input: { shareWith: account },
        }),
      )
    );
  };

  /** An export is made where a vault's copy lies, and goes on from there: what no vault has would have to leave the source. */
  const exportTo = (vault: BucketVault) => {
    if (capabilities.exportsFrom === null)
      throw new RouteError(
        `vault ${vault.name} is a bucket, and copies of ${resource.kind} cannot be exported to one; take it out of the route of tier ${policy.tier}`,
      );
    const from = [...fills.values()].find(({ scope, temporary }) => scope.access === 'vault' && !temporary);
    if (from === undefined)
      throw new RouteError(
        `vault ${vault.name} is a bucket, which is filled from a snapshot in a vault account; put such a vault before it in the route`,
      );
    const { account, region } = from.scope;
    if (vault.home?.account === account && vault.home.region === region)
      throw new RouteError(
        `vault ${vault.name} is a bucket in ${account}/${region}, where ${from.place ?? ''} keeps what it is filled from; use one in another account or region`,
      );
    const target = { ...vault.export, bucket: vault.export.bucket.replaceAll('{region}', region) };
    const exported = add(
      step({
        id: `export:${vault.name}`,
        type: 'export',
        after: [from.id],
        reads: from.id,
        place: exportPlace(vault.name),
        scope: from.scope,
        marker: rules.exportMarker(policy.fleet, resource, scheduledTime, vault.name),
        limit: limitAt(limits.export, from.scope),
        expects: guesses.export,
        protects: true,
        counts: 'place',
        input: { bucket: target.bucket, role: target.role, key: target.key },
      }),
    );
    const described = describeFor(vault.name, target.bucket, from.scope);
    add(
      step({
        id: `transfer:${vault.name}`,
        type: 'transfer',
        after: [exported.id],
        behind: [described.id],
        reads: exported.id,
        place: vault.name,
        scope: from.scope,
        marker: vault.name,
        expects: guesses.transfer,
        protects: true,
        counts: 'place',
        input: {
          from: target.bucket,
          to: vault.bucket,
          lock: vault.lock,
          bytesPerSecond: vault.bytesPerSecond,
          verify: policy.verify,
        },
      }),
    );
  };

  /**
   * What lies in buckets needs its bundle: a restore from there has nothing else to go by. It is written as soon as the snapshot
   * is there, since what the owner changes from then on is not in the copies. By bucket, since several may lead on from one.
   */
  const describeFor = (vault: string, bucket: string, scope: Scope): Step =>
    steps.find(({ type, input }) => type === 'describe' && input.bucket === bucket) ??
    add(
      step({
        id: `bundle:${vault}`,
        type: 'describe',
        after: [snapshot.id],
        reads: snapshot.id,
        scope,
        marker: bucket,
        expects: guesses.atOnce,
        // Every database of a cluster is read; what goes with copies must not keep them for long from going on.
        startSeconds: 20 * 60,
        giveUpSeconds: 3600,
        counts: 'part',
        input: {
          bucket,
          connect: policy.connect === null ? null : { ...policy.connect },
        },
      }),
    );

  for (const vault of policy.route) {
    if (isBucketVault(vault)) exportTo(vault);
    else addVault(vault);
  }
  sign();
  return steps;

  function addVault(vault: Vault): void {
    const scope = scopeOf(vault.account, regionOf(vault, resource.region), 'vault');
    if (scope.account === resource.account)
      throw new RouteError(
        `vault ${vault.name} lies in account ${scope.account}, which it is to protect ${resource.id} from losing; use another account`,
      );
    const taken = steps.find(
      (other) =>
        other.type === 'copy' &&
        !other.temporary &&
        other.scope.account === scope.account &&
        other.scope.region === scope.region,
    );
    if (taken !== undefined)
      throw new RouteError(
        `vaults ${taken.place ?? ''} and ${vault.name} both keep the copy of ${resource.id} in ${scope.account}/${scope.region}; take one out of the route`,
      );
    const inAccount = [...fills.values()].filter(
      (other) => other.scope.access === 'vault' && other.scope.account === scope.account,
    );
    const nearest = inAccount.find((other) => other.scope.region === scope.region) ?? inAccount[0];
    encrypted ||= capabilities.encryptsPlainOnCopy;
    const key = encrypted ? vault.key : null;

    if (nearest !== undefined && nearest.scope.region !== scope.region) {
      copyTo(vault.name, nearest, scope, key, nearest.id, false);
      return;
    }
    const shared = share(scope.account, vault.name);
    const from = shareable();
    if (scope.region === source.region) {
      copyTo(vault.name, from, scope, key, shared.id, false);
      return;
    }
    if (policy.singleStepCopy) {
      if (!capabilities.crossesBoth)
        throw new RouteError(
          `vault ${vault.name} is in another account and region than ${resource.id}, and ${resource.kind} cannot be copied there in one call: unset singleStepCopy, or put a vault of account ${vault.account} in ${source.region} before it`,
        );
      copyTo(vault.name, from, scope, key, shared.id, false);
      return;
    }
    if (key?.startsWith('arn:'))
      throw new RouteError(
        `vault ${vault.name}: the copy of ${resource.id} lands in ${source.region} before it goes on to ${scope.region}, so its key must exist in both: name it by alias, or set singleStepCopy`,
      );
    const landingScope = scopeOf(scope.account, source.region, 'vault');
    const landing = copyTo(`${vault.name}-landing`, from, landingScope, key, shared.id, true);
    copyTo(vault.name, landing, scope, key, landing.id, false);
  }

  /** What lies in buckets is proven by what lies in AWS: whoever changes one must change the other. */
  function sign(): void {
    const transfers = steps.filter(({ type }) => type === 'transfer');
    const signed = steps.filter(({ type, temporary }) => type === 'copy' && !temporary);
    if (transfers.length === 0) return;
    add(
      step({
        id: 'sign',
        type: 'sign',
        behind: [...transfers, ...signed].map(({ id }) => id),
        scope: source,
        marker: 'sign',
        expects: guesses.atOnce,
        giveUpSeconds: 3600,
        counts: 'note',
        input: { copies: signed.map(({ id }) => id), transfers: transfers.map(({ id }) => id) },
      }),
    );
  }
}

function regionOf(vault: Vault, region: string): string {
  const found = vaultRegion(vault, region);
  if (found === null)
    throw new RouteError(
      `vault ${vault.name} has no region for resources in ${region}; add ${region} to vaults.${vault.name}.region`,
    );
  return found;
}
