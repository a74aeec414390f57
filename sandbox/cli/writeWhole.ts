import { rename, writeFile } from 'node:fs/promises';

/** Writes a file that only its owner may read, so that a reader sees the old content or the new, never a part. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const partial = `${path}.partial-${process.pid}`;
  await writeFile(partial, content, { mode: 0o600 });
  await rename(partial, path);
}
