import { AwsKeys } from '../../../src/clouds/aws/keys';
import { type Copy, type CopyRef } from '../../../src/core/catalogue/copy';
import { type LimitRef } from '../../../src/core/limits/limit';
import { type Resource, type ResourceKind, type ResourceRef } from '../../../src/core/resource';
import { type Clouds, type ConnectedKinds, type Kind, type KindOperations } from '../../../src/kinds/kind';
import { connectKinds, kinds as registered, knownKinds } from '../../../src/kinds/registry';
import { type DatabaseConfiguration } from '../../../src/kinds/rds/databaseConfiguration';
import { type FakeObjectStore } from '../objectStore';
import { FakeCalls, type FakeCall, type FakeFault } from './calls';
import { bucketOf, type CloudState } from './cloudState';
import { type FakeDatabase, FakeDatabases, type FakeResource } from './databases';
import { fakeAccess } from './fakeAccess';
import { type FakeExport, FakeExports } from './exports';
import { wordsOf } from './forms';
import { FakeGroups, type FakeParameterGroup } from './groups';
import { fakeKeyArn } from './keys';
import { type Place } from './places';
import { type FakeSnapshot, FakeSnapshots, type FakeWork } from './snapshots';

export interface FakeCloudOptions {
  /** Epoch milliseconds. Default: the wall clock. */
  readonly now?: () => number;
  /** Milliseconds the work takes; `Infinity` until {@link FakeCloud.finish}. Default 0. */
  readonly duration?: (work: FakeWork) => number;
  /** The same of databases and instances that restores make. Default 0. */
  readonly restoreDuration?: () => number;
  /** The same of export tasks. Default 0. */
  readonly exportDuration?: () => number;
  /** Default: what the kinds declare of AWS. */
  readonly capacity?: (ref: LimitRef) => number;
  /** Manual snapshots of a kind that an account may keep in a region. Default 100. */
  readonly stock?: (place: Place) => number;
  /** Whether a copy may go across accounts and regions in one call. Default false, as AWS's user guide says. */
  readonly singleStepCopy?: boolean;
}

/**
 * AWS in memory, below its clients: accounts, regions, databases, snapshots that take time, sharing, keys, limits. The real code
 * of every kind runs on it. Everything is derived from the clock when looked at, so a time-skipping clock works.
 * Keys, and what databases are attached to, exist as soon as they are named; {@link missingIn} and {@link forbidKey} say otherwise.
 */
export class FakeCloud {
  /** What the calls of clients read and change. */
  readonly state: CloudState;
  private connected: ConnectedKinds | undefined;

  constructor(private readonly options: FakeCloudOptions = {}) {
    const now = () => this.now();
    this.state = {
      now,
      singleStepCopy: options.singleStepCopy ?? false,
      calls: new FakeCalls(),
      snapshots: new FakeSnapshots({
        now,
        milliseconds: (work) => options.duration?.(work) ?? 0,
        capacity: (ref) => options.capacity?.(ref) ?? declaredCapacity(ref),
        stock: (place) => options.stock?.(place) ?? 100,
      }),
      databases: new FakeDatabases(now, () => options.restoreDuration?.() ?? 0),
      groups: new FakeGroups(),
      exports: new FakeExports(now, () => options.exportDuration?.() ?? 0),
      forbidden: new Set(),
      grants: new Map(),
      buckets: new Map(),
    };
  }

  now(): number {
    return this.options.now?.() ?? Date.now();
  }

  /** The way in, as the roles of a fleet give it. */
  get clouds(): Clouds {
    const access = fakeAccess(this.state);
    return { access, keys: new AwsKeys(access, () => this.now()) };
  }

  kinds(of: readonly Kind[] = registered): ConnectedKinds {
    if (of !== registered) return connectKinds(of, this.clouds);
    return (this.connected ??= connectKinds(of, this.clouds));
  }

  kind(name: ResourceKind): KindOperations {
    return this.kinds().of(name);
  }

  addResource(resource: FakeResource): ResourceRef {
    return this.state.databases.add(resource);
  }

  /** A database as a restore would have made it, or a person meanwhile. */
  addRestored(database: Parameters<FakeDatabases['addRestored']>[0]): FakeDatabase {
    return this.state.databases.addRestored(database);
  }

  addParameterGroup(group: Omit<FakeParameterGroup, 'arn'>, place: Place): void {
    const { name, form } = group;
    const type = wordsOf[form].parameterGroupArnType;
    this.state.groups.add({ ...group, arn: `arn:aws:rds:${place.region}:${place.account}:${type}:${name}` }, place);
  }

  removeResource({ kind, account, region, id }: ResourceRef): void {
    this.resourcesIn(kind, { account, region }).delete(id);
  }

  /** How resources are set up, by ARN, where a test says so. */
  get configurations(): Map<string, DatabaseConfiguration> {
    return this.state.databases.configurations;
  }

  /** From now on the key's policy does not let the account use it. */
  forbidKey(place: Place, alias: string, account: string): void {
    this.state.forbidden.add(`${fakeKeyArn(place, alias)} ${account}`);
  }

  fault(fault: FakeFault): void {
    this.state.calls.fault(fault);
  }

  /** Calls that have arrived, by name: what a recovery point costs. */
  get calls(): ReadonlyMap<FakeCall, number> {
    return this.state.calls.arrived;
  }

  /** How often a start met a full service limit. */
  get limitErrors(): number {
    return this.state.snapshots.limitErrors;
  }

  /** The most operations that were ever in flight together under the limit. */
  highWater(ref: LimitRef): number {
    return this.state.snapshots.highWater(ref);
  }

  /** Ends work in flight now: a snapshot's, a database's or an instance's. */
  finish({ id, arn }: Pick<CopyRef, 'id' | 'arn'>): void {
    const snapshot = this.state.snapshots.byPlace.values().find((one) => one.arn === arn);
    if (snapshot !== undefined) snapshot.endsAt = this.now();
    for (const database of this.state.databases.restored.values())
      for (const thing of [database, ...database.instances.values()])
        if (thing.id === id && thing.arn === arn) thing.endsAt = this.now();
  }

  /** Lets work in flight fail now; AWS keeps what has failed. */
  fail(copy: CopyRef): void {
    this.mustFind(copy).failed = true;
  }

  /** Every copy there is, for a test's verdict. */
  allCopies(): Copy[] {
    return this.state.snapshots.byPlace.values().map((snapshot) => this.described(snapshot));
  }

  sharedWith(copy: CopyRef): string[] {
    return [...this.mustFind(copy).sharedWith];
  }

  resourcesIn(kind: ResourceKind, place: Place): Map<string, Resource> {
    return this.state.databases.resources.in(kind, place);
  }

  snapshotsIn(kind: ResourceKind, place: Place): Map<string, FakeSnapshot> {
    return this.state.snapshots.byPlace.in(kind, place);
  }

  exportsIn(place: Place): Map<string, FakeExport> {
    return this.state.exports.in(place);
  }

  /** Databases that restores have made. */
  databasesIn(kind: ResourceKind, place: Place): Map<string, FakeDatabase> {
    return this.state.databases.restored.in(kind, place);
  }

  /** Names of keys, subnet groups, security groups and parameter groups that a place does not have; all others it has. */
  missingIn(place: Place): Set<string> {
    return this.state.groups.missingIn(place);
  }

  /** What an account's roles reach under a bucket's name. */
  bucket(name: string): FakeObjectStore {
    return bucketOf(this.state, name);
  }

  private described(snapshot: FakeSnapshot): Copy {
    const { snapshots } = this.state;
    const status = snapshots.statusOf(snapshot);
    const { kind, account, region, id, arn, sizeGiB, keyArn, sourceArn, resourceId, tags, startedAt } = snapshot;
    return {
      ...{ kind, account, region, id, arn, sizeGiB, keyArn, sourceArn, resourceId, status },
      rawStatus: status === 'in-progress' ? (sourceArn === null ? 'creating' : 'copying') : status,
      percent: snapshots.percentOf(snapshot),
      createdAt: new Date(startedAt).toISOString(),
      manual: true,
      tags: { ...tags },
    };
  }

  private mustFind({ kind, account, region, id }: CopyRef): FakeSnapshot {
    const found = this.snapshotsIn(kind, { account, region }).get(id);
    if (!found) throw new Error(`no copy ${id} in ${account}/${region}`);
    return found;
  }
}

const declaredCapacity = ({ limit }: LimitRef) => knownKinds.limits.find(({ name }) => name === limit)?.capacity ?? 1;
