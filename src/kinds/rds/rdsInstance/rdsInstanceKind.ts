import { databaseKind, forRole } from '../databaseKind';

/** RDS User Guide, "Supported Regions and DB engines for exporting snapshots to S3 in Amazon RDS". */
const exported = ['mariadb', 'mysql', 'postgres'];

/** Instances of RDS that are no members of a cluster. */
export const rdsInstanceKind = databaseKind({
  name: 'rds-instance',
  title: 'RDS instance',
  aliases: ['rds'],
  shape: 'instance',
  arnType: 'db',
  capabilities: {
    // [!] Try it on live AWS: docs/limits.md#not-confirmed-against-live-aws.
    crossesBoth: true,
    // CopyDBSnapshot: "If you specify this parameter when you copy an unencrypted snapshot, the copy is encrypted."
    encryptsPlainOnCopy: true,
    exportsFrom: 'vault',
    answersSql: true,
  },
  stock: {
    name: 'manual-instance-snapshots',
    title: 'manual instance snapshots',
    capacity: 100,
    source: 'RDS User Guide, "Quotas and constraints"',
    quota: 'ManualSnapshots',
  },
  snapshotLimit: {
    name: 'instance-snapshots-in-progress',
    title: 'instance snapshots in progress',
    capacity: 20,
    source: "none; 20 is Farcopy's own choice, against throttling",
    countsIn: 'source',
  },
  crossRegionCopyLimit: {
    name: 'instance-snapshot-cross-region-copies',
    title: 'instance snapshot copies in progress to a region',
    capacity: 20,
    source: 'RDS User Guide, "Copying a DB snapshot", limitations',
    countsIn: 'destination',
  },
  permissions: [
    ...forRole('source', [
      'rds:CreateDBSnapshot',
      'rds:DescribeDBSnapshots',
      'rds:CopyDBSnapshot',
      'rds:ModifyDBSnapshotAttribute',
      'rds:DescribeDBSnapshotAttributes',
      'rds:DeleteDBSnapshot',
    ]),
    ...forRole('vault', ['rds:CopyDBSnapshot', 'rds:DescribeDBSnapshots', 'rds:DeleteDBSnapshot']),
    ...forRole('marker', ['rds:DescribeDBSnapshots']),
    ...forRole('pruner', ['rds:DescribeDBSnapshots', 'rds:DeleteDBSnapshot']),
    ...forRole('lender', [
      'rds:CopyDBSnapshot',
      'rds:DescribeDBSnapshots',
      'rds:ModifyDBSnapshotAttribute',
      'rds:DescribeDBSnapshotAttributes',
      'rds:DeleteDBSnapshot',
    ]),
    ...forRole('restore', [
      'rds:RestoreDBInstanceFromDBSnapshot',
      'rds:ModifyDBInstance',
      'rds:AddRoleToDBInstance',
      'rds:CopyDBSnapshot',
      'rds:DescribeDBSnapshots',
      'rds:DeleteDBSnapshot',
    ]),
  ],
  copyDeletion: {
    action: 'rds:DeleteDBSnapshot',
    trial: 'aws rds delete-db-snapshot --db-snapshot-identifier farcopy-is-not-there',
  },
  // RDS User Guide, "Differences between read replicas for DB engines".
  cannotCopy: ({ engine, facts }) =>
    engine.includes('sqlserver') && typeof facts?.replicaOf === 'string'
      ? `it is a read replica of SQL Server, and AWS takes no snapshots of those: protect ${facts.replicaOf} instead, and exclude the replica`
      : null,
  cannotExport: ({ facts }) =>
    typeof facts?.engine !== 'string' || exported.includes(facts.engine)
      ? null
      : `AWS exports snapshots of ${exported.join(', ')} only, and this one is of ${facts.engine}`,
});
