import { type Fleet, policyOf } from '../config';
import { type Scope } from '../core/copy';
import { scheduledTimeLabel } from '../core/naming';
import { type SourceEncryption } from '../core/resource';
import { planRoute, RouteError } from '../core/route';

/** A key that copies of the fleet end under. */
export interface NeededKey {
  readonly scope: Scope;
  /** Alias, id or ARN, as the fleet file has it. */
  readonly key: string;
  /** The places whose copies it encrypts. */
  readonly places: readonly string[];
}

/** A route that no resource of an account and region could travel. */
export interface RouteFault {
  readonly tier: string;
  readonly account: string;
  readonly region: string;
  readonly message: string;
}

/**
 * The keys that the routes of all tiers use, found by planning a made-up resource of each account and region: so what is
 * checked is what a backup will ask for.
 */
export function neededKeys(
  fleet: Fleet,
  sources: readonly Scope[],
): { keys: readonly NeededKey[]; faults: readonly RouteFault[] } {
  const keys = new Map<string, NeededKey>();
  const faults: RouteFault[] = [];
  const capabilities = {
    snapshotLimit: 'cluster-snapshots-in-progress',
    crossRegionCopyLimit: 'cluster-snapshot-cross-region-copies',
    encryptsPlainOnCopy: false,
  } as const;
  // Under the default key a route needs a shareable key too; without one in the file, such resources are the plan's to report.
  const encryption: SourceEncryption = { type: fleet.shareableKey === null ? 'customer' : 'default', keyArn: '' };
  const now = scheduledTimeLabel(new Date());
  for (const { account, region } of sources)
    for (const { name: tier } of fleet.tiers) {
      try {
        const resource = { account, region, id: 'any' };
        for (const { key, scope, place } of planRoute(resource, encryption, policyOf(fleet, tier), capabilities, now)) {
          if (key === null) continue;
          const id = `${scope.access} ${scope.account} ${scope.region} ${key}`;
          const places = keys.get(id)?.places ?? [];
          keys.set(id, { scope, key, places: places.includes(place) ? places : [...places, place] });
        }
      } catch (error) {
        if (!(error instanceof RouteError)) throw error;
        faults.push({ tier, account, region, message: error.message });
      }
    }
  return { keys: [...keys.values()], faults };
}
