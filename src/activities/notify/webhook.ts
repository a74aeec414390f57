import { createHmac } from 'node:crypto';
import { type Message } from '../../core/notification';
import { type Post } from './post';

/**
 * A message as a CloudEvent 1.0 in structured mode, signed as Standard Webhooks 1.0 has it
 * (https://www.standardwebhooks.com). The timestamp is of this try, so that receivers may refuse what somebody sends again later.
 *
 * @param secrets each `whsec_…`; it is signed with all of them
 */
export function webhookPost(url: string, message: Message, secrets: readonly string[], now: number): Post {
  const body = JSON.stringify(cloudEvent(message));
  const timestamp = Math.floor(now / 1000);
  return {
    url,
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': message.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': secrets.map((secret) => signature(secret, message.id, timestamp, body)).join(' '),
    },
    body,
  };
}

export function signature(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

function cloudEvent({ id, time, fleet, event, subject, message, key, state }: Message) {
  return {
    specversion: '1.0',
    id,
    source: `/farcopy/${fleet}`,
    type: `farcopy.${event}`,
    ...(key === undefined ? {} : { subject: key }),
    time,
    datacontenttype: 'application/json',
    data: { fleet, event, subject, message, key: key ?? null, state: state ?? null },
  };
}
