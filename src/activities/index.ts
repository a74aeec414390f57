import { type AwsAccess } from '../clouds/aws/awsAccess';
import { AwsKeys } from '../clouds/aws/keys';
import { gcsBuckets } from '../clouds/gcp/gcsBuckets';
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

/** Everything a worker of the fleet does outside workflow code. */
export function createActivities(fleet: Fleet, access: AwsAccess) {
  const keys = new AwsKeys(access);
  const providers = awsProviders(access, keys);
  const planning = restoreDependencies(fleet, access, keys, providers);
  const gcsBucket = gcsBuckets(access.plainHttp);
  return withGraceForConfiguration({
    ...recoveryPointActivities({ providers, keyArn: (scope, key) => keys.arn(scope, key) }),
    ...recoveryBundleActivities({
      providers,
      openStore: ({ bucket }, scope) => access.bucket(scope, bucket),
      connections: databaseConnections(access),
    }),
    ...restoreActivities(planning),
    ...drillActivities(drillDependencies(planning, access)),
    ...drillTierActivities(fleet),
    ...sweepActivities(drillDependencies(planning, access)),
    ...protectionActivities({ providers, openBucket: ({ bucket }) => gcsBucket(bucket) }),
    ...serviceLimitActivities(Object.values(providers)),
    ...fleetActivities({
      fleet: fleet.name,
      providers: Object.values(providers),
      scopes: () => fleetScopes(fleet, access),
      tierOf: (resource) => selectTier(fleet, resource),
      policyOf: (tier) => (fleet.tiers.some(({ name }) => name === tier) ? policyOf(fleet, tier) : undefined),
    }),
    ...loadExportActivities(loadExportDependencies(access)),
    ...transferActivities(transferDependencies(access)),
    ...notificationActivities(fleet.snsTopics, access),
  });
}
