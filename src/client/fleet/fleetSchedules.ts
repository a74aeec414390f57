import { type Fleet } from '../../config';
import { backupSchedule } from '../backup/backupSchedule';
import { drillSchedule } from '../drill/drillSchedule';
import { type FleetSchedule } from './fleetSchedule';
import { sweepSchedule } from '../sweep/sweepSchedule';

/** The schedules that a fleet file asks for: one a tier, one a drill that has times, and one that clears up. */
export function fleetSchedules(fleet: Fleet): FleetSchedule[] {
  const { name, tiers } = fleet;
  return [
    ...tiers.map((tier) => backupSchedule(fleet, tier)),
    ...tiers.flatMap((tier) =>
      tier.drills.filter(({ schedule }) => schedule.length > 0).map((drill) => drillSchedule(name, tier.name, drill)),
    ),
    sweepSchedule(name),
  ];
}
