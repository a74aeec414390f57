import { clusterCopyLimit, clusterKind, clusterSnapshotLimit } from '../clusters/clusterKind';
import { clusterEngines } from '../sightings';

/** Instance-based clusters of DocumentDB; its elastic clusters have another API, which shares no snapshots. */
export const documentdbCluster = clusterKind({
  name: 'documentdb-cluster',
  title: 'DocumentDB cluster',
  aliases: ['documentdb', 'docdb'],
  shape: 'cluster-of-instances',
  engines: clusterEngines['documentdb-cluster'],
  countedWith: [],
  ownService: true,
  // [!] Editions of the Developer Guide, "Sharing Amazon DocumentDB cluster snapshots", disagree; a copy always works.
  restoresShared: false,
  // CreateDBInstance and RestoreDBClusterFromSnapshot of DocumentDB's model.
  lacks: ['iamAuthentication', 'autoMinorVersionUpgrade', 'instanceParameterGroup', 'public'],
  capabilities: {
    // CopyDBClusterSnapshot: "You can only copy a shared DB cluster snapshot, whether encrypted or not, in the same … Region."
    crossesBoth: false,
    // [!] The model says nothing of a key for a plain snapshot; without one, the copy stays plain.
    encryptsPlainOnCopy: false,
    exportsFrom: null,
    answersSql: false,
  },
  // Service Quotas has it; the API of RDS tells nothing of it.
  stock: {
    name: 'manual-documentdb-cluster-snapshots',
    title: 'manual DocumentDB cluster snapshots',
    capacity: 100,
    source: 'DocumentDB Developer Guide, "Quotas and limits"',
    quota: null,
  },
  snapshotLimit: clusterSnapshotLimit(
    'documentdb-cluster-snapshots-in-progress',
    'DocumentDB cluster snapshots in progress',
    '**[!]** published nowhere; as of Aurora',
  ),
  crossRegionCopyLimit: clusterCopyLimit(
    'documentdb-cluster-snapshot-cross-region-copies',
    'DocumentDB cluster snapshot copies in progress to a region',
    '**[!]** published nowhere; as of Aurora',
  ),
});
