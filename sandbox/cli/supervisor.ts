import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFile } from '../provision/packageFile';
import {
  farcopySearchAttributes,
  type PostgresServer,
  startAwsEmulator,
  startGcsEmulator,
  startPostgresServer,
  startTemporalServer,
} from '../servers';
import { type RunningServer, startSupervised } from '../servers/supervisedServer';
import { type RunningSandbox } from './runningSandbox';
import { type StateDirectory, stateDirectory } from './stateDirectory';
import { type SupervisorMessage, type SupervisorRequest } from './supervisorMessages';
import { writeWhole } from './writeWhole';
import { messageOf } from '../../src/core/failure';

/**
 * The process that owns everything a sandbox runs. It ends when it is asked to, when the command that started it ends
 * without having said `keep`, and when one of its servers ends by itself; its servers end with it, however it ends.
 */
class Supervisor {
  private state: StateDirectory | undefined;
  private postgresBin = '';
  private postgres: Promise<PostgresServer> | undefined;
  private readonly servers: RunningServer[] = [];
  private readonly workers: RunningServer[] = [];
  private control: Server | undefined;
  private kept = false;
  private ending: Promise<void> | undefined;

  async start(request: Extract<SupervisorRequest, { type: 'start' }>): Promise<void> {
    const state = stateDirectory(request.stateDirectory);
    this.state = state;
    this.postgresBin = request.postgresBin;
    const onUnexpectedExit = (error: Error) => this.fail(error);
    const [temporal, aws, gcs] = await Promise.all([
      this.own(
        this.servers,
        startTemporalServer({
          path: request.temporalCli,
          searchAttributes: farcopySearchAttributes,
          logFile: join(state.logs, 'temporal.log'),
          onUnexpectedExit,
        }),
      ),
      this.own(
        this.servers,
        startAwsEmulator({
          path: request.awsEmulator,
          postgresBin: request.postgresBin,
          settings: { timeScale: request.timeScale },
          logFile: join(state.logs, 'aws-emulator.log'),
          onUnexpectedExit,
        }),
      ),
      this.own(
        this.servers,
        startGcsEmulator({
          path: request.gcsEmulator,
          logFile: join(state.logs, 'gcs-emulator.log'),
          onUnexpectedExit,
        }),
      ),
    ]);
    const token = randomBytes(24).toString('hex');
    const sandbox: RunningSandbox = {
      version: 1,
      startedAt: new Date().toISOString(),
      pid: process.pid,
      control: { port: await this.listen(token), token },
      temporalAddress: temporal.address,
      temporalNamespace: 'default',
      temporalUi: temporal.uiUrl ?? '',
      awsEndpoint: aws.endpoint,
      gcsEndpoint: gcs.endpoint,
      temporalCli: request.temporalCli,
    };
    if (this.ending !== undefined) return;
    await writeWhole(state.sandboxFile, `${JSON.stringify(sandbox, null, 2)}\n`);
    tell({ type: 'started', sandbox });
  }

  async startWorkers({ count, environment }: Extract<SupervisorRequest, { type: 'start-workers' }>): Promise<void> {
    const { logs } = this.state ?? {};
    if (logs === undefined) throw new Error('workers need a sandbox that was started');
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        this.own(
          this.workers,
          startSupervised(
            {
              label: `worker ${i + 1}`,
              command: process.execPath,
              args: [packageFile('dist', 'bin', 'farcopy.js'), 'worker'],
              env: environment,
              logFile: join(logs, `worker-${i + 1}.log`),
              graceSeconds: 5,
              readyWithinSeconds: 60,
              onUnexpectedExit: (error) => this.fail(error),
            },
            // It takes work when it can; nothing that is begun here has to wait for it.
            async () => undefined,
          ),
        ),
      ),
    );
    tell({ type: 'workers-started' });
  }

  async startPostgres(): Promise<void> {
    const { logs } = this.state ?? {};
    if (logs === undefined) throw new Error('PostgreSQL needs a sandbox that was started');
    this.postgres ??= this.own(
      this.servers,
      startPostgresServer({
        bin: this.postgresBin,
        logFile: join(logs, 'postgres.log'),
        onUnexpectedExit: (error) => this.fail(error),
      }),
    );
    const { port, password } = await this.postgres;
    tell({ type: 'postgres-started', port, password });
  }

  keep(): void {
    this.kept = true;
    tell({ type: 'kept' });
  }

  /** The command that started this process has ended, or said goodbye. */
  async parentLeft(): Promise<void> {
    if (!this.kept) await this.end();
  }

  async end(): Promise<void> {
    this.ending ??= this.endAll();
    await this.ending;
    process.exit();
  }

  fail(error: unknown): void {
    if (this.ending !== undefined) return;
    const message = messageOf(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = 1;
    tell({ type: 'failed', message });
    void this.end();
  }

  /** Remembers a server as soon as it is there, also one that comes up while everything ends. */
  private async own<T extends RunningServer>(owned: RunningServer[], starting: Promise<T>): Promise<T> {
    const server = await starting;
    owned.push(server);
    if (this.ending !== undefined) await server.stop();
    return server;
  }

  private async endAll(): Promise<void> {
    // Workers first: they would only complain about the servers' absence.
    await Promise.all(this.workers.map((worker) => worker.stop()));
    // One that is still being made has written files already.
    await this.postgres?.catch(() => undefined);
    await Promise.all(this.servers.map((server) => server.stop()));
    if (this.state !== undefined) await rm(this.state.sandboxFile, { force: true });
    this.control?.close();
  }

  /** Takes requests of this user's commands: GET proves that this is the supervisor, DELETE ends everything. */
  private async listen(token: string): Promise<number> {
    const control = createServer((request, response) => {
      const mayAsk = request.headers.authorization === `Bearer ${token}`;
      response.writeHead(mayAsk ? 200 : 403, { connection: 'close' }).end();
      if (mayAsk && request.method === 'DELETE') void this.end();
    });
    this.control = control;
    await new Promise<void>((listening, failed) => control.once('error', failed).listen(0, '127.0.0.1', listening));
    return (control.address() as AddressInfo).port;
  }
}

function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message);
}

const supervisor = new Supervisor();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void supervisor.end());
process.on('disconnect', () => void supervisor.parentLeft());
process.on('message', (request: SupervisorRequest) => {
  switch (request.type) {
    case 'start':
      return void supervisor.start(request).catch((error: unknown) => supervisor.fail(error));
    case 'start-workers':
      return void supervisor.startWorkers(request).catch((error: unknown) => supervisor.fail(error));
    case 'start-postgres':
      return void supervisor.startPostgres().catch((error: unknown) => supervisor.fail(error));
    case 'keep':
      return supervisor.keep();
    case 'end':
      return void supervisor.end();
  }
});
