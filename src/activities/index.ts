import { type AwsAccess } from '../clouds/aws/awsAccess';
import { AwsKeys } from '../clouds/aws/keys';
import { type Fleet, revisionOf, selectTier } from '../config';
import { type Kind } from '../kinds/kind';
import { connectKinds } from '../kinds/registry';
import { drillActivities } from './drill/drill';
import { drillDependencies } from './drill/drillDependencies';
import { drillTierActivities } from './drill/drillTier';
import { AskingPace } from './backup/askingPace';
import { fleetActivities } from './backup/fleet';
import { findUnprotected } from './catalogue/findUnprotected';
import { fleetScopes } from './catalogue/fleetScopes';
import { withGraceForConfiguration } from './graceForConfiguration';
import { ledgerActivities } from './ledger/ledger';
import { openState } from './ledger/stateBucket';
import { protectionActivities } from './catalogue/lastProtected';
import { loadExportActivities } from './restore/loadExport';
import { loadExportDependencies } from './restore/loadExportDependencies';
import { alertActivities } from './notify/alerts';
import { heartbeatActivities } from './notify/heartbeat';
import { notificationActivities } from './notify/notification';
import { Authority } from './authority/authority';
import { fields } from './authority/fields';
import { guarded } from './authority/guard';
import { backupActivities, generalOperations } from './backup/backupActivities';
import { tierPolicy } from './backup/tierPolicy';
import { type ActivityObserver, observed, type StepTypes } from './observed';
import { serverTime } from './serverTime';
import { inputOfStep, operationOfStep } from './steps/steps';
import { restoreActivities } from './restore/restore';
import { restoreDependencies } from './restore/restoreDependencies';
import { serviceLimitActivities } from './limits/serviceLimit';
import { shareInUse } from './sweep/shareInUse';
import { sweepActivities } from './sweep/sweep';
import { transferActivities } from './transfer/transfer';
import { transferDependencies } from './transfer/transferDependencies';
import { VaultListings } from './catalogue/vaultListings';
import { vaultBuckets } from './transfer/vaultBuckets';

/**
 * Everything a worker of the fleet does outside workflow code.
 *
 * @param observers see each activity begin and end
 */
export function createActivities(
  fleet: Fleet,
  access: AwsAccess,
  registry: readonly Kind[],
  observers: readonly ActivityObserver[] = [],
) {
  const kinds = connectKinds(registry, { access, keys: new AwsKeys(access) });
  const selected = new Set(fleet.select.map(({ kind }) => kind));
  const planning = restoreDependencies(fleet, access, kinds);
  const buckets = vaultBuckets(fleet, access);

  const policy = tierPolicy(fleet);
  const scopes = () => fleetScopes(fleet, access);
  const vaults = new VaultListings(fleet, kinds);
  const protection = protectionActivities({
    described: fleet.kinds,
    kinds,
    vaults,
    openBucket: buckets.reading,
    policyOf: policy,
  });
  const loading = loadExportDependencies(fleet, access, buckets, vaults);
  const drills = drillDependencies(planning, loading, buckets);
  const steps = {
    kinds,
    shareInUse,
    general: generalOperations({ kinds, openStore: ({ bucket }, scope) => access.bucket(scope, bucket) }),
  };
  const activities = {
    ...backupActivities({
      ...steps,
      vaults,
      lastWhole: ({ resource, tier, scheduledTime }) => protection.lastProtected(resource, tier, scheduledTime),
      policyOf: policy,
    }),
    ...restoreActivities(planning),
    ...drillActivities(drills),
    ...drillTierActivities(fleet),
    ...sweepActivities(drills),
    ...protection,
    ...serviceLimitActivities(kinds.all),
    ...fleetActivities({
      kinds: kinds.all.filter(({ description }) => selected.has(description.name)),
      unprotectedIn: (scope, signal) => findUnprotected(kinds.all, selected, scope, signal),
      scopes,
      tierOf: (resource) => selectTier(fleet, resource),
      policyOf: policy,
      pace: new AskingPace(),
    }),
    ...loadExportActivities(loading),
    ...transferActivities(transferDependencies(access, buckets)),
    ...notificationActivities(fleet, access),
    ...alertActivities(fleet, access),
    ...heartbeatActivities(fleet, access),
    ...ledgerActivities(fleet, () => openState(fleet, access)),
    fleetRevision: (_: string) => Promise.resolve(revisionOf(fleet)),
  };
  const authority = new Authority({
    fleet,
    scopes,
    inputOf: (request) => ({ names: operationOfStep(steps, request).names, input: inputOfStep(request) }),
    now: serverTime,
  });
  const stepTypes: StepTypes = new Map(
    kinds.all.map(({ description, steps: own }) => [
      description.name,
      new Set([...Object.keys(own), ...Object.keys(steps.general)]),
    ]),
  );
  const safe = guarded(withGraceForConfiguration(activities), fields, authority, fleet.name);
  return observers.length === 0 ? safe : observed(safe, stepTypes, observers);
}
