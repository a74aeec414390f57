import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './isRunning';
import { type ServerRecipe } from './serverRecipe';

/**
 * Where servers are kept for this user: `FARCOPY_CACHE_DIR`, else the platform's place for caches (XDG on Linux) + `/farcopy`.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  if (environment.FARCOPY_CACHE_DIR) return environment.FARCOPY_CACHE_DIR;
  const home = environment.HOME || homedir();
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Caches', 'farcopy');
    case 'win32':
      return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'farcopy');
    default:
      return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'farcopy');
  }
}

/** The name of a server's entry: it changes with the pinned version, with the lock files' content, and with the platform. */
export function cacheEntryName({ name, version, lockFiles }: ServerRecipe): string {
  const hash = createHash('sha256');
  for (const file of lockFiles)
    hash
      .update(`${basename(file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return `${name}-${version}-${hash.digest('hex').slice(0, 12)}-${process.platform}-${process.arch}`;
}

/**
 * Fills a folder beside the entry, then renames it: an entry is there completely or not at all. What an earlier process left
 * unfinished is removed. Of two that fill the same entry, the first one wins.
 */
export async function publishEntry(entry: string, fill: (directory: string) => Promise<void>): Promise<void> {
  const partial = `${entry}.partial-${process.pid}`;
  await removeLeftovers(entry);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    await fill(partial);
    await rename(partial, entry).catch((error: unknown) => {
      if (!existsSync(entry)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function removeLeftovers(entry: string): Promise<void> {
  const prefix = `${basename(entry)}.partial-`;
  for (const name of await readdir(dirname(entry))) {
    if (!name.startsWith(prefix) || isRunning(Number(name.slice(prefix.length)))) continue;
    await rm(join(dirname(entry), name), { recursive: true, force: true });
  }
}
