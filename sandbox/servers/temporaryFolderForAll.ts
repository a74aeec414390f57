import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';

/** Where every Unix has one that all users reach. */
const common = '/tmp';

/**
 * The folder for temporary files, or one that other users reach too where root's own is closed to them: PostgreSQL refuses to
 * run as root, so what the AWS emulator starts for root runs as nobody.
 */
export function temporaryFolderForAll(folder = tmpdir(), isRoot = process.getuid?.() === 0): string {
  return !isRoot || othersReach(resolve(folder)) ? folder : common;
}

function othersReach(folder: string): boolean {
  const mayEnter = (statSync(folder).mode & 0o001) !== 0;
  return mayEnter && (dirname(folder) === folder || othersReach(dirname(folder)));
}
