import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../../src/core/searchAttributes';
import { freePort } from './freePort';
import { loopbackConnection } from './loopbackConnection';
import { ServerExitError } from './serverExitError';
import { type RunningServer, startSupervised } from './supervisedServer';

const ATTEMPTS = 5;
const PROBE_EVERY_MILLISECONDS = 25;

/**
 * What differs from the development server's own settings. Its limits on one workflow stay as they are in production
 * (10,000 signals and 2,000 updates a run, 10 updates in flight): what would break there should break here.
 */
const dynamicConfig = {
  // A burst of a few hundred workflows on one machine is normal here and must not be throttled.
  'frontend.rps': 20_000,
  'frontend.namespaceRPS': 20_000,
  'frontend.namespaceRPS.visibility': 1_000,
  'history.rps': 30_000,
  'matching.rps': 30_000,
  // One partition a task queue: nothing is forwarded between four of them for the sake of a scale that is not there.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

/** The types of search attributes, as the `temporal` command names them. */
export type SearchAttributeTypeName = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

/** Farcopy's own, which `farcopy apply` would register. */
export const farcopySearchAttributes: Readonly<Record<string, SearchAttributeTypeName>> = Object.fromEntries(
  Object.values(searchAttributes).map(({ name }) => [name, 'Keyword'] as const),
);

export interface TemporalServerOptions {
  /** The `temporal` command, from `provision`. */
  path: string;
  /** Default: a free port. */
  port?: number;
  /** Default: a free port. */
  uiPort?: number;
  /** Runs without UI. Default: with UI. */
  headless?: boolean;
  /** Keeps everything in this SQLite file, for the next start. Default: in memory. */
  dbFile?: string;
  /** Namespaces to create besides `default`. */
  namespaces?: readonly string[];
  searchAttributes?: Readonly<Record<string, SearchAttributeTypeName>>;
  /** Settings of the server besides, by the names of its dynamic configuration. */
  dynamicConfig?: Readonly<Record<string, number | boolean>>;
  logFile: string;
  /** Called when the server ends by itself. */
  onUnexpectedExit?: (error: ServerExitError) => void;
}

export interface TemporalServer extends RunningServer {
  /** `127.0.0.1:PORT`, for `TEMPORAL_ADDRESS`. */
  address: string;
  /** Undefined when headless. */
  uiUrl: string | undefined;
}

/**
 * Starts Temporal's development server on 127.0.0.1 and waits until every namespace answers. It ends with this process.
 *
 * @throws ServerExitError when it cannot be started, with the end of its log.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePorts(options);
    } catch (error) {
      // Another process took one of the ports between their choice and their use; the server chooses more of them itself.
      const collided =
        error instanceof ServerExitError && /address already in use|can't (set|use) /.test(error.logTail);
      const chosen = options.port !== undefined || options.uiPort !== undefined;
      if (!collided || chosen || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnFreePorts(options: TemporalServerOptions): Promise<TemporalServer> {
  const port = options.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const uiPort = options.headless ? undefined : (options.uiPort ?? (await freePort()));
  const { pid, stop } = await startSupervised(
    {
      label: 'the Temporal server',
      command: resolve(options.path),
      args: serverArguments(options, port, uiPort),
      cwd: dirname(resolve(options.logFile)),
      env: serverEnvironment(),
      logFile: options.logFile,
      // Without a file there is nothing to save, and an orderly end takes seconds.
      graceSeconds: options.dbFile === undefined ? 0 : 10,
      readyWithinSeconds: 60,
      onUnexpectedExit: options.onUnexpectedExit,
    },
    (signal) => untilNamespacesAnswer(address, port, ['default', ...(options.namespaces ?? [])], signal),
  );
  return { address, uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`, pid, stop };
}

function serverArguments(options: TemporalServerOptions, port: number, uiPort: number | undefined): string[] {
  const flags: [name: string, value: string][] = [
    ['--ip', '127.0.0.1'],
    ['--port', String(port)],
  ];
  if (uiPort !== undefined) flags.push(['--ui-ip', '127.0.0.1'], ['--ui-port', String(uiPort)]);
  if (options.dbFile !== undefined) flags.push(['--db-filename', resolve(options.dbFile)]);
  for (const namespace of options.namespaces ?? []) flags.push(['--namespace', namespace]);
  for (const [name, type] of Object.entries(options.searchAttributes ?? {})) {
    flags.push(['--search-attribute', `${name}=${type}`]);
  }
  for (const [name, value] of Object.entries({ ...dynamicConfig, ...options.dynamicConfig }))
    flags.push(['--dynamic-config-value', `${name}=${value}`]);
  return ['server', 'start-dev', ...(options.headless ? ['--headless'] : []), ...flags.flat()];
}

/** Nothing of the user's: no `TEMPORAL_…` variables, and no home folder, where the command would leave a file of its own. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_') && name !== 'HOME'),
  );
}

async function untilNamespacesAnswer(
  address: string,
  port: number,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  let unanswered: readonly string[] = namespaces;
  while (unanswered.length > 0) {
    if (await accepts(port)) unanswered = await unansweredOf(address, unanswered);
    if (unanswered.length > 0) await delay(PROBE_EVERY_MILLISECONDS, undefined, { signal });
  }
}

/** A refused gRPC connection is tried again after a second only; this costs nothing. */
async function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function unansweredOf(address: string, namespaces: readonly string[]): Promise<readonly string[]> {
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...loopbackConnection(address), connectTimeout: '2s' });
  } catch {
    return namespaces;
  }
  try {
    const answered = await Promise.all(
      namespaces.map((namespace) =>
        connection.workflowService.describeNamespace({ namespace }).then(
          () => true,
          () => false,
        ),
      ),
    );
    return namespaces.filter((_, i) => !answered[i]);
  } finally {
    await connection.close();
  }
}
