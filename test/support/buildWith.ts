import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageFile } from '../../sandbox/provision/packageFile';
import { farcopyProgram } from './program';

/**
 * Puts what was built last into a folder, with other workflow code.
 *
 * @param bundles Contents by the names of the bundles' files.
 * @returns its program
 */
export async function buildWith(
  folder: string,
  bundles: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const root = dirname(packageFile('package.json'));
  await mkdir(folder);
  await cp(dirname(dirname(farcopyProgram())), join(folder, 'dist'), { recursive: true });
  for (const name of ['node_modules', 'package.json', 'schema', 'sandbox', 'deploy'])
    await symlink(join(root, name), join(folder, name));
  for (const [name, content] of Object.entries(bundles))
    await writeFile(join(folder, 'dist/src/worker', name), content);
  return join(folder, 'dist/bin/farcopy.js');
}
