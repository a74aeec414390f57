import { type Fleet, type Selection, selectTier } from '../../config';
import { type Scope } from '../../core/catalogue/copy';
import { type Resource, type ResourceKind } from '../../core/resource';
import { type FleetClouds } from './fleetClouds';
import { inParallel } from '../../core/inParallel';
import { ofScope, type ScopeProblem, scopeProblem } from './scopeProblem';

/** A resource that is there, and what the fleet file makes of it. */
export interface DiscoveredResource {
  readonly resource: Resource;
  readonly selection: Selection;
}

export interface Discovery {
  /** In the order of account, region, kind, id. */
  readonly resources: readonly DiscoveredResource[];
  /** What could not be looked at. */
  readonly problems: readonly ScopeProblem[];
}

export interface DiscoverOptions {
  /** Which accounts and regions to look at; default all. */
  readonly where?: (scope: Scope) => boolean;
  /** Default: those the fleet file selects at all. */
  readonly kinds?: readonly ResourceKind[];
  readonly signal?: AbortSignal | undefined;
}

/** Accounts looked at at once; each has API limits of its own. */
const width = 16;

/**
 * Finds the resources of a fleet. An account that refuses or does not answer is a problem beside the rest, and so is a kind that
 * an account does not let be listed.
 */
export async function discoverFleet(
  fleet: Fleet,
  clouds: FleetClouds,
  { where = () => true, kinds = clouds.selected, signal }: DiscoverOptions = {},
): Promise<Discovery> {
  const scopes = (await clouds.scopes()).filter(where);
  const problems: ScopeProblem[] = [];
  const found = await inParallel(scopes, width, async (scope) => {
    const refusals: ScopeProblem[] = [];
    const ofKinds = await inParallel(kinds, kinds.length, async (kind) => {
      try {
        const resources: Resource[] = [];
        for await (const page of clouds.kinds.of(kind).discover(scope, signal)) resources.push(...page);
        return resources;
      } catch (error) {
        signal?.throwIfAborted();
        refusals.push(scopeProblem(scope, error, kind));
        return [];
      }
    });
    problems.push(...ofScope(refusals, kinds.length));
    return ofKinds.flat();
  });
  const resources = found.flat().map((resource) => ({ resource, selection: selectTier(fleet, resource) }));
  return { resources, problems };
}
