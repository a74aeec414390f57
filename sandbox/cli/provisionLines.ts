import { type ProvisionProgress } from '../provision';

/** A line at least this often shows that a long build goes on. */
const repeatAfterSeconds = 30;

/** Writes what is done to get the servers, in plain lines: one when something new begins, one now and then while it lasts. */
export function provisionLines(write: (line: string) => void): (progress: ProvisionProgress) => void {
  const last = new Map<string, { message: string; elapsedSeconds: number }>();
  return ({ server, message, elapsedSeconds }) => {
    const before = last.get(server);
    if (before?.message === message && elapsedSeconds - before.elapsedSeconds < repeatAfterSeconds) return;
    last.set(server, { message, elapsedSeconds });
    write(`[${Math.round(elapsedSeconds)} s] ${message}`);
  };
}
