import { createHash } from 'node:crypto';
import { type Message } from '../../core/notification';
import { type Post } from './post';

/** Limits of PagerDuty's Events API v2: https://developer.pagerduty.com/docs/send-alert-event */
const mostCharacters = { key: 255, summary: 1024 } as const;

/** A message opens an alert, or ends the one of the same key; null: there is nothing that it could end. */
export function pagerDutyPost(url: string, routingKey: string, message: Message): Post | null {
  const { id, time, fleet, event, subject, key } = message;
  const isOver = isResolved(message);
  if (isOver && key === undefined) return null;
  const body = {
    routing_key: routingKey,
    event_action: isOver ? 'resolve' : 'trigger',
    dedup_key: dedupKey(`farcopy/${fleet}/${key ?? id}`),
    ...(isOver
      ? {}
      : {
          payload: {
            summary: subject.slice(0, mostCharacters.summary),
            source: `farcopy/${fleet}`,
            severity: severities[event],
            timestamp: time,
            class: event,
            custom_details: { message: message.message, id },
          },
          client: 'Farcopy',
        }),
  };
  return { url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const severities = {
  'rpo-missed': 'critical',
  'rpo-met': 'info',
  'fleet-backup-ended': 'error',
  'drill-ended': 'error',
  'prune-marked': 'info',
  'prune-ended': 'warning',
  digest: 'info',
  test: 'info',
} as const satisfies Readonly<Record<Message['event'], string>>;

/** A workflow of an earlier build does not say so: then only a missed RPO is trouble for certain. */
function isResolved({ state, event }: Message): boolean {
  return (state ?? (event === 'rpo-missed' || event === 'test' ? 'open' : 'resolved')) === 'resolved';
}

function dedupKey(key: string): string {
  return key.length <= mostCharacters.key ? key : createHash('sha256').update(key).digest('hex');
}
