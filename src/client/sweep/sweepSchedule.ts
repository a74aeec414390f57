import { ScheduleOverlapPolicy } from '@temporalio/client';
import { workflowNames } from '../../core/messageNames';
import { sweepScheduleId, sweepWorkflowId } from '../../core/naming';
import { type FleetSchedule, fleetSchedule } from '../fleet/fleetSchedule';
import { markdown } from '../../core/markdown';

/** The next one is an hour away at most. */
const catchupSeconds = 600;

/** Looks every hour for what recovery points, restores and drills have left behind. */
export function sweepSchedule(fleet: string): FleetSchedule {
  return fleetSchedule({
    scheduleId: sweepScheduleId(fleet),
    settings: {
      fleet,
      cron: ['17 * * * *'],
      timezone: 'UTC',
      // Not all fleets of an account at the same moment.
      jitterSeconds: 300,
      catchupSeconds,
      paused: false,
    },
    tier: null,
    overlap: ScheduleOverlapPolicy.SKIP,
    action: {
      workflowType: workflowNames.sweepRestores,
      workflowId: sweepWorkflowId(fleet),
      args: [{ version: 1, fleet, dryRun: false }],
      staticSummary: `${fleet} · sweep`,
      staticDetails: markdown`Removes what terminated recovery points, drills and restores of fleet **${fleet}** have left behind.`,
    },
  });
}
