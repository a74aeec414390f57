import { type AwsAccess } from '../clouds/aws/awsAccess';
import { AwsKeys } from '../clouds/aws/keys';
import { type Fleet, policyOf, selectTier } from '../config';
import { type Kind } from '../kinds/kind';
import { connectKinds } from '../kinds/registry';
import { drillActivities } from './drill/drill';
import { drillDependencies } from './drill/drillDependencies';
import { drillTierActivities } from './drill/drillTier';
import { fleetActivities } from './backup/fleet';
import { findUnprotected } from './catalogue/findUnprotected';
import { fleetScopes } from './catalogue/fleetScopes';
import { withGraceForConfiguration } from './graceForConfiguration';
import { protectionActivities } from './catalogue/lastProtected';
import { loadExportActivities } from './restore/loadExport';
import { loadExportDependencies } from './restore/loadExportDependencies';
import { notificationActivities } from './notify/notification';
import { backupActivities } from './backup/backupActivities';
import { restoreActivities } from './restore/restore';
import { restoreDependencies } from './restore/restoreDependencies';
import { serviceLimitActivities } from './limits/serviceLimit';
import { sweepActivities } from './sweep/sweep';
import { transferActivities } from './transfer/transfer';
import { transferDependencies } from './transfer/transferDependencies';
import { VaultListings } from './catalogue/vaultListings';
import { vaultBuckets } from './transfer/vaultBuckets';

/** Everything a worker of the fleet does outside workflow code. */
export function createActivities(fleet: Fleet, access: AwsAccess, registry: readonly Kind[]) {
  const kinds = connectKinds(registry, { access, keys: new AwsKeys(access) });
  const selected = new Set(fleet.select.map(({ kind }) => kind));
  const planning = restoreDependencies(fleet, access, kinds);
  const buckets = vaultBuckets(fleet, access);

  const vaults = new VaultListings(fleet, kinds);
  const protection = protectionActivities({ described: fleet.kinds, kinds, vaults, openBucket: buckets.reading });
  const loading = loadExportDependencies(fleet, access, buckets, vaults);
  const drills = drillDependencies(planning, loading, buckets);
  return withGraceForConfiguration({
    ...backupActivities({
      kinds,
      vaults,
      openStore: ({ bucket }, scope) => access.bucket(scope, bucket),
      lastWhole: ({ resource, scheduledTime }, policy) => protection.lastProtected(resource, policy, scheduledTime),
    }),
    ...restoreActivities(planning),
    ...drillActivities(drills),
    ...drillTierActivities(fleet),
    ...sweepActivities(drills),
    ...protection,
    ...serviceLimitActivities(kinds.all),
    ...fleetActivities({
      fleet: fleet.name,
      kinds: kinds.all.filter(({ description }) => selected.has(description.name)),
      unprotectedIn: (scope, signal) => findUnprotected(kinds.all, selected, scope, signal),
      scopes: () => fleetScopes(fleet, access),
      tierOf: (resource) => selectTier(fleet, resource),
      policyOf: (tier) => (fleet.tiers.some(({ name }) => name === tier) ? policyOf(fleet, tier) : undefined),
    }),
    ...loadExportActivities(loading),
    ...transferActivities(transferDependencies(access, buckets)),
    ...notificationActivities(fleet.snsTopics, access),
  });
}
