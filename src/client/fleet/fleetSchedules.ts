import { type Fleet } from '../../config';
import { backupSchedule } from '../backup/backupSchedule';
import { drillSchedule } from '../drill/drillSchedule';
import { type FleetSchedule } from './fleetSchedule';
import { heartbeatSchedule } from '../notify/heartbeatSchedule';
import { pruneSchedule } from '../retention/pruneSchedule';
import { sweepSchedule } from '../sweep/sweepSchedule';

/**
 * The schedules that a fleet file asks for: one a tier, one a drill that has times, one that clears up, and if it says so one that prunes
 * and one that shows a sign of life.
 *
 * @param now milliseconds since the epoch: from then on changes of clocks are foreseen
 */
export function fleetSchedules(fleet: Fleet, now: number): FleetSchedule[] {
  const { name, tiers, prune, heartbeat } = fleet;
  return [
    ...tiers.map((tier) => backupSchedule(fleet, tier, now)),
    ...tiers.flatMap((tier) =>
      tier.drills.filter(({ schedule }) => schedule.length > 0).map((drill) => drillSchedule(name, tier, drill, now)),
    ),
    sweepSchedule(name),
    ...(prune?.enabled === true ? [pruneSchedule(name, prune)] : []),
    ...(heartbeat === null ? [] : [heartbeatSchedule(name, heartbeat)]),
  ];
}
