import {
  CopyDBClusterSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotAttributesCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  paginateDescribeDBClusters,
  paginateDescribeDBClusterSnapshots,
  type DBCluster,
  type DBClusterSnapshot,
} from '@aws-sdk/client-rds';
import { type Copy } from '../../../core/catalogue/copy';
import { type Resource } from '../../../core/resource';
import { placeOfArn } from '../arn';
import { copyStatus } from '../copyStatus';
import { type SnapshotApi } from '../snapshotApi';
import { fromTagList, toTagList } from '../tags';

const kind = 'aurora-cluster';

/** The calls for Aurora clusters. */
export const auroraClusterApi: SnapshotApi = {
  kind,
  capabilities: {
    snapshotLimit: 'cluster-snapshots-in-progress',
    crossRegionCopyLimit: 'cluster-snapshot-cross-region-copies',
    // CopyDBClusterSnapshot: "If you copy an unencrypted DB cluster snapshot and specify a value for KmsKeyId, an error is returned."
    encryptsPlainOnCopy: false,
  },
  noun: 'cluster',
  snapshotNoun: 'DBClusterSnapshot',
  describeResourcesAction: 'rds:DescribeDBClusters',

  async *resources(client, id, options) {
    const input = { DBClusterIdentifier: id ?? undefined };
    for await (const page of paginateDescribeDBClusters({ client, pageSize: 100 }, input, options)) {
      // Neptune, DocumentDB and Multi-AZ clusters of RDS answer to the same call.
      yield (page.DBClusters ?? []).filter((cluster) => cluster.Engine?.startsWith('aurora')).map(toResource);
    }
  },

  async create(client, resourceId, id, tags, options) {
    const input = { DBClusterIdentifier: resourceId, DBClusterSnapshotIdentifier: id, Tags: toTagList(tags) };
    const { DBClusterSnapshot } = await client.send(new CreateDBClusterSnapshotCommand(input), options);
    return toCopy(DBClusterSnapshot);
  },

  async copy(client, sourceArn, id, keyArn, tags, options) {
    const input = {
      SourceDBClusterSnapshotIdentifier: sourceArn,
      TargetDBClusterSnapshotIdentifier: id,
      KmsKeyId: keyArn ?? undefined,
      Tags: toTagList(tags),
      CopyTags: false,
    };
    const { DBClusterSnapshot } = await client.send(new CopyDBClusterSnapshotCommand(input), options);
    return toCopy(DBClusterSnapshot);
  },

  async *snapshots(client, which, options) {
    const input =
      which === 'all'
        ? {}
        : which === 'manual'
          ? { SnapshotType: 'manual' }
          : which.length === 1
            ? { DBClusterSnapshotIdentifier: which[0] }
            : { Filters: [{ Name: 'db-cluster-snapshot-id', Values: [...which] }] };
    for await (const page of paginateDescribeDBClusterSnapshots({ client, pageSize: 100 }, input, options)) {
      yield (page.DBClusterSnapshots ?? []).map(toCopy);
    }
  },

  async share(client, id, { add, remove }, options) {
    const input = {
      DBClusterSnapshotIdentifier: id,
      AttributeName: 'restore',
      ValuesToAdd: add === undefined ? undefined : [add],
      ValuesToRemove: remove === undefined ? undefined : [remove],
    };
    await client.send(new ModifyDBClusterSnapshotAttributeCommand(input), options);
  },

  async sharedWith(client, id, options) {
    const { DBClusterSnapshotAttributesResult: result } = await client.send(
      new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: id }),
      options,
    );
    const attributes = result?.DBClusterSnapshotAttributes ?? [];
    return attributes.find(({ AttributeName }) => AttributeName === 'restore')?.AttributeValues ?? [];
  },

  async delete(client, id, options) {
    await client.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id }), options);
  },
};

function toResource(cluster: DBCluster): Resource {
  const arn = cluster.DBClusterArn ?? '';
  return {
    kind,
    ...placeOfArn(arn),
    id: cluster.DBClusterIdentifier ?? '',
    arn,
    tags: fromTagList(cluster.TagList),
    status: cluster.Status ?? 'unknown',
    engine: cluster.Engine ?? 'unknown',
    sizeGiB: cluster.AllocatedStorage ?? 1,
    keyArn: cluster.StorageEncrypted ? (cluster.KmsKeyId ?? null) : null,
  };
}

function toCopy(snapshot: DBClusterSnapshot = {}): Copy {
  const arn = snapshot.DBClusterSnapshotArn ?? '';
  const rawStatus = snapshot.Status ?? 'unknown';
  return {
    kind,
    ...placeOfArn(arn),
    id: snapshot.DBClusterSnapshotIdentifier ?? '',
    arn,
    status: copyStatus(rawStatus),
    rawStatus,
    percent: snapshot.PercentProgress ?? 0,
    sizeGiB: snapshot.AllocatedStorage ?? 0,
    keyArn: snapshot.StorageEncrypted ? (snapshot.KmsKeyId ?? null) : null,
    createdAt: snapshot.SnapshotCreateTime?.toISOString() ?? null,
    sourceArn: snapshot.SourceDBClusterSnapshotArn ?? null,
    resourceId: snapshot.DBClusterIdentifier ?? null,
    manual: snapshot.SnapshotType === 'manual',
    tags: fromTagList(snapshot.TagList),
  };
}
