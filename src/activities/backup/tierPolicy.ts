import { type Fleet, policyOf } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { type ProtectionPolicy } from '../../core/backup/policy';
import { failureTypes } from '../../core/failure';

/**
 * What the fleet file says of a tier now, whatever a message or an earlier file said.
 *
 * @throws ApplicationFailure `Configuration` where it has none of that name.
 */
export function tierPolicy(fleet: Fleet): (tier: string) => ProtectionPolicy {
  return (tier) => {
    if (fleet.tiers.some(({ name }) => name === tier)) return policyOf(fleet, tier);
    throw applicationFailure(
      failureTypes.configuration,
      `fleet ${fleet.name} has no tier ${tier}; run farcopy apply, and restart workers that still have an older fleet file`,
    );
  };
}
