import { applicationFailure } from '../applicationFailure';
import { type CataloguedCopy } from '../catalogue/catalogue';
import { type Access, type Scope, sourcePlace } from '../catalogue/copy';
import { failureTypes } from '../failure';
import { isNamed, type RestoreRequest } from './restoreRequest';

/**
 * The copies of the recovery point to restore, the nearest to the target first.
 *
 * Chosen when not told: the latest recovery point with a verified copy in a vault, whose data is not from after `at`. A recovery
 * point that is named may be restored from a vault's copy that was never verified, if it has no other. What lies at the source
 * counts where it is asked for, and beside a vault's copy that proves it: nothing else outlives a taken-over account.
 *
 * @param copies all copies of one resource
 * @throws ApplicationFailure `NotFound` telling which recovery points there are.
 */
export function chooseCopies(
  copies: readonly CataloguedCopy[],
  { at, point, from }: Pick<RestoreRequest, 'at' | 'point' | 'from'>,
  target: Pick<Scope, 'account' | 'region'>,
): CataloguedCopy[] {
  const whole = copies.filter(isWhole);
  const isHealthy = (copy: CataloguedCopy) =>
    copy.place === sourcePlace ? from === sourcePlace || isProven(copy, whole) : copy.verified !== null;
  const candidates = whole.filter(
    (copy) =>
      (from === undefined || copy.place === from) &&
      (isHealthy(copy) || (point !== undefined && copy.place !== sourcePlace)) &&
      (point === undefined || isNamed(copy.recoveryPoint, point)) &&
      (at === undefined || timeOf(copy) <= Date.parse(at)),
  );
  const latest = candidates.reduce<CataloguedCopy | undefined>(
    (best, copy) => (best === undefined || timeOf(copy) > timeOf(best) ? copy : best),
    undefined,
  );
  if (latest === undefined)
    throw applicationFailure(failureTypes.notFound, nothingOf(copies, whole, { at, point, from }));
  const distance = (copy: CataloguedCopy) => {
    const { account, region } = copy.copy;
    return (
      (isHealthy(copy) ? 0 : 16) +
      (region === target.region ? 0 : 8) +
      (account === target.account ? 0 : 4) +
      // What is lent comes from a vault, whose key is made for it, rather than from the old account.
      (account !== target.account && copy.place === sourcePlace ? 1 : 0)
    );
  };
  return candidates
    .filter(({ recoveryPoint }) => recoveryPoint === latest.recoveryPoint)
    .sort((a, b) => distance(a) - distance(b));
}

/** Whether something can be restored of a copy, as far as its status and its tags tell. */
export function isWhole({ temporary, doubt, copy }: CataloguedCopy): boolean {
  return !temporary && doubt === null && copy.status === 'available';
}

/**
 * Whether a copy at the source is the very one that a vault's copy was made of: when it was made the service tells, and nobody can
 * make another of the same moment.
 */
function isProven({ recoveryPoint, copy: { createdAt } }: CataloguedCopy, whole: readonly CataloguedCopy[]): boolean {
  return whole.some(
    (other) =>
      other.recoveryPoint === recoveryPoint &&
      other.place !== sourcePlace &&
      other.verified !== null &&
      other.dataTime !== null &&
      createdAt !== null &&
      Date.parse(other.dataTime) === Date.parse(createdAt),
  );
}

/** When the data of a copy is from, epoch milliseconds: never later than the copy. */
const timeOf = ({ dataTime, scheduledTime, copy: { createdAt } }: CataloguedCopy) =>
  Math.min(Date.parse(dataTime ?? scheduledTime), createdAt === null ? Infinity : Date.parse(createdAt));

function nothingOf(
  copies: readonly CataloguedCopy[],
  whole: readonly CataloguedCopy[],
  { at, point, from }: Pick<RestoreRequest, 'at' | 'point' | 'from'>,
): string {
  const asked = [
    point === undefined ? 'no verified recovery point' : `no recovery point ${point}`,
    ...(at === undefined ? [] : [`of ${at} or before`]),
    from === undefined ? 'in a vault' : `in ${from}`,
  ].join(' ');
  const [doubted] = copies.flatMap(({ doubt, copy }) => (doubt === null ? [] : [`${copy.arn}: ${doubt}`]));
  const left = doubted === undefined ? '' : `; not believed: ${doubted}`;
  if (copies.length === 0) return `there are no copies at all${from === undefined ? '' : ` in ${from}`}`;
  const there = [...whole]
    .sort((a, b) => timeOf(b) - timeOf(a))
    .slice(0, 10)
    .map((copy) => `${copy.scheduledTime} in ${copy.place}${isUnverified(copy) ? ' (not verified)' : ''}`);
  const advice =
    from === undefined && whole.some(({ place }) => place === sourcePlace)
      ? `; what lies in ${sourcePlace} nothing but its own account vouches for: ask for it with --from ${sourcePlace} ("from": "${sourcePlace}")`
      : '';
  return `there is ${asked}; there ${there.length === 0 ? 'is no whole copy' : `are ${there.join(', ')}`}${advice}${left}`;
}

const isUnverified = ({ verified, place }: CataloguedCopy) => verified === null && place !== sourcePlace;

/** The role that lends a copy, and copies it on its way: in a vault neither the one that makes backups nor the one that restores. */
export function lenderOf(place: string): Access {
  return place === sourcePlace ? 'source' : 'lender';
}
