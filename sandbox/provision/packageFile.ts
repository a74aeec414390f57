import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The absolute path of a file that belongs to this package but is not compiled (a lock file, a Python package), found from
 * the nearest `package.json` above. So it is the same whether the code runs compiled, from `dist/`, or from its source.
 */
export function packageFile(...segments: string[]): string {
  return join(packageRoot(__dirname), ...segments);
}

function packageRoot(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory)
    throw new Error(`no package.json in any folder above ${__dirname}: the package is incomplete`);
  return packageRoot(parent);
}
