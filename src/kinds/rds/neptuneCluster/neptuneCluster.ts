import { clusterCopyLimit, clusterKind, clusterSnapshotLimit } from '../clusters/clusterKind';
import { clusterEngines } from '../sightings';

/** Clusters of Neptune Database; Neptune Analytics has another API, which shares no snapshots. */
export const neptuneCluster = clusterKind({
  name: 'neptune-cluster',
  title: 'Neptune cluster',
  aliases: ['neptune'],
  shape: 'cluster-of-instances',
  engines: clusterEngines['neptune-cluster'],
  countedWith: [],
  ownService: true,
  // User Guide, "Sharing a DB Cluster Snapshot": "Encrypted snapshots cannot be restored directly; they must be copied first".
  restoresShared: false,
  // CreateDBInstance of Neptune's model: "(Not supported by Neptune)".
  lacks: ['performanceInsights'],
  capabilities: {
    // User Guide, "Copying a DB Cluster Snapshot": "Snapshots can be copied across regions and accounts in a single step."
    crossesBoth: true,
    // The same page: "You cannot encrypt an unencrypted DB cluster snapshot when you copy it."
    encryptsPlainOnCopy: false,
    exportsFrom: null,
    answersSql: false,
  },
  // Service Quotas has it; the API of RDS tells nothing of it.
  stock: {
    name: 'manual-neptune-cluster-snapshots',
    title: 'manual Neptune cluster snapshots',
    capacity: 100,
    source: 'Neptune User Guide, "Neptune limits"',
    quota: null,
  },
  snapshotLimit: clusterSnapshotLimit(
    'neptune-cluster-snapshots-in-progress',
    'Neptune cluster snapshots in progress',
    '**[!]** published nowhere; as of Aurora',
  ),
  crossRegionCopyLimit: clusterCopyLimit(
    'neptune-cluster-snapshot-cross-region-copies',
    'Neptune cluster snapshot copies in progress to a region',
    'Neptune User Guide, "Copying a DB Cluster Snapshot", limitations',
  ),
});
