import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type Catalogue, listCopies } from '../../activities/catalogue/listCopies';
import { type Fleet } from '../../config';
import { resourcePath } from '../../core/resource';
import { copiesByResource } from '../../core/report/freshness';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { bundledKinds } from './lookAtFleet';

/** The newest verified copy of a resource in a place. */
export interface NewestInPlace {
  readonly place: string;
  /** Its scheduled time (ISO 8601, UTC); null where none is there. */
  readonly newest: string | null;
  readonly ageSeconds: number | null;
}

/**
 * The newest verified copy of each resource in each place of its tier's route, as the clouds list them.
 *
 * @param now epoch milliseconds
 */
export async function newestInPlaces(
  fleet: Fleet,
  clouds: FleetClouds,
  resources: readonly (NamedResource & { readonly tier: string })[],
  now: number,
  signal: AbortSignal,
): Promise<{ readonly of: (path: string) => readonly NewestInPlace[]; readonly problems: Catalogue['problems'] }> {
  const tierOf = new Map(resources.map((resource) => [resourcePath(resource), resource.tier]));
  const { copies, problems } = await listCopies(fleet, clouds, {
    isWanted: (resource) => tierOf.has(resourcePath(resource)),
    signal,
  });
  const seen = copiesByResource({
    ...{ copies, kinds: fleet.kinds, bundled: bundledKinds(clouds), tiers: fleet.tiers, tierOf, now },
  });
  const of = (path: string) => {
    const route = fleet.tiers.find(({ name }) => name === tierOf.get(path))?.route ?? [];
    return route.map(({ name: place }) => {
      const newest = seen.get(path)?.byPlace.get(place)?.newest.scheduledTime ?? null;
      const ageSeconds = newest === null ? null : Math.max(0, Math.round((now - Date.parse(newest)) / 1000));
      return { place, newest, ageSeconds };
    });
  };
  return { of, problems };
}
