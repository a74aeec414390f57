import { fleetTaskQueue } from '../../core/naming';
import { pollingWorkers } from '../pollingWorkers';
import { CommandFailure } from './commandFailure';
import { type CommandContext } from './commandContext';
import { exitCodes } from './exitCodes';

/** What no worker would take is not started. */
export async function requireWorker(context: CommandContext): Promise<void> {
  const client = await context.temporal();
  const taskQueue = fleetTaskQueue(context.fleet.name);
  if ((await pollingWorkers(client, taskQueue)) > 0) return;
  throw new CommandFailure(
    `no worker polls task queue ${taskQueue} of namespace ${client.options.namespace}`,
    exitCodes.unreachable,
    'start one: `farcopy worker`',
  );
}
