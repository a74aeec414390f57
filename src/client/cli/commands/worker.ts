import { InvalidArgumentError } from 'commander';
import { runWorker } from '../../../worker/worker';
import { logInLines } from '../../../worker/workerLog';
import { deploymentOf, taskQueueOf, type WorkerQueue, workerQueues } from '../../../worker/workerQueues';
import { openPayloads } from '../../../payloads';
import { payloadKeys } from '../../payloadKeys';
import { temporalConfig, workerVersion } from '../../temporalConfig';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';

interface WorkerCommandOptions {
  readonly queues: readonly WorkerQueue[];
}

export const addWorker: AddCommand = (program, host) => {
  program
    .command('worker')
    .summary('run a worker until it is stopped')
    .description(
      'Runs a worker of the fleet. Run as many as you like: none holds state. SIGTERM or Ctrl-C stops it gracefully: work ' +
        'under way gets 30 seconds to end, and other workers do the rest. A second time stops it at once.',
    )
    .option(
      '--queues <list>',
      'serve these alone: fleet (workflows and calls), transfer (bytes to other clouds), limits (those of all fleets)',
      queueList,
      workerQueues,
    )
    .addHelpText(
      'after',
      `
Examples:
  farcopy worker
  farcopy worker --queues fleet,limits           beside workers that only transfer:
  farcopy worker --queues transfer
  farcopy worker --fleet /etc/farcopy/fleet.yaml --overlay prod

Exit code: 0 after a graceful stop.`,
    )
    .action(
      actionOf<WorkerCommandOptions, []>(
        host,
        async ({ fleet, signal, out, terminal }, { queues }) => {
          const { connectionOptions, namespace } = temporalConfig();
          const version = workerVersion();
          const payloads = openPayloads(payloadKeys(), namespace);
          // Without its key it would take tasks only to fail them. Once Temporal's runtime is there, nothing but a worker ends it.
          await payloads.prove().catch((error: unknown) => {
            payloads.close();
            throw error;
          });
          logInLines((line) => void terminal.stderr.write(line));
          await runWorker({
            fleet,
            kinds: host.kinds,
            connection: connectionOptions,
            namespace,
            payloads,
            queues,
            version,
            signal,
            onReady: () => {
              const polled = queues.map((queue) => taskQueueOf[queue](fleet.name));
              out.note(`worker of fleet ${fleet.name} polls ${polled.join(', ')} in namespace ${namespace}`);
              if (payloads.keys.writing !== null) out.note(`it encrypts payloads under key ${payloads.keys.writing}`);
              if (version === null) return;
              const deployments = new Set(queues.map((queue) => deploymentOf(queue, version)));
              out.note(`it takes no work before its version is current; once for each version:`);
              for (const deployment of deployments)
                out.note(
                  `  temporal worker deployment set-current-version --deployment-name ${deployment} --build-id ${version.buildId}`,
                );
            },
          });
          payloads.close();
          out.document(true, { fleet: fleet.name, namespace, queues, version });
          return exitCodes.ok;
        },
        { endsItself: true },
      ),
    );
};

function queueList(text: string): readonly WorkerQueue[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const known = workerQueues.filter((queue) => names.includes(queue));
  if (known.length !== names.length) throw new InvalidArgumentError(`Name some of ${workerQueues.join(', ')}.`);
  return known;
}
