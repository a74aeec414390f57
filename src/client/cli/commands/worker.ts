import { fleetTaskQueue, serviceLimitTaskQueue } from '../../../core/naming';
import { runWorker } from '../../../worker/worker';
import { temporalConfig } from '../../temporalConfig';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';

export const addWorker: AddCommand = (program, terminal, ended) => {
  program
    .command('worker')
    .summary('run a worker until it is stopped')
    .description(
      'Runs a worker of the fleet: as many as you like, none holds state. SIGTERM or Ctrl-C stops it gracefully: what is under ' +
        'way gets 30 seconds to end, the rest is done by other workers; a second time stops it at once.',
    )
    .addHelpText(
      'after',
      `
Examples:
  farcopy worker
  farcopy worker --fleet /etc/farcopy/fleet.yaml --overlay prod

Exit code: 0 after a graceful stop.`,
    )
    .action(
      actionOf<object, []>(
        terminal,
        ended,
        async ({ fleet, signal, out }) => {
          const { connectionOptions, namespace } = temporalConfig();
          await runWorker({
            fleet,
            connection: connectionOptions,
            namespace,
            signal,
            onReady: () => {
              const queues = [fleetTaskQueue(fleet.name), serviceLimitTaskQueue];
              out.note(`worker of fleet ${fleet.name} polls ${queues.join(', ')} in namespace ${namespace}`);
            },
          });
          out.document(true, { fleet: fleet.name, namespace });
          return exitCodes.ok;
        },
        { endsItself: true },
      ),
    );
};
