import { type Fleet } from '../config';
import { catalogued, type CataloguedCopy } from '../core/catalogue';
import { copyTags, type Scope } from '../core/copy';
import { resourceKinds } from '../core/resource';
import { type FleetClouds, vaultScopes } from './fleetClouds';
import { inParallel } from '../core/inParallel';
import { type ScopeProblem, scopeProblem } from './scopeProblem';

export { type CataloguedCopy };

export interface Catalogue {
  /** The latest scheduled time first, then by resource and place. */
  readonly copies: readonly CataloguedCopy[];
  readonly problems: readonly ScopeProblem[];
}

const width = 16;

/**
 * Every copy of the fleet, read from the clouds alone: what Temporal has forgotten is found as well. An account that cannot
 * be read is a problem beside the rest.
 */
export async function listCopies(fleet: Fleet, clouds: FleetClouds, signal?: AbortSignal): Promise<Catalogue> {
  const sources = await clouds.scopes();
  const scopes = [...sources, ...vaultScopes(fleet, sources)];
  const problems: ScopeProblem[] = [];
  const found = await inParallel(scopes, width, async (scope) => {
    try {
      return await copiesIn(scope, fleet.name, clouds, signal);
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(scopeProblem(scope, error));
      return [];
    }
  });
  return { copies: found.flat().sort(byTime), problems };
}

async function copiesIn(scope: Scope, fleet: string, clouds: FleetClouds, signal: AbortSignal | undefined) {
  const copies: CataloguedCopy[] = [];
  // Also of kinds that the fleet file selects no more: their copies are still there.
  for (const kind of resourceKinds)
    for await (const page of clouds.providers[kind].listCopies(scope, signal))
      for (const copy of page) if (copy.tags[copyTags.fleet] === fleet) copies.push(catalogued(copy));
  return copies;
}

function byTime(a: CataloguedCopy, b: CataloguedCopy): number {
  const keys = (c: CataloguedCopy) => [c.resource, c.place, c.copy.arn];
  if (a.scheduledTime !== b.scheduledTime) return a.scheduledTime < b.scheduledTime ? 1 : -1;
  const [left, right] = [keys(a).join(' '), keys(b).join(' ')];
  return left < right ? -1 : left > right ? 1 : 0;
}
