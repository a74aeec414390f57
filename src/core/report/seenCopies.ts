/** What the catalogue has of one resource. */
export interface SeenCopies {
  /** Of this very resource, proven. */
  readonly byPlace: Map<string, PlaceCopies>;
  /** By scheduled time: where copies lie. */
  readonly points: Map<string, PointPlaces>;
  /** Proven copies in all places, whatever the service called their resource. */
  proven: number;
  /** Those of them whose resource the service called otherwise: it was deleted and made again, or swapped. */
  ofAnother: number;
}

export interface PointPlaces {
  readonly verified: string[];
  readonly others: string[];
}

export interface PlaceCopies {
  newest: NewestCopy;
  count: number;
}

export interface NewestCopy {
  /** ISO 8601, UTC, as all times here. */
  readonly scheduledTime: string;
  readonly dataTime: string | null;
  /** As its service tells; null of objects in buckets. */
  readonly sizeGiB: number | null;
  readonly storedBytes: number | null;
}

/** Most recovery points of a fleet lie in the same places, which are kept once. */
export class SharedPoints {
  private readonly known = new Map<string, PointPlaces>();

  /** The same, once nothing is added to it any more. */
  of(seen: SeenCopies): SeenCopies {
    for (const [time, places] of seen.points) {
      const key = JSON.stringify([places.verified, places.others]);
      const shared = this.known.get(key) ?? places;
      this.known.set(key, shared);
      seen.points.set(time, shared);
    }
    return seen;
  }
}
