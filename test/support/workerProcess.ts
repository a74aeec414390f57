import { startGuarded } from '../../sandbox/servers/guardedProcess';
import { farcopyProgram } from './program';

/** A `farcopy worker` that ends with this process, however it ends. */
export interface WorkerProcess {
  readonly pid: number;
  /** `kill -9`, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end, however long it takes. */
  end(): Promise<void>;
  /** The orderly way, and after a second the other one. */
  stop(): Promise<void>;
}

/** What a worker is started of. */
export interface Build {
  /** Default: what was built last. */
  readonly program?: string;
  /** Variables besides those of the sandbox. */
  readonly variables?: NodeJS.ProcessEnv;
  /** Options behind `farcopy worker`. */
  readonly options?: readonly string[];
}

/** @param queues `fleet,limits`; left out: all */
export async function startWorker(
  environment: NodeJS.ProcessEnv,
  logFile: string,
  queues?: string,
  { program = farcopyProgram(), variables = {}, options = [] }: Build = {},
): Promise<WorkerProcess> {
  const { pid, ended, stop } = await startGuarded({
    command: process.execPath,
    args: [program, 'worker', ...(queues === undefined ? [] : ['--queues', queues]), ...options],
    env: { ...environment, ...variables },
    logFile,
    graceSeconds: 1,
  });
  return {
    pid,
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
