import { log, patched, proxyActivities } from '@temporalio/workflow';
import { type NotificationActivities } from '../activities/contracts';
import { type HandingOver } from '../activities/notify/alertContracts';
import { heardAllTheSame, type Notification, type Telling } from '../core/notification';
import { brief, quick } from './activityOptions';
import { describeFailure } from './failures';

/**
 * Has people told: hands it over to the fleet's `alerts`, which goes on for as long as it takes. Where that does not come off, nothing
 * else suffers from it. Workflows that began before there was one tell by themselves.
 *
 * @param heard topics and channels that have heard it already; whoever gives them tells again by itself, and is answered within the hour
 */
export async function notify(notification: Notification, heard?: readonly string[]): Promise<Telling> {
  const isHandedOver = patched('alerts');
  if (notification.quietly === true && !isHandedOver) return { problem: null, heard: [] };
  const patience = heard === undefined ? quick : brief;
  const { handOverNotification } = proxyActivities<HandingOver>(patience);
  const { notify: tell } = proxyActivities<NotificationActivities>(patience);
  try {
    await (isHandedOver ? handOverNotification(notification) : tell(notification, heard ?? []));
    return { problem: null, heard: [] };
  } catch (error) {
    const problem = describeFailure(error).message;
    log.error('could not notify', { problem });
    return { problem, heard: heardAllTheSame(error) ?? heard ?? [] };
  }
}
