import { clusterKind } from '../clusters/clusterKind';
import { clusterStock } from '../databaseKind';
import { clusterEngines } from '../sightings';

/** Multi-AZ DB clusters of RDS: a writer and two readers that AWS makes by itself. Farcopy finds them to name them. */
export const multiAzCluster = clusterKind({
  name: 'multi-az-cluster',
  title: 'Multi-AZ DB cluster',
  aliases: ['multi-az'],
  shape: 'cluster',
  engines: clusterEngines['multi-az-cluster'],
  countedWith: [],
  ownService: false,
  // [!] RDS User Guide, "Restoring from a snapshot to a Multi-AZ DB cluster", says nothing of one that is encrypted as well.
  restoresShared: true,
  lacks: [],
  capabilities: { crossesBoth: false, encryptsPlainOnCopy: false, exportsFrom: null, answersSql: true },
  stock: clusterStock,
  snapshotLimit: null,
  crossRegionCopyLimit: null,
  // RDS User Guide, "Limitations of Multi-AZ DB clusters".
  cannotCopy: () =>
    'it is a Multi-AZ DB cluster, and AWS does not copy snapshots of those, so no vault can keep one: make it an RDS instance with a standby or an Aurora cluster, or exclude it and back it up by other means, see docs/kinds/multi-az-cluster.md',
});
