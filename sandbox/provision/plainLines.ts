import { type ProvisionProgress } from './provision';

/** A line at least this often shows that a long build goes on. */
const REPEAT_AFTER_SECONDS = 30;

/** Progress for a log: a line when something new begins, and one now and then while it lasts. */
export function plainLines(write: (line: string) => void): (progress: ProvisionProgress) => void {
  const last = new Map<string, { message: string; elapsedSeconds: number }>();
  return ({ server, message, elapsedSeconds }) => {
    const before = last.get(server);
    if (before?.message === message && elapsedSeconds - before.elapsedSeconds < REPEAT_AFTER_SECONDS) return;
    last.set(server, { message, elapsedSeconds });
    write(`[${Math.round(elapsedSeconds)} s] ${message}`);
  };
}
