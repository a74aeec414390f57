import { applicationFailure } from '../applicationFailure';
import { type CataloguedCopy } from '../catalogue/catalogue';
import { type Access, type Scope, sourcePlace } from '../catalogue/copy';
import { failureTypes } from '../failure';
import { isNamed, type RestoreRequest } from './restoreRequest';

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

/** The role that lends a copy, and copies it on its way: in a vault that is not the one that makes backups. */
export function lenderOf(place: string): Access {
  return place === sourcePlace ? 'source' : 'restore';
}
