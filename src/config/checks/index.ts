import { type Kinds } from '../../core/kind';
import { accountsAreUnique, vaultsAreNoSourceAccounts } from './accounts';
import { channelsAreEncrypted, channelsAreToldApart, endsAreHeardOf } from './channels';
import { type Check } from './check';
import { drillsSuitTheirKinds } from './drillKinds';
import {
  drillChecksAreToldApart,
  drillsHaveAPlaceToStart,
  drillsHaveSchedulesOfTheirOwn,
  drillsKeepToThemselves,
  drillsReachTheirDatabases,
} from './drills';
import { keysFitTheirVaults } from './keys';
import { routesSuitTheirKinds } from './kinds';
import { limitsAreUnique, limitsConcernTheFleet } from './limits';
import { pollingIsOrdered } from './polling';
import { pruneHasRoles, retentionRolesAreApart } from './prune';
import {
  locksEndWithRetention,
  retentionKeepsMoreThanOne,
  retentionNamesPlaces,
  retiredKeepsMoreThanOne,
} from './retention';
import { restoreTargetsAreUnique } from './restoreTargets';
import { routesLeadSomewhereNew, routesNameVaults, vaultsAreUsed, vaultsCoverRegions } from './routes';
import { schedulesKeepTheRpo } from './schedules';
import { rulesNameTiers, tiersAreUsed } from './selection';

export type { Check };

/** Every rule across sections. `now` (milliseconds since the epoch) is when schedules are looked at from. */
export function checksAt(now: number, kinds: Kinds): readonly Check[] {
  return [
    accountsAreUnique,
    vaultsAreNoSourceAccounts,
    keysFitTheirVaults,
    routesNameVaults,
    routesLeadSomewhereNew,
    routesSuitTheirKinds(kinds),
    vaultsCoverRegions,
    vaultsAreUsed,
    rulesNameTiers,
    tiersAreUsed,
    schedulesKeepTheRpo(now),
    retentionNamesPlaces,
    retentionKeepsMoreThanOne,
    retiredKeepsMoreThanOne,
    locksEndWithRetention,
    pruneHasRoles,
    retentionRolesAreApart,
    drillsHaveAPlaceToStart,
    drillsHaveSchedulesOfTheirOwn,
    drillsReachTheirDatabases,
    drillsKeepToThemselves,
    drillsSuitTheirKinds(kinds),
    drillChecksAreToldApart,
    restoreTargetsAreUnique,
    limitsAreUnique,
    limitsConcernTheFleet,
    pollingIsOrdered,
    channelsAreToldApart,
    channelsAreEncrypted,
    endsAreHeardOf,
  ];
}
