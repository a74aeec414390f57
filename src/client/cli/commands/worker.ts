import { TransportError } from '@temporalio/worker';
import { InvalidArgumentError, Option } from 'commander';
import { formatDuration, parseDuration } from '../../../core/duration';
import { messageOf } from '../../../core/failure';
import { type HealthAddress } from '../../../worker/health/healthServer';
import { openWatching, type Watching } from '../../../worker/health/watching';
import { installMeasuringRuntime, installRuntime } from '../../../worker/metrics/sdkRuntime';
import { runWorker } from '../../../worker/worker';
import { lineLogger, type LogFormat, logFormats } from '../../../worker/workerLog';
import {
  deploymentOf,
  retentionQueues,
  taskQueueOf,
  usualQueues,
  type WorkerQueue,
  workerQueues,
} from '../../../worker/workerQueues';
import { externalId, type Fleet } from '../../../config';
import { openPayloads } from '../../../payloads';
import { openTraces, type Traces } from '../../../traces';
import { temporalUnreachable } from '../../connectTemporal';
import { InvalidRequestError } from '../../invalidRequestError';
import { payloadKeys } from '../../payloadKeys';
import { temporalConfig, workerVersion } from '../../temporalConfig';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';

interface WorkerCommandOptions {
  readonly queues: readonly WorkerQueue[];
  readonly healthAddress?: HealthAddress;
  /** Seconds. */
  readonly drainTimeout: number;
  readonly logFormat: LogFormat;
}

const defaultDrainSeconds = 30;

/** How long the last spans may take to leave: as long as is left of the time to drain, and within these bounds. */
const flushMs = { least: 1_000, most: 5_000 } as const;

export const addWorker: AddCommand = (program, host) => {
  program
    .command('worker')
    .summary('run a worker until it is stopped')
    .description(
      'Runs a worker of the fleet. Run as many as you like: none holds state. SIGTERM or Ctrl-C stops it gracefully: work ' +
        'under way gets the time of --drain-timeout to end, and other workers do the rest. A second time stops it at once.',
    )
    .option(
      '--queues <list>',
      'serve these alone: fleet (workflows and calls), transfer (bytes to other clouds), limits (those of all fleets); ' +
        'mark or prune, each in a process of its own',
      queueList,
      usualQueues,
    )
    .addOption(
      new Option(
        '--drain-timeout <duration>',
        'how long work under way gets to end when the worker is stopped: 90s, 5m',
      )
        .default(defaultDrainSeconds, formatDuration(defaultDrainSeconds))
        .argParser(drainSeconds),
    )
    .addOption(
      new Option(
        '--health-address <host:port>',
        'serve /livez, /startupz, /readyz and /metrics there: 127.0.0.1:8080, 0.0.0.0:8080',
      )
        .env('FARCOPY_HEALTH_ADDRESS')
        .argParser(healthAddressOf),
    )
    .addOption(
      new Option('--log-format <format>', 'how the log on stderr is written: lines for people, or a JSON object a line')
        .choices(logFormats)
        .default(logFormats[0])
        .env('FARCOPY_LOG_FORMAT'),
    )
    .addHelpText(
      'after',
      `
Examples:
  farcopy worker
  farcopy worker --queues fleet,limits           beside workers that only transfer:
  farcopy worker --queues transfer
  farcopy worker --queues mark                   one that marks what retention lets go, and one that deletes it:
  farcopy worker --queues prune
  farcopy worker --health-address 127.0.0.1:8080 --drain-timeout 2m
  farcopy worker --fleet /etc/farcopy/fleet.yaml --overlay prod

Exit code: 0 after a graceful stop.`,
    )
    .action(
      actionOf<WorkerCommandOptions, []>(
        host,
        async ({ fleet, signal, out, terminal }, { queues, healthAddress, drainTimeout, logFormat }) => {
          requireRoles(fleet, queues);
          const temporal = temporalConfig();
          const { connectionOptions, namespace } = temporal;
          const version = workerVersion();
          // As all that may be wrong: once Temporal's runtime is there, nothing but a worker ends it.
          externalId(fleet, process.env);
          const payloads = openPayloads(payloadKeys(), namespace);
          let watching: Watching | null = null;
          let traces: Traces | null = null;
          let stoppedAt = Date.now();
          signal.addEventListener('abort', () => (stoppedAt = Date.now()), { once: true });
          try {
            // Without its key it would take tasks only to fail them.
            await payloads.prove();
            if (healthAddress !== undefined) watching = await watchingAt(healthAddress, fleet.name, queues);
            const logger = lineLogger(logFormat, (line) => void terminal.stderr.write(line));
            if (watching === null) installRuntime(logger);
            else watching.metrics.show(await installMeasuringRuntime(logger));
            traces = openTraces(process.env, { 'farcopy.fleet': fleet.name }, (line) => void logger.warn(line));
            await runWorker({
              fleet,
              kinds: host.kinds,
              connection: connectionOptions,
              namespace,
              payloads,
              queues,
              version,
              signal,
              drainSeconds: drainTimeout,
              watching,
              traces,
              onReady: () => {
                // What collects JSON is not to stumble over words for people.
                const tell = (line: string) => {
                  if (logFormat === 'json') logger.info(line.trim());
                  else out.note(line);
                };
                const polled = queues.map((queue) => taskQueueOf[queue](fleet.name));
                tell(`worker of fleet ${fleet.name} polls ${polled.join(', ')} in namespace ${namespace}`);
                if (watching !== null) tell(`its health and metrics are at ${watching.server.url}`);
                if (payloads.keys.writing !== null) tell(`it encrypts payloads under key ${payloads.keys.writing}`);
                if (version === null) return;
                const deployments = new Set(queues.map((queue) => deploymentOf(queue, version)));
                tell(`it takes no work before its version is current; once for each version:`);
                for (const deployment of deployments)
                  tell(
                    `  temporal worker deployment set-current-version --deployment-name ${deployment} --build-id ${version.buildId}`,
                  );
              },
            });
          } catch (error) {
            throw error instanceof TransportError ? await temporalUnreachable(temporal, error) : error;
          } finally {
            const left = stoppedAt + drainTimeout * 1000 - Date.now();
            await traces?.close(Math.min(Math.max(left, flushMs.least), flushMs.most));
            await watching?.server.close();
            payloads.close();
          }
          out.document(true, { fleet: fleet.name, namespace, queues, version });
          return exitCodes.ok;
        },
        { endsItself: true },
      ),
    );
};

/** Whoever takes over a worker has all of its roles: those of retention stay by themselves. */
function requireRoles({ name, roles }: Fleet, queues: readonly WorkerQueue[]): void {
  const [first] = retentionQueues.filter((queue) => queues.includes(queue));
  if (first === undefined) return;
  if (queues.length > 1)
    throw new InvalidRequestError(
      `--queues ${queues.join(',')}: a worker of \`${first}\` serves no other queue`,
      'run each of mark and prune in a process of its own, as a principal that may assume that role alone',
    );
  const role = first === 'mark' ? 'marker' : 'pruner';
  if (roles[role] === undefined)
    throw new InvalidRequestError(
      `--queues ${first}: the fleet file of ${name} has no roles.${role}`,
      'deploy the roles of docs/retention.md#roles, and name them under `roles`',
    );
}

async function watchingAt(address: HealthAddress, fleet: string, queues: readonly WorkerQueue[]): Promise<Watching> {
  try {
    return await openWatching(address, fleet, queues);
  } catch (error) {
    throw new InvalidRequestError(
      `health cannot be served: ${messageOf(error)}`,
      'name an address of this machine that nobody listens on by --health-address or FARCOPY_HEALTH_ADDRESS; port 0 takes a free one',
    );
  }
}

function queueList(text: string): readonly WorkerQueue[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const known = workerQueues.filter((queue) => names.includes(queue));
  if (known.length !== names.length) throw new InvalidArgumentError(`Name some of ${workerQueues.join(', ')}.`);
  return known;
}

function drainSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === null) throw new InvalidArgumentError('Name a duration with its unit: 90s, 5m, 1h30m.');
  return seconds;
}

/** Undefined of an empty variable: none. */
function healthAddressOf(text: string): HealthAddress | undefined {
  if (text.trim() === '') return undefined;
  const [, ipv6, host = ipv6, port = ''] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(text.trim()) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('Name an address and a port: 127.0.0.1:8080, [::1]:8080, 0.0.0.0:8080.');
  return { host, port: Number(port) };
}
