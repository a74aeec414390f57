import { ScheduleOverlapPolicy } from '@temporalio/client';
import { type Fleet, type ScheduleTimes, type Tier } from '../../config';
import { workflowNames } from '../../core/messageNames';
import { fleetBackupScheduleId } from '../../core/naming';
import { type FleetSchedule, fleetSchedule } from '../fleet/fleetSchedule';
import { heldBackAndForeseen, type ScheduleSettings } from '../schedule/scheduleSettings';
import { markdown } from '../../core/markdown';

export interface BackupScheduleSettings extends ScheduleSettings {
  readonly tier: string;
  /** How often a round looks for outcomes. */
  readonly pollSeconds: number;
}

const shortestCatchupSeconds = 600;
const longestCatchupSeconds = 6 * 3600;

/**
 * How old a missed firing may be and still be made up for: as old as the RPO, since the next firing may be that far off, but
 * within a working day's half: after a longer outage a flood of old rounds helps nobody.
 */
export function catchupSeconds(rpoSeconds: number): number {
  return Math.min(longestCatchupSeconds, Math.max(shortestCatchupSeconds, rpoSeconds));
}

/**
 * The rounds of a tier.
 *
 * They may overlap: a round lasts as long as its slowest resource, and one database whose copy hangs for a day must not keep
 * all the others from their hourly recovery point. Nothing is done twice, since each resource's lifecycle has one recovery
 * point in flight and one waiting, and further requests join those.
 */
export function backupSchedule(
  { name: fleet, polling }: Pick<Fleet, 'name' | 'polling'>,
  tier: Pick<Tier, 'name' | 'rpoSeconds' | 'paused'> & ScheduleTimes,
  now: number,
): FleetSchedule<BackupScheduleSettings> {
  const { name } = tier;
  const pollSeconds = polling.shortestSeconds;
  return fleetSchedule({
    scheduleId: fleetBackupScheduleId(fleet, name),
    settings: {
      fleet,
      tier: name,
      cron: tier.schedule,
      timezone: tier.timezone,
      jitterSeconds: tier.jitterSeconds,
      catchupSeconds: catchupSeconds(tier.rpoSeconds),
      paused: tier.paused,
      pollSeconds,
      ...heldBackAndForeseen(tier, now),
    },
    tier: name,
    overlap: ScheduleOverlapPolicy.ALLOW_ALL,
    action: {
      workflowType: workflowNames.fleetBackup,
      workflowId: `fleet-backup/${fleet}/${name}`,
      args: [{ version: 1, fleet, tier: name, pollSeconds }],
      staticSummary: `${fleet} · ${name}`,
      staticDetails: markdown`One round of tier **${name}** of fleet **${fleet}**: every resource of the tier gets a recovery point.`,
    },
  });
}
