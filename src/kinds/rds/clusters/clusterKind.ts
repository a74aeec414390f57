import { type Permission } from '../../../core/kind';
import { type ServiceLimit } from '../../../core/limits/limit';
import { type Kind } from '../../kind';
import { databaseKind, type DatabaseKindRules, forRole } from '../databaseKind';
import { RdsOperations } from '../rdsOperations';
import { clusterApi } from './clusterApi';
import { clusterRestore } from './clusterRestore';
import { type ClusterRules } from './clusterRules';

export interface ClusterKindRules
  extends Omit<DatabaseKindRules, 'arnType' | 'permissions' | 'copyDeletion'>, Omit<ClusterRules, 'of'> {}

/** A kind of clusters: the calls are the same for all of them. */
export function clusterKind(own: ClusterKindRules): Kind {
  const of = databaseKind({
    ...own,
    arnType: 'cluster',
    copyDeletion: {
      action: 'rds:DeleteDBClusterSnapshot',
      trial: 'aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier farcopy-is-not-there',
    },
    permissions: [...forClusters, ...(own.ownService ? forTags : [])],
  });
  return {
    description: of.description,
    connect: (clouds) => {
      const rules: ClusterRules = { ...own, of };
      return new RdsOperations(clusterApi(rules), clouds, clusterRestore(rules));
    },
  };
}

/** Snapshots of clusters being made; AWS publishes no limit for any service. */
export const clusterSnapshotLimit = (name: string, title: string, source: string): ServiceLimit => ({
  name,
  title,
  capacity: 5,
  source,
  countsIn: 'source',
});

export const clusterCopyLimit = (name: string, title: string, source: string): ServiceLimit => ({
  name,
  title,
  capacity: 5,
  source,
  countsIn: 'destination',
});

const forClusters: readonly Permission[] = [
  ...forRole('source', [
    'rds:DescribeDBClusters',
    'rds:CreateDBClusterSnapshot',
    'rds:DescribeDBClusterSnapshots',
    'rds:CopyDBClusterSnapshot',
    'rds:ModifyDBClusterSnapshotAttribute',
    'rds:DescribeDBClusterSnapshotAttributes',
    'rds:DeleteDBClusterSnapshot',
  ]),
  ...forRole('vault', ['rds:CopyDBClusterSnapshot', 'rds:DescribeDBClusterSnapshots', 'rds:DeleteDBClusterSnapshot']),
  ...forRole('marker', ['rds:DescribeDBClusters', 'rds:DescribeDBClusterSnapshots']),
  ...forRole('pruner', ['rds:DescribeDBClusters', 'rds:DescribeDBClusterSnapshots', 'rds:DeleteDBClusterSnapshot']),
  ...forRole('lender', [
    'rds:CopyDBClusterSnapshot',
    'rds:DescribeDBClusterSnapshots',
    'rds:ModifyDBClusterSnapshotAttribute',
    'rds:DescribeDBClusterSnapshotAttributes',
    'rds:DeleteDBClusterSnapshot',
  ]),
  ...forRole('restore', [
    'rds:DescribeDBClusters',
    'rds:RestoreDBClusterFromSnapshot',
    'rds:ModifyDBCluster',
    'rds:AddRoleToDBCluster',
    'rds:DeleteDBCluster',
    'rds:CopyDBClusterSnapshot',
    'rds:DescribeDBClusterSnapshots',
    'rds:DeleteDBClusterSnapshot',
  ]),
];

/** Where answers have no tags, each thing is asked for its own; a restore is permitted that anyway. */
const forTags: readonly Permission[] = [
  ...forRole('source', ['rds:ListTagsForResource']),
  ...forRole('vault', ['rds:ListTagsForResource']),
  ...forRole('lender', ['rds:ListTagsForResource']),
  ...forRole('marker', ['rds:ListTagsForResource']),
  ...forRole('pruner', ['rds:ListTagsForResource']),
];
