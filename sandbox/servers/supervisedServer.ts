import { setTimeout as delay } from 'node:timers/promises';
import { UnreachableError } from '../../src/client/unreachableError';
import { logTail } from '../provision/logTail';
import { type GuardedCommand, type GuardedProcess, startGuarded } from './guardedProcess';
import { ServerExitError } from './serverExitError';

/** What every running server offers. */
export interface RunningServer {
  pid: number;
  /** Ends the server and waits for its end. May be called any number of times. */
  stop: () => Promise<void>;
}

export interface SupervisedCommand extends GuardedCommand {
  /** For people: "the Temporal server". */
  label: string;
  readyWithinSeconds: number;
  /** Called when the server ends by itself after it was ready. */
  onUnexpectedExit?: ((error: ServerExitError) => void) | undefined;
}

/**
 * Starts a server under the guard and waits until it is ready.
 *
 * @param ready Resolves when the server answers; it is given up when the signal is aborted.
 * @throws ServerExitError when the server ends before. UnreachableError when it is not ready in time, or whatever `ready` throws; the
 *   server is stopped then.
 */
export async function startSupervised<T>(
  command: SupervisedCommand,
  ready: (signal: AbortSignal) => Promise<T>,
): Promise<RunningServer & { answer: T }> {
  const server = await startGuarded(command);
  const waiting = new AbortController();
  try {
    const answer = await Promise.race([
      ready(waiting.signal),
      exitOf(server, command),
      lateness(command, waiting.signal),
    ]);
    void server.ended.then((end) => {
      if (!end.requested) command.onUnexpectedExit?.(new ServerExitError(command.label, end, command.logFile));
    });
    return { answer, pid: server.pid, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    waiting.abort();
  }
}

async function exitOf(server: GuardedProcess, { label, logFile }: SupervisedCommand): Promise<never> {
  throw new ServerExitError(label, await server.ended, logFile);
}

async function lateness(command: SupervisedCommand, signal: AbortSignal): Promise<never> {
  await delay(command.readyWithinSeconds * 1000, undefined, { signal });
  const tail = logTail(command.logFile).replace(/^/gm, '  | ');
  const { label, readyWithinSeconds, logFile } = command;
  throw new UnreachableError(
    `${label} did not answer within ${readyWithinSeconds} s. Its log, ${logFile}, ends with:\n${tail}`,
    'a machine that is busy with other things may be too slow for it: try again',
  );
}
