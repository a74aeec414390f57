import { clusterCopyLimit, clusterKind, clusterSnapshotLimit } from '../clusters/clusterKind';
import { clusterStock } from '../databaseKind';
import { clusterEngines } from '../sightings';

/** Clusters of Aurora: provisioned, Serverless of both versions, and members of global databases. */
export const auroraCluster = clusterKind({
  name: 'aurora-cluster',
  title: 'Aurora cluster',
  aliases: ['aurora'],
  shape: 'cluster-of-instances',
  surveys: true,
  engines: clusterEngines['aurora-cluster'],
  // [!] Multi-AZ DB clusters share the quota of manual snapshots (RDS User Guide, "Quotas"); slots probably too.
  countedWith: clusterEngines['multi-az-cluster'],
  ownService: false,
  restoresShared: true,
  lacks: [],
  capabilities: {
    // [!] Try it on live AWS: docs/limits.md#not-confirmed-against-live-aws.
    crossesBoth: true,
    // CopyDBClusterSnapshot: "If you copy an unencrypted DB cluster snapshot and specify a value for KmsKeyId, an error is returned."
    encryptsPlainOnCopy: false,
    exportsFrom: 'vault',
    answersSql: true,
  },
  stock: clusterStock,
  snapshotLimit: clusterSnapshotLimit(
    'cluster-snapshots-in-progress',
    'cluster snapshots in progress',
    '**[!]** published nowhere; met by teams that run many',
  ),
  crossRegionCopyLimit: clusterCopyLimit(
    'cluster-snapshot-cross-region-copies',
    'cluster snapshot copies in progress to a region',
    'Aurora User Guide, "Copying a DB cluster snapshot", limitations',
  ),
  // Aurora User Guide, "Comparison of Aurora Serverless v2 and Aurora Serverless v1".
  cannotExport: ({ facts }) =>
    facts?.engineMode === 'serverless' ? 'AWS does not export snapshots of Aurora Serverless v1' : null,
});
