import { isBucketVault } from '../backup/policy';
import { reachDays } from '../retention/reachDays';
import { steadyCount } from '../retention/steadyCount';
import { resourcePath } from '../resource';
import { type PlaceFreshness } from './freshness';
import { type FleetLook, type LookedRoute, type LookedTier } from './look';

/** One price, or the lowest and the highest that it may be. */
export type Price = number | readonly [low: number, high: number];
/** By region; `*` of all others. */
export type PriceByRegion = Readonly<Record<string, Price>>;

/** List prices of one day, in one currency. Sizes are GiB, months have 30 days. */
export interface PriceTable {
  /** `2026-09-20` */
  readonly asOf: string;
  readonly currency: string;
  readonly sources: readonly string[];
  /** By the name of a kind. `full`: each copy is billed whole; `incremental`: later ones by what has changed. */
  readonly kinds: Readonly<
    Record<string, { readonly copyGbMonth: PriceByRegion; readonly copies: 'full' | 'incremental' }>
  >;
  readonly exportGb: PriceByRegion;
  /** By the region that it leaves. */
  readonly betweenRegionsGb: PriceByRegion;
  readonly toOtherCloudGb: PriceByRegion;
  /** By the scheme of a bucket's URL. */
  readonly bucketGbMonth: Readonly<Record<string, PriceByRegion>>;
  /** Which share of a resource changes in a day: a guess, for the low end of what is incremental. */
  readonly changedPerDay: number;
}

export interface CostRange {
  readonly low: number;
  readonly high: number;
}

export const costItems = ['storage', 'between-regions', 'exports', 'to-other-cloud'] as const;
export type CostItem = (typeof costItems)[number];

/** What a fleet would cost a month, once all periods of its retention are full. */
export interface FleetCost extends CostRange, Pick<PriceTable, 'asOf' | 'currency' | 'sources' | 'changedPerDay'> {
  readonly items: readonly (CostRange & { readonly item: CostItem; readonly place: string })[];
  /** The dearest first. */
  readonly resources: readonly (CostRange & { readonly path: string })[];
  /** Resources whose size no copy tells yet: what their list says may be far too little. */
  readonly sizesGuessed: number;
  /** Resources that are in a tier, and of which nobody could plan what a backup would do. */
  readonly notPlanned: number;
  /** Kinds that the table has no price of, with the number of their resources. */
  readonly unpriced: readonly { readonly kind: string; readonly resources: number }[];
}

const monthSeconds = 30 * 86_400;
const giB = 1024 ** 3;

/** What the fleet file as it stands would cost a month, by list prices: a range, since nobody knows how much changes. */
export function fleetCost(
  { tiers, resources, routes }: Pick<FleetLook, 'tiers' | 'resources' | 'routes'>,
  freshness: ReadonlyMap<string, readonly PlaceFreshness[]>,
  prices: PriceTable,
): FleetCost {
  const items = new Map<string, { readonly item: CostItem; readonly place: string; low: number; high: number }>();
  const unpriced = new Map<string, number>();
  const counts = new Map<string, number>();
  const ofResources: (CostRange & { path: string })[] = [];
  let sizesGuessed = 0;
  let notPlanned = 0;

  for (const { resource, tier: tierName } of resources) {
    const path = resourcePath(resource);
    const tier = tiers.find(({ name }) => name === tierName);
    const route = routes.get(path);
    if (tier === undefined) continue;
    if (route === undefined) {
      notPlanned += 1;
      continue;
    }
    const price = prices.kinds[resource.kind];
    if (price === undefined) {
      unpriced.set(resource.kind, (unpriced.get(resource.kind) ?? 0) + 1);
      continue;
    }
    const places = freshness.get(path) ?? [];
    const told = Math.max(0, ...places.map(({ sizeGiB }) => sizeGiB ?? 0));
    if (told === 0) sizesGuessed += 1;
    const sum = { low: 0, high: 0 };
    const add = (item: CostItem, place: string, { low, high }: CostRange) => {
      const key = `${item} ${place}`;
      const known = items.get(key) ?? { item, place, low: 0, high: 0 };
      items.set(key, known);
      known.low += low;
      known.high += high;
      sum.low += low;
      sum.high += high;
    };
    costOf(told === 0 ? resource.sizeGiB : told, price, tier, route, places, add);
    ofResources.push({ path, ...sum });
  }
  const all = [...items.values()].sort((a, b) => b.high - a.high);
  return {
    ...{ asOf: prices.asOf, currency: prices.currency, sources: prices.sources, changedPerDay: prices.changedPerDay },
    low: all.reduce((sum, { low }) => sum + low, 0),
    high: all.reduce((sum, { high }) => sum + high, 0),
    items: all,
    resources: ofResources.sort((a, b) => b.high - a.high),
    sizesGuessed,
    notPlanned,
    unpriced: [...unpriced].map(([kind, count]) => ({ kind, resources: count })),
  };

  function costOf(
    sizeGiB: number,
    { copyGbMonth, copies }: PriceTable['kinds'][string],
    tier: LookedTier,
    { steps }: LookedRoute,
    places: readonly PlaceFreshness[],
    add: (item: CostItem, place: string, range: CostRange) => void,
  ): void {
    const perMonth = monthSeconds / tier.meanSeconds;
    /** What is new in each round, of what is copied incrementally. */
    const changed = Math.min(1, (prices.changedPerDay * tier.meanSeconds) / 86_400);
    const isFull = copies === 'full';
    for (const { type, place, reads, region, temporary } of steps) {
      const from = steps.find(({ id }) => id === reads);
      const to = place ?? '';
      if (type === 'export') add('exports', to, times(priceIn(prices.exportGb, region), perMonth * sizeGiB));
      if (type === 'transfer') {
        const bucket = tier.route.find(({ name }) => name === to);
        if (bucket === undefined || !isBucketVault(bucket)) continue;
        const scheme = bucket.bucket.split(':')[0] ?? '';
        const stored = places.find((one) => one.place === to)?.storedBytes;
        const gib = stored === undefined || stored === null ? sizeGiB : stored / giB;
        add(
          'storage',
          to,
          times(priceIn(prices.bucketGbMonth[scheme] ?? {}, bucket.home?.region ?? '*'), gib * countIn(tier, to)),
        );
        if (bucket.home === null)
          add('to-other-cloud', to, times(priceIn(prices.toOtherCloudGb, region), perMonth * gib));
        else if (bucket.home.region !== region)
          add('between-regions', to, times(priceIn(prices.betweenRegionsGb, region), perMonth * gib));
      }
      if (type !== 'snapshot' && type !== 'copy') continue;
      if (from !== undefined && from.region !== region) {
        const { low, high } = priceIn(prices.betweenRegionsGb, from.region);
        // A copy of a copy is whole, whatever has changed.
        const share = isFull || from.type === 'copy' ? 1 : changed;
        add('between-regions', to, { low: low * perMonth * sizeGiB * share, high: high * perMonth * sizeGiB });
      }
      if (temporary) continue;
      const { low, high } = priceIn(copyGbMonth, region);
      const count = countIn(tier, to);
      const days = Math.max(reachDays(tier.retentionIn[to] ?? tier.retention), (count * tier.meanSeconds) / 86_400);
      const least = isFull || from?.type === 'copy' ? count : Math.min(count, 1 + prices.changedPerDay * days);
      // Services allow for some at the source, beside their own backups.
      add('storage', to, { low: reads === null ? 0 : low * sizeGiB * least, high: high * sizeGiB * count });
    }
  }

  function countIn({ name, retention, retentionIn, meanSeconds }: LookedTier, place: string): number {
    const key = `${name} ${place}`;
    const known = counts.get(key) ?? steadyCount(retentionIn[place] ?? retention, meanSeconds);
    counts.set(key, known);
    return known;
  }
}

function priceIn(prices: PriceByRegion, region: string): CostRange {
  const price = prices[region] ?? prices['*'] ?? 0;
  return typeof price === 'number' ? { low: price, high: price } : { low: price[0], high: price[1] };
}

const times = ({ low, high }: CostRange, factor: number): CostRange => ({ low: low * factor, high: high * factor });
