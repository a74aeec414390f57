import { ScheduleOverlapPolicy } from '@temporalio/client';
import { type PruneSettings } from '../../config';
import { markdown } from '../../core/markdown';
import { workflowNames } from '../../core/messageNames';
import { pruneScheduleId, pruneWorkflowId } from '../../core/naming';
import { type FleetSchedule, fleetSchedule } from '../fleet/fleetSchedule';

/** The next one is a day away, as a rule; what is missed is caught up with by then. */
const catchupSeconds = 600;

/** Marks what retention lets go, and deletes what was marked days ago. */
export function pruneSchedule(fleet: string, { schedule, timezone }: PruneSettings): FleetSchedule {
  return fleetSchedule({
    scheduleId: pruneScheduleId(fleet),
    settings: { fleet, cron: [schedule], timezone, jitterSeconds: 300, catchupSeconds, paused: false },
    tier: null,
    overlap: ScheduleOverlapPolicy.SKIP,
    action: {
      workflowType: workflowNames.pruneFleet,
      workflowId: pruneWorkflowId(fleet),
      args: [{ version: 1, fleet, revision: null }],
      staticSummary: `${fleet} · prune`,
      staticDetails: markdown`Marks copies of fleet **${fleet}** that retention lets go, and deletes those that were marked at least 72 hours ago and are let go still.`,
    },
  });
}
