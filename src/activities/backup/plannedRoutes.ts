import { type Fleet, policyOf } from '../../config';
import { scheduledTimeLabel } from '../../core/naming';
import { type SourceEncryption } from '../../core/resource';
import { type Leg, planRoute, RouteError } from '../../core/backup/route';
import { type FleetScope } from '../contracts';

/** The legs that a resource of one account and region travels in one tier. */
export interface PlannedRoute extends FleetScope {
  readonly tier: string;
  readonly legs: readonly Leg[];
}

/** A route that no resource of an account and region could travel. */
export interface RouteFault extends FleetScope {
  readonly tier: string;
  readonly message: string;
}

const capabilities = {
  snapshotLimit: 'cluster-snapshots-in-progress',
  crossRegionCopyLimit: 'cluster-snapshot-cross-region-copies',
  encryptsPlainOnCopy: false,
} as const;

/**
 * The routes of all tiers, found by planning a made-up resource of each account and region: so what is looked for is what a
 * backup will use.
 */
export function plannedRoutes(
  fleet: Fleet,
  sources: readonly FleetScope[],
): { readonly routes: readonly PlannedRoute[]; readonly faults: readonly RouteFault[] } {
  const routes: PlannedRoute[] = [];
  const faults: RouteFault[] = [];
  // Under the default key a route needs a shareable key too; without one in the file, such resources are the plan's to report.
  const encryption: SourceEncryption = { type: fleet.shareableKey === null ? 'customer' : 'default', keyArn: '' };
  const now = scheduledTimeLabel(new Date());
  for (const { account, region } of sources)
    for (const { name: tier } of fleet.tiers) {
      try {
        const resource = { account, region, id: 'any' };
        const legs = planRoute(resource, encryption, policyOf(fleet, tier), capabilities, now);
        routes.push({ tier, account, region, legs });
      } catch (error) {
        if (!(error instanceof RouteError)) throw error;
        faults.push({ tier, account, region, message: error.message });
      }
    }
  return { routes, faults };
}
