import { createHash } from 'node:crypto';
import { type Info } from '@temporalio/activity';
import { type Message, type Notification } from '../../core/notification';

/**
 * The message of a notification. Its id is made of what sets the notification apart: the id that its workflow gave it, or else the
 * activity that tells it, which is one for all its tries.
 */
export function messageToTell(notification: Notification, info: TellingInfo): Message {
  return { ...notification, id: idOf(notification, info), time: new Date(info.scheduledTimestampMs).toISOString() };
}

export type TellingInfo = Pick<Info, 'workflowExecution' | 'activityId' | 'scheduledTimestampMs'>;

/** Enough to never meet another one, and few enough for one line of a mail's header. */
const idDigits = 32;

function idOf({ fleet, event, subject, message, id }: Notification, info: TellingInfo): string {
  const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
  const apart = id === undefined ? [subject, message, workflowId, runId, info.activityId] : [id];
  return createHash('sha256')
    .update(JSON.stringify([fleet, event, ...apart]))
    .digest('hex')
    .slice(0, idDigits);
}
