import { taskQueueOf, type WorkerQueue } from '../../worker/workerQueues';
import { pollingWorkers } from '../pollingWorkers';
import { CommandFailure } from './commandFailure';
import { type CommandContext } from './commandContext';
import { exitCodes } from './exitCodes';

/** The queues that workers run workflow code from; those of the others are for activities alone. */
const workflowQueues: readonly WorkerQueue[] = ['fleet', 'limits'];

/**
 * What no worker would take is not started.
 *
 * @param queue that work goes to
 */
export async function requireWorker(context: CommandContext, queue: WorkerQueue = 'fleet'): Promise<void> {
  const client = await context.temporal();
  const taskQueue = taskQueueOf[queue](context.fleet.name);
  const tasks = workflowQueues.includes(queue) ? 'workflow' : 'activity';
  if ((await pollingWorkers(client, taskQueue, tasks)) > 0) return;
  throw new CommandFailure(
    `no worker polls task queue ${taskQueue} of namespace ${client.options.namespace}`,
    exitCodes.unreachable,
    `start one: \`farcopy worker${queue === 'fleet' ? '' : ` --queues ${queue}`}\``,
  );
}
