import { createHash } from 'node:crypto';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type CatalogueProblem } from '../../activities/catalogue/listCopies';
import { circumstancesOf, discoverOrTell, untold } from '../../activities/retention/planRetention';
import { type Fleet, revisionOf } from '../../config';
import { braked, PrunePlanning, type PruneSink } from '../../core/retention/planPrune';
import { type DoomedCopy, type PrunePlan } from '../../core/retention/prunePlan';
import { type CatalogueIndex } from '../catalogueIndex/catalogueIndex';
import { lookOnly } from './planStore';

/** A plan of retention by the index: to be looked at, and to be applied by nobody. What becomes of each copy, a sink has heard. */
export interface IndexedPlan extends Pick<PrunePlan, 'brakes'> {
  /** It begins with {@link lookOnly}. */
  readonly id: string;
  readonly revision: string;
  /** ISO 8601, UTC. */
  readonly plannedAt: string;
  readonly index: { readonly at: string; readonly ageSeconds: number };
  readonly problems: readonly CatalogueProblem[];
  /** What a brake on the whole fleet makes of a copy that goes. */
  readonly braked: (doomed: DoomedCopy) => DoomedCopy;
}

/**
 * What retention would do with the copies of the index, resource by resource: the resources and their tiers are asked of the clouds.
 *
 * @returns null: the index cannot be gone by
 * @param now epoch milliseconds
 * @param begin makes the sink: once more where the index has to be read anew
 */
export async function planByIndex<S extends PruneSink>(
  fleet: Fleet,
  clouds: FleetClouds,
  index: CatalogueIndex,
  now: number,
  signal: AbortSignal,
  begin: () => S,
): Promise<{ readonly plan: IndexedPlan; readonly sink: S } | null> {
  const discovery = await discoverOrTell(fleet, clouds, signal);
  const { markedAt } = index.manifest;
  const planned = await index.fold(async (problems) => {
    const sink = begin();
    const going = createHash('sha256').update(fleet.name);
    const planning = new PrunePlanning(
      await circumstancesOf(fleet, clouds, { problems, discovery }, now),
      markedAt === null ? null : Date.parse(markedAt),
      {
        keep: (one) => sink.keep(one),
        doom: (one) => {
          going.update(`\n${one.copy.id}`);
          sink.doom(one);
        },
        refuse: (one) => sink.refuse(one),
      },
    );
    return {
      add: ({ copies }) => planning.add(copies),
      end: () => ({ ...planning.end(), sink, id: `${lookOnly}${going.digest('hex').slice(0, 12)}` }),
    };
  });
  if (planned === null) return null;
  const { at, ageSeconds, problems, result } = planned;
  const { id, brakes, ofAll, sink } = result;
  return {
    sink,
    plan: {
      ...{ id, brakes, revision: revisionOf(fleet), plannedAt: new Date(now).toISOString(), index: { at, ageSeconds } },
      problems: [...problems, ...untold({ problems }, discovery)],
      braked: (one) => braked(one, ofAll),
    },
  };
}
