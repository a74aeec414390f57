import { type AwsAccess } from '../clouds/aws/awsAccess';
import { databaseConnections } from './databaseConnections';
import { type DrillDependencies } from './drill';
import { loadExportDependencies } from './loadExportDependencies';
import { type RestorePlanningDependencies } from './restorePlanning';
import { type VaultBuckets } from './vaultBuckets';

/** What drills of a fleet are performed with. */
export function drillDependencies(
  planning: RestorePlanningDependencies,
  access: AwsAccess,
  buckets: VaultBuckets,
): DrillDependencies {
  return {
    ...planning,
    openBucket: buckets.reading,
    readSecret: loadExportDependencies(access, buckets).readSecret,
    connections: databaseConnections(access),
  };
}
