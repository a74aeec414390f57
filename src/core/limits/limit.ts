/** Ours, as a kind declares it. */
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

/** An override of a limit; without account or region it holds for all of them. The most specific one wins. */
export interface LimitOverride {
  readonly limit: LimitName;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** At least 1. */
  readonly capacity: number;
}

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
