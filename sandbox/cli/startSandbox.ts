import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure } from '../../src/client/cli/commandFailure';
import { exitCodes } from '../../src/client/cli/exitCodes';
import { logTail } from '../provision/logTail';
import { provision, ProvisionError, type ProvisionOptions } from '../provision';
import { type RunningSandbox } from './runningSandbox';
import { type StateDirectory } from './stateDirectory';
import { type SupervisorMessage, type SupervisorRequest } from './supervisorMessages';

export interface StartSandboxOptions {
  readonly state: StateDirectory;
  /** Real seconds per second of an emulated operation: 0.01 makes an hour last 36 seconds. */
  readonly timeScale: number;
  readonly onProgress?: ProvisionOptions['onProgress'];
  /** Ends the start, and whatever was started. */
  readonly signal: AbortSignal;
}

/** A sandbox that ends with this process, until it is kept. */
export interface OwnedSandbox {
  readonly servers: RunningSandbox;
  /** Rejects when a server or worker ends by itself; never resolves. */
  readonly failure: Promise<never>;
  /** Starts `farcopy worker` processes, which the sandbox owns like its servers. */
  startWorkers(count: number, environment: NodeJS.ProcessEnv): Promise<void>;
  /** Starts an empty PostgreSQL beside the clouds, which the sandbox owns like its servers; of one sandbox, one. */
  startPostgres(): Promise<{ readonly port: number; readonly password: string }>;
  /** Lets the sandbox live on when this process ends. */
  keep(): Promise<void>;
  /** Ends everything and waits for the end. */
  end(): Promise<void>;
}

/**
 * Finds or gets the servers, then starts them under a supervisor process of their own.
 *
 * @throws CommandFailure when a server cannot be had. Error with the end of its log when one cannot be started. The signal's
 *   reason when aborted.
 */
export async function startSandbox({
  state,
  timeScale,
  onProgress,
  signal,
}: StartSandboxOptions): Promise<OwnedSandbox> {
  const servers = await provisionServers(onProgress, signal);
  await mkdir(state.logs, { recursive: true, mode: 0o700 });
  const supervisor = new SupervisorProcess(join(state.logs, 'supervisor.log'));
  const end = () => void supervisor.end();
  signal.addEventListener('abort', end, { once: true });
  try {
    const { sandbox } = await supervisor.ask('started', {
      type: 'start',
      stateDirectory: state.path,
      temporalCli: servers['temporal-cli'].path,
      awsEmulator: servers['aws-emulator'].path,
      gcsEmulator: servers['gcs-emulator'].path,
      postgresBin: servers.postgres.path,
      timeScale,
    });
    signal.throwIfAborted();
    return {
      servers: sandbox,
      failure: supervisor.failure,
      async startWorkers(count, environment) {
        await supervisor.ask('workers-started', { type: 'start-workers', count, environment });
      },
      startPostgres: () => supervisor.ask('postgres-started', { type: 'start-postgres' }),
      async keep() {
        await supervisor.ask('kept', { type: 'keep' });
        supervisor.leave();
      },
      end: () => supervisor.end(),
    };
  } catch (error) {
    await supervisor.end();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function provisionServers(onProgress: ProvisionOptions['onProgress'], signal: AbortSignal) {
  try {
    return await provision(['temporal-cli', 'aws-emulator', 'gcs-emulator', 'postgres'], {
      signal,
      ...(onProgress ? { onProgress } : {}),
    });
  } catch (error) {
    // Its message says what to do.
    if (error instanceof ProvisionError) throw new CommandFailure(error.message, exitCodes.unreachable);
    throw error;
  }
}

class SupervisorProcess {
  /** Rejects when the supervisor says so, or ends unasked. */
  readonly failure: Promise<never>;
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private endRequested = false;

  constructor(logFile: string) {
    const log = openSync(logFile, 'a', 0o600);
    this.child = spawn(process.execPath, [join(__dirname, 'supervisor.js')], {
      stdio: ['ignore', log, log, 'ipc'],
      // A session of its own: Ctrl-C reaches this process only, which then ends things in order.
      detached: true,
      windowsHide: true,
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', () => resolve());
    });
    this.failure = new Promise<never>((_, reject) => {
      this.child.on('message', (message: SupervisorMessage) => {
        if (message.type === 'failed') reject(new Error(message.message));
      });
      this.child.once('error', reject);
      this.child.once('exit', () => {
        if (!this.endRequested)
          reject(new Error(`the sandbox's supervisor ended; its log ends with:\n${logTail(logFile)}`));
      });
    });
    // Whoever waits for something sees it; nobody has to.
    this.failure.catch(() => {});
  }

  /** Sends a request and waits for the answer of this type. */
  async ask<T extends SupervisorMessage['type']>(
    type: T,
    request: SupervisorRequest,
  ): Promise<Extract<SupervisorMessage, { type: T }>> {
    const answer = new Promise<Extract<SupervisorMessage, { type: T }>>((resolve) => {
      this.child.on('message', (message: SupervisorMessage) => {
        if (message.type === type) resolve(message as Extract<SupervisorMessage, { type: T }>);
      });
    });
    this.child.send(request, () => {});
    return Promise.race([
      answer,
      this.failure,
      this.ended.then(() => Promise.reject(new Error('the sandbox was ended'))),
    ]);
  }

  async end(): Promise<void> {
    this.endRequested = true;
    if (this.child.connected) this.child.send({ type: 'end' } satisfies SupervisorRequest, () => {});
    await this.ended;
  }

  /** Nothing keeps this process from ending any more. */
  leave(): void {
    this.endRequested = true;
    this.child.disconnect();
    this.child.unref();
  }
}
