/** A service limit on work in flight. Names are ours; AWS names each by a sentence in its quota pages. */
export const limitNames = [
  'cluster-snapshots-in-progress',
  'cluster-snapshot-cross-region-copies',
  'instance-snapshots-in-progress',
  'instance-snapshot-cross-region-copies',
  'export-tasks',
] as const;

export type LimitName = string;

/** A limit of a service on work in flight, as a kind declares it. */
export interface ServiceLimit {
  /** Ours; AWS names each by a sentence in its quota pages. */
  readonly name: LimitName;
  /** For people: `cluster snapshots being made`. */
  readonly title: string;
  /** AWS's default, or a cautious guess where it publishes none. */
  readonly capacity: number;
  /** Where the value stands; marked [!] where it is a guess. */
  readonly source: string;
  /** Whose account and region it counts in: that of what is copied, or that where the copy is made. */
  readonly countsIn: 'source' | 'destination';
}

/** One limit in one place: for cross-region copies the region is the destination's. */
export interface LimitRef {
  readonly account: string;
  readonly region: string;
  readonly limit: LimitName;
}

/**
 * AWS's defaults (docs/limits.md names the page of each). `instance-snapshots-in-progress` has no published value; 20 keeps a
 * large account from being throttled. All are overridable per account and region in the fleet file.
 */
export const defaultCapacity: Readonly<Record<string, number>> = {
  'cluster-snapshots-in-progress': 5,
  'cluster-snapshot-cross-region-copies': 5,
  'instance-snapshots-in-progress': 20,
  'instance-snapshot-cross-region-copies': 20,
  'export-tasks': 5,
};

/** An override of a limit; without account or region it holds for all of them. The most specific one wins. */
export interface LimitOverride {
  readonly limit: LimitName;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** At least 1. */
  readonly capacity: number;
}

export const capacityOf = (ref: LimitRef, overrides: readonly LimitOverride[]): number =>
  capacityUnder({ capacity: defaultCapacity[ref.limit] ?? 1 }, ref, overrides);

/** How many operations may be in flight under a limit in one place. */
export function capacityUnder(
  { capacity }: Pick<ServiceLimit, 'capacity'>,
  ref: LimitRef,
  overrides: readonly LimitOverride[],
): number {
  const matching = overrides.filter(
    (o) =>
      o.limit === ref.limit &&
      (o.account === undefined || o.account === ref.account) &&
      (o.region === undefined || o.region === ref.region),
  );
  const specificity = (o: LimitOverride) => (o.account === undefined ? 0 : 2) + (o.region === undefined ? 0 : 1);
  matching.sort((a, b) => specificity(b) - specificity(a));
  return matching[0]?.capacity ?? capacity;
}
