import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Storage } from '@google-cloud/storage';
import { Connection } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Client } from 'pg';
import { isRunning } from '../../../sandbox/provision/isRunning';
import { provision, type ProvisionedServer, type ServerName } from '../../../sandbox/provision';
import {
  type AwsEmulator,
  type GcsEmulator,
  type PostgresServer,
  type ServerExitError,
  startAwsEmulator,
  startGcsEmulator,
  startPostgresServer,
  startTemporalServer,
  type TemporalServer,
} from '../../../sandbox/servers';

const PROVISIONING_MILLISECONDS = 20 * 60_000;

let servers: Record<Exclude<ServerName, 'aws-emulator-tests' | 'deploy-linters' | 'promtool'>, ProvisionedServer>;
let folder: string;

beforeAll(async () => {
  servers = await provision(['temporal-cli', 'aws-emulator', 'gcs-emulator', 'postgres', 'test-server']);
  folder = mkdtempSync(join(tmpdir(), 'farcopy-test-'));
}, PROVISIONING_MILLISECONDS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('running servers', () => {
  let temporal: TemporalServer;
  let aws: AwsEmulator;
  let gcs: GcsEmulator;
  let postgres: PostgresServer;

  beforeAll(async () => {
    [temporal, aws, gcs, postgres] = await Promise.all([
      startTemporalServer({
        path: servers['temporal-cli'].path,
        namespaces: ['other'],
        searchAttributes: { FarcopyTest: 'Keyword' },
        logFile: join(folder, 'temporal.log'),
      }),
      startAwsEmulator({
        path: servers['aws-emulator'].path,
        settings: { timeScale: 0.01 },
        logFile: join(folder, 'aws.log'),
      }),
      startGcsEmulator({ path: servers['gcs-emulator'].path, logFile: join(folder, 'gcs.log') }),
      startPostgresServer({ bin: servers.postgres.path, logFile: join(folder, 'postgres.log') }),
    ]);
  });

  afterAll(async () => {
    await Promise.all([temporal, aws, gcs, postgres].map((server) => server.stop()));
  });

  test('Temporal answers in every namespace, with the search attributes', async () => {
    const connection = await Connection.connect({ address: temporal.address });
    for (const namespace of ['default', 'other']) {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      expect(Object.keys(customAttributes ?? {})).toContain('FarcopyTest');
    }
    await connection.close();
    expect((await fetch(String(temporal.uiUrl))).status).toBe(200);
  });

  test('the AWS emulator answers, with the settings', async () => {
    const settings = (await (await fetch(`${aws.endpoint}/_sandbox/settings`)).json()) as { timeScale: number };
    expect(settings.timeScale).toBe(0.01);
  });

  test("the GCS emulator takes what Google's own client sends, in one part and in several", async () => {
    const storage = new Storage({ apiEndpoint: gcs.endpoint, projectId: 'farcopy-test' });
    const [bucket] = await storage.createBucket('panda-backups');
    const content = Buffer.alloc(600_000, 'bamboo');
    await bucket.file('simple').save(content, { resumable: false, validation: 'crc32c' });
    const chunkSize = 256 * 1024;
    await bucket.file('resumable').save(content, { resumable: true, chunkSize, validation: 'crc32c' });
    for (const name of ['simple', 'resumable']) expect((await bucket.file(name).download())[0]).toEqual(content);
    const [files] = await bucket.getFiles();
    expect(files.map(({ name, metadata }) => [name, Number(metadata.size)])).toEqual([
      ['resumable', content.length],
      ['simple', content.length],
    ]);
    expect(files[0]?.metadata.mediaLink).toMatch(gcs.endpoint);
  });

  test('PostgreSQL is empty, and lets its superuser in with the password only', async () => {
    const { port, password } = postgres;
    const server = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
    const client = new Client({ ...server, password });
    await client.connect();
    const { rows } = await client.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`);
    await client.end();
    expect(rows).toEqual([]);
    const stranger = new Client({ ...server, password: 'guessed' });
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/);
  });

  test('nobody but this machine reaches them', async () => {
    const addresses = [temporal.address, String(temporal.uiUrl), aws.endpoint, gcs.endpoint];
    const ports = [...addresses.map((address) => Number(address.split(':').at(-1))), postgres.port];
    const outward = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
    );
    for (const address of outward) for (const port of ports) expect(await accepts(address, port)).toBe(false);
    for (const { pid } of [temporal, aws, gcs, postgres]) expect(listeningElsewhere(pid)).toEqual([]);
  });
});

test('stopped servers are gone, and can be stopped again', async () => {
  const logFile = join(folder, 'stopped.log');
  const server = await startTemporalServer({ path: servers['temporal-cli'].path, headless: true, logFile });
  await server.stop();
  expect(isRunning(server.pid)).toBe(false);
  await expect(server.stop()).resolves.toBeUndefined();
});

test('a stopped PostgreSQL leaves no files, whoever is still connected', async () => {
  const logFile = join(folder, 'stopped-postgres.log');
  const { port, password, stop } = await startPostgresServer({ bin: servers.postgres.path, logFile });
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password });
  client.on('error', () => undefined);
  const ask = async () => {
    await client.connect();
    return (await client.query<{ data_directory: string }>('SHOW data_directory')).rows[0]?.data_directory;
  };
  const data = String(await ask().finally(stop));
  expect(data).toMatch(/farcopy-postgres-/);
  expect([data, dirname(data)].filter((path) => existsSync(path))).toEqual([]);
});

test('where a proxy is set, Temporal is not asked for through it', async () => {
  const proxy = { http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1', no_proxy: '' };
  const before = Object.fromEntries(Object.keys(proxy).map((name) => [name, process.env[name]]));
  Object.assign(process.env, proxy);
  try {
    const logFile = join(folder, 'proxied.log');
    const server = await startTemporalServer({ path: servers['temporal-cli'].path, headless: true, logFile });
    await server.stop();
  } finally {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
});

test('what Temporal kept in a file is there at the next start', async () => {
  const options = {
    path: servers['temporal-cli'].path,
    headless: true,
    dbFile: join(folder, 'temporal.db'),
    logFile: join(folder, 'kept.log'),
  };
  const first = await startTemporalServer({ ...options, namespaces: ['kept'] });
  await first.stop();
  const second = await startTemporalServer(options);
  const connection = await Connection.connect({ address: second.address });
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'kept' });
  expect(namespaceInfo?.name).toBe('kept');
  await connection.close();
  await second.stop();
});

test('a server that ends by itself is reported', async () => {
  const reported = await new Promise<ServerExitError>((onUnexpectedExit) => {
    const logFile = join(folder, 'ended.log');
    void startTemporalServer({ path: servers['temporal-cli'].path, headless: true, logFile, onUnexpectedExit }).then(
      ({ pid }) => process.kill(pid, 'SIGKILL'),
    );
  });
  expect(reported.message).toMatch('the Temporal server was killed by SIGKILL. Its log');
});

test('a server that cannot start tells the end of its log', async () => {
  const logFile = join(folder, 'broken.log');
  const searchAttributes = { Wrong: 'Colour' as 'Keyword' };
  await expect(startTemporalServer({ path: servers['temporal-cli'].path, searchAttributes, logFile })).rejects.toThrow(
    /the Temporal server ended with exit code 1\. Its log, .*broken\.log, ends with:\n.*Colour/,
  );
});

test('a parent killed with SIGKILL leaves no server', async () => {
  const parent = spawn(
    process.execPath,
    [
      join(__dirname, 'parentOfServers.js'),
      folder,
      servers['temporal-cli'].path,
      servers['aws-emulator'].path,
      servers['gcs-emulator'].path,
      servers.postgres.path,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  const pids = JSON.parse(line) as number[];
  expect(pids.map(isRunning)).toEqual([true, true, true, true]);
  parent.kill('SIGKILL');
  try {
    await until(() => !pids.some(isRunning));
  } finally {
    for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL');
  }
});

test('the test server skips time and ends with its environment', async () => {
  const executable = { type: 'existing-path', path: servers['test-server'].path } as const;
  const environment = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  const before = await environment.currentTimeMs();
  await environment.sleep('30 days');
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(30 * 86_400_000);
  await environment.teardown();
});

async function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}

/** Every address of a process that listens but is not 127.0.0.1, where the system tells (Linux). */
function listeningElsewhere(pid: number): string[] {
  if (!existsSync(`/proc/${pid}/fd`)) return [];
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  const rows = ['tcp', 'tcp6'].flatMap((file) => readFileSync(`/proc/${pid}/net/${file}`, 'utf8').split('\n').slice(1));
  const listening = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.includes(`socket:[${inode}]`))
    .map(([, local = '']) => local);
  expect(listening).not.toEqual([]);
  return listening.filter((local) => !local.startsWith('0100007F:'));
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not so after 10 s: ${condition.toString()}`);
    await delay(20);
  }
}
