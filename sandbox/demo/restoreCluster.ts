import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { scheduledTimeLabel } from '../../src/core/naming';
import { backupBucket, scratchAccount, scratchNetwork, secondRegion } from '../seed/sandboxAccounts';
import { superuser } from '../servers/postgresServer';
import { type RouteClouds } from './clouds';
import { databaseTables } from './databaseTables';
import { runFarcopy } from './farcopyCommand';
import { type ExpectedCluster } from './proof';
import { type RestoredCluster, type SeenRestore } from './restoreProof';

export interface RestoreSurroundings {
  readonly fleet: string;
  readonly clouds: Pick<RouteClouds, 'clusters'>;
  /** `postgres://…` of the cluster that the copies are of. */
  readonly sourceUrl: string;
  /** What the copy in the other cloud is loaded into. */
  readonly postgres: { readonly port: number; readonly password: string };
  /** With it `farcopy` works against the sandbox. */
  readonly environment: NodeJS.ProcessEnv;
  /** All that a restore from the other cloud needs to know: neither AWS nor Temporal. */
  readonly gcsEndpoint: string;
  readonly logs: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** How to look into a restored database; the URL has no password. */
export interface RestoredDatabase {
  readonly from: string;
  readonly url: string;
  readonly password: string;
}

export interface Restores extends RestoredCluster {
  readonly databases: readonly RestoredDatabase[];
}

/** Where the cluster in the second region comes back. */
export function restoredCluster({ region, id }: Pick<ExpectedCluster, 'region' | 'id'>) {
  return { account: scratchAccount, region: secondRegion(region), id: `${id}-restored` };
}

/**
 * Restores a cluster's recovery point by `farcopy restore` from the second region and from the other cloud, both at once, and
 * reads every table of what came back, and of the cluster itself.
 */
export async function restoreCluster(cluster: ExpectedCluster, around: RestoreSurroundings): Promise<Restores> {
  const { say, signal } = around;
  const orders = [fromSecondRegion(cluster, around), await fromOtherCloud(cluster, around)];
  say(`\nRestoring ${cluster.id} from the second region and from the other cloud:`);
  for (const { words } of orders) say(`  farcopy ${words.join(' ')}`);
  const restoring = orders.map((order) => carryOut(order, around));
  const all = Promise.all(restoring);
  all.catch(() => undefined);
  // What has to be read is read while the slower one waits for AWS, but not while the faster one works.
  await Promise.race(restoring);
  const [source, back] = await Promise.all([databaseTables({ connectionString: around.sourceUrl }), all]);
  signal.throwIfAborted();
  return {
    source,
    restores: back.map(({ seen }) => seen),
    databases: back.flatMap(({ seen: { from }, config }) =>
      config === null ? [] : [{ from, url: urlOf(config), password: String(config.password) }],
    ),
  };
}

interface RestoreOrder {
  readonly from: string;
  readonly to: string;
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** How to connect to what came back; null where there is nothing to connect to. */
  readonly find: () => Promise<ClientConfig | null>;
}

function fromSecondRegion(cluster: ExpectedCluster, around: RestoreSurroundings): RestoreOrder {
  const from = 'secure-dr';
  const { account, region, id } = restoredCluster(cluster);
  return {
    from,
    to: `${account}/${region}/${id}`,
    words: [
      ...['restore', ...which(cluster), '--from', from, '--to', `${account}/${region}`, '--as', id],
      ...['--subnet-group', scratchNetwork],
    ],
    env: around.environment,
    logFile: join(around.logs, `restore-${id}-from-${from}.log`),
    find: async () => {
      const found = (await around.clouds.clusters(account, region)).find((one) => one.id === id);
      if (!found?.endpoint || found.port === null) return null;
      // User, password and the database's name are inside the data.
      const { username, password, pathname } = new URL(around.sourceUrl);
      return { host: found.endpoint, port: found.port, user: username, password, database: pathname.slice(1) };
    },
  };
}

async function fromOtherCloud(cluster: ExpectedCluster, around: RestoreSurroundings): Promise<RestoreOrder> {
  const { postgres, gcsEndpoint } = around;
  const server = { host: '127.0.0.1', port: postgres.port, user: superuser, password: postgres.password };
  await makeDatabase({ ...server, database: 'postgres' }, cluster.id);
  const config = { ...server, database: cluster.id };
  const from = `gs://${backupBucket(around.fleet)}`;
  const to = urlOf(config);
  return {
    from,
    to,
    words: ['restore', ...which(cluster), '--from', from, '--to', to],
    env: { PATH: process.env.PATH, STORAGE_EMULATOR_HOST: gcsEndpoint, PGPASSWORD: postgres.password },
    logFile: join(around.logs, `restore-${cluster.id}-from-gcs.log`),
    find: async () => config,
  };
}

function which({ account, region, id, scheduledTime }: ExpectedCluster): string[] {
  return [`${account}/${region}/${id}`, '--point', scheduledTimeLabel(scheduledTime)];
}

/** Restores, is the first to connect, and reads every table. */
async function carryOut({ from, to, words, env, logFile, find }: RestoreOrder, { signal, say }: RestoreSurroundings) {
  const startedAt = Date.now();
  const { ok, message } = await runFarcopy(words, { env, logFile, signal });
  const config = await find();
  const unanswered = config === null ? 'there is no address to connect to' : await connects(config);
  const rtoSeconds = unanswered === null ? Math.round((Date.now() - startedAt) / 100) / 10 : null;
  const clock = new Date().toISOString().slice(11, 19);
  say(
    `${clock} from ${from}: ${ok ? `back after ${rtoSeconds ?? '–'} s` : message}${unanswered === null ? '' : `; ${unanswered}`}`,
  );
  const found = unanswered === null ? config : null;
  const read = found === null ? null : await databaseTables(found).catch((error: unknown) => error as Error);
  const unread = read instanceof Error ? read.message : null;
  const tables = read instanceof Error ? null : read;
  const seen: SeenRestore = { from, to, rtoSeconds, problem: ok ? unread : message, tables };
  return { seen, config: found };
}

async function connects(config: ClientConfig): Promise<string | null> {
  const client = new Client(config);
  try {
    await client.connect();
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function makeDatabase(server: ClientConfig, name: string): Promise<void> {
  const client = new Client(server);
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

function urlOf({ host, port, user, database }: ClientConfig): string {
  return `postgres://${user}@${host}:${port}/${database}`;
}
