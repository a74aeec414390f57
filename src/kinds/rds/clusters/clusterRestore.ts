import {
  AddRoleToDBClusterCommand,
  CreateDBInstanceCommand,
  DeleteDBClusterCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  ModifyDBClusterCommand,
  paginateDescribeDBInstances,
  RestoreDBClusterFromSnapshotCommand,
  type DBCluster,
  type DBInstance,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { type RestoreApi } from '../restore/restoreApi';
import { restoreStatus } from '../restore/restoreStatus';
import { type SendOptions } from '../snapshotApi';
import { fromTagList, tagsOf, toTagList } from '../tags';
import { type RestoredInstance } from '../restore/restoreOperations';
import { type ClusterRules, type ClusterSetting } from './clusterRules';

/** The calls that make clusters of one kind of snapshots; all kinds answer to the same ones. */
export function clusterRestore({ of, engines, restoresShared, lacks }: ClusterRules): RestoreApi {
  const ofInstances = of.shape === 'cluster-of-instances';
  /** A setting, unless AWS does not take it of such clusters. */
  const unless = <T>(setting: ClusterSetting, value: T): T | undefined => (lacks.includes(setting) ? undefined : value);
  return {
    noun: 'cluster',
    restoresShared,
    ownsFamily: (family, owner) =>
      engines.some((engine) => family.startsWith(engine)) && (ofInstances || owner === 'cluster'),
    describeAction: 'rds:DescribeDBClusters',
    restoreAction: 'rds:RestoreDBClusterFromSnapshot',
    deleteAction: 'rds:DeleteDBCluster',
    modifyAction: 'rds:ModifyDBCluster',

    async configuration(client, id, options) {
      const cluster = await clusterOf(client, id, options);
      if (cluster === undefined || !engines.includes(cluster.Engine ?? '')) return undefined;
      const members = cluster.DBClusterMembers ?? [];
      const memberOf = (instance: DBInstance) =>
        members.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === instance.DBInstanceIdentifier);
      const { MinCapacity, MaxCapacity } = cluster.ServerlessV2ScalingConfiguration ?? {};
      return {
        engine: cluster.Engine ?? 'unknown',
        engineVersion: cluster.EngineVersion ?? null,
        engineMode: cluster.EngineMode ?? null,
        databaseName: cluster.DatabaseName ?? null,
        masterUsername: cluster.MasterUsername ?? null,
        port: cluster.Port ?? null,
        keyArn: cluster.StorageEncrypted ? (cluster.KmsKeyId ?? null) : null,
        storageType: cluster.StorageType ?? null,
        // Only Multi-AZ DB clusters take provisioned IOPS.
        iops: ofInstances ? null : (cluster.Iops ?? null),
        allocatedGiB: null,
        networkType: cluster.NetworkType ?? null,
        iamAuthentication: cluster.IAMDatabaseAuthenticationEnabled ?? false,
        deletionProtection: cluster.DeletionProtection ?? false,
        copyTagsToSnapshot: cluster.CopyTagsToSnapshot ?? false,
        backupRetentionDays: cluster.BackupRetentionPeriod ?? null,
        backupWindow: cluster.PreferredBackupWindow ?? null,
        maintenanceWindow: cluster.PreferredMaintenanceWindow ?? null,
        logExports: cluster.EnabledCloudwatchLogsExports ?? [],
        serverless:
          MinCapacity === undefined || MaxCapacity === undefined
            ? null
            : { minimum: MinCapacity, maximum: MaxCapacity },
        globalCluster: cluster.GlobalClusterIdentifier ?? null,
        replicaOf: cluster.ReplicationSourceIdentifier ?? null,
        tags: fromTagList(await tagsOf(client, cluster.DBClusterArn, cluster.TagList, options)),
        subnetGroup: cluster.DBSubnetGroup ?? null,
        securityGroups: (cluster.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []),
        parameterGroup: cluster.DBClusterParameterGroup ?? null,
        optionGroup: null,
        roles: (cluster.AssociatedRoles ?? []).flatMap(({ RoleArn, FeatureName }) =>
          RoleArn === undefined ? [] : [{ arn: RoleArn, feature: FeatureName ?? null }],
        ),
        instances: (await membersOf(client, id, options)).map((instance) => ({
          id: instance.DBInstanceIdentifier ?? '',
          class: instance.DBInstanceClass ?? '',
          zone: instance.AvailabilityZone ?? null,
          writer: memberOf(instance)?.IsClusterWriter ?? false,
          promotionTier: memberOf(instance)?.PromotionTier ?? instance.PromotionTier ?? null,
          multiAz: false,
          public: instance.PubliclyAccessible ?? false,
          autoMinorVersionUpgrade: instance.AutoMinorVersionUpgrade ?? true,
          performanceInsights: instance.PerformanceInsightsEnabled ?? false,
          parameterGroup:
            unless('instanceParameterGroup', instance.DBParameterGroups?.[0]?.DBParameterGroupName) ?? null,
          tags: fromTagList(instance.TagList),
        })),
      };
    },

    async find(client, id, options) {
      const cluster = await clusterOf(client, id, options);
      if (cluster === undefined) return undefined;
      const rawStatus = cluster.Status ?? 'unknown';
      const writers = (cluster.DBClusterMembers ?? []).filter(({ IsClusterWriter }) => IsClusterWriter);
      const members = await membersOf(client, id, options);
      return {
        id: cluster.DBClusterIdentifier ?? id,
        arn: cluster.DBClusterArn ?? '',
        status: restoreStatus(rawStatus),
        rawStatus,
        engine: cluster.Engine ?? 'unknown',
        engineVersion: cluster.EngineVersion ?? null,
        endpoint: cluster.Endpoint ?? null,
        readerEndpoint: cluster.ReaderEndpoint ?? null,
        port: cluster.Port ?? null,
        databaseName: cluster.DatabaseName ?? null,
        masterUsername: cluster.MasterUsername ?? null,
        deletionProtection: cluster.DeletionProtection ?? false,
        tags: fromTagList(await tagsOf(client, cluster.DBClusterArn, cluster.TagList, options)),
        instances: members.map((instance) => ({
          ...toInstance(instance),
          writer: writers.some(({ DBInstanceIdentifier }) => DBInstanceIdentifier === instance.DBInstanceIdentifier),
        })),
        storageOnly: ofInstances && members.length === 0,
      };
    },

    async restore(client, { id, settings, placement }, source, keyArn, tags, options) {
      // The engine must be told, and only the snapshot knows it for certain.
      const { DBClusterSnapshots = [] } = await client.send(
        new DescribeDBClusterSnapshotsCommand({
          DBClusterSnapshotIdentifier: source,
          IncludeShared: source.startsWith('arn:'),
        }),
        options,
      );
      const [snapshot] = DBClusterSnapshots;
      const { serverless } = settings;
      const command = new RestoreDBClusterFromSnapshotCommand({
        DBClusterIdentifier: id,
        SnapshotIdentifier: source,
        // No engine mode: what was of Aurora Serverless v1, which AWS has retired, is restored as provisioned.
        Engine: snapshot?.Engine ?? engines[0],
        EngineVersion: snapshot?.EngineVersion,
        KmsKeyId: keyArn ?? undefined,
        Port: settings.port ?? undefined,
        DBSubnetGroupName: settings.subnetGroup ?? undefined,
        VpcSecurityGroupIds: settings.securityGroups.length === 0 ? undefined : [...settings.securityGroups],
        DBClusterParameterGroupName: settings.parameterGroup ?? undefined,
        EnableIAMDatabaseAuthentication: unless('iamAuthentication', settings.iamAuthentication ?? undefined),
        EnableCloudwatchLogsExports: settings.logExports.length === 0 ? undefined : [...settings.logExports],
        CopyTagsToSnapshot: settings.copyTagsToSnapshot ?? undefined,
        NetworkType: settings.networkType ?? undefined,
        StorageType: settings.storageType ?? undefined,
        ServerlessV2ScalingConfiguration:
          serverless === null ? undefined : { MinCapacity: serverless.minimum, MaxCapacity: serverless.maximum },
        // AWS makes the instances of a Multi-AZ DB cluster by itself, all of one class.
        ...(ofInstances
          ? {}
          : {
              DBClusterInstanceClass: placement.class ?? undefined,
              Iops: settings.iops ?? undefined,
              PubliclyAccessible: settings.public ?? undefined,
            }),
        // Set once the restore has ended: until then, it must be possible to take it back.
        DeletionProtection: false,
        Tags: toTagList(tags),
      });
      await client.send(command, options);
    },

    addInstance: !ofInstances
      ? null
      : async (client, { cluster, instance, placement }, tags, options) => {
          const command = new CreateDBInstanceCommand({
            DBInstanceIdentifier: instance.id,
            DBClusterIdentifier: cluster.id,
            Engine: cluster.engine,
            DBInstanceClass: placement.class ?? undefined,
            AvailabilityZone: placement.zone ?? undefined,
            PromotionTier: instance.promotionTier ?? undefined,
            PubliclyAccessible: unless('public', instance.public ?? undefined),
            AutoMinorVersionUpgrade: unless('autoMinorVersionUpgrade', instance.autoMinorVersionUpgrade ?? undefined),
            EnablePerformanceInsights: unless('performanceInsights', instance.performanceInsights ? true : undefined),
            DBParameterGroupName: unless('instanceParameterGroup', instance.parameterGroup ?? undefined),
            Tags: toTagList(tags),
          });
          const { DBInstance } = await client.send(command, options);
          return toInstance({ ...DBInstance, TagList: DBInstance?.TagList ?? command.input.Tags });
        },

    async modify(client, id, settings, options) {
      const command = new ModifyDBClusterCommand({
        DBClusterIdentifier: id,
        ApplyImmediately: true,
        DeletionProtection: settings.deletionProtection,
        BackupRetentionPeriod: settings.backupRetentionDays ?? undefined,
        PreferredBackupWindow: settings.backupWindow ?? undefined,
        PreferredMaintenanceWindow: settings.maintenanceWindow ?? undefined,
      });
      await client.send(command, options);
    },

    async addRole(client, id, arn, feature, options) {
      const input = { DBClusterIdentifier: id, RoleArn: arn, FeatureName: feature ?? undefined };
      await client.send(new AddRoleToDBClusterCommand(input), options);
    },

    async unprotect(client, id, options) {
      const input = { DBClusterIdentifier: id, DeletionProtection: false, ApplyImmediately: true };
      await client.send(new ModifyDBClusterCommand(input), options);
    },

    async delete(client, id, options) {
      await client.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true }), options);
    },
  };
}

async function clusterOf(client: RDSClient, id: string, options: SendOptions): Promise<DBCluster | undefined> {
  const { DBClusters = [] } = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }), options);
  return DBClusters[0];
}

async function membersOf(client: RDSClient, cluster: string, options: SendOptions): Promise<DBInstance[]> {
  const members: DBInstance[] = [];
  const input = { Filters: [{ Name: 'db-cluster-id', Values: [cluster] }] };
  for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client, pageSize: 100 }, input, options))
    for (const instance of DBInstances) {
      const { DBInstanceArn, TagList } = instance;
      members.push({ ...instance, TagList: await tagsOf(client, DBInstanceArn, TagList, options) });
    }
  return members;
}

function toInstance(instance: DBInstance): RestoredInstance {
  const rawStatus = instance.DBInstanceStatus ?? 'unknown';
  return {
    id: instance.DBInstanceIdentifier ?? '',
    arn: instance.DBInstanceArn ?? '',
    status: restoreStatus(rawStatus),
    rawStatus,
    class: instance.DBInstanceClass ?? '',
    zone: instance.AvailabilityZone ?? null,
    endpoint: instance.Endpoint?.Address ?? null,
    writer: false,
    tags: fromTagList(instance.TagList),
  };
}
