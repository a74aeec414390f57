import { type CataloguedCopy, type ListedCopy, resourceOf } from '../catalogue/catalogue';
import { noHold } from '../catalogue/copy';
import { type Kinds } from '../kind';
import { type ResourceRef } from '../resource';
import { type Hold, isSameHold, parseHolds } from './hold';

/** A recovery point, and what could hold it. */
export interface HoldPoint {
  readonly resource: ResourceRef;
  readonly recoveryPoint: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** Its snapshots in all places, but intermediate and failed ones, and such as are not believed. */
  readonly copies: readonly CataloguedCopy[];
  /** Its intermediate and failed snapshots: `hold` leaves them out. Where one says that it is held, that counts. */
  readonly passing: readonly CataloguedCopy[];
  /** What lies of it in buckets: no tag can hold that. */
  readonly records: readonly ListedCopy[];
  /** Snapshots that say to be of it, and are not believed: nobody holds them, and retention deletes nothing of them. */
  readonly doubted: readonly CataloguedCopy[];
}

/** A recovery point as one hold has it. */
export interface HeldPoint extends Pick<HoldPoint, 'resource' | 'recoveryPoint' | 'scheduledTime'> {
  readonly hold: Hold;
  /** Places whose copy says so: `source`, or a vault's name. */
  readonly places: readonly string[];
  /** Places whose snapshot does not say so. Retention keeps it all the same, and a person may delete it. */
  readonly without: readonly string[];
}

/** The recovery points of copies, in their order. */
export function holdPoints(copies: readonly ListedCopy[], kinds: Kinds): readonly HoldPoint[] {
  const points = new Map<
    string,
    HoldPoint & {
      copies: CataloguedCopy[];
      passing: CataloguedCopy[];
      records: ListedCopy[];
      doubted: CataloguedCopy[];
    }
  >();
  for (const one of copies) {
    const resource = resourceOf(one, kinds);
    if (resource === null) continue;
    const { recoveryPoint, scheduledTime } = one;
    const found = points.get(recoveryPoint) ?? {
      ...{ resource, recoveryPoint, scheduledTime },
      ...{ copies: [], passing: [], records: [], doubted: [] },
    };
    points.set(recoveryPoint, found);
    if (one.copy === null) found.records.push(one);
    else if (one.temporary) found.passing.push(one);
    else if (one.doubt !== null) found.doubted.push(one);
    else if (one.copy.status === 'failed') found.passing.push(one);
    else found.copies.push(one);
  }
  return [...points.values()];
}

/** Why no tag can hold a recovery point, in words for people; null: one can. */
export function whyNoHold(point: Pick<HoldPoint, 'copies' | 'passing' | 'records'>): string | null {
  const { copies, passing, records } = point;
  if (copies.length > 0) return null;
  if (records.length === 0 && passing.some(({ temporary }) => temporary)) return 'it is being made: run this again';
  if (records.length === 0) return 'it has no copy that a tag can hold';
  const places = records.map(({ place }) => place).join(', ');
  return `it lies in buckets alone (${places}), where no tag holds it; retention deletes nothing there yet`;
}

/** The holds of a recovery point, each once, with where its copies say so. What is not believed holds nothing. */
export function holdsOf(point: HoldPoint): readonly HeldPoint[] {
  const { resource, recoveryPoint, scheduledTime, copies, passing, records } = point;
  const found: { hold: Hold; readonly places: Set<string> }[] = [];
  const believed = [...copies, ...passing, ...records.filter(({ doubt }) => doubt === null)];
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
    without: [...new Set(copies.filter((copy) => !saysSo(copy, hold)).map(({ place }) => place))].sort(),
  }));
}

const saysSo = (copy: CataloguedCopy, hold: Hold) => parseHolds(copy.hold).some((one) => isSameHold(one, hold));
