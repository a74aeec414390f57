import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { packageFile } from '../../sandbox/provision/packageFile';
import { farcopyProgram } from './program';

/** The workflow code of the build before this one; `node dist/scripts/keepBundle.js` keeps that of this build. */
const bundles = packageFile('test', 'chaos', 'previous');

/**
 * Puts a build with the workflow code of the one before into a folder, as workers of it would still run in an upgrade.
 *
 * @returns its program
 */
export async function previousBuild(folder: string): Promise<string> {
  const root = dirname(packageFile('package.json'));
  const copy = join(folder, 'previous');
  await mkdir(copy);
  await cp(dirname(dirname(farcopyProgram())), join(copy, 'dist'), { recursive: true });
  for (const name of ['node_modules', 'package.json', 'schema', 'sandbox', 'deploy'])
    await symlink(join(root, name), join(copy, name));
  for (const name of await readdir(bundles))
    await writeFile(
      join(copy, 'dist/src/worker', name.replace(/\.gz$/, '')),
      gunzipSync(await readFile(join(bundles, name))),
    );
  return join(copy, 'dist/bin/farcopy.js');
}
