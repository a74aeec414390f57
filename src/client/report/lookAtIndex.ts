import { type Discovery } from '../../activities/catalogue/discoverFleet';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type CatalogueProblem } from '../../activities/catalogue/listCopies';
import { circumstancesOf } from '../../activities/retention/planRetention';
import { type Fleet } from '../../config';
import { scopeOf } from '../../core/report/fleetFindings';
import { copiesByResource } from '../../core/report/freshness';
import { type FleetLook, type LookedResource } from '../../core/report/look';
import { type SeenCopies, SharedPoints } from '../../core/report/seenCopies';
import { braked, PrunePlanning } from '../../core/retention/planPrune';
import { type DoomedCopy } from '../../core/retention/prunePlan';
import { RetentionCounts } from '../../core/retention/retentionCounts';
import { resourcePath } from '../../core/resource';
import { type CatalogueIndex } from '../catalogueIndex/catalogueIndex';
import { lookOnly } from '../retention/planStore';
import { type KnownByCopies, knownByCopies } from './knownByCopies';

/** What a look at copies goes by. */
export interface LookCircumstances extends Pick<FleetLook, 'looked' | 'bundled' | 'now'> {
  /** Those that their accounts have listed. */
  readonly resources: readonly LookedResource[];
  readonly discovery: Discovery | null;
}

/** What copies tell. */
export interface SeenOfCopies extends KnownByCopies, Pick<FleetLook, 'copies' | 'index' | 'retention'> {
  readonly problems: readonly CatalogueProblem[];
}

/** Null: the index cannot be gone by. Resource by resource: of hundreds of thousands of copies, only what a report shows is kept. */
export async function lookAtIndex(
  fleet: Fleet,
  clouds: FleetClouds,
  index: CatalogueIndex,
  { resources, discovery, looked, bundled, now }: LookCircumstances,
): Promise<SeenOfCopies | null> {
  const incarnationOf = new Map(
    resources.flatMap(({ resource }) =>
      resource.incarnation === undefined ? [] : [[resourcePath(resource), resource.incarnation] as const],
    ),
  );
  const { markedAt } = index.manifest;
  const folded = await index.fold(async (troubles) => {
    const tierOf = new Map(resources.map(({ resource, tier }) => [resourcePath(resource), tier]));
    const [seen, counts] = [new Map<string, SeenCopies>(), new RetentionCounts()];
    const shared = new SharedPoints();
    const [refused, outside, doomed]: [LookedResource[], Set<string>, DoomedCopy[]] = [[], new Set(), []];
    const planning = new PrunePlanning(
      await circumstancesOf(fleet, clouds, { problems: troubles, discovery }, now),
      markedAt === null ? null : Date.parse(markedAt),
      {
        keep: (one) => counts.keep(one),
        doom: (one) => void doomed.push(one),
        refuse: (one) => counts.refuse(one),
      },
    );
    return {
      add: ({ key, copies: ofResource }) => {
        planning.add(ofResource);
        // Of what was listed, copies tell nothing.
        if (!looked.has(scopeOf(key))) {
          const known = knownByCopies(fleet, { copies: ofResource }, discovery, looked, bundled);
          for (const one of known.refused) {
            refused.push(one);
            tierOf.set(resourcePath(one.resource), one.tier);
          }
          for (const scope of known.outside) outside.add(scope);
        }
        // Nothing that is in it was made after it.
        const found = copiesByResource({
          ...{ copies: ofResource, kinds: fleet.kinds, bundled, tiers: fleet.tiers, tierOf, incarnationOf },
          now: Date.parse(index.at),
        });
        for (const [path, one] of found) seen.set(path, shared.of(one));
      },
      end: () => {
        const { ofAll, brakes } = planning.end();
        return { seen, counts, refused, outside, brakes, doomed: doomed.map((one) => braked(one, ofAll)) };
      },
    };
  });
  if (folded === null) return null;
  const { result, at, ageSeconds, copies, problems } = folded;
  const { seen, counts, refused, outside, brakes, doomed } = result;
  return {
    ...{ refused, outside, problems, copies: [] },
    index: { at, ageSeconds, copies, seen, counts },
    // Nobody can apply it: `farcopy prune --plan` tells an id that can be.
    retention: { id: `${lookOnly}report`, kept: [], refused: [], doomed, brakes },
  };
}
