import { type DrillDependencies } from './drill';
import { type RestorePlanningDependencies } from '../restore/restorePlanning';
import { type PasswordDependencies } from '../restore/serverPassword';
import { type VaultBuckets } from '../transfer/vaultBuckets';

/** What drills of a fleet are performed with. */
export function drillDependencies(
  planning: RestorePlanningDependencies,
  { readSecret, servers, ownPassword }: PasswordDependencies,
  buckets: VaultBuckets,
): DrillDependencies {
  return {
    ...planning,
    ...{ readSecret, servers, ownPassword },
    openBucket: buckets.reading,
    connections: {
      open: (endpoint, login, resource, ...rest) =>
        planning.kinds.sqlOf(resource.kind).connections.open(endpoint, login, resource, ...rest),
    },
  };
}
