import { type AwsAccess } from '../clouds/aws/awsAccess';
import { AwsKeys } from '../clouds/aws/keys';
import { type Fleet, policyOf, selectTier } from '../config';
import { providers as awsProviders } from '../providers/registry';
import { databaseConnections } from './databaseConnections';
import { drillActivities } from './drill';
import { drillDependencies } from './drillDependencies';
import { drillTierActivities } from './drillTier';
import { fleetActivities } from './fleet';
import { fleetScopes } from './fleetScopes';
import { withGraceForConfiguration } from './graceForConfiguration';
import { protectionActivities } from './lastProtected';
import { loadExportActivities } from './loadExport';
import { loadExportDependencies } from './loadExportDependencies';
import { notificationActivities } from './notification';
import { recoveryBundleActivities } from './recoveryBundle';
import { recoveryPointActivities } from './recoveryPoint';
import { restoreActivities } from './restore';
import { restoreDependencies } from './restoreDependencies';
import { serviceLimitActivities } from './serviceLimit';
import { sweepActivities } from './sweep';
import { transferActivities } from './transfer';
import { transferDependencies } from './transferDependencies';
import { vaultBuckets } from './vaultBuckets';

/** Everything a worker of the fleet does outside workflow code. */
export function createActivities(fleet: Fleet, access: AwsAccess) {
  const keys = new AwsKeys(access);
  const providers = awsProviders(access, keys);
  const planning = restoreDependencies(fleet, access, keys, providers);
  const buckets = vaultBuckets(fleet, access);
  const drills = drillDependencies(planning, access, buckets);
  return withGraceForConfiguration({
    ...recoveryPointActivities({ providers, keyArn: (scope, key) => keys.arn(scope, key) }),
    ...recoveryBundleActivities({
      providers,
      openStore: ({ bucket }, scope) => access.bucket(scope, bucket),
      connections: databaseConnections(access),
    }),
    ...restoreActivities(planning),
    ...drillActivities(drills),
    ...drillTierActivities(fleet),
    ...sweepActivities(drills),
    ...protectionActivities({ providers, openBucket: buckets.reading }),
    ...serviceLimitActivities(Object.values(providers)),
    ...fleetActivities({
      fleet: fleet.name,
      providers: Object.values(providers),
      scopes: () => fleetScopes(fleet, access),
      tierOf: (resource) => selectTier(fleet, resource),
      policyOf: (tier) => (fleet.tiers.some(({ name }) => name === tier) ? policyOf(fleet, tier) : undefined),
    }),
    ...loadExportActivities(loadExportDependencies(access, buckets)),
    ...transferActivities(transferDependencies(access, buckets)),
    ...notificationActivities(fleet.snsTopics, access),
  });
}
