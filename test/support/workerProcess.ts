import { startGuarded } from '../../sandbox/servers/guardedProcess';
import { farcopyProgram } from './program';

/** A `farcopy worker` that ends with this process, however it ends. */
export interface WorkerProcess {
  /** `kill -9`, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end, however long it takes. */
  end(): Promise<void>;
  /** The orderly way, and after a second the other one. */
  stop(): Promise<void>;
}

/** @param queues `fleet,limits`; left out: all */
export async function startWorker(
  environment: NodeJS.ProcessEnv,
  logFile: string,
  queues?: string,
): Promise<WorkerProcess> {
  const { pid, ended, stop } = await startGuarded({
    command: process.execPath,
    args: [farcopyProgram(), 'worker', ...(queues === undefined ? [] : ['--queues', queues])],
    env: environment,
    logFile,
    graceSeconds: 1,
  });
  return {
    async kill() {
      process.kill(pid, 'SIGKILL');
      await ended;
    },
    async end() {
      process.kill(pid, 'SIGTERM');
      await ended;
    },
    stop,
  };
}
