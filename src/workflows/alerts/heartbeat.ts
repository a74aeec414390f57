import { proxyActivities } from '@temporalio/workflow';
import { type HeartbeatActivities } from '../../activities/notify/alertContracts';
import { type HeartbeatInput } from '../../core/alerts/heartbeat';

/**
 * Shows a service outside that Temporal, its schedules, a worker and the network work. It alarms by itself once this stays away.
 *
 * @throws ApplicationFailure where the service cannot be reached by the time that the next heartbeat is due
 */
export async function heartbeat({ fleet, seconds }: HeartbeatInput): Promise<void> {
  const { sendHeartbeat } = proxyActivities<HeartbeatActivities>({
    startToCloseTimeout: '30 seconds',
    scheduleToCloseTimeout: seconds * 1000,
    retry: { initialInterval: '5 seconds', maximumInterval: '1 minute' },
  });
  await sendHeartbeat(fleet);
}
