import { log, proxyActivities } from '@temporalio/workflow';
import { type NotificationActivities } from '../activities/contracts';
import { type Notification } from '../core/notification';
import { brief } from './activityOptions';
import { describeFailure } from './failures';

const activities = proxyActivities<NotificationActivities>(brief);

/** Tells people. Where that does not come off, the log says so, and nothing else suffers from it. */
export async function notify(notification: Notification): Promise<'told' | 'not-told'> {
  try {
    await activities.notify(notification);
    return 'told';
  } catch (error) {
    log.error('could not notify', { problem: describeFailure(error).message });
    return 'not-told';
  }
}
