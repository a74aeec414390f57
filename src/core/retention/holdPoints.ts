import { type CataloguedCopy, isInVault, type ListedCopy, type ListedRecord, resourceOf } from '../catalogue/catalogue';
import { noHold } from '../catalogue/copy';
import { type Kinds } from '../kind';
import { type ResourceRef } from '../resource';
import { type Hold, isSameHold, parseHolds } from './hold';
import { isLocked } from './storedHold';

/** A recovery point, and what could hold it. */
export interface HoldPoint {
  readonly resource: ResourceRef;
  readonly recoveryPoint: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** Its snapshots in all places, but intermediate and failed ones, and such as are not believed. */
  readonly copies: readonly CataloguedCopy[];
  /** Its copies in buckets of vaults, but such as are not believed. */
  readonly stored: readonly ListedRecord[];
  /** Its intermediate and failed snapshots: `hold` leaves them out. Where one says that it is held, that counts. */
  readonly passing: readonly CataloguedCopy[];
  /** Its exports on their way to a bucket: nothing holds these. Where a record says that it is held, that counts. */
  readonly exports: readonly ListedRecord[];
  /** What says to be of it, and is not believed: nobody holds that, and retention deletes nothing of it. */
  readonly doubted: readonly ListedCopy[];
}

/** A recovery point as one hold has it. */
export interface HeldPoint extends Pick<HoldPoint, 'resource' | 'recoveryPoint' | 'scheduledTime'> {
  readonly hold: Hold;
  /** Places whose copy says so: `source`, or a vault's name. */
  readonly places: readonly string[];
  /** Places whose copy does not say so. Retention keeps it all the same, and a person may delete it. */
  readonly without: readonly string[];
  /** Of the places, buckets whose cloud does not keep the objects by itself: Farcopy's own retention does. */
  readonly unlocked: readonly string[];
}

/** The recovery points of copies, in their order. */
export function holdPoints(copies: readonly ListedCopy[], kinds: Kinds): readonly HoldPoint[] {
  const points = new Map<string, { [Key in keyof HoldPoint]: Listed<HoldPoint[Key]> }>();
  for (const one of copies) {
    const resource = resourceOf(one, kinds);
    if (resource === null) continue;
    const { recoveryPoint, scheduledTime } = one;
    const found = points.get(recoveryPoint) ?? {
      ...{ resource, recoveryPoint, scheduledTime },
      ...{ copies: [], stored: [], passing: [], exports: [], doubted: [] },
    };
    points.set(recoveryPoint, found);
    if (one.copy !== null && one.temporary) found.passing.push(one);
    else if (one.doubt !== null) found.doubted.push(one);
    else if (one.copy === null) (isInVault(one) ? found.stored : found.exports).push(one);
    else if (one.copy.status === 'failed') found.passing.push(one);
    else found.copies.push(one);
  }
  return [...points.values()];
}

/** A list that can be added to. */
type Listed<T> = T extends readonly (infer One)[] ? One[] : T;

/** Why nothing can hold a recovery point, in words for people; null: something can. */
export function whyNoHold(point: Pick<HoldPoint, 'copies' | 'stored' | 'passing' | 'exports'>): string | null {
  const { copies, stored, passing, exports } = point;
  if (copies.length + stored.length > 0) return null;
  if (exports.length > 0 || passing.some(({ temporary }) => temporary)) return 'it is being made: run this again';
  return 'it has no copy that can be held';
}

/** The holds of a recovery point, each once, with where its copies say so. What is not believed holds nothing. */
export function holdsOf(point: HoldPoint): readonly HeldPoint[] {
  const { resource, recoveryPoint, scheduledTime, copies, stored, passing, exports } = point;
  const found: { hold: Hold; readonly places: Set<string> }[] = [];
  const believed: readonly Pick<ListedCopy, 'hold' | 'place'>[] = [...copies, ...stored, ...passing, ...exports];
  for (const { hold: value, place } of believed.filter(({ hold }) => hold !== noHold))
    for (const hold of parseHolds(value)) {
      const known = found.find((one) => isSameHold(one.hold, hold));
      if (known === undefined) found.push({ hold, places: new Set([place]) });
      else {
        known.places.add(place);
        // Set again since, on copies that were made in between.
        if ((hold.since ?? '') < (known.hold.since ?? '')) known.hold = hold;
      }
    }
  return found.map(({ hold, places }) => ({
    ...{ resource, recoveryPoint, scheduledTime, hold },
    places: [...places].sort(),
    without: placesOf([...copies, ...stored].filter((copy) => !saysSo(copy, hold))),
    unlocked: placesOf(stored.filter((copy) => saysSo(copy, hold) && !isLocked(copy.stored.holds ?? [], hold))),
  }));
}

const placesOf = (copies: readonly Pick<ListedCopy, 'place'>[]) =>
  [...new Set(copies.map(({ place }) => place))].sort();

const saysSo = ({ hold: value }: Pick<ListedCopy, 'hold'>, hold: Hold) =>
  parseHolds(value).some((one) => isSameHold(one, hold));
