import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { type PlannedRoute, plannedRoutes } from '../../../activities/backup/plannedRoutes';
import { type ExportBucket, exportBuckets } from '../../../activities/transfer/exportBuckets';
import { awsCall } from '../../../clouds/aws/awsFailure';
import { organizationOf } from '../../../clouds/aws/organizationOf';
import { s3BucketState } from '../../../clouds/aws/s3/s3BucketState';
import { type Fleet } from '../../../config';
import { type BucketHome, type BucketVault } from '../../../core/backup/policy';
import { bucketName, parseBucketUrl } from '../../../core/catalogue/bucket';
import { type Scope } from '../../../core/catalogue/copy';
import { messageOf } from '../../../core/failure';
import { inParallel } from '../../../core/inParallel';
import { type CopyDeletion } from '../../../core/kind';
import { type FleetClouds } from '../../../activities/catalogue/fleetClouds';
import { type NeededKey, neededKeys } from '../neededKeys';
import {
  type Above,
  aboveAccount,
  copiesDeletable,
  type DeletableThing,
  gcsObjectsDeletable,
  keyDeletable,
  s3ObjectsDeletable,
  unseen,
} from './deletable';

const width = 16;

/**
 * Says of everything that keeps copies, vault by vault, whether an administrator of its account could still delete it. Looks only, as
 * the vault roles, and so tells no more than those may see.
 *
 * @param open whether the role of a scope can be assumed: of what cannot be asked nothing is said
 */
export async function findDeletable(
  fleet: Fleet,
  clouds: FleetClouds,
  open: (scope: Scope) => boolean,
  signal?: AbortSignal,
): Promise<DeletableThing[]> {
  const { routes } = plannedRoutes(fleet, await clouds.scopes());
  const look = new Look(clouds, signal);
  const found = await Promise.all([
    inParallel(keptCopies(fleet, routes, open), width, (kept) => look.atCopies(kept)),
    inParallel(
      vaultKeys(fleet, routes).filter(({ scope }) => open(scope)),
      width,
      (key) => look.atKey(key),
    ),
    inParallel(
      exportBuckets(fleet, routes).filter(({ scope }) => open(scope)),
      width,
      (bucket) => look.atExports(bucket),
    ),
    inParallel(
      fleet.buckets.filter(({ home }) => home === null || open(scopeOf(home))),
      width,
      (vault) => look.atVault(vault),
    ),
  ]);
  return found.flat();
}

/** Copies of one account that people call the same. */
interface KeptCopies {
  readonly scope: Scope;
  readonly noun: string;
  readonly regions: readonly string[];
  readonly places: readonly string[];
  readonly deletions: readonly CopyDeletion[];
}

/** Where routes leave copies that a service keeps. */
function keptCopies(
  { kinds, vaults }: Fleet,
  routes: readonly PlannedRoute[],
  open: (scope: Scope) => boolean,
): KeptCopies[] {
  const kept = new Map<string, { scope: Scope; regions: Set<string>; places: Set<string>; kinds: Set<string> }>();
  for (const { kind, steps } of routes)
    for (const { scope, place } of steps) {
      if (scope.access !== 'vault' || !open(scope) || !vaults.some(({ name }) => name === place)) continue;
      const { copyNoun, copyDeletion } = kinds.get(kind);
      if (copyDeletion === null) continue;
      const key = `${scope.account} ${copyNoun}`;
      const one = kept.get(key) ?? { scope, regions: new Set(), places: new Set(), kinds: new Set() };
      kept.set(key, one);
      one.regions.add(scope.region);
      one.places.add(place ?? '');
      one.kinds.add(kind);
    }
  return [...kept.entries()].map(([key, one]) => ({
    scope: one.scope,
    noun: key.slice(one.scope.account.length + 1),
    regions: [...one.regions].sort(),
    places: [...one.places],
    deletions: distinct([...one.kinds].flatMap((kind) => kinds.get(kind).copyDeletion ?? [])),
  }));
}

const distinct = (deletions: readonly CopyDeletion[]) => [
  ...new Map(deletions.map((deletion) => [deletion.action, deletion])).values(),
];

const scopeOf = ({ account, region }: BucketHome): Scope => ({ account, region, access: 'vault' });

/** Also those of buckets, which no step of a route names. */
function vaultKeys({ buckets }: Fleet, routes: readonly PlannedRoute[]): NeededKey[] {
  const ofBuckets = buckets.flatMap(({ name, home }): NeededKey[] =>
    home === null ? [] : [{ scope: scopeOf(home), key: home.key, places: [name] }],
  );
  const keys = new Map<string, NeededKey>();
  for (const { scope, key, places } of [...neededKeys(routes), ...ofBuckets]) {
    if (scope.access !== 'vault') continue;
    const id = [scope.account, scope.region, key].join(' ');
    keys.set(id, { scope, key, places: [...new Set([...(keys.get(id)?.places ?? []), ...places])] });
  }
  return [...keys.values()];
}

/** Asks the clouds; an account's organisation once. */
class Look {
  private readonly organizations = new Map<string, Promise<Above>>();

  constructor(
    private readonly clouds: FleetClouds,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async atCopies({ scope, noun, regions, places, deletions }: KeptCopies): Promise<DeletableThing> {
    const named = { subject: `every ${noun} in ${scope.account} (${regions.join(', ')})`, places };
    return copiesDeletable(named, scope.account, deletions, await this.above(scope));
  }

  atKey({ scope, key, places }: NeededKey): Promise<DeletableThing> {
    const named = { what: 'key' as const, subject: `${key} in ${scope.account}/${scope.region}`, places };
    return this.see(named, async () => {
      const call = { subject: `key ${key}`, ...scope, action: 'kms:DescribeKey', key };
      const { KeyMetadata = {} } = await awsCall(call, this.signal, () =>
        this.clouds.access.kms(scope).send(new DescribeKeyCommand({ KeyId: key }), { abortSignal: this.signal }),
      );
      return keyDeletable(named, key, KeyMetadata);
    });
  }

  atExports({ url, scope, vault }: ExportBucket): Promise<DeletableThing> {
    const { account, region } = scope;
    const subject = `${bucketName(url)} in ${account}/${region}`;
    const named = { what: 'exports' as const, subject, places: [vault.name] };
    return this.see(named, async () => {
      const state = await s3BucketState(this.clouds.access.s3(scope), scope, url.bucket, this.signal);
      return s3ObjectsDeletable(named, { account, bucket: url.bucket }, state, null, await this.above(scope));
    });
  }

  atVault({ name, bucket, home, lock }: BucketVault): Promise<DeletableThing> {
    const url = parseBucketUrl(bucket);
    if (url === null) throw new Error(`${bucket}: not the URL of a bucket`);
    const named = { what: 'objects' as const, subject: bucketName(url), places: [name] };
    return this.see(named, async () => {
      const state = await this.clouds.vaultBucket(url).describe(this.signal);
      if (home === null) return gcsObjectsDeletable(named, url.bucket, state, lock);
      const above = await this.above(scopeOf(home));
      return s3ObjectsDeletable(named, { account: home.account, bucket: url.bucket }, state, lock, above);
    });
  }

  private async see(
    named: Pick<DeletableThing, 'what' | 'subject' | 'places'>,
    judge: () => Promise<DeletableThing>,
  ): Promise<DeletableThing> {
    try {
      return await judge();
    } catch (error) {
      this.signal?.throwIfAborted();
      return unseen(named, messageOf(error));
    }
  }

  private above(scope: Scope): Promise<Above> {
    const asked = this.organizations.get(scope.account) ?? this.askAbove(scope);
    this.organizations.set(scope.account, asked);
    return asked;
  }

  private async askAbove(scope: Scope): Promise<Above> {
    try {
      return aboveAccount(scope.account, await organizationOf(this.clouds.access, scope, this.signal));
    } catch (error) {
      this.signal?.throwIfAborted();
      return { isNothing: false, why: `whether one does could not be seen: ${messageOf(error)}` };
    }
  }
}
