import {
  CopyDBClusterSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  DBClusterSnapshotNotFoundFault,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotAttributesCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  paginateDescribeDBClusters,
  paginateDescribeDBClusterSnapshots,
  type DBCluster,
  type DBClusterSnapshot,
  type DescribeDBClusterSnapshotsMessage,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds';
import { type Copy } from '../../../core/catalogue/copy';
import { type Resource } from '../../../core/resource';
import { placeOfArn } from '../arn';
import { copyStatus } from '../copyStatus';
import { isMarker } from '../markers';
import { type SendOptions, type SnapshotApi } from '../snapshotApi';
import { fromTagList, tagsOf, toTagList } from '../tags';
import { type ClusterRules } from './clusterRules';

/** The calls for clusters of one kind; all kinds answer to the same ones. */
export function clusterApi({ of, engines, countedWith, ownService }: ClusterRules): SnapshotApi {
  const kind = of.description.name;
  const toCopy = (snapshot: DBClusterSnapshot) => copyOf(kind, snapshot);

  return {
    of,
    noun: 'cluster',
    snapshotNoun: 'DBClusterSnapshot',
    describeResourcesAction: 'rds:DescribeDBClusters',

    async *resources(client, which, options) {
      const input =
        which === 'all'
          ? { Filters: [engineFilter(engines)] }
          : which.length === 1
            ? { DBClusterIdentifier: which[0] }
            : { Filters: [{ Name: 'db-cluster-id', Values: [...which] }] };
      for await (const { DBClusters = [] } of paginateDescribeDBClusters({ client, pageSize: 100 }, input, options)) {
        const found: Resource[] = [];
        // One asked for by its identifier may be of another kind.
        for (const cluster of DBClusters.filter(({ Engine = '' }) => engines.includes(Engine))) {
          const tags = await toldTags(client, cluster.DBClusterArn, cluster.TagList, options);
          found.push(resourceOf(kind, cluster, tags));
        }
        yield found;
      }
    },

    async create(client, resourceId, id, tags, options) {
      const input = { DBClusterIdentifier: resourceId, DBClusterSnapshotIdentifier: id, Tags: toTagList(tags) };
      const { DBClusterSnapshot } = await client.send(new CreateDBClusterSnapshotCommand(input), options);
      return toCopy({ ...DBClusterSnapshot, TagList: DBClusterSnapshot?.TagList ?? input.Tags });
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
      return toCopy({ ...DBClusterSnapshot, TagList: DBClusterSnapshot?.TagList ?? input.Tags });
    },

    async *snapshots(client, which, options) {
      const counted = which === 'all' || which === 'manual' ? [...engines, ...countedWith] : engines;
      for (const input of questions(which, counted))
        try {
          for await (const page of paginateDescribeDBClusterSnapshots({ client, pageSize: 100 }, input, options)) {
            const snapshots = (page.DBClusterSnapshots ?? []).filter(({ Engine = '' }) => counted.includes(Engine));
            const copies: Copy[] = [];
            for (const snapshot of snapshots)
              copies.push(toCopy({ ...snapshot, TagList: await snapshotTags(client, snapshot, options) }));
            yield copies;
          }
        } catch (error) {
          // Asked for one id, RDS answers with a fault where a filter answers with nothing.
          if (!(error instanceof DBClusterSnapshotNotFoundFault)) throw error;
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

  function questions(
    which: Parameters<SnapshotApi['snapshots']>[1],
    counted: readonly string[],
  ): readonly DescribeDBClusterSnapshotsMessage[] {
    const filters = ownService ? {} : { Filters: [engineFilter(counted)] };
    if (which === 'all') return [filters];
    if (which === 'manual' || which === 'own') return [{ SnapshotType: 'manual', ...filters }];
    if (which.length > 1 && !ownService) return [{ Filters: [{ Name: 'db-cluster-snapshot-id', Values: [...which] }] }];
    return which.map((id) => ({ DBClusterSnapshotIdentifier: id }));
  }

  /** Snapshots of others bear no tags that mean anything here. */
  async function snapshotTags(client: RDSClient, snapshot: DBClusterSnapshot, options: SendOptions) {
    const { DBClusterSnapshotIdentifier = '', DBClusterSnapshotArn, TagList } = snapshot;
    return isMarker(DBClusterSnapshotIdentifier) ? toldTags(client, DBClusterSnapshotArn, TagList, options) : TagList;
  }

  async function toldTags(client: RDSClient, arn: string | undefined, told: Tag[] | undefined, options: SendOptions) {
    return ownService ? tagsOf(client, arn, told, options) : (told ?? []);
  }
}

/** DescribeDBClusters takes it for every engine, DocumentDB's reference says so too; DescribeDBClusterSnapshots for those of RDS. */
const engineFilter = (engines: readonly string[]) => ({ Name: 'engine', Values: [...engines] });

function resourceOf(kind: string, cluster: DBCluster, tags: Tag[]): Resource {
  const arn = cluster.DBClusterArn ?? '';
  const { Engine: engine = 'unknown', EngineMode, GlobalClusterIdentifier, ReplicationSourceIdentifier } = cluster;
  return {
    kind,
    ...placeOfArn(arn),
    id: cluster.DBClusterIdentifier ?? '',
    arn,
    tags: fromTagList(tags),
    status: cluster.Status ?? 'unknown',
    engine,
    sizeGiB: cluster.AllocatedStorage ?? 1,
    ...(cluster.DbClusterResourceId === undefined ? {} : { incarnation: cluster.DbClusterResourceId }),
    keyArn: cluster.StorageEncrypted ? (cluster.KmsKeyId ?? null) : null,
    facts: {
      engine,
      engineMode: EngineMode ?? null,
      globalCluster: GlobalClusterIdentifier ?? null,
      replicaOf: ReplicationSourceIdentifier ?? null,
      restartsAt: cluster.AutomaticRestartTime?.toISOString() ?? null,
    },
    ...(cluster.ClusterCreateTime === undefined ? {} : { createdAt: cluster.ClusterCreateTime.toISOString() }),
    posture: {
      ownBackupDays: ReplicationSourceIdentifier ? null : (cluster.BackupRetentionPeriod ?? null),
      restorableUntil: cluster.LatestRestorableTime?.toISOString() ?? null,
      deletionProtection: cluster.DeletionProtection ?? null,
      public: cluster.PubliclyAccessible ?? null,
      copiesTakeTags: cluster.CopyTagsToSnapshot ?? null,
    },
  };
}

function copyOf(kind: string, snapshot: DBClusterSnapshot): Copy {
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
