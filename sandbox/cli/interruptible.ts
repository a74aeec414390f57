import { CommandFailure } from '../../src/client/cli/commandFailure';
import { exitCodes } from '../../src/client/cli/exitCodes';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that ends in order when this process is asked to end: the signal is aborted, and the work is waited for.
 *
 * @throws CommandFailure with exit code 130 when the interruption made the work fail.
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const abort = () => controller.abort(new CommandFailure('interrupted', exitCodes.interrupted));
  for (const name of signals) process.on(name, abort);
  try {
    await work(controller.signal);
  } catch (error) {
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    for (const name of signals) process.removeListener(name, abort);
  }
}
