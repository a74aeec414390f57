import { log, proxyActivities } from '@temporalio/workflow';
import { type NotificationActivities } from '../activities/contracts';
import { heardAllTheSame, type Notification, type Telling } from '../core/notification';
import { brief, quick } from './activityOptions';
import { describeFailure } from './failures';

/**
 * Tells people, for as long as an outage of a region lasts. Where that does not come off, nothing else suffers from it.
 *
 * @param heard topics and channels that have heard it already; whoever gives them tells again by itself, and is answered within the hour
 */
export async function notify(notification: Notification, heard?: readonly string[]): Promise<Telling> {
  const { notify: tell } = proxyActivities<NotificationActivities>(heard === undefined ? quick : brief);
  try {
    await tell(notification, heard ?? []);
    return { problem: null, heard: [] };
  } catch (error) {
    const problem = describeFailure(error).message;
    log.error('could not notify', { problem });
    return { problem, heard: heardAllTheSame(error) ?? heard ?? [] };
  }
}
