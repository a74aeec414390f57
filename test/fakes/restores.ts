import { applicationFailure } from '../../src/core/applicationFailure';
import { type Scope } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { type DatabaseConfiguration } from '../../src/core/catalogue/recoveryBundle';
import { type ResourceKind, type ResourceRef } from '../../src/core/resource';
import { isOwned } from '../../src/core/restore/restoreOwnership';
import {
  type AddInstanceRequest,
  type FoundParameterGroup,
  type Ownership,
  type ParameterGroupOwner,
  type RestoredDatabase,
  type RestoredInstance,
  type RestoreOperations,
  type RestoreStatus,
  type StartRestoreRequest,
  type Surroundings,
  type SurroundingsQuery,
} from '../../src/kinds/restoreOperations';
import { type FakeCall, type FakeCloud, type FakeSnapshot } from './cloud';

type Place = Pick<Scope, 'account' | 'region'>;

interface FakeThing {
  readonly id: string;
  readonly arn: string;
  readonly class: string;
  readonly zone: string | null;
  readonly tags: Readonly<Record<string, string>>;
  endsAt: number;
  failed: boolean;
}

/** A database that a restore has made. */
export interface FakeDatabase extends FakeThing {
  readonly request: StartRestoreRequest;
  readonly instances: Map<string, FakeThing>;
  protected: boolean;
}

/** A configuration with nothing special about it. */
export function fakeConfiguration(
  { kind, id }: Pick<ResourceRef, 'kind' | 'id'>,
  changes: Partial<DatabaseConfiguration> = {},
): DatabaseConfiguration {
  const aurora = kind === 'aurora-cluster';
  const instance = (name: string, writer: boolean) => ({
    id: name,
    class: 'db.r6g.large',
    zone: 'eu-west-1a',
    writer,
    promotionTier: aurora ? 1 : null,
    multiAz: false,
    public: false,
    autoMinorVersionUpgrade: true,
    performanceInsights: false,
    parameterGroup: null,
    tags: {},
  });
  return {
    engine: aurora ? 'aurora-postgresql' : 'postgres',
    engineVersion: '16.4',
    engineMode: aurora ? 'provisioned' : null,
    databaseName: 'shop',
    masterUsername: 'postgres',
    port: 5432,
    keyArn: null,
    storageType: null,
    iops: null,
    allocatedGiB: aurora ? null : 100,
    networkType: 'IPV4',
    iamAuthentication: false,
    deletionProtection: false,
    copyTagsToSnapshot: false,
    backupRetentionDays: 7,
    backupWindow: '02:00-02:30',
    maintenanceWindow: 'sun:04:00-sun:04:30',
    logExports: [],
    serverless: null,
    tags: {},
    subnetGroup: null,
    securityGroups: [],
    parameterGroup: null,
    optionGroup: null,
    roles: [],
    instances: aurora ? [instance(`${id}-instance-1`, true)] : [instance(id, true)],
    unread: [],
    ...changes,
  };
}

/** Databases of the fake cloud that come from restores, and what stands around them. */
export class FakeRestores implements RestoreOperations {
  readonly restoresShared: boolean;
  private readonly groups = new Map<string, FoundParameterGroup>();

  constructor(
    private readonly cloud: FakeCloud,
    private readonly kind: ResourceKind,
    private readonly find: (id: string, place: Place) => FakeSnapshot | undefined,
  ) {
    this.restoresShared = kind === 'aurora-cluster';
  }

  async describe(resource: ResourceRef, scope: Scope): Promise<DatabaseConfiguration> {
    return this.answer('describeForRestore', resource.id, () => {
      if (!this.cloud.resourcesIn(this.kind, scope).has(resource.id)) throw gone(resource.id);
      return this.cloud.configurations.get(resource.arn) ?? fakeConfiguration(resource);
    });
  }

  async surroundings(query: SurroundingsQuery, scope: Scope): Promise<Surroundings> {
    return this.answer('surroundings', query.database, () => {
      const missing = this.cloud.missingIn(scope);
      const there = (name: string) => !missing.has(name);
      const database = this.databases(scope).get(query.database);
      const resource = this.cloud.resourcesIn(this.kind, scope).get(query.database);
      const instances = [...this.databases(scope).values()].flatMap((one) => [...one.instances.values()]);
      return {
        taken: [
          ...[database, resource].flatMap((one) => (one === undefined ? [] : [one])),
          ...instances.filter(({ id }) => query.instances.includes(id)),
        ].map(({ id, arn, tags }) => ({ id, arn, tags })),
        subnetGroup:
          query.subnetGroup !== null && there(query.subnetGroup)
            ? { name: query.subnetGroup, vpc: 'vpc-1', zones: ['eu-west-1a', 'eu-west-1b'] }
            : null,
        securityGroups: Object.fromEntries(query.securityGroups.map(({ id }) => [id, there(id) ? id : null])),
        parameterGroups: query.parameterGroups.map(({ name }) => name).filter(there),
        optionGroup: query.optionGroup !== null && there(query.optionGroup),
      };
    });
  }

  async createParameterGroup(
    { name }: { readonly name: string },
    of: ParameterGroupOwner,
    scope: Scope,
    ownership: Ownership,
  ): Promise<void> {
    this.answer('createParameterGroup', name, () => {
      this.cloud.missingIn(scope).delete(name);
      this.groups.set(groupKey(name, of, scope), { name, of, tags: ownership });
    });
  }

  async *parameterGroups({ account, region }: Scope): AsyncGenerator<FoundParameterGroup> {
    for (const [key, group] of this.groups) if (key.startsWith(`${account} ${region} `)) yield group;
  }

  async removeParameterGroup(name: string, of: ParameterGroupOwner, scope: Scope, ownership: Ownership): Promise<void> {
    this.answer('removeParameterGroup', name, () => {
      const key = groupKey(name, of, scope);
      const found = this.groups.get(key);
      if (found !== undefined && !isOwned(found.tags, ownership)) return;
      this.groups.delete(key);
      this.cloud.missingIn(scope).add(name);
    });
  }

  async start(request: StartRestoreRequest): Promise<RestoredDatabase> {
    const { id, target, source, ownership, settings, placement } = request;
    return this.answer('restore', `${id} ${placement.class ?? ''} ${placement.zone ?? ''}`, () => {
      if (this.cloud.resourcesIn(this.kind, target).has(id)) throw taken(id);
      const found = this.databases(target).get(id);
      if (found !== undefined) return this.described(this.owned(found, ownership), target);
      const snapshot = this.find(source.id, source);
      if (snapshot === undefined) throw gone(source.arn);
      if (source.region !== target.region) throw gone(source.arn);
      if (source.account !== target.account && !snapshot.sharedWith.has(target.account))
        throw applicationFailure(failureTypes.configuration, `${source.arn} is not shared with ${target.account}`);
      const noun = this.kind === 'aurora-cluster' ? 'cluster' : 'db';
      const database: FakeDatabase = {
        ...this.thing(noun, id, target, placement),
        tags: { ...settings.tags, ...ownership },
        request,
        instances: new Map(),
        protected: false,
      };
      this.databases(target).set(id, database);
      return this.described(database, target);
    });
  }

  async addInstance({
    target,
    cluster,
    instance,
    placement,
    ownership,
  }: AddInstanceRequest): Promise<RestoredInstance> {
    const about = `${instance.id} ${placement.class ?? ''} ${placement.zone ?? ''}`;
    return this.answer('addInstance', about, () => {
      const database = this.databases(target).get(cluster.id);
      if (database === undefined) throw gone(cluster.id);
      const found = database.instances.get(instance.id);
      if (found !== undefined) return this.instance(this.owned(found, ownership), database);
      if (this.statusOf(database) !== 'available')
        throw applicationFailure(failureTypes.busy, `${cluster.id} is not available`);
      const made = { ...this.thing('db', instance.id, target, placement), tags: { ...instance.tags, ...ownership } };
      database.instances.set(instance.id, made);
      return this.instance(made, database);
    });
  }

  async progress(id: string, scope: Scope): Promise<RestoredDatabase> {
    return this.answer('restoreProgress', id, () => {
      const found = this.databases(scope).get(id);
      if (found !== undefined) return this.described(found, scope);
      const original = this.cloud.resourcesIn(this.kind, scope).get(id);
      if (original === undefined) throw gone(id);
      const { port, databaseName, masterUsername, engine, engineVersion } =
        this.cloud.configurations.get(original.arn) ?? fakeConfiguration(original);
      return {
        ...{ id, port, databaseName, masterUsername, engine, engineVersion },
        ...{ arn: original.arn, status: 'available', rawStatus: 'available', tags: original.tags },
        endpoint: `${id}.${scope.region}.rds.example`,
        readerEndpoint: null,
        deletionProtection: false,
        instances: [],
      };
    });
  }

  async finish(id: string, scope: Scope, settings: StartRestoreRequest['settings']): Promise<readonly string[]> {
    return this.answer('finish', id, () => {
      const found = this.databases(scope).get(id);
      if (found === undefined) throw gone(id);
      found.protected = settings.deletionProtection;
      return [];
    });
  }

  async removeInstance(id: string, scope: Scope, ownership: Ownership): Promise<void> {
    this.answer('removeInstance', id, () => {
      for (const { instances } of this.databases(scope).values())
        if (instances.has(id) && isOwned(instances.get(id)?.tags ?? {}, ownership)) instances.delete(id);
    });
  }

  async remove(id: string, scope: Scope, ownership: Ownership, protection: 'ours' | 'theirs'): Promise<string | null> {
    return this.answer('remove', id, () => {
      const found = this.databases(scope).get(id);
      if (found === undefined || !isOwned(found.tags, ownership)) return null;
      if (found.protected && protection === 'theirs')
        throw applicationFailure(failureTypes.conflict, `${found.arn}: someone has protected it from deletion`);
      this.databases(scope).delete(id);
      return `${found.arn} is being deleted`;
    });
  }

  private databases(place: Place): Map<string, FakeDatabase> {
    return this.cloud.databasesIn(this.kind, place);
  }

  private thing(noun: string, id: string, { account, region }: Place, placement: StartRestoreRequest['placement']) {
    return {
      id,
      arn: `arn:aws:rds:${region}:${account}:${noun}:${id}`,
      class: placement.class ?? '',
      zone: placement.zone,
      endsAt: this.cloud.now() + this.cloud.restoreMilliseconds,
      failed: false,
    };
  }

  private statusOf({ failed, endsAt }: FakeThing): RestoreStatus {
    if (failed) return 'failed';
    return this.cloud.now() >= endsAt ? 'available' : 'in-progress';
  }

  private described(database: FakeDatabase, { region }: Place): RestoredDatabase {
    const status = this.statusOf(database);
    const { id, arn, tags, instances } = database;
    return {
      ...{ id, arn, status, tags },
      rawStatus: status === 'in-progress' ? 'creating' : status,
      engine: 'aurora-postgresql',
      engineVersion: '16.4',
      endpoint: status === 'available' ? `${id}.${region}.rds.example` : null,
      readerEndpoint: null,
      port: database.request.settings.port ?? 5432,
      databaseName: 'shop',
      masterUsername: 'postgres',
      deletionProtection: database.protected,
      instances: [...instances.values()].map((one) => this.instance(one, database)),
    };
  }

  private instance(thing: FakeThing, { instances }: FakeDatabase): RestoredInstance {
    const status = this.statusOf(thing);
    const { id, arn, zone, tags } = thing;
    return {
      ...{ id, arn, status, zone, tags, class: thing.class },
      rawStatus: status === 'in-progress' ? 'creating' : status,
      endpoint: status === 'available' ? `${id}.rds.example` : null,
      writer: [...instances.keys()][0] === id,
    };
  }

  private owned<T extends FakeThing>(found: T, ownership: Ownership): T {
    if (!isOwned(found.tags, ownership)) throw taken(found.arn);
    return found;
  }

  private answer<T>(call: FakeCall, about: string, work: () => T): T {
    this.cloud.count(call, about, false);
    const result = work();
    this.cloud.count(call, about, true);
    return result;
  }
}

const groupKey = (name: string, of: ParameterGroupOwner, { account, region }: Place) =>
  [account, region, of, name].join(' ');

const gone = (what: string) => applicationFailure(failureTypes.notFound, `${what}: there is none`);
const taken = (what: string) =>
  applicationFailure(failureTypes.conflict, `${what} exists and is not of this restore; nothing is overwritten`);
