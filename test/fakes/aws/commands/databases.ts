import { type Resource, type ResourceKind } from '../../../../src/core/resource';
import {
  type DatabaseConfiguration,
  type InstanceConfiguration,
} from '../../../../src/kinds/rds/databaseConfiguration';
import { type Answers, filterOf, maybeText, page, tagList } from '../answers';
import { awsError } from '../awsError';
import { type CloudState } from '../cloudState';
import { type FakeDatabase, type FakeThing, firstOf } from '../databases';
import { forms, likenessOf } from '../forms';
import { type Place } from '../places';

/** What RDS answers about databases: those that are protected, and those that restores have made. */
export const databaseAnswers: Answers = {
  DescribeDBClusters: (input, place, cloud) => {
    const id = maybeText(input, 'DBClusterIdentifier');
    return {
      call: id === undefined ? 'discover' : 'describe',
      about: id ?? '',
      work: () => {
        const { databases } = cloud;
        const found: object[] =
          id === undefined
            ? [
                ...databases.resourcesIn('cluster', place).map((one) => resourceCluster(cloud, one)),
                ...databases.restoredIn('cluster', place).map((one) => restoredCluster(cloud, one)),
              ].filter(({ Engine }) => filterOf(input, 'engine')?.includes(Engine) !== false)
            : clusterOf(cloud, place, id);
        if (id !== undefined && found.length === 0)
          throw awsError('DBClusterNotFoundFault', `DBCluster ${id} not found.`, 404);
        return page('DBClusters', found, input, (one) => one);
      },
    };
  },

  DescribeDBInstances: (input, place, cloud) => {
    const id = maybeText(input, 'DBInstanceIdentifier');
    const [cluster] = filterOf(input, 'db-cluster-id') ?? [];
    return {
      call: id === undefined && cluster === undefined ? 'discover' : 'describe',
      about: id ?? cluster ?? '',
      work: () => {
        const found: object[] =
          cluster !== undefined
            ? membersOf(cloud, place, cluster)
            : id !== undefined
              ? instanceOf(cloud, place, id)
              : everyInstance(cloud, place);
        if (id !== undefined && found.length === 0)
          throw awsError('DBInstanceNotFoundFault', `DBInstance ${id} not found.`, 404);
        return page('DBInstances', found, input, (one) => one);
      },
    };
  },
};

function clusterOf(cloud: CloudState, place: Place, id: string): object[] {
  const resource = cloud.databases.findResource('cluster', place, id);
  if (resource !== undefined) return [resourceCluster(cloud, resource)];
  const restored = cloud.databases.findRestored('cluster', place, id);
  return restored === undefined ? [] : [restoredCluster(cloud, restored)];
}

function membersOf(cloud: CloudState, place: Place, cluster: string): object[] {
  const resource = cloud.databases.findResource('cluster', place, cluster);
  if (resource !== undefined) return membersOfResource(cloud, resource);
  const restored = cloud.databases.findRestored('cluster', place, cluster);
  return restored === undefined ? [] : membersOfRestored(cloud, restored);
}

function everyInstance(cloud: CloudState, place: Place): object[] {
  const { databases } = cloud;
  return [
    ...databases.resourcesIn('instance', place).map((one) => resourceInstance(cloud, one)),
    ...databases.restoredIn('instance', place).map((one) => restoredInstance(cloud, one)),
    ...databases.resourcesIn('cluster', place).flatMap((one) => membersOfResource(cloud, one)),
    ...databases.restoredIn('cluster', place).flatMap((one) => membersOfRestored(cloud, one)),
  ];
}

function instanceOf(cloud: CloudState, place: Place, id: string): object[] {
  const { databases } = cloud;
  const resource = databases.findResource('instance', place, id);
  if (resource !== undefined) return [resourceInstance(cloud, resource)];
  const restored = databases.findRestored('instance', place, id);
  if (restored !== undefined) return [restoredInstance(cloud, restored)];
  const ofRestored = firstOf(databases.restoredIn('cluster', place), (one) => one.instances.get(id) && one);
  const member = ofRestored?.instances.get(id);
  if (ofRestored !== undefined && member !== undefined) return [restoredMember(cloud, ofRestored, member)];
  return databases.resourcesIn('cluster', place).flatMap((one) =>
    databases
      .configuration(one)
      .instances.filter((instance) => instance.id === id)
      .map((instance) => resourceMember(one, instance)),
  );
}

const membersOfResource = ({ databases }: CloudState, resource: Resource) =>
  databases.configuration(resource).instances.map((instance) => resourceMember(resource, instance));

const membersOfRestored = (cloud: CloudState, database: FakeDatabase) =>
  [...database.instances.values()].map((one) => restoredMember(cloud, database, one));

/** What clusters and instances tell under the same words. */
function common(configuration: DatabaseConfiguration, { kind, tags, keyArn }: Resource) {
  return {
    Engine: configuration.engine,
    EngineVersion: configuration.engineVersion ?? undefined,
    MasterUsername: configuration.masterUsername ?? undefined,
    StorageEncrypted: keyArn !== null,
    KmsKeyId: keyArn ?? undefined,
    StorageType: configuration.storageType ?? undefined,
    NetworkType: configuration.networkType ?? undefined,
    IAMDatabaseAuthenticationEnabled: configuration.iamAuthentication,
    DeletionProtection: configuration.deletionProtection,
    CopyTagsToSnapshot: configuration.copyTagsToSnapshot,
    BackupRetentionPeriod: configuration.backupRetentionDays ?? undefined,
    PreferredBackupWindow: configuration.backupWindow ?? undefined,
    PreferredMaintenanceWindow: configuration.maintenanceWindow ?? undefined,
    EnabledCloudwatchLogsExports: [...configuration.logExports],
    VpcSecurityGroups: configuration.securityGroups.map(({ id }) => ({ VpcSecurityGroupId: id })),
    AssociatedRoles: configuration.roles.map(({ arn, feature }) => ({
      RoleArn: arn,
      FeatureName: feature ?? undefined,
    })),
    TagList: toldTags(kind, { ...tags, ...configuration.tags }),
  };
}

function resourceCluster({ databases }: CloudState, resource: Resource) {
  const configuration = databases.configuration(resource);
  const { serverless } = configuration;
  return {
    ...common(configuration, resource),
    DBClusterIdentifier: resource.id,
    DBClusterArn: resource.arn,
    DbClusterResourceId: resource.incarnation,
    Status: resource.status,
    AllocatedStorage: resource.sizeGiB,
    EngineMode: configuration.engineMode ?? undefined,
    DatabaseName: configuration.databaseName ?? undefined,
    Port: configuration.port ?? undefined,
    Endpoint: `${resource.id}.${resource.region}.rds.example`,
    DBSubnetGroup: configuration.subnetGroup?.name,
    DBClusterParameterGroup: configuration.parameterGroup?.name,
    ServerlessV2ScalingConfiguration:
      serverless === null ? undefined : { MinCapacity: serverless.minimum, MaxCapacity: serverless.maximum },
    DBClusterMembers: configuration.instances.map(({ id, writer, promotionTier }) => ({
      DBInstanceIdentifier: id,
      IsClusterWriter: writer,
      PromotionTier: promotionTier ?? undefined,
    })),
  };
}

function resourceInstance({ databases }: CloudState, resource: Resource): object {
  const configuration = databases.configuration(resource);
  const [itself] = configuration.instances;
  return {
    ...common(configuration, resource),
    DBInstanceIdentifier: resource.id,
    DBInstanceArn: resource.arn,
    DbiResourceId: resource.incarnation,
    DBInstanceStatus: resource.status,
    AllocatedStorage: resource.sizeGiB,
    Iops: configuration.iops ?? undefined,
    DBName: configuration.databaseName ?? undefined,
    Endpoint: { Address: `${resource.id}.${resource.region}.rds.example`, Port: configuration.port ?? undefined },
    DBSubnetGroup:
      configuration.subnetGroup === null ? undefined : { DBSubnetGroupName: configuration.subnetGroup.name },
    DBParameterGroups:
      configuration.parameterGroup === null ? [] : [{ DBParameterGroupName: configuration.parameterGroup.name }],
    OptionGroupMemberships: configuration.optionGroup === null ? [] : [{ OptionGroupName: configuration.optionGroup }],
    ...(itself === undefined ? {} : ofInstance(itself)),
  };
}

function ofInstance(instance: InstanceConfiguration) {
  return {
    DBInstanceClass: instance.class,
    AvailabilityZone: instance.zone ?? undefined,
    MultiAZ: instance.multiAz,
    PubliclyAccessible: instance.public,
    AutoMinorVersionUpgrade: instance.autoMinorVersionUpgrade,
    PerformanceInsightsEnabled: instance.performanceInsights,
  };
}

function resourceMember({ kind, account, region, id }: Resource, instance: InstanceConfiguration): object {
  return {
    ...ofInstance(instance),
    DBInstanceIdentifier: instance.id,
    DBInstanceArn: `arn:aws:rds:${region}:${account}:db:${instance.id}`,
    DBClusterIdentifier: id,
    DBInstanceStatus: 'available',
    Engine: likenessOf(kind).engine,
    PromotionTier: instance.promotionTier ?? undefined,
    DBParameterGroups: instance.parameterGroup === null ? [] : [{ DBParameterGroupName: instance.parameterGroup.name }],
    TagList: toldTags(kind, instance.tags),
  };
}

function restoredCluster({ databases }: CloudState, database: FakeDatabase) {
  const { kind, region, id, arn, keyArn, port, tags, instances, sizeGiB } = database;
  const status = databases.statusOf(database);
  return {
    DBClusterIdentifier: id,
    DBClusterArn: arn,
    Status: status,
    Engine: likenessOf(kind).engine,
    EngineVersion: '16.4',
    AllocatedStorage: sizeGiB,
    StorageEncrypted: keyArn !== null,
    KmsKeyId: keyArn ?? undefined,
    Endpoint: status === 'available' ? `${id}.${region}.rds.example` : undefined,
    Port: port,
    DatabaseName: 'shop',
    MasterUsername: 'postgres',
    DeletionProtection: database.protected,
    TagList: toldTags(kind, tags),
    DBClusterMembers: [...instances.keys()].map((one, position) => ({
      DBInstanceIdentifier: one,
      IsClusterWriter: position === 0,
    })),
  };
}

function restoredInstance({ databases }: CloudState, database: FakeDatabase): object {
  const { kind, region, id, arn, keyArn, port, tags, sizeGiB, zone } = database;
  const status = databases.statusOf(database);
  return {
    DBInstanceIdentifier: id,
    DBInstanceArn: arn,
    DBInstanceStatus: status,
    DBInstanceClass: database.class,
    AvailabilityZone: zone ?? undefined,
    Engine: likenessOf(kind).engine,
    EngineVersion: '16.4',
    AllocatedStorage: sizeGiB,
    StorageEncrypted: keyArn !== null,
    KmsKeyId: keyArn ?? undefined,
    Endpoint: status === 'available' ? { Address: `${id}.${region}.rds.example`, Port: port } : undefined,
    DbInstancePort: port,
    DBName: 'shop',
    MasterUsername: 'postgres',
    DeletionProtection: database.protected,
    TagList: toldTags(kind, tags),
  };
}

function restoredMember(
  { databases }: CloudState,
  { kind, id: cluster, port }: FakeDatabase,
  member: FakeThing,
): object {
  const { id, arn, zone, tags } = member;
  const status = databases.statusOf(member);
  return {
    DBInstanceIdentifier: id,
    DBInstanceArn: arn,
    DBClusterIdentifier: cluster,
    DBInstanceStatus: status,
    DBInstanceClass: member.class,
    AvailabilityZone: zone ?? undefined,
    Engine: likenessOf(kind).engine,
    Endpoint: status === 'available' ? { Address: `${id}.rds.example`, Port: port } : undefined,
    TagList: toldTags(kind, tags),
  };
}

const toldTags = (kind: ResourceKind, tags: Readonly<Record<string, string>>) =>
  likenessOf(kind).tellsTags ? tagList(tags) : undefined;

/** Tags of a database or an instance, which are asked for where the answers above have none. */
export function tagsOfDatabase(cloud: CloudState, place: Place, arn: string): Readonly<Record<string, string>> {
  const { databases } = cloud;
  for (const form of forms) {
    for (const one of databases.resourcesIn(form, place)) {
      const { tags, instances } = databases.configuration(one);
      if (one.arn === arn) return { ...one.tags, ...tags };
      const member = instances.find(({ id }) => arn.endsWith(`:db:${id}`));
      if (member !== undefined) return member.tags;
    }
    for (const one of databases.restoredIn(form, place))
      for (const thing of [one, ...one.instances.values()]) if (thing.arn === arn) return thing.tags;
  }
  return {};
}
