import { type Fleet } from '../../config';
import { type Scope } from '../../core/catalogue/copy';
import { type CopyStock, type KindDescription } from '../../core/kind';
import { inParallel } from '../../core/inParallel';
import { steadyCount } from '../../core/retention/steadyCount';
import { type Step } from '../../core/steps/step';
import { type KindOperations } from '../../kinds/kind';
import { tightShare, type TierRhythm, type Verdict } from '../backup/fleetLoad';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type ScopeProblem, scopeProblem } from '../../activities/catalogue/scopeProblem';

/** How full a stock of copies is, and how full it will be. */
export interface StockLoad extends Pick<CopyStock, 'name' | 'title'> {
  readonly account: string;
  readonly region: string;
  /** Copies that lie there now, whoever has made them; null where the service does not tell. */
  readonly used: number | null;
  /** As the service tells it, or else its default. */
  readonly capacity: number;
  /** How many the fleet keeps there once all periods of its retention are full, with those that are on their way. */
  readonly wanted: number;
  readonly resources: number;
  /** As long as nothing is deleted; null where that is not known, or nothing comes. */
  readonly fullInDays: number | null;
  readonly verdict: Verdict;
}

/** A resource with the steps of one of its recovery points. */
export interface StockedResource {
  readonly kind: KindDescription['name'];
  readonly tier: string;
  readonly steps: readonly Pick<Step, 'type' | 'place' | 'temporary' | 'scope'>[];
}

interface Stocked {
  readonly scope: Scope;
  readonly operations: KindOperations;
  readonly stock: CopyStock;
  readonly resources: Set<StockedResource>;
  wanted: number;
  perDay: number;
}

const width = 16;
/**
 * What retention lets go lies there until the next look, three days more, and until the look after that: the one of the third day comes a few
 * seconds before its time.
 */
const daysOnTheirWay = 5;
/** A raised quota takes AWS some days. */
const tightDays = 14;

/** Every stock that recovery points of these resources are kept in, in the order of account, region and name: one call each. */
export async function stockForecast(
  fleet: Pick<Fleet, 'tiers'>,
  clouds: Pick<FleetClouds, 'kinds'>,
  resources: readonly StockedResource[],
  rhythms: readonly Pick<TierRhythm, 'name' | 'meanSeconds'>[],
  signal?: AbortSignal,
): Promise<{ readonly stocks: readonly StockLoad[]; readonly problems: readonly ScopeProblem[] }> {
  const stocks = stocksOf(fleet, clouds, resources, rhythms);
  const problems: ScopeProblem[] = [];
  const loads = await inParallel(stocks, width, async (stocked): Promise<StockLoad[]> => {
    const { scope, stock, operations } = stocked;
    try {
      return [loadOf(stocked, (await operations.copies?.stock?.(scope, signal)) ?? null)];
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(scopeProblem(scope, error, operations.description.name));
      return [loadOf(stocked, { used: null, capacity: stock.capacity })];
    }
  });
  return { stocks: loads.flat(), problems };
}

function stocksOf(
  fleet: Pick<Fleet, 'tiers'>,
  { kinds }: Pick<FleetClouds, 'kinds'>,
  resources: readonly StockedResource[],
  rhythms: readonly Pick<TierRhythm, 'name' | 'meanSeconds'>[],
): Stocked[] {
  const keptIn = keptInPlaces(fleet, rhythms);
  const stocks = new Map<string, Stocked>();
  for (const resource of resources) {
    const operations = kinds.of(resource.kind);
    const { stock } = operations.description;
    if (stock === undefined) continue;
    for (const { type, place, temporary, scope } of resource.steps) {
      if (place === null || (type !== 'snapshot' && type !== 'copy')) continue;
      const key = `${scope.account}/${scope.region}/${stock.name}`;
      const known = stocks.get(key) ?? { scope, operations, stock, resources: new Set(), wanted: 0, perDay: 0 };
      const { count, perDay } = keptIn(resource.tier, place);
      known.resources.add(resource);
      known.wanted += temporary ? 1 : count + Math.ceil(perDay * daysOnTheirWay);
      known.perDay += temporary ? 0 : perDay;
      stocks.set(key, known);
    }
  }
  return [...stocks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stocked]) => stocked);
}

/** How many copies a tier keeps of a resource in a place, and how many come in a day. */
function keptInPlaces({ tiers }: Pick<Fleet, 'tiers'>, rhythms: readonly Pick<TierRhythm, 'name' | 'meanSeconds'>[]) {
  const known = new Map<string, { readonly count: number; readonly perDay: number }>();
  return (tierName: string, place: string) => {
    const key = `${tierName} ${place}`;
    const tier = tiers.find(({ name }) => name === tierName);
    const rhythm = rhythms.find(({ name }) => name === tierName);
    if (tier === undefined || rhythm === undefined) throw new RangeError(`the fleet has no tier ${tierName}`);
    let found = known.get(key);
    if (found === undefined) {
      const { meanSeconds } = rhythm;
      const count = steadyCount(tier.retentionIn[place] ?? tier.retention, meanSeconds);
      known.set(key, (found = { count, perDay: 86_400 / meanSeconds }));
    }
    return found;
  };
}

function loadOf(
  { scope: { account, region }, stock, resources, wanted, perDay }: Stocked,
  level: { readonly used: number | null; readonly capacity: number } | null,
): StockLoad {
  const { used, capacity } = level ?? { used: null, capacity: stock.capacity };
  const fullInDays = used === null || perDay === 0 ? null : Math.max(0, Math.floor((capacity - used) / perDay));
  const isTight = wanted > capacity * tightShare || (fullInDays !== null && fullInDays < tightDays);
  return {
    name: stock.name,
    title: stock.title,
    account,
    region,
    used,
    capacity,
    wanted,
    resources: resources.size,
    fullInDays,
    verdict: wanted > capacity ? 'exceeded' : isTight ? 'tight' : 'carried',
  };
}

/** What people are told of a stock that does not carry the fleet's retention, or is full soon; null of any other. */
export function stockText({ title, account, region, ...load }: StockLoad): string | null {
  const { used, capacity, wanted, resources, fullInDays, verdict } = load;
  if (verdict === 'carried') return null;
  const has = used === null ? `AWS keeps ${capacity}, unless you have more` : `${used} of ${capacity} are used`;
  const full =
    fullInDays === null
      ? ''
      : fullInDays === 0
        ? '; it is full within a day, since nothing deletes copies yet'
        : `; it is full in ${fullInDays} days, since nothing deletes copies yet`;
  const mend =
    verdict === 'exceeded'
      ? `. Ask AWS for ${wanted}, keep fewer (\`retention.places\`), or use more accounts or regions`
      : '';
  return `stock: ${title} in ${account}/${region}: ${has}, and the retention of ${resources} resources wants ${wanted}, beside what others keep there${full}${mend}`;
}
