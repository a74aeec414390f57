import { type Fleet, kindsReaching, policyOf } from '../../config';
import { type KindDescription, RouteError } from '../../core/kind';
import { scheduledTimeLabel } from '../../core/naming';
import { type SourceEncryption } from '../../core/resource';
import { type Step } from '../../core/steps/step';
import { type FleetScope } from '../../core/fleetScope';

/** The steps by which a resource of one kind, account and region travels the route of a tier. */
export interface PlannedRoute extends FleetScope {
  readonly tier: string;
  readonly kind: string;
  readonly steps: readonly Step[];
}

/** A route that no resource of an account and region could travel. */
export interface RouteFault extends FleetScope {
  readonly tier: string;
  readonly message: string;
}

/**
 * The routes of all tiers, found by planning a made-up resource of each kind, account and region: so what is looked for is what
 * a backup will use.
 *
 * @param kindsOf names of the kinds that are planned for a tier; default: those that the fleet file brings into it
 */
export function plannedRoutes(
  fleet: Fleet,
  sources: readonly FleetScope[],
  kindsOf: (tier: string) => readonly string[] = (tier) => kindsReaching(tier, fleet.select),
): { readonly routes: readonly PlannedRoute[]; readonly faults: readonly RouteFault[] } {
  const routes: PlannedRoute[] = [];
  const faults = new Map<string, RouteFault>();
  const now = scheduledTimeLabel(new Date());
  for (const { account, region } of sources)
    for (const { name: tier } of fleet.tiers)
      for (const kind of kindsOf(tier)) {
        const described = fleet.kinds.get(kind);
        const resource = { kind, account, region, id: 'any', arn: '', encryption: encryptionOf(described, fleet) };
        try {
          routes.push({
            tier,
            kind,
            account,
            region,
            steps: described.planBackup(resource, policyOf(fleet, tier), now),
          });
        } catch (error) {
          if (!(error instanceof RouteError)) throw error;
          const { message } = error;
          // Kinds that share a planner share its faults.
          faults.set([tier, account, region, message].join(' '), { tier, account, region, message });
        }
      }
  return { routes, faults: [...faults.values()] };
}

/**
 * Under the default key a route needs a shareable key too; without one in the file, such resources are the plan's to report.
 */
function encryptionOf({ capabilities }: KindDescription, { shareableKey }: Fleet): SourceEncryption {
  return { type: capabilities.defaultKey === null || shareableKey === null ? 'customer' : 'default', keyArn: '' };
}
