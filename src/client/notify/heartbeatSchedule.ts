import { ScheduleOverlapPolicy } from '@temporalio/client';
import { type Heartbeat } from '../../config';
import { markdown } from '../../core/markdown';
import { workflowNames } from '../../core/messageNames';
import { heartbeatScheduleId, heartbeatWorkflowId } from '../../core/naming';
import { type FleetSchedule, fleetSchedule } from '../fleet/fleetSchedule';

/** The least that Temporal takes: a heartbeat that comes late would say of a time of silence that all was well. */
const catchupSeconds = 10;

/** Shows a service outside that Farcopy is there. */
export function heartbeatSchedule(fleet: string, { everyMinutes }: Pick<Heartbeat, 'everyMinutes'>): FleetSchedule {
  const cron = everyMinutes === 60 ? '0 * * * *' : `*/${everyMinutes} * * * *`;
  return fleetSchedule({
    scheduleId: heartbeatScheduleId(fleet),
    settings: { fleet, cron: [cron], timezone: 'UTC', jitterSeconds: 0, catchupSeconds, paused: false },
    tier: null,
    overlap: ScheduleOverlapPolicy.SKIP,
    action: {
      workflowType: workflowNames.heartbeat,
      workflowId: heartbeatWorkflowId(fleet),
      args: [{ version: 1, fleet, seconds: everyMinutes * 60 }],
      staticSummary: `${fleet} · heartbeat`,
      staticDetails: markdown`Shows a service outside that fleet **${fleet}** is watched: it alarms once this stays away.`,
    },
  });
}
