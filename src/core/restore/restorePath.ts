import { applicationFailure } from '../applicationFailure';
import { type CataloguedCopy } from '../catalogue/catalogue';
import { type Scope } from '../catalogue/copy';
import { failureTypes } from '../failure';
import { copyIdentifier } from '../naming';
import { type ResourceRef } from '../resource';
import { isNamed, type RestoreRequest } from './restoreRequest';
import { type Leg, type RouteCapabilities } from '../backup/route';
import { lenderOf } from './restorePlan';

/**
 * The copies of the recovery point to restore, the nearest to the target first.
 *
 * Chosen when not told: the latest recovery point with a verified copy, whose data is not from after `at`. A recovery point
 * that is named may be restored from a copy that was never verified, if it has no other.
 *
 * @param copies all copies of one resource
 * @throws ApplicationFailure `NotFound` telling which recovery points there are.
 */
export function chooseCopies(
  copies: readonly CataloguedCopy[],
  { at, point, from }: Pick<RestoreRequest, 'at' | 'point' | 'from'>,
  target: Pick<Scope, 'account' | 'region'>,
): CataloguedCopy[] {
  const whole = copies.filter(({ temporary, copy }) => !temporary && copy.status === 'available');
  const candidates = whole.filter(
    (copy) =>
      (from === undefined || copy.place === from) &&
      (point === undefined ? copy.verified !== null : isNamed(copy.recoveryPoint, point)) &&
      (at === undefined || timeOf(copy) <= Date.parse(at)),
  );
  const latest = candidates.reduce<CataloguedCopy | undefined>(
    (best, copy) => (best === undefined || timeOf(copy) > timeOf(best) ? copy : best),
    undefined,
  );
  if (latest === undefined)
    throw applicationFailure(failureTypes.notFound, nothingOf(copies, whole, { at, point, from }));
  const distance = ({ verified, place, copy: { account, region } }: CataloguedCopy) =>
    (verified === null ? 16 : 0) +
    (region === target.region ? 0 : 8) +
    (account === target.account ? 0 : 4) +
    // What is lent comes from a vault, whose key is made for it, rather than from the old account.
    (account !== target.account && place === 'source' ? 1 : 0);
  return candidates
    .filter(({ recoveryPoint }) => recoveryPoint === latest.recoveryPoint)
    .sort((a, b) => distance(a) - distance(b));
}

/** When the data of a copy is from, epoch milliseconds. */
const timeOf = ({ dataTime, scheduledTime }: CataloguedCopy) => Date.parse(dataTime ?? scheduledTime);

function nothingOf(
  copies: readonly CataloguedCopy[],
  whole: readonly CataloguedCopy[],
  { at, point, from }: Pick<RestoreRequest, 'at' | 'point' | 'from'>,
): string {
  const asked = [
    point === undefined ? 'no verified recovery point' : `no recovery point ${point}`,
    ...(at === undefined ? [] : [`of ${at} or before`]),
    ...(from === undefined ? [] : [`in ${from}`]),
  ].join(' ');
  if (copies.length === 0) return `there are no copies at all${from === undefined ? '' : ` in ${from}`}`;
  const there = [...whole]
    .sort((a, b) => timeOf(b) - timeOf(a))
    .slice(0, 10)
    .map((copy) => `${copy.scheduledTime} in ${copy.place}${copy.verified === null ? ' (not verified)' : ''}`);
  return `there is ${asked}; there ${there.length === 0 ? 'is no whole copy' : `are ${there.join(', ')}`}`;
}

export interface RestorePathCircumstances {
  readonly fleet: string;
  readonly resource: ResourceRef;
  readonly copy: CataloguedCopy;
  readonly target: Scope;
  /** Identifier of the new database. */
  readonly id: string;
  /** Whether the copy is under the default key of its account, which cannot be shared. */
  readonly underDefaultKey: boolean;
  readonly capabilities: Pick<RouteCapabilities, 'crossRegionCopyLimit'>;
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
  readonly legs: readonly Leg[];
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
  const { fleet, resource, copy: catalogued, target, id, capabilities, targetKey, keyAsked } = circumstances;
  const { copy } = catalogued;
  const encrypted = copy.keyArn !== null;
  const legs: Leg[] = [];
  const here: { place: string; scope: Scope; underDefaultKey: boolean } = {
    place: catalogued.place,
    scope: { account: copy.account, region: copy.region, access: lenderOf(catalogued.place) },
    underDefaultKey: circumstances.underDefaultKey,
  };
  const sameAccount = copy.account === target.account;

  const copyTo = (name: string, scope: Scope, key: string | null) => {
    const place = `restore-${name}`;
    legs.push({
      id: `copy:${name}`,
      type: 'copy',
      place,
      from: here.place,
      scope,
      copyId: copyIdentifier(
        fleet,
        resource,
        catalogued.scheduledTime,
        ['restore', name, target.account, target.region, id].join('/'),
      ),
      key,
      shareWith: null,
      after: legs.slice(-1).map((leg) => leg.id),
      limit:
        here.scope.region === scope.region
          ? null
          : { account: scope.account, region: scope.region, limit: capabilities.crossRegionCopyLimit },
      temporary: true,
    });
    Object.assign(here, { place, scope, underDefaultKey: false });
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
    // RestoreDBInstanceFromDBSnapshot takes no key: the snapshot's is the database's.
    const rekey = keyAsked && encrypted && legs.length === 0;
    if (rekey && !circumstances.restoresShared) copyTo('key', here.scope, targetKey);
    return { legs, key: rekey && circumstances.restoresShared ? targetKey : null };
  }
  if (encrypted && here.underDefaultKey) copyTo('shareable', here.scope, keyOfCopies());
  legs.push({
    id: 'share',
    type: 'share',
    place: here.place,
    from: null,
    scope: here.scope,
    copyId: legs.at(-1)?.copyId ?? copy.id,
    key: null,
    shareWith: target.account,
    after: legs.slice(-1).map((leg) => leg.id),
    limit: null,
    // What the vaults are let read, recovery points in flight may be reading.
    temporary: !circumstances.vaultAccounts.includes(target.account),
  });
  if (encrypted && !circumstances.restoresShared) copyTo('target', target, targetKey);
  return { legs, key: encrypted && circumstances.restoresShared ? targetKey : null };
}
