import { type Client } from '@temporalio/client';
import { type Fleet } from '../../config';
import { inParallel } from '../../core/inParallel';
import {
  fleetTaskQueue,
  markTaskQueue,
  pruneTaskQueue,
  serviceLimitTaskQueue,
  transferTaskQueue,
} from '../../core/naming';
import { PayloadError } from '../../payloads';
import { askLifecycle } from '../backup/lifecycleStatus';
import { listLifecycles, type ListedLifecycle } from '../backup/listLifecycles';
import { pollingWorkers } from '../pollingWorkers';
import { listSchedules } from '../schedule/listSchedules';
import { type Finding, finding } from './finding';

const answerMilliseconds = 20_000;
/** One that is broken by itself says nothing of workers. */
const mostAsked = 3;

interface WorkersOf {
  readonly taskQueue: string;
  /** Where workers take activities alone. */
  readonly of?: 'activity';
  /** Served by nobody who is not told to. */
  readonly alone?: 'mark' | 'prune';
  /** What it is where no worker polls. Default: a warning, since a worker that is busy with activities polls for none. */
  readonly unpolled?: 'unreachable';
}

/**
 * Looks whether workers of each queue are there. Where the schedules of the fleet are, and nobody works, nothing is backed up: that is
 * no warning.
 */
export async function checkWorkers(fleet: Fleet, client: Client): Promise<Finding[]> {
  const unpolled = (await isApplied(fleet, client)) ? ({ unpolled: 'unreachable' } as const) : {};
  const ofFleet = await workersFinding(client, { taskQueue: fleetTaskQueue(fleet.name), ...unpolled });
  return [
    ofFleet.state === 'ok' ? await answering(fleet, client, ofFleet) : ofFleet,
    ...(fleet.buckets.length === 0
      ? []
      : [await workersFinding(client, { taskQueue: transferTaskQueue(fleet.name), of: 'activity' })]),
    await workersFinding(client, { taskQueue: serviceLimitTaskQueue, ...unpolled }),
    ...(fleet.prune?.enabled === true
      ? [
          await workersFinding(client, { taskQueue: markTaskQueue(fleet.name), of: 'activity', alone: 'mark' }),
          await workersFinding(client, { taskQueue: pruneTaskQueue(fleet.name), of: 'activity', alone: 'prune' }),
        ]
      : []),
  ];
}

/** What comes before `farcopy apply` needs no worker. Schedules that cannot be read are told elsewhere. */
async function isApplied(fleet: Fleet, client: Client): Promise<boolean> {
  try {
    return (await listSchedules(client, fleet, Date.now())).some(({ exists }) => exists);
  } catch {
    return false;
  }
}

async function workersFinding(client: Client, { taskQueue, of, alone, unpolled }: WorkersOf): Promise<Finding> {
  const found = await finding('workers', `task queue ${taskQueue}`, null, async () =>
    (await pollingWorkers(client, taskQueue, of)) > 0 ? 'a worker polls it' : '',
  );
  if (found.message !== '') return found;
  return {
    ...found,
    state: unpolled ?? 'warning',
    message: 'no worker polls it, so nothing runs',
    mend:
      alone === undefined
        ? 'start one: `farcopy worker`, with no --queues or with this one among them'
        : `start one: \`farcopy worker --queues ${alone}\``,
  };
}

/** Temporal shows a worker for minutes after it has ended: only an answer proves that one is there. */
async function answering(fleet: Fleet, client: Client, seen: Finding): Promise<Finding> {
  const asked = await someLifecycles(fleet, client);
  if (asked.length === 0) return seen;
  const answers = await inParallel(asked, mostAsked, async (one) => {
    try {
      return (await askLifecycle(client, one, answerMilliseconds)) !== null;
    } catch (error) {
      if (error instanceof PayloadError) return true;
      throw error;
    }
  });
  if (answers.includes(true)) return { ...seen, message: 'a worker answers' };
  return {
    ...seen,
    state: 'unreachable',
    message: `a worker has polled it lately, and none answers within ${answerMilliseconds / 1000} s: it has ended, or has more to do than it can`,
    mend: 'look at the logs of the workers, or start one: `farcopy worker`',
  };
}

/** Before search attributes are registered, which is told elsewhere, nobody lists any. */
async function someLifecycles(fleet: Fleet, client: Client): Promise<ListedLifecycle[]> {
  const found: ListedLifecycle[] = [];
  try {
    for await (const lifecycle of listLifecycles(client, fleet.name)) {
      found.push(lifecycle);
      if (found.length === mostAsked) break;
    }
  } catch {
    return found;
  }
  return found;
}
