import { copyTags, type Copy, type CopyRef, type CopyStatus, type Scope } from '../../src/core/catalogue/copy';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { defaultCapacity, type LimitName, type LimitRef } from '../../src/core/limits/limit';
import { type Resource, type ResourceKind, type ResourceRef, type SourceEncryption } from '../../src/core/resource';
import { type RouteCapabilities } from '../../src/core/backup/route';
import { differenceFrom, type Origin } from '../../src/kinds/rds/adoption';
import { auroraClusterApi } from '../../src/kinds/rds/auroraCluster/auroraClusterApi';
import { rdsInstanceApi } from '../../src/kinds/rds/rdsInstance/rdsInstanceApi';
import { type DatabaseConfiguration } from '../../src/core/catalogue/recoveryBundle';
import { type RestoreOperations } from '../../src/kinds/restoreOperations';
import { type FakeDatabase, FakeRestores } from './restores';
import {
  type CopyName,
  type CopyRequest,
  type Operation,
  type ResourceProvider,
  type SnapshotRequest,
  ConnectedKinds,
} from '../../src/kinds/resourceProvider';

type Tags = Readonly<Record<string, string>>;
type Place = Pick<Scope, 'account' | 'region'>;

/** A snapshot or copy that is being started, for those who decide how long it takes. */
export interface FakeWork extends Place {
  readonly type: 'snapshot' | 'copy' | 'cross-region-copy';
  readonly kind: ResourceKind;
  readonly id: string;
  readonly sizeGiB: number;
}

export type FakeCall =
  | 'discover' | 'describe' | 'encryption' | 'snapshot' | 'copy' | 'progress' | 'cancel'
  | 'share' | 'unshare' | 'sharedWith' | 'tag' | 'delete' | 'listCopies' | 'inFlight'
  | 'describeForRestore' | 'surroundings' | 'createParameterGroup' | 'removeParameterGroup' | 'restore' | 'addInstance'
  | 'restoreProgress' | 'finish' | 'removeInstance' | 'remove'; // prettier-ignore

export interface FakeFault {
  readonly call: FakeCall;
  /** Only for calls about ids that contain this. */
  readonly about?: string;
  readonly failure: () => Error;
  /** How often; default once. */
  readonly times?: number;
  /** The call does its work first, and fails then: what a lost answer looks like. */
  readonly afterCommit?: boolean;
}

export interface FakeCloudOptions {
  /** Epoch milliseconds. Default: the wall clock. */
  readonly now?: () => number;
  /** Milliseconds the work takes; `Infinity` until {@link FakeCloud.finish}. Default 0. */
  readonly duration?: (work: FakeWork) => number;
  /** The same of databases and instances that restores make. Default 0. */
  readonly restoreDuration?: () => number;
  /** Default: AWS's own, src/core/limits/limit.ts. */
  readonly capacity?: (ref: LimitRef) => number;
  /** Manual snapshots of a kind that an account may keep in a region. Default 100. */
  readonly stock?: (place: Place) => number;
  /** Whether a copy may go across accounts and regions in one call. Default false, as AWS's user guide says. */
  readonly singleStepCopy?: boolean;
}

/** A snapshot of the fake cloud. */
export interface FakeSnapshot extends CopyRef {
  readonly startedAt: number;
  endsAt: number;
  failed: boolean;
  readonly sizeGiB: number;
  readonly keyArn: string | null;
  readonly sourceArn: string | null;
  readonly resourceId: string;
  readonly tags: Record<string, string>;
  readonly sharedWith: Set<string>;
  /** Copies that are made from it. */
  readonly readers: FakeSnapshot[];
}

export interface FakeResource {
  readonly kind: ResourceKind;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  /** Default 100. */
  readonly sizeGiB?: number;
  /** Default `customer`, under the key `alias/farcopy`. */
  readonly encryption?: 'none' | 'default' | 'customer';
  /** Alias of the customer key. */
  readonly key?: string;
  readonly tags?: Tags;
  readonly status?: string;
}

const pageSize = 100;

/**
 * AWS in memory, as far as Farcopy sees it through its providers: accounts, regions, resources, snapshots that take time,
 * sharing, keys, limits. Everything is derived from the clock when looked at, so a time-skipping clock works.
 * Keys exist as soon as they are named; {@link forbidKey} closes one to an account.
 */
export class FakeCloud {
  /** Calls answered, by name: what a recovery point costs. */
  readonly calls = new Map<FakeCall, number>();
  /** How often a start met a full service limit. */
  limitErrors = 0;
  /** How resources are set up, by ARN, where a test says so. */
  readonly configurations = new Map<string, DatabaseConfiguration>();
  private readonly databases = new Map<string, Map<string, FakeDatabase>>();
  private readonly missing = new Map<string, Set<string>>();
  private readonly resources = new Map<string, Map<string, Resource>>();
  private readonly snapshots = new Map<string, Map<string, FakeSnapshot>>();
  private readonly busySlots = new Map<string, FakeSnapshot[]>();
  private readonly highWaters = new Map<string, number>();
  private readonly forbidden = new Set<string>();
  private faults: (FakeFault & { left: number })[] = [];

  constructor(private readonly options: FakeCloudOptions = {}) {}

  now(): number {
    return this.options.now?.() ?? Date.now();
  }

  provider(kind: ResourceKind): ResourceProvider {
    return new FakeProvider(this, kind);
  }

  providers(): ConnectedKinds {
    return new ConnectedKinds([this.provider('aurora-cluster'), this.provider('rds-instance')]);
  }

  addResource(resource: FakeResource): ResourceRef {
    const { kind, account, region, id } = resource;
    const arn = `arn:aws:rds:${region}:${account}:${kind === 'aurora-cluster' ? 'cluster' : 'db'}:${id}`;
    const encryption = resource.encryption ?? 'customer';
    const alias = encryption === 'default' ? 'alias/aws/rds' : (resource.key ?? 'alias/farcopy');
    within(this.resources, kind, resource).set(id, {
      ...{ kind, account, region, id, arn },
      tags: resource.tags ?? {},
      status: resource.status ?? 'available',
      engine: kind === 'aurora-cluster' ? 'aurora-postgresql' : 'postgres',
      sizeGiB: resource.sizeGiB ?? 100,
      keyArn: encryption === 'none' ? null : fakeKeyArn(resource, alias),
    });
    return { kind, account, region, id, arn };
  }

  removeResource({ kind, account, region, id }: ResourceRef): void {
    within(this.resources, kind, { account, region }).delete(id);
  }

  /** From now on the key's policy does not let the account use it. */
  forbidKey(place: Place, alias: string, account: string): void {
    this.forbidden.add(`${fakeKeyArn(place, alias)} ${account}`);
  }

  fault(fault: FakeFault): void {
    this.faults.push({ ...fault, left: fault.times ?? 1 });
  }

  /** Ends work in flight now. */
  finish(copy: CopyRef): void {
    this.mustFind(copy).endsAt = this.now();
  }

  /** Lets work in flight fail now; AWS keeps what has failed. */
  fail(copy: CopyRef): void {
    this.mustFind(copy).failed = true;
  }

  /** Every copy there is, for a test's verdict. */
  allCopies(): Copy[] {
    return [...this.snapshots.values()].flatMap((byId) => [...byId.values()].map((s) => this.describeCopy(s)));
  }

  sharedWith(copy: CopyRef): string[] {
    return [...this.mustFind(copy).sharedWith];
  }

  /** The most operations that were ever in flight together under the limit. */
  highWater(ref: LimitRef): number {
    return this.highWaters.get(limitKey(ref)) ?? 0;
  }

  /** @internal */
  count(call: FakeCall, about: string, committed: boolean): void {
    if (!committed) this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    const fault = this.faults.find(
      (f) =>
        f.call === call && (f.afterCommit ?? false) === committed && (f.about === undefined || about.includes(f.about)),
    );
    if (!fault) return;
    fault.left -= 1;
    if (fault.left <= 0) this.faults = this.faults.filter((f) => f !== fault);
    throw fault.failure();
  }

  /** Databases that restores have made. */
  databasesIn(kind: ResourceKind, place: Place): Map<string, FakeDatabase> {
    return within(this.databases, kind, place);
  }

  /** Names of subnet groups, security groups and parameter groups that a place does not have; all others it has. */
  missingIn({ account, region }: Place): Set<string> {
    const key = `${account} ${region}`;
    let names = this.missing.get(key);
    if (!names) this.missing.set(key, (names = new Set()));
    return names;
  }

  /** @internal */
  get restoreMilliseconds(): number {
    return this.options.restoreDuration?.() ?? 0;
  }

  /** @internal */
  resourcesIn(kind: ResourceKind, place: Place): Map<string, Resource> {
    return within(this.resources, kind, place);
  }

  /** @internal */
  snapshotsIn(kind: ResourceKind, place: Place): Map<string, FakeSnapshot> {
    return within(this.snapshots, kind, place);
  }

  /** @internal */
  describeCopy(s: FakeSnapshot): Copy {
    const status = this.statusOf(s);
    const { kind, account, region, id, arn, sizeGiB, keyArn, sourceArn, resourceId, tags } = s;
    const elapsed = this.now() - s.startedAt;
    return {
      ...{ kind, account, region, id, arn, sizeGiB, keyArn, sourceArn, resourceId, status },
      rawStatus: status === 'in-progress' ? (sourceArn === null ? 'creating' : 'copying') : status,
      percent:
        status === 'available'
          ? 100
          : Math.min(99, Math.max(0, Math.floor((100 * elapsed) / (s.endsAt - s.startedAt)))),
      createdAt: new Date(s.startedAt).toISOString(),
      manual: true,
      tags: { ...tags },
    };
  }

  /** @internal */
  inFlight(ref: LimitRef): FakeSnapshot[] {
    const running = (this.busySlots.get(limitKey(ref)) ?? []).filter((s) => this.statusOf(s) === 'in-progress');
    this.busySlots.set(limitKey(ref), running);
    return running;
  }

  /** @internal */
  begin(
    work: FakeWork,
    limit: LimitName | null,
    rest: Pick<FakeSnapshot, 'keyArn' | 'sourceArn' | 'resourceId'>,
    tags: Tags,
  ): FakeSnapshot {
    const { kind, account, region, id, sizeGiB } = work;
    const there = this.snapshotsIn(kind, work);
    if (there.has(id)) throw applicationFailure(failureTypes.conflict, `${id} exists`);
    const stock = this.options.stock?.(work) ?? 100;
    if (there.size >= stock) {
      throw applicationFailure(failureTypes.stockExhausted, `Cannot create more than ${stock} manual snapshots`);
    }
    const ref = limit === null ? null : { account, region, limit };
    const running = ref === null ? [] : this.inFlight(ref);
    if (ref !== null && running.length >= (this.options.capacity?.(ref) ?? defaultCapacity[ref.limit] ?? 1)) {
      this.limitErrors += 1;
      throw applicationFailure(failureTypes.limitReached, `${ref.limit}: ${running.length} in flight`);
    }
    const startedAt = this.now();
    const snapshot: FakeSnapshot = {
      ...{ kind, account, region, id, sizeGiB, startedAt, failed: false, ...rest },
      arn: `arn:aws:rds:${region}:${account}:${kind === 'aurora-cluster' ? 'cluster-snapshot' : 'snapshot'}:${id}`,
      endsAt: startedAt + (this.options.duration?.(work) ?? 0),
      tags: { ...tags },
      sharedWith: new Set(),
      readers: [],
    };
    there.set(id, snapshot);
    if (ref !== null && this.statusOf(snapshot) === 'in-progress') {
      running.push(snapshot);
      this.highWaters.set(limitKey(ref), Math.max(this.highWater(ref), running.length));
    }
    return snapshot;
  }

  /** @internal A source that goes takes the copies that are being made from it along. */
  remove(s: FakeSnapshot): void {
    this.snapshotsIn(s.kind, s).delete(s.id);
    for (const reader of s.readers) if (this.statusOf(reader) === 'in-progress') reader.failed = true;
    s.failed = true;
  }

  /** @internal */
  statusOf(s: FakeSnapshot): CopyStatus {
    if (s.failed) return 'failed';
    return this.now() >= s.endsAt ? 'available' : 'in-progress';
  }

  /** @internal */
  copyAllowed(source: FakeSnapshot, target: Place, key: string | null, capabilities: RouteCapabilities): string | null {
    const acrossAccounts = source.account !== target.account;
    const acrossRegions = source.region !== target.region;
    if (acrossAccounts && acrossRegions && !this.options.singleStepCopy) {
      throw applicationFailure(failureTypes.invalidInput, 'cannot copy across accounts and regions in one step');
    }
    if (source.keyArn === null) {
      if (key === null) return null;
      if (!capabilities.encryptsPlainOnCopy) {
        throw applicationFailure(
          failureTypes.invalidInput,
          'an unencrypted cluster snapshot cannot be copied with a key',
        );
      }
      return fakeKeyArn(target, key);
    }
    if (this.forbidden.has(`${source.keyArn} ${target.account}`)) {
      throw applicationFailure(
        failureTypes.configuration,
        `snapshot ${source.id} (${target.account}/${target.region}): the vault role may not kms:CreateGrant on key ${source.keyArn}; add it to the key policy`,
        { details: { grace: true } },
      );
    }
    if (key === null) {
      if (!acrossAccounts && !acrossRegions) return source.keyArn;
      throw applicationFailure(failureTypes.invalidInput, 'an encrypted copy across accounts or regions needs a key');
    }
    const arn = fakeKeyArn(target, key);
    if (arn.split(':')[3] !== target.region) {
      throw applicationFailure(failureTypes.configuration, `key ${arn} is not in ${target.region}`);
    }
    return arn;
  }

  private mustFind({ kind, account, region, id }: CopyRef): FakeSnapshot {
    const found = this.snapshotsIn(kind, { account, region }).get(id);
    if (!found) throw new Error(`no copy ${id} in ${account}/${region}`);
    return found;
  }
}

/** ARN of the key an alias, id or ARN names in a place. */
export function fakeKeyArn({ account, region }: Place, key: string): string {
  return key.startsWith('arn:')
    ? key
    : `arn:aws:kms:${region}:${account}:key/${key.replace(/^alias\//, '').replace('/', '-')}`;
}

const awsManagedKey = /:key\/aws-rds$/;

class FakeProvider implements ResourceProvider {
  readonly capabilities: RouteCapabilities;
  readonly snapshot: Operation<SnapshotRequest>;
  readonly copy: Operation<CopyRequest>;
  readonly restore: RestoreOperations;

  constructor(
    private readonly cloud: FakeCloud,
    readonly kind: ResourceKind,
  ) {
    this.capabilities = (kind === 'aurora-cluster' ? auroraClusterApi : rdsInstanceApi).capabilities;
    const progress = async (copy: CopyName, scope: Scope) => this.progress(copy, scope);
    const cancel = async (copy: CopyName, scope: Scope) => this.cancel(copy, scope);
    this.snapshot = { start: async (request) => this.startSnapshot(request), progress, cancel };
    this.copy = { start: async (request) => this.startCopy(request), progress, cancel };
    this.restore = new FakeRestores(cloud, kind, (id, place) => cloud.snapshotsIn(kind, place).get(id));
  }

  async *discover(scope: Scope): AsyncIterable<readonly Resource[]> {
    yield* pagesOf([...this.cloud.resourcesIn(this.kind, scope).values()], () =>
      this.cloud.count('discover', '', false),
    );
  }

  async describe(resource: ResourceRef, scope: Scope): Promise<Resource> {
    return this.answer('describe', resource.id, () => this.resource(resource.id, scope));
  }

  async encryption({ keyArn }: Pick<Resource, 'keyArn'>): Promise<SourceEncryption> {
    return this.answer('encryption', keyArn ?? '', () =>
      keyArn === null ? { type: 'none' } : { type: awsManagedKey.test(keyArn) ? 'default' : 'customer', keyArn },
    );
  }

  async share(copy: CopyRef, scope: Scope, account: string): Promise<void> {
    this.answer('share', copy.id, () => {
      const s = this.mustFind(copy, scope);
      if (s.keyArn !== null && awsManagedKey.test(s.keyArn)) {
        throw applicationFailure(
          failureTypes.configuration,
          `snapshot ${s.id} is encrypted with the account's default key`,
        );
      }
      if (this.cloud.statusOf(s) !== 'available')
        throw applicationFailure(failureTypes.busy, `snapshot ${s.id} is not available`);
      s.sharedWith.add(account);
    });
  }

  async unshare(copy: CopyRef, scope: Scope, account: string): Promise<void> {
    this.answer('unshare', copy.id, () => void this.find(copy, scope)?.sharedWith.delete(account));
  }

  async sharedWith(copy: CopyName, scope: Scope): Promise<readonly string[]> {
    return this.answer('sharedWith', copy.id, () => [...(this.find(copy, scope)?.sharedWith ?? [])]);
  }

  async tag(copy: CopyRef, scope: Scope, tags: Tags): Promise<void> {
    this.answer('tag', copy.id, () => void Object.assign(this.mustFind(copy, scope).tags, tags));
  }

  async delete(copy: CopyName, scope: Scope): Promise<void> {
    this.answer('delete', copy.id, () => this.remove(copy, scope));
  }

  async *listCopies(scope: Scope): AsyncIterable<readonly Copy[]> {
    const all = [...this.cloud.snapshotsIn(this.kind, scope).values()];
    for (const page of pagesOf(all, () => this.cloud.count('listCopies', '', false))) {
      yield page.map((s) => this.cloud.describeCopy(s));
    }
  }

  async inFlight({ account, region }: Scope, limit: LimitName): Promise<readonly string[]> {
    const known: string[] = [this.capabilities.snapshotLimit, this.capabilities.crossRegionCopyLimit];
    if (!known.includes(limit))
      throw applicationFailure(failureTypes.invalidInput, `${limit} is no limit of ${this.kind}`);
    return this.answer('inFlight', limit, () => this.cloud.inFlight({ account, region, limit }).map(({ arn }) => arn));
  }

  private startSnapshot({ resource, id, tags }: SnapshotRequest): Copy {
    return this.answer('snapshot', id, () => {
      const { account, region } = resource;
      const { status, sizeGiB, keyArn } = this.resource(resource.id, resource);
      const origin: Origin = { resourceId: resource.id };
      return this.adopt({ account, region, id }, origin, tags, () => {
        if (status !== 'available') throw applicationFailure(failureTypes.busy, `${resource.id} is ${status}`);
        const work: FakeWork = { type: 'snapshot', kind: this.kind, account, region, id, sizeGiB };
        const rest = { keyArn, sourceArn: null, resourceId: resource.id };
        return this.cloud.begin(work, this.capabilities.snapshotLimit, rest, tags);
      });
    });
  }

  private startCopy({ source, target, id, key, tags }: CopyRequest): Copy {
    return this.answer('copy', id, () => {
      const { account, region } = target;
      return this.adopt({ account, region, id }, { sourceArn: source.arn }, tags, () => {
        const from = this.cloud.snapshotsIn(this.kind, source).get(source.id);
        if (source.account !== account && !from?.sharedWith.has(account)) {
          const message = `${source.arn} is not there, or not shared with ${account}`;
          throw applicationFailure(failureTypes.configuration, message, { details: { grace: true } });
        }
        if (!from) throw gone(source.arn);
        if (this.cloud.statusOf(from) !== 'available') {
          throw applicationFailure(failureTypes.busy, `snapshot ${from.id} is not available`);
        }
        const keyArn = this.cloud.copyAllowed(from, target, key, this.capabilities);
        const acrossRegions = from.region !== region;
        const type = acrossRegions ? 'cross-region-copy' : 'copy';
        const work: FakeWork = { type, kind: this.kind, account, region, id, sizeGiB: from.sizeGiB };
        const rest = { keyArn, sourceArn: from.arn, resourceId: from.resourceId };
        const copy = this.cloud.begin(work, acrossRegions ? this.capabilities.crossRegionCopyLimit : null, rest, tags);
        from.readers.push(copy);
        return copy;
      });
    });
  }

  private adopt(place: Place & { id: string }, origin: Origin, tags: Tags, begin: () => FakeSnapshot): Copy {
    const found = this.cloud.snapshotsIn(this.kind, place).get(place.id);
    if (!found) return this.cloud.describeCopy(begin());
    const difference = differenceFrom(this.cloud.describeCopy(found), origin, tags);
    if (difference !== null) {
      throw applicationFailure(failureTypes.conflict, `${found.arn} exists and is not ours, ${difference}`);
    }
    if (this.cloud.statusOf(found) !== 'failed') return this.cloud.describeCopy(found);
    this.cloud.remove(found);
    return this.cloud.describeCopy(begin());
  }

  private progress(copy: CopyName, scope: Scope): Copy {
    return this.answer('progress', copy.id, () => this.cloud.describeCopy(this.mustFind(copy, scope)));
  }

  private cancel(copy: CopyName, scope: Scope): void {
    this.answer('cancel', copy.id, () => {
      const found = this.find(copy, scope);
      if (!found || this.cloud.statusOf(found) === 'available') return;
      if (found.tags[copyTags.recoveryPoint] === undefined) {
        throw applicationFailure(failureTypes.conflict, `${found.arn} is not ours to remove`);
      }
      this.cloud.remove(found);
    });
  }

  private remove(copy: CopyName, scope: Scope): void {
    const found = this.find(copy, scope);
    if (found) this.cloud.remove(found);
  }

  private resource(id: string, place: Place): Resource {
    const found = this.cloud.resourcesIn(this.kind, place).get(id);
    if (!found) throw gone(id);
    return found;
  }

  private find({ id }: CopyName, scope: Scope): FakeSnapshot | undefined {
    return this.cloud.snapshotsIn(this.kind, scope).get(id);
  }

  private mustFind(copy: CopyName, scope: Scope): FakeSnapshot {
    const found = this.find(copy, scope);
    if (!found) throw gone(copy.id);
    return found;
  }

  private answer<T>(call: FakeCall, about: string, work: () => T): T {
    this.cloud.count(call, about, false);
    const result = work();
    this.cloud.count(call, about, true);
    return result;
  }
}

const gone = (what: string) => applicationFailure(failureTypes.notFound, `${what}: there is none`);

const limitKey = ({ account, region, limit }: LimitRef) => `${account} ${region} ${limit}`;

function within<V>(all: Map<string, Map<string, V>>, kind: ResourceKind, { account, region }: Place): Map<string, V> {
  const key = `${kind} ${account} ${region}`;
  let found = all.get(key);
  if (!found) all.set(key, (found = new Map<string, V>()));
  return found;
}

function* pagesOf<T>(all: readonly T[], each: () => void): Generator<readonly T[]> {
  for (let from = 0; from === 0 || from < all.length; from += pageSize) {
    each();
    yield all.slice(from, from + pageSize);
  }
}
