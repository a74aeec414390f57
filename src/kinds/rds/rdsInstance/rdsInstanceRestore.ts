import {
  AddRoleToDBInstanceCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  type DBInstance,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { engineOfOthers, replicaOf } from './rdsInstanceApi';
import { type RestoreApi } from '../restore/restoreApi';
import { restoreStatus } from '../restore/restoreStatus';
import { type SendOptions } from '../snapshotApi';
import { fromTagList, toTagList } from '../tags';

/** The calls that make instances of RDS of snapshots. */
export const rdsInstanceRestore: RestoreApi = {
  noun: 'instance',
  // RDS user guide, Sharing a DB snapshot: what is shared and encrypted is copied first.
  restoresShared: false,
  ownsFamily: (family, owner) => owner === 'instance' && !engineOfOthers.test(family),
  describeAction: 'rds:DescribeDBInstances',
  restoreAction: 'rds:RestoreDBInstanceFromDBSnapshot',
  deleteAction: 'rds:DeleteDBInstance',
  modifyAction: 'rds:ModifyDBInstance',

  async configuration(client, id, options) {
    const instance = await instanceOf(client, id, options);
    if (instance === undefined) return undefined;
    return {
      engine: instance.Engine ?? 'unknown',
      engineVersion: instance.EngineVersion ?? null,
      engineMode: null,
      databaseName: instance.DBName ?? null,
      masterUsername: instance.MasterUsername ?? null,
      port: instance.Endpoint?.Port ?? instance.DbInstancePort ?? null,
      keyArn: instance.StorageEncrypted ? (instance.KmsKeyId ?? null) : null,
      storageType: instance.StorageType ?? null,
      iops: instance.Iops ?? null,
      allocatedGiB: instance.AllocatedStorage ?? null,
      networkType: instance.NetworkType ?? null,
      iamAuthentication: instance.IAMDatabaseAuthenticationEnabled ?? false,
      deletionProtection: instance.DeletionProtection ?? false,
      copyTagsToSnapshot: instance.CopyTagsToSnapshot ?? false,
      backupRetentionDays: instance.BackupRetentionPeriod ?? null,
      backupWindow: instance.PreferredBackupWindow ?? null,
      maintenanceWindow: instance.PreferredMaintenanceWindow ?? null,
      logExports: instance.EnabledCloudwatchLogsExports ?? [],
      globalCluster: null,
      replicaOf: replicaOf(instance),
      serverless: null,
      tags: fromTagList(instance.TagList),
      subnetGroup: instance.DBSubnetGroup?.DBSubnetGroupName ?? null,
      securityGroups: (instance.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []),
      parameterGroup: instance.DBParameterGroups?.[0]?.DBParameterGroupName ?? null,
      optionGroup: instance.OptionGroupMemberships?.[0]?.OptionGroupName ?? null,
      roles: (instance.AssociatedRoles ?? []).flatMap(({ RoleArn, FeatureName }) =>
        RoleArn === undefined ? [] : [{ arn: RoleArn, feature: FeatureName ?? null }],
      ),
      instances: [
        {
          id: instance.DBInstanceIdentifier ?? id,
          class: instance.DBInstanceClass ?? '',
          zone: instance.AvailabilityZone ?? null,
          writer: true,
          promotionTier: null,
          multiAz: instance.MultiAZ ?? false,
          public: instance.PubliclyAccessible ?? false,
          autoMinorVersionUpgrade: instance.AutoMinorVersionUpgrade ?? true,
          performanceInsights: instance.PerformanceInsightsEnabled ?? false,
          parameterGroup: null,
          tags: {},
        },
      ],
    };
  },

  async find(client, id, options) {
    const instance = await instanceOf(client, id, options);
    if (instance === undefined) return undefined;
    const rawStatus = instance.DBInstanceStatus ?? 'unknown';
    return {
      id: instance.DBInstanceIdentifier ?? id,
      arn: instance.DBInstanceArn ?? '',
      status: restoreStatus(rawStatus),
      rawStatus,
      engine: instance.Engine ?? 'unknown',
      engineVersion: instance.EngineVersion ?? null,
      endpoint: instance.Endpoint?.Address ?? null,
      readerEndpoint: null,
      port: instance.Endpoint?.Port ?? instance.DbInstancePort ?? null,
      databaseName: instance.DBName ?? null,
      masterUsername: instance.MasterUsername ?? null,
      deletionProtection: instance.DeletionProtection ?? false,
      tags: fromTagList(instance.TagList),
      instances: [],
    };
  },

  async restore(client, { id, settings, placement }, source, _keyArn, tags, options) {
    const command = new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: id,
      DBSnapshotIdentifier: source,
      DBInstanceClass: placement.class ?? undefined,
      AvailabilityZone: placement.zone ?? undefined,
      MultiAZ: settings.multiAz ?? undefined,
      PubliclyAccessible: settings.public ?? undefined,
      AutoMinorVersionUpgrade: settings.autoMinorVersionUpgrade ?? undefined,
      Port: settings.port ?? undefined,
      DBSubnetGroupName: settings.subnetGroup ?? undefined,
      VpcSecurityGroupIds: settings.securityGroups.length === 0 ? undefined : [...settings.securityGroups],
      DBParameterGroupName: settings.parameterGroup ?? undefined,
      OptionGroupName: settings.optionGroup ?? undefined,
      EnableIAMDatabaseAuthentication: settings.iamAuthentication ?? undefined,
      EnableCloudwatchLogsExports: settings.logExports.length === 0 ? undefined : [...settings.logExports],
      CopyTagsToSnapshot: settings.copyTagsToSnapshot ?? undefined,
      NetworkType: settings.networkType ?? undefined,
      StorageType: settings.storageType ?? undefined,
      Iops: settings.iops ?? undefined,
      // Set once the restore has ended: until then, it must be possible to take it back.
      DeletionProtection: false,
      Tags: toTagList(tags),
    });
    await client.send(command, options);
  },

  addInstance: null,

  async modify(client, id, settings, options) {
    const command = new ModifyDBInstanceCommand({
      DBInstanceIdentifier: id,
      ApplyImmediately: true,
      DeletionProtection: settings.deletionProtection,
      BackupRetentionPeriod: settings.backupRetentionDays ?? undefined,
      PreferredBackupWindow: settings.backupWindow ?? undefined,
      PreferredMaintenanceWindow: settings.maintenanceWindow ?? undefined,
    });
    await client.send(command, options);
  },

  async addRole(client, id, arn, feature, options) {
    const input = { DBInstanceIdentifier: id, RoleArn: arn, FeatureName: feature ?? '' };
    await client.send(new AddRoleToDBInstanceCommand(input), options);
  },

  async unprotect(client, id, options) {
    const input = { DBInstanceIdentifier: id, DeletionProtection: false, ApplyImmediately: true };
    await client.send(new ModifyDBInstanceCommand(input), options);
  },

  async delete(client, id, options) {
    const input = { DBInstanceIdentifier: id, SkipFinalSnapshot: true, DeleteAutomatedBackups: true };
    await client.send(new DeleteDBInstanceCommand(input), options);
  },
};

async function instanceOf(client: RDSClient, id: string, options: SendOptions): Promise<DBInstance | undefined> {
  const { DBInstances = [] } = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }), options);
  return DBInstances[0];
}
