import { setTimeout as delay } from 'node:timers/promises';
import {
  DBClusterNotFoundFault,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';

const lookEveryMilliseconds = 200;

/** Deletes a cluster with its instances, without a last snapshot, and waits until it is gone; it may be gone already. */
export async function removeCluster(rds: RDSClient, id: string, signal: AbortSignal): Promise<void> {
  const find = async () => {
    try {
      const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
      return DBClusters[0];
    } catch (error) {
      if (error instanceof DBClusterNotFoundFault) return undefined;
      throw error;
    }
  };
  const cluster = await find();
  if (cluster === undefined) return;
  for (const { DBInstanceIdentifier } of cluster.DBClusterMembers ?? [])
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
  await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true }));
  while ((await find()) !== undefined) await delay(lookEveryMilliseconds, undefined, { signal });
}
