import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { packageFile } from '../../sandbox/provision/packageFile';
import { buildWith } from './buildWith';

/** The workflow code of the build before this one; `node dist/scripts/keepBundle.js` keeps that of this build. */
const bundles = packageFile('test', 'chaos', 'previous');

/**
 * Puts a build with the workflow code of the one before into a folder, as workers of it would still run in an upgrade.
 *
 * @returns its program
 */
export async function previousBuild(folder: string): Promise<string> {
  const kept = await Promise.all(
    (await readdir(bundles)).map(
      async (name) => [name.replace(/\.gz$/, ''), gunzipSync(await readFile(join(bundles, name)))] as const,
    ),
  );
  return buildWith(join(folder, 'previous'), Object.fromEntries(kept));
}
