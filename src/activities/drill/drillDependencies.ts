import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { type DrillDependencies } from './drill';
import { loadExportDependencies } from '../restore/loadExportDependencies';
import { type RestorePlanningDependencies } from '../restore/restorePlanning';
import { type VaultBuckets } from '../transfer/vaultBuckets';

/** What drills of a fleet are performed with. */
export function drillDependencies(
  planning: RestorePlanningDependencies,
  access: AwsAccess,
  buckets: VaultBuckets,
): DrillDependencies {
  const { readSecret, servers, ownPassword } = loadExportDependencies(planning.fleet, access, buckets);
  return {
    ...planning,
    ...{ readSecret, servers, ownPassword },
    openBucket: buckets.reading,
    connections: {
      open: (endpoint, login, resource, ...rest) =>
        planning.kinds.sqlOf(resource.kind).open(endpoint, login, resource, ...rest),
    },
  };
}
