import { applicationFailure } from '../../core/applicationFailure';
import { type CataloguedCopy } from '../../core/catalogue/catalogue';
import { type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { capacityUnder, type LimitOverride } from '../../core/limits/limit';
import { type ResourceRef } from '../../core/resource';
import { lenderOf } from '../../core/restore/chooseCopies';
import { step, type Step } from '../../core/steps/step';
import { guesses, type SnapshotRouteRules } from './planSnapshotRoute';

export interface RestorePathCircumstances {
  readonly fleet: string;
  readonly resource: ResourceRef;
  readonly copy: CataloguedCopy;
  readonly target: Scope;
  /** Identifier of the new database. */
  readonly id: string;
  /** Whether the copy is under the default key of its account, which cannot be shared. */
  readonly underDefaultKey: boolean;
  readonly rules: Pick<SnapshotRouteRules, 'limits' | 'copyMarker'>;
  readonly limits: readonly LimitOverride[];
  /** Whether what another account shares can be restored although it is encrypted, and under another key. */
  readonly restoresShared: boolean;
  /** A key of the copy's own account that others may be let use, null where the fleet file names none. */
  readonly copyKey: string | null;
  /** The key in the target. */
  readonly targetKey: string;
  /** Whether the target's key was asked for. */
  readonly keyAsked: boolean;
  /** Accounts to which everything is shared anyway. */
  readonly vaultAccounts: readonly string[];
}

export interface RestorePath {
  readonly steps: readonly Step[];
  /** The key that the restore itself must be given, null for none. */
  readonly key: string | null;
}

/**
 * How a copy comes to where it can be restored: across regions inside its own account, then by a share into another
 * account; where a shared snapshot cannot be restored as it is, by a copy there. All is temporary.
 *
 * @throws ApplicationFailure `Configuration` where a key is missing.
 */
export function planRestorePath(circumstances: RestorePathCircumstances): RestorePath {
  const { fleet, resource, copy: catalogued, target, id, rules, limits, targetKey, keyAsked } = circumstances;
  const { copy } = catalogued;
  const encrypted = copy.keyArn !== null;
  const steps: Step[] = [];
  const here = {
    marker: copy.id,
    scope: { account: copy.account, region: copy.region, access: lenderOf(catalogued.place) } as Scope,
    underDefaultKey: circumstances.underDefaultKey,
  };
  const sameAccount = copy.account === target.account;
  const last = () => steps.filter(({ type }) => type === 'copy').at(-1)?.id ?? null;
  const before = () => steps.slice(-1).map((one) => one.id);

  const copyTo = (name: string, scope: Scope, key: string | null) => {
    const crosses = here.scope.region !== scope.region;
    const limit = crosses ? rules.limits.crossRegionCopy : rules.limits.copyInRegion;
    const { account, region } = scope;
    const suffix = ['restore', name, target.account, target.region, id].join('/');
    const marker = rules.copyMarker(fleet, resource, catalogued.scheduledTime, suffix);
    const ref = limit === null ? null : { account, region, limit: limit.name };
    steps.push(
      step({
        id: `copy:${name}`,
        type: 'copy',
        after: before(),
        reads: last(),
        place: `restore-${name}`,
        scope,
        marker,
        limit: limit === null || ref === null ? null : { ...ref, capacity: capacityUnder(limit, ref, limits) },
        expects: crosses ? guesses.copyCrossRegion : guesses.copySameRegion,
        temporary: true,
        input: { key },
      }),
    );
    Object.assign(here, { marker, scope, underDefaultKey: false });
  };
  const keyOfCopies = () => {
    if (circumstances.copyKey === null)
      throw applicationFailure(
        failureTypes.configuration,
        `${copy.arn} cannot be shared with ${target.account} without a copy under a customer-managed key: set shareableKey in the fleet file, or restore from a vault (--from)`,
      );
    return circumstances.copyKey;
  };

  if (copy.region !== target.region)
    copyTo(
      'region',
      { ...here.scope, region: target.region },
      !encrypted ? null : sameAccount ? targetKey : keyOfCopies(),
    );
  if (sameAccount) {
    // Where a restore takes no key, the copy's is that of what is made.
    const rekey = keyAsked && encrypted && steps.length === 0;
    if (rekey && !circumstances.restoresShared) copyTo('key', here.scope, targetKey);
    return { steps, key: rekey && circumstances.restoresShared ? targetKey : null };
  }
  if (encrypted && here.underDefaultKey) copyTo('shareable', here.scope, keyOfCopies());
  steps.push(
    step({
      id: 'share',
      type: 'share',
      after: before(),
      reads: last(),
      scope: here.scope,
      marker: here.marker,
      expects: guesses.atOnce,
      // What the vaults are let read, recovery points in flight may be reading.
      temporary: !circumstances.vaultAccounts.includes(target.account),
      input: { shareWith: target.account },
    }),
  );
  if (encrypted && !circumstances.restoresShared) copyTo('target', target, targetKey);
  return { steps, key: encrypted && circumstances.restoresShared ? targetKey : null };
}
