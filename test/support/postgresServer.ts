import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Client } from 'pg';
import { postgres } from '../../sandbox/provision/postgres';
import { freePort } from '../../sandbox/servers/freePort';
import { eventually } from './eventually';

/** A PostgreSQL of a test's own, empty and trusting everyone on this machine. */
export interface PostgresServer {
  /** Of a database on it. */
  url(database: string): string;
  /** A new database, connected to; closed with the server. */
  create(database: string): Promise<Client>;
  connect(database: string): Promise<Client>;
  stop(): Promise<void>;
}

/** `nobody`: PostgreSQL refuses to run as root. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

export async function startPostgres(): Promise<PostgresServer> {
  const bin = await findPostgres();
  const directory = mkdtempSync(join(tmpdir(), 'farcopy-postgres-'));
  if (unprivileged.uid !== undefined) chownSync(directory, unprivileged.uid, unprivileged.gid);
  const data = join(directory, 'data');
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  const run = (command: string, args: readonly string[]) =>
    spawn(join(bin, command), args, { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'], ...unprivileged });
  const init = run('initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  const problem: string[] = [];
  init.stderr.on('data', (text: Buffer) => problem.push(text.toString()));
  const [code] = (await once(init, 'close')) as [number | null];
  if (code !== 0) throw new Error(`initdb failed: ${problem.join('')}`);

  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=40'];
  const server = run('postgres', ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]);
  server.stderr.resume();
  const gone = once(server, 'close');
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const open: Client[] = [];
  const connect = async (database: string) => {
    const client = new Client({ connectionString: url(database) });
    await client.connect();
    open.push(client);
    return client;
  };
  const main = await eventually('PostgreSQL answers', () => connect('postgres').catch(() => null));
  return {
    url,
    connect,
    create: async (database) => {
      await main.query(`CREATE DATABASE "${database}"`);
      return connect(database);
    },
    stop: async () => {
      await Promise.all(open.map((client) => client.end()));
      server.kill('SIGINT');
      await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function findPostgres(): Promise<string> {
  const recipe = postgres();
  for (const place of await recipe.places(process.env)) {
    await place.prepare?.();
    const found = await recipe.inspect(place.path, process.env).then(
      () => true,
      () => false,
    );
    if (found) return place.path;
  }
  throw new Error('there is no PostgreSQL here: npm install --include=optional');
}
