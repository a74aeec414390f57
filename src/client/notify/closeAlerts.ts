import { randomBytes } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { suggestion } from '../../config/reading/suggestion';
import { type AlertNotice, type ShownEpisode } from '../../core/alerts/alert';
import { type AsToldByCaller } from '../../core/ledger/entry';
import { messageNames } from '../../core/messageNames';
import { alertsWorkflowId } from '../../core/naming';
import { InvalidRequestError } from '../invalidRequestError';
import { UnreachableError } from '../unreachableError';
import { listAlerts } from './listAlerts';

/** An alert that was closed by hand. */
export interface ClosedAlert extends Pick<ShownEpisode, 'key' | 'event' | 'since' | 'subject'> {
  /** Who had heard that it is open, and now hears that it was closed. */
  readonly heard: readonly string[];
}

/**
 * Closes what is open by its keys. All are looked for first, so that a wrong one leaves the others open. Whoever had heard of it hears
 * that it was closed. It opens again where what it tells of is so still, and told anew.
 *
 * @param names keys, or ends of them that say enough
 * @throws InvalidRequestError where nothing of that name is open, or more than one
 * @throws UnreachableError where no worker has said what is open
 */
export async function closeAlerts(
  client: Client,
  fleet: string,
  names: readonly string[],
  told: AsToldByCaller,
): Promise<ClosedAlert[]> {
  const alerts = await listAlerts(client, fleet, Infinity);
  if (alerts === null)
    throw new UnreachableError('no worker has answered, so what is open is not known', 'see `farcopy alerts`');
  // Of one that was ended, nothing is open any more.
  const open = alerts.state === 'RUNNING' ? alerts.open : [];
  const wanted = new Map(names.map((name) => named(name, open)).map((episode) => [episode.key, episode]));
  const handle = client.workflow.getHandle(alertsWorkflowId(fleet));
  const closed: ClosedAlert[] = [];
  for (const { key, event, since, subject, heard } of wanted.values()) {
    try {
      await handle.signal(messageNames.tell, notice({ key, event, subject }, told));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new InvalidRequestError(`the workflow that tells people has ended: ${key} is open no more`);
    }
    closed.push({ key, event, since, subject, heard });
  }
  return closed;
}

function named(name: string, open: readonly ShownEpisode[]): ShownEpisode {
  const matching = open.filter(({ key }) => key === name);
  const [only, ...more] = matching.length > 0 ? matching : open.filter(({ key }) => key.endsWith(`/${name}`));
  if (only === undefined) {
    const keys = open.map(({ key }) => key);
    throw new InvalidRequestError(
      `nothing is open by the key ${name}`,
      suggestion(name, keys) ?? '`farcopy alerts --all` shows what is open, with the key of each',
    );
  }
  if (more.length === 0) return only;
  throw new InvalidRequestError(
    `${name} names more than one that is open`,
    `name the whole key: ${[only, ...more].map(({ key }) => key).join(', ')}`,
  );
}

function notice(
  { key, event, subject }: Pick<ShownEpisode, 'key' | 'event' | 'subject'>,
  told: AsToldByCaller,
): AlertNotice {
  const { by, why } = told;
  const words = `closed by ${by ?? 'hand'}: ${subject}`;
  return {
    ...{ id: randomBytes(16).toString('hex'), event, state: 'resolved', key },
    ...{ subject: words, message: why === null ? words : `${words}\n${why}` },
  };
}
