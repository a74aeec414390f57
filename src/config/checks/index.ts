import { accountsAreUnique, vaultsAreNoSourceAccounts } from './accounts';
import { type Check } from './check';
import {
  drillChecksAreToldApart,
  drillsHaveAPlaceToStart,
  drillsHaveSchedulesOfTheirOwn,
  drillsKeepToThemselves,
  drillsReachTheirDatabases,
} from './drills';
import { keysFitTheirVaults } from './keys';
import { limitsAreUnique, limitsConcernTheFleet } from './limits';
import { pollingIsOrdered } from './polling';
import { routesLeadSomewhereNew, routesNameVaults, vaultsAreUsed, vaultsCoverRegions } from './routes';
import { schedulesKeepTheRpo } from './schedules';
import { rulesNameTiers, tiersAreUsed } from './selection';

export type { Check };

/** Every rule across sections. `now` (milliseconds since the epoch) is when schedules are looked at from. */
export function checksAt(now: number): readonly Check[] {
  return [
    accountsAreUnique,
    vaultsAreNoSourceAccounts,
    keysFitTheirVaults,
    routesNameVaults,
    routesLeadSomewhereNew,
    vaultsCoverRegions,
    vaultsAreUsed,
    rulesNameTiers,
    tiersAreUsed,
    schedulesKeepTheRpo(now),
    drillsHaveAPlaceToStart,
    drillsHaveSchedulesOfTheirOwn,
    drillsReachTheirDatabases,
    drillsKeepToThemselves,
    drillChecksAreToldApart,
    limitsAreUnique,
    limitsConcernTheFleet,
    pollingIsOrdered,
  ];
}
