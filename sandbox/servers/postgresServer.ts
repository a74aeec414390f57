import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './freePort';
import { startGuarded } from './guardedProcess';
import { ServerExitError } from './serverExitError';
import { type RunningServer, startSupervised } from './supervisedServer';
import { temporaryFolderForAll } from './temporaryFolderForAll';

const ATTEMPTS = 5;
const PROBE_EVERY_MILLISECONDS = 25;

export interface PostgresServerOptions {
  /** The folder with `postgres` and `initdb`, from `provision`. */
  bin: string;
  logFile: string;
  /** Called when the server ends by itself. */
  onUnexpectedExit?: (error: ServerExitError) => void;
}

export interface PostgresServer extends RunningServer {
  /** Of 127.0.0.1. */
  port: number;
  /** Of the superuser {@link superuser}: whoever else is on this machine must not get in. */
  password: string;
}

export const superuser = 'postgres';

/** `nobody`, where this process is root: PostgreSQL refuses to run as root. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

/**
 * Starts an empty PostgreSQL on a free port of 127.0.0.1 and waits until it is ready. Its files are temporary, and not kept safe
 * from a crash of the machine. It ends with this process.
 *
 * @throws ServerExitError when it cannot be started, with the end of its log.
 */
export async function startPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const folder = await mkdtemp(join(temporaryFolderForAll(), 'farcopy-postgres-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const password = await initialise(folder, options);
    const { port, pid, stop } = await start(folder, options);
    return { port, password, pid, stop: () => stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** @returns the superuser's password */
async function initialise(folder: string, { bin, logFile }: PostgresServerOptions): Promise<string> {
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (unprivileged !== undefined)
    for (const path of [folder, passwordFile]) await chown(path, unprivileged.uid, unprivileged.gid);
  const { ended } = await startGuarded({
    command: join(bin, 'initdb'),
    args: [
      ...['-D', dataFolder(folder), '-U', superuser, '--pwfile', passwordFile, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--no-sync'],
    ],
    ...surroundings(folder, logFile),
    graceSeconds: 0,
  });
  const end = await ended;
  if (end.code !== 0) throw new ServerExitError('initdb', end, logFile);
  await rm(passwordFile);
  return password;
}

async function start(folder: string, options: PostgresServerOptions): Promise<RunningServer & { port: number }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePort(folder, options);
    } catch (error) {
      // Another process took the port between its choice and its use.
      const collided = error instanceof ServerExitError && /could not bind/.test(error.logTail);
      if (!collided || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnFreePort(folder: string, { bin, logFile, onUnexpectedExit }: PostgresServerOptions) {
  const port = await freePort();
  const data = dataFolder(folder);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_wal_size=4GB'];
  const { pid, stop } = await startSupervised(
    {
      label: 'PostgreSQL',
      command: join(bin, 'postgres'),
      args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      ...surroundings(folder, logFile),
      // Ends all its processes, each of which is in a group of its own, and writes nothing more: its files go with it.
      stopSignal: 'SIGQUIT',
      graceSeconds: 10,
      readyWithinSeconds: 60,
      onUnexpectedExit,
    },
    (signal) => untilItIsReady(data, signal),
  );
  return { port, pid, stop };
}

const dataFolder = (folder: string) => join(folder, 'data');

function surroundings(folder: string, logFile: string) {
  return { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }, user: unprivileged, logFile };
}

/** As `pg_ctl` does: a server that takes connections may still be recovering, and turns whoever comes away. */
async function untilItIsReady(data: string, signal: AbortSignal): Promise<void> {
  const isReady = async () => {
    const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
    return text.split('\n')[statusLine]?.trim() === 'ready';
  };
  while (!(await isReady())) await delay(PROBE_EVERY_MILLISECONDS, undefined, { signal });
}

/** LOCK_FILE_LINE_PM_STATUS of PostgreSQL's miscadmin.h, counted from 0. */
const statusLine = 7;
