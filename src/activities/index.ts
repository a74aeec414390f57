import { type AwsAccess } from '../clouds/aws/awsAccess';
import { AwsKeys } from '../clouds/aws/keys';
import { type Fleet, policyOf, selectTier } from '../config';
import { providers as awsProviders } from '../kinds/registry';
import { databaseConnections } from './restore/databaseConnections';
import { drillActivities } from './drill/drill';
import { drillDependencies } from './drill/drillDependencies';
import { drillTierActivities } from './drill/drillTier';
import { fleetActivities } from './backup/fleet';
import { fleetScopes } from './catalogue/fleetScopes';
import { withGraceForConfiguration } from './graceForConfiguration';
import { protectionActivities } from './catalogue/lastProtected';
import { loadExportActivities } from './restore/loadExport';
import { loadExportDependencies } from './restore/loadExportDependencies';
import { notificationActivities } from './notify/notification';
import { recoveryBundleActivities } from './backup/recoveryBundle';
import { recoveryPointActivities } from './backup/recoveryPoint';
import { restoreActivities } from './restore/restore';
import { restoreDependencies } from './restore/restoreDependencies';
import { serviceLimitActivities } from './limits/serviceLimit';
import { sweepActivities } from './sweep/sweep';
import { transferActivities } from './transfer/transfer';
import { transferDependencies } from './transfer/transferDependencies';
import { vaultBuckets } from './transfer/vaultBuckets';

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
    ...serviceLimitActivities(providers.all),
    ...fleetActivities({
      fleet: fleet.name,
      providers: providers.all,
      scopes: () => fleetScopes(fleet, access),
      tierOf: (resource) => selectTier(fleet, resource),
      policyOf: (tier) => (fleet.tiers.some(({ name }) => name === tier) ? policyOf(fleet, tier) : undefined),
    }),
    ...loadExportActivities(loadExportDependencies(access, buckets)),
    ...transferActivities(transferDependencies(access, buckets)),
    ...notificationActivities(fleet.snsTopics, access),
  });
}
