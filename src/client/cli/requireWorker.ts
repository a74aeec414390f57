import { taskQueueOf, type WorkerQueue } from '../../worker/workerQueues';
import { pollingWorkers } from '../pollingWorkers';
import { CommandFailure } from './commandFailure';
import { type CommandContext } from './commandContext';
import { exitCodes } from './exitCodes';

/**
 * What no worker would take is not started.
 *
 * @param queue that work goes to
 */
export async function requireWorker(context: CommandContext, queue: WorkerQueue = 'fleet'): Promise<void> {
  const client = await context.temporal();
  const taskQueue = taskQueueOf[queue](context.fleet.name);
  if ((await pollingWorkers(client, taskQueue)) > 0) return;
  throw new CommandFailure(
    `no worker polls task queue ${taskQueue} of namespace ${client.options.namespace}`,
    exitCodes.unreachable,
    `start one: \`farcopy worker${queue === 'fleet' ? '' : ` --queues ${queue}`}\``,
  );
}
