import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from './isRunning';

const POLL_MILLISECONDS = 200;
/** Longer than any build: a lock this old is left over even if its pid, or its machine, looks alive. */
const ABANDONED_AFTER_SECONDS = 3600;
/** A holder writes its name right after it created the file. */
const UNNAMED_AFTER_SECONDS = 10;

/** The locks of this very process: its pid may be one that a dead process had, which is the rule in containers. */
const heldHere = new Set<string>();

export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock. */
  onWait?: (holder: string) => void;
}

/**
 * Runs `body` while holding a lock among the processes of a machine. The lock of a dead process is taken over.
 *
 * It spares double work; it is not needed for correctness, as cache entries are published by renaming.
 */
export async function withFileLock<T>(path: string, options: LockOptions, body: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  heldHere.add(mine);
  try {
    await acquire(path, mine, options);
    return await body();
  } finally {
    heldHere.delete(mine);
    if ((await contentOf(path)) === mine) await rm(path, { force: true });
  }
}

async function acquire(path: string, mine: string, { signal, onWait }: LockOptions): Promise<void> {
  let waiting = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await writeFile(path, mine, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const held = await contentOf(path);
    if (held === undefined) continue;
    if (await isAbandoned(path, held)) {
      await takeAway(path, held);
      continue;
    }
    if (!waiting) onWait?.(holderOf(held)?.pid === undefined ? 'another process' : `process ${holderOf(held)?.pid}`);
    waiting = true;
    await delay(POLL_MILLISECONDS, undefined, { signal });
  }
}

async function isAbandoned(path: string, content: string): Promise<boolean> {
  const modified = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
  const ageSeconds = (Date.now() - modified) / 1000;
  const holder = holderOf(content);
  if (holder === undefined) return ageSeconds > UNNAMED_AFTER_SECONDS;
  if (ageSeconds > ABANDONED_AFTER_SECONDS) return true;
  if (holder.host !== hostname()) return false;
  return holder.pid === process.pid ? !heldHere.has(content) : !isRunning(holder.pid);
}

/** Removes exactly the lock that was judged: had another process taken it over meanwhile, that one's is put back. */
async function takeAway(path: string, judged: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = await contentOf(aside);
  if (taken !== undefined && taken !== judged) await writeFile(path, taken, { flag: 'wx' }).catch(() => {});
  await rm(aside, { force: true });
}

function holderOf(content: string): { pid: number; host: string } | undefined {
  try {
    return JSON.parse(content) as { pid: number; host: string };
  } catch {
    return undefined;
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
