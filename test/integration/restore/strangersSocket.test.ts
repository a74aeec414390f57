import { createServer, type Server, type Socket } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AddressInfo } from 'node:net';
import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { openServer } from '../../../src/activities/drill/drillServer';
import { loadExportActivities } from '../../../src/activities/restore/loadExport';
import { openDatabase } from '../../../src/postgres/databaseConnections';

/** Asks whoever connects for the password in the clear, as a stranger's server would, and keeps what it is sent. */
class Stranger {
  private readonly chunks: Buffer[] = [];
  private readonly server: Server;
  connections = 0;

  constructor() {
    this.server = createServer((socket: Socket) => {
      this.connections += 1;
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        this.chunks.push(chunk);
        // AuthenticationCleartextPassword
        if (this.chunks.length === 1) socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
        else socket.end();
      });
    });
  }

  async listen(on: string | number): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(on, resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get received(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const secret = 'kept-in-secrets-manager';
let stranger: Stranger;
let folder: string;
const before = { ...process.env };
beforeEach(async () => {
  stranger = new Stranger();
  folder = await mkdtemp(join(tmpdir(), 'farcopy-stranger-'));
});
afterEach(async () => {
  process.env = { ...before };
  await stranger.close();
  await rm(folder, { recursive: true, force: true });
});

const passwords = (host: string | null, servers: readonly string[] = []) => ({
  readSecret: async () => ({ password: secret, username: null, host }),
  servers: new Set(servers),
  ownPassword: 'of-the-environment',
});
const dump = (failure: unknown) => JSON.stringify(failure, Object.getOwnPropertyNames(Object(failure)));

describe('a server of strangers', () => {
  test.each([
    ['by host and port in the query', (port: number) => `postgres://me@db.example/shop?host=127.0.0.1&port=${port}`],
    ['by its address in the query', (port: number) => `postgres://me@db.example:${port}/shop?hostaddr=127.0.0.1`],
  ])('gets nothing %s', async (_how, url) => {
    await stranger.listen(0);
    const activities = loadExportActivities({
      openStore: () => Promise.reject(new Error('unused')),
      signatures: async () => null,
      ...passwords('db.example'),
    });
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });
    const from = { bucket: 'gs://panda-backups', dataPrefix: 'data/x/' };
    const restored = environment.run(activities.planPostgresRestore, {
      from,
      to: { url: url(stranger.port), secret: 'arn' },
    });
    await expect(restored).rejects.toMatchObject({ type: 'InvalidInput' });
    const drilled = openServer(
      { url: url(stranger.port), secret: 'arn' },
      passwords('db.example'),
      AbortSignal.timeout(5000),
    );
    await expect(drilled).rejects.toMatchObject({ type: 'InvalidInput' });
    expect([stranger.connections, stranger.received]).toEqual([0, '']);
  });

  test('gets nothing by a path', async () => {
    const path = join(folder, '.s.PGSQL.5432');
    await stranger.listen(path);
    for (const url of [
      `postgres://me@db.example/shop?host=${folder}`,
      `postgres://me@${encodeURIComponent(folder)}/shop`,
    ])
      await expect(
        openServer({ url, secret: 'arn' }, passwords('db.example'), AbortSignal.timeout(5000)),
      ).rejects.toMatchObject({
        type: 'InvalidInput',
      });
    const endpoint = { host: folder, port: 5432, database: 'shop', masterUsername: null };
    await expect(openDatabase(endpoint, { user: 'me', password: secret }, 'disable')).rejects.toMatchObject({
      type: 'Configuration',
    });
    expect([stranger.connections, stranger.received]).toEqual([0, '']);
  });

  test('gets no secret that is for another host, nor one that does not say for which', async () => {
    await stranger.listen(0);
    const server = { url: `postgres://me@127.0.0.1:${stranger.port}/shop`, secret: 'arn' };
    for (const host of ['db.example', null])
      await expect(openServer(server, passwords(host), AbortSignal.timeout(5000))).rejects.toMatchObject({
        type: 'Configuration',
      });
    expect([stranger.connections, stranger.received]).toEqual([0, '']);
  });

  test('gets no password of the environment, and no file of it', async () => {
    await stranger.listen(0);
    const file = join(folder, 'pgpass');
    await writeFile(file, '*:*:*:*:of-the-file\n', { mode: 0o600 });
    Object.assign(process.env, { PGPASSWORD: 'of-the-environment', PGPASSFILE: file, PGOPTIONS: '-c a=b' });
    const server = { url: `postgres://me@127.0.0.1:${stranger.port}/shop`, secret: null };
    const failure: unknown = await openServer(server, passwords(null), AbortSignal.timeout(5000)).catch(
      (e: unknown) => e,
    );
    expect(stranger.connections).toBe(1);
    expect(stranger.received).not.toMatch(/of-the|a=b/);
    expect(dump(failure)).not.toMatch(/of-the/);
  });

  test('is told apart from the server that the fleet file names, which gets the password of the environment', async () => {
    await stranger.listen(0);
    const named = `127.0.0.1:${stranger.port}`;
    const server = { url: `postgres://me@${named}/shop`, secret: null };
    await openServer(server, passwords(null, [named]), AbortSignal.timeout(5000)).catch(() => undefined);
    expect(stranger.received).toContain('of-the-environment');
  });

  test('is not connected to because the environment names it', async () => {
    await stranger.listen(0);
    Object.assign(process.env, {
      PGHOST: '127.0.0.1',
      PGPORT: String(stranger.port),
      PGSSLMODE: 'disable',
      PGUSER: 'you',
    });
    const url = 'postgres://me@db.invalid:1/shop';
    await expect(openServer({ url, secret: null }, passwords(null), AbortSignal.timeout(5000))).rejects.toBeDefined();
    expect(stranger.connections).toBe(0);
  });
});
