/** What the catalogue has of one resource. */
export interface SeenCopies {
  /** Of this very resource, proven. */
  readonly byPlace: Map<string, PlaceCopies>;
  /** By scheduled time: where copies lie. */
  readonly points: Map<string, { readonly verified: string[]; readonly others: string[] }>;
  /** Proven copies in all places, whatever the service called their resource. */
  proven: number;
  /** Those of them whose resource the service called otherwise: it was deleted and made again, or swapped. */
  ofAnother: number;
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
