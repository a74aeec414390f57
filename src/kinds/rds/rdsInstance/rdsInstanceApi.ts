import {
  CopyDBSnapshotCommand,
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeDBSnapshotAttributesCommand,
  ModifyDBSnapshotAttributeCommand,
  paginateDescribeDBInstances,
  paginateDescribeDBSnapshots,
  type DBInstance,
  type DBSnapshot,
} from '@aws-sdk/client-rds';
import { type Copy } from '../../../core/catalogue/copy';
import { type Resource } from '../../../core/resource';
import { placeOfArn } from '../arn';
import { copyStatus } from '../copyStatus';
import { type SnapshotApi } from '../snapshotApi';
import { fromTagList, toTagList } from '../tags';
import { isCustom } from '../sightings';
import { rdsInstanceKind } from './rdsInstanceKind';

const kind = rdsInstanceKind.description.name;

/** Engines whose instances are members of clusters, or of other services that share the API. */
export const engineOfOthers = /^(aurora|neptune|docdb)/;

/** The calls for instances of RDS. */
export const rdsInstanceApi: SnapshotApi = {
  of: rdsInstanceKind,
  noun: 'instance',
  snapshotNoun: 'DBSnapshot',
  describeResourcesAction: 'rds:DescribeDBInstances',

  async *resources(client, which, options) {
    const input =
      which === 'all'
        ? {}
        : which.length === 1
          ? { DBInstanceIdentifier: which[0] }
          : { Filters: [{ Name: 'db-instance-id', Values: [...which] }] };
    for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, input, options)) {
      yield (page.DBInstances ?? [])
        .filter(
          ({ DBClusterIdentifier: cluster, Engine: engine = '' }) =>
            !cluster && !engineOfOthers.test(engine) && !isCustom(engine),
        )
        .map(toResource);
    }
  },

  async create(client, resourceId, id, tags, options) {
    const input = { DBInstanceIdentifier: resourceId, DBSnapshotIdentifier: id, Tags: toTagList(tags) };
    const { DBSnapshot } = await client.send(new CreateDBSnapshotCommand(input), options);
    return toCopy(DBSnapshot);
  },

  async copy(client, sourceArn, id, keyArn, tags, options) {
    const input = {
      SourceDBSnapshotIdentifier: sourceArn,
      TargetDBSnapshotIdentifier: id,
      KmsKeyId: keyArn ?? undefined,
      Tags: toTagList(tags),
      CopyTags: false,
    };
    const { DBSnapshot } = await client.send(new CopyDBSnapshotCommand(input), options);
    return toCopy(DBSnapshot);
  },

  async *snapshots(client, which, options) {
    const input =
      which === 'all'
        ? {}
        : which === 'manual' || which === 'own'
          ? { SnapshotType: 'manual' }
          : which.length === 1
            ? { DBSnapshotIdentifier: which[0] }
            : { Filters: [{ Name: 'db-snapshot-id', Values: [...which] }] };
    for await (const page of paginateDescribeDBSnapshots({ client, pageSize: 100 }, input, options)) {
      yield (page.DBSnapshots ?? []).filter(({ Engine }) => !engineOfOthers.test(Engine ?? '')).map(toCopy);
    }
  },

  async share(client, id, { add, remove }, options) {
    const input = {
      DBSnapshotIdentifier: id,
      AttributeName: 'restore',
      ValuesToAdd: add === undefined ? undefined : [add],
      ValuesToRemove: remove === undefined ? undefined : [remove],
    };
    await client.send(new ModifyDBSnapshotAttributeCommand(input), options);
  },

  async sharedWith(client, id, options) {
    const { DBSnapshotAttributesResult: result } = await client.send(
      new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: id }),
      options,
    );
    const attributes = result?.DBSnapshotAttributes ?? [];
    return attributes.find(({ AttributeName }) => AttributeName === 'restore')?.AttributeValues ?? [];
  },

  async delete(client, id, options) {
    await client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id }), options);
  },
};

/** The instance or cluster that an instance replicates. */
export const replicaOf = (instance: DBInstance): string | null =>
  instance.ReadReplicaSourceDBInstanceIdentifier ?? instance.ReadReplicaSourceDBClusterIdentifier ?? null;

function toResource(instance: DBInstance): Resource {
  const arn = instance.DBInstanceArn ?? '';
  const engine = instance.Engine ?? 'unknown';
  return {
    kind,
    ...placeOfArn(arn),
    id: instance.DBInstanceIdentifier ?? '',
    arn,
    tags: fromTagList(instance.TagList),
    status: instance.DBInstanceStatus ?? 'unknown',
    engine,
    sizeGiB: instance.AllocatedStorage ?? 1,
    ...(instance.DbiResourceId === undefined ? {} : { incarnation: instance.DbiResourceId }),
    keyArn: instance.StorageEncrypted ? (instance.KmsKeyId ?? null) : null,
    facts: { engine, replicaOf: replicaOf(instance), restartsAt: instance.AutomaticRestartTime?.toISOString() ?? null },
    ...(instance.InstanceCreateTime === undefined ? {} : { createdAt: instance.InstanceCreateTime.toISOString() }),
    posture: {
      // A replica has none of its own unless somebody wants some.
      ownBackupDays: replicaOf(instance) === null ? (instance.BackupRetentionPeriod ?? null) : null,
      restorableUntil: instance.LatestRestorableTime?.toISOString() ?? null,
      deletionProtection: instance.DeletionProtection ?? null,
      public: instance.PubliclyAccessible ?? null,
      copiesTakeTags: instance.CopyTagsToSnapshot ?? null,
    },
  };
}

function toCopy(snapshot: DBSnapshot = {}): Copy {
  const arn = snapshot.DBSnapshotArn ?? '';
  const rawStatus = snapshot.Status ?? 'unknown';
  return {
    kind,
    ...placeOfArn(arn),
    id: snapshot.DBSnapshotIdentifier ?? '',
    arn,
    status: copyStatus(rawStatus),
    rawStatus,
    percent: snapshot.PercentProgress ?? 0,
    sizeGiB: snapshot.AllocatedStorage ?? 0,
    keyArn: snapshot.Encrypted ? (snapshot.KmsKeyId ?? null) : null,
    createdAt: snapshot.SnapshotCreateTime?.toISOString() ?? null,
    sourceArn: snapshot.SourceDBSnapshotIdentifier ?? null,
    // "Doesn't change when the snapshot is copied" (API reference, DBSnapshot).
    ...(snapshot.OriginalSnapshotCreateTime === undefined
      ? {}
      : { takenAt: snapshot.OriginalSnapshotCreateTime.toISOString() }),
    resourceId: snapshot.DBInstanceIdentifier ?? null,
    manual: snapshot.SnapshotType === 'manual',
    tags: fromTagList(snapshot.TagList),
  };
}
