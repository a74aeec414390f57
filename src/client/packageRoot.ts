import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of Farcopy's package.json, whether it runs compiled or from sources. */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return folder;
    if (path.dirname(folder) === folder) throw new Error('Farcopy is installed without its package.json');
  }
}
