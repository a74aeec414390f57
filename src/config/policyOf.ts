import { type ProtectionPolicy } from '../core/backup/policy';
import { type Fleet } from './fleet';

/**
 * What a tier means for one of its resources.
 *
 * @throws RangeError where the fleet has no such tier
 */
export function policyOf(fleet: Fleet, tierName: string): ProtectionPolicy {
  const tier = fleet.tiers.find(({ name }) => name === tierName);
  if (tier === undefined) throw new RangeError(`fleet ${fleet.name} has no tier ${tierName}`);
  return {
    fleet: fleet.name,
    tier: tier.name,
    priority: tier.priority,
    rpoSeconds: tier.rpoSeconds,
    route: tier.route,
    retention: tier.retention,
    verify: tier.verify,
    connect: tier.connect,
    shareableKey: fleet.shareableKey,
    singleStepCopy: fleet.singleStepCopy,
    limits: fleet.limits,
    polling: fleet.polling,
    ...(fleet.state === null ? {} : { ledger: true }),
  };
}
