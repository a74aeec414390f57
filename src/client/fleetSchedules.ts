import { type Fleet } from '../config';
import { type BackupSchedule, catchupSeconds } from './backupSchedule';

/** The schedules that a fleet file asks for: one a tier. */
export function fleetSchedules(fleet: Fleet): BackupSchedule[] {
  return fleet.tiers.map((tier) => ({
    fleet: fleet.name,
    tier: tier.name,
    cron: tier.schedule,
    timezone: tier.timezone,
    jitterSeconds: tier.jitterSeconds,
    catchupSeconds: catchupSeconds(tier.rpoSeconds),
    paused: tier.paused,
    pollSeconds: fleet.polling.shortestSeconds,
  }));
}
