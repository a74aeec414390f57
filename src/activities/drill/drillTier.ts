import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { type DrillTierActivities } from './drillTierContracts';

/** The activities behind `drillTier`. */
export function drillTierActivities(fleet: Pick<Fleet, 'name' | 'tiers' | 'state'>): DrillTierActivities {
  return {
    planDrill: async (tierName, drillName) => {
      const tier = fleet.tiers.find(({ name }) => name === tierName);
      const drill = tier?.drills.find(({ name }) => name === drillName);
      if (tier === undefined || drill === undefined)
        throw applicationFailure(
          failureTypes.configuration,
          `fleet ${fleet.name} has no drill ${drillName} in tier ${tierName}; run farcopy apply, and restart workers that still have an older fleet file`,
        );
      return Promise.resolve({ drill, connect: tier.connect, ...(fleet.state === null ? {} : { ledger: true }) });
    },
  };
}
