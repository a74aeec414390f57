import {
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBSnapshotsCommand,
} from '@aws-sdk/client-rds';
import {
  backupBucket,
  databaseSecret,
  defaultRegion,
  exportBucket,
  exportRole,
  keyAlias,
  lenderRole,
  restoreRole,
  roleArn,
  scratchAccount,
  scratchNetwork,
  scratchRegions,
  secondRegion,
  vaultAccount,
} from '../../sandbox/seed/sandboxAccounts';
import { type FleetDocument, fleetDocument, tier } from './fleetDocument';
import { type Visitor } from './visitor';

type Tier = FleetDocument['tiers'][string];
type Drills = NonNullable<Tier['drills']>;

/** What holds of the seeded databases as long as nobody changes them. */
export const checks: Drills[string]['checks'] = [
  { table: 'shop.orders', rows: 100 },
  { freshness: 'select max(updated_at) from shop.orders', within: '1h' },
  { name: 'orders have customers', query: 'select count(*) from shop.orders where customer_id is null', equals: 0 },
  { table: 'warehouse.stock', rows: 1 },
];

/** Drills in the scratch account, in the region of the databases and in that of their second copies. */
export const awsDrills = {
  'first-region': {
    from: 'secure',
    to: { account: scratchAccount, region: defaultRegion, subnetGroup: scratchNetwork },
    checks,
  },
  'second-region': {
    from: 'secure-dr',
    to: { account: scratchAccount, region: secondRegion(defaultRegion), subnetGroup: scratchNetwork },
    checks,
    resources: 'all',
  },
} satisfies Drills;

/** A fleet whose databases are drilled; {@link fleetDocument} with a role for restores. */
export function drilledFleet(
  fleet: string,
  accounts: readonly string[],
  drills: Drills = awsDrills,
): FleetDocument & { readonly tiers: Record<string, Tier> } {
  const document = fleetDocument(fleet, accounts);
  const connect = { authentication: { secret: databaseSecret('{id}') }, tls: 'disable' } as const;
  return {
    ...document,
    roles: {
      ...document.roles,
      restore: `arn:aws:iam::{account}:role/${restoreRole}`,
      lender: `arn:aws:iam::{account}:role/${lenderRole}`,
    },
    tiers: { [tier]: { ...(document.tiers[tier] as Tier), connect, drills } },
  };
}

/** A vault in the other cloud, with the way there. */
export function otherCloud(fleet: string): FleetDocument['vaults'][string] {
  return {
    bucket: `gs://${backupBucket(fleet)}`,
    export: {
      bucket: `s3://${exportBucket(fleet, '{region}')}`,
      role: roleArn(vaultAccount, exportRole),
      key: keyAlias,
    },
  };
}

/** Everything of RDS in the scratch account that an account does not have by itself, as AWS tells it. */
export async function scratchThings(visitor: Visitor): Promise<string[]> {
  const found = await Promise.all(
    scratchRegions.map(async (region) => {
      const rds = await visitor.rds(scratchAccount, region);
      const [clusters, instances, groups, instanceGroups, snapshots, instanceSnapshots] = await Promise.all([
        rds.send(new DescribeDBClustersCommand({})),
        rds.send(new DescribeDBInstancesCommand({})),
        rds.send(new DescribeDBClusterParameterGroupsCommand({})),
        rds.send(new DescribeDBParameterGroupsCommand({})),
        rds.send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'manual' })),
        rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' })),
      ]);
      return [
        ...(clusters.DBClusters ?? []).map((one) => `cluster ${one.DBClusterIdentifier}`),
        ...(instances.DBInstances ?? []).map((one) => `instance ${one.DBInstanceIdentifier}`),
        ...(groups.DBClusterParameterGroups ?? []).map((one) => `cluster group ${one.DBClusterParameterGroupName}`),
        ...(instanceGroups.DBParameterGroups ?? []).map((one) => `instance group ${one.DBParameterGroupName}`),
        ...(snapshots.DBClusterSnapshots ?? []).map((one) => `snapshot ${one.DBClusterSnapshotIdentifier}`),
        ...(instanceSnapshots.DBSnapshots ?? []).map((one) => `snapshot ${one.DBSnapshotIdentifier}`),
      ].map((what) => `${region} ${what}`);
    }),
  );
  return found
    .flat()
    .filter((what) => !/group default|instance scratch-server$/.test(what))
    .sort();
}
