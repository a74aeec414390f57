import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type Catalogue, listCopies } from '../../activities/catalogue/listCopies';
import { type Fleet } from '../../config';
import { type JudgedCopy } from '../../core/catalogue/judgedCopy';
import { resourcePath } from '../../core/resource';
import { copiesByResource } from '../../core/report/freshness';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { type CatalogueIndex } from '../catalogueIndex/catalogueIndex';
import { bundledKinds } from './lookAtFleet';

/** The newest verified copy of a resource in a place. */
export interface NewestInPlace {
  readonly place: string;
  /** Its scheduled time (ISO 8601, UTC); null where none is there. */
  readonly newest: string | null;
  readonly ageSeconds: number | null;
}

export interface NewestOfResources {
  /** @param path `kind/account/region/id` */
  readonly of: (path: string) => readonly NewestInPlace[];
  readonly problems: Catalogue['problems'];
  /** Null: the clouds were asked. */
  readonly index: { readonly at: string; readonly ageSeconds: number } | null;
}

/**
 * The newest verified copy of each resource in each place of its tier's route, as the clouds list them, or as the index says.
 *
 * @param index null: the clouds are asked
 * @param now epoch milliseconds
 */
export async function newestInPlaces(
  fleet: Fleet,
  clouds: FleetClouds,
  index: CatalogueIndex | null,
  resources: readonly (NamedResource & { readonly tier: string })[],
  now: number,
  signal: AbortSignal,
): Promise<NewestOfResources> {
  const tierOf = new Map(resources.map((resource) => [resourcePath(resource), resource.tier]));
  const newest = new Map<string, ReadonlyMap<string, string>>();
  const bundled = bundledKinds(clouds);
  const add = (copies: readonly JudgedCopy[], until: number) => {
    const seen = copiesByResource({ copies, kinds: fleet.kinds, bundled, tiers: fleet.tiers, tierOf, now: until });
    for (const [path, { byPlace }] of seen)
      newest.set(path, new Map([...byPlace].map(([place, found]) => [place, found.newest.scheduledTime])));
  };
  const of = (path: string) => {
    const route = fleet.tiers.find(({ name }) => name === tierOf.get(path))?.route ?? [];
    return route.map(({ name: place }) => {
      const time = newest.get(path)?.get(place) ?? null;
      const ageSeconds = time === null ? null : Math.max(0, Math.round((now - Date.parse(time)) / 1000));
      return { place, newest: time, ageSeconds };
    });
  };
  const folded = await index?.fold(() => {
    newest.clear();
    return {
      // Nothing that is in it was made after it.
      add: ({ key, copies }) => (tierOf.has(key) ? add(copies, Date.parse(index.at)) : undefined),
      end: () => undefined,
    };
  });
  if (folded === undefined || folded === null) {
    newest.clear();
    const isWanted = (resource: NamedResource) => tierOf.has(resourcePath(resource));
    const { copies, problems } = await listCopies(fleet, clouds, { isWanted, signal });
    add(copies, now);
    return { of, problems, index: null };
  }
  const { at, ageSeconds, problems } = folded;
  return { of, problems, index: { at, ageSeconds } };
}
