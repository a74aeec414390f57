import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The absolute path of a command as a shell would find it, or undefined. */
export function commandOnPath(command: string, environment: NodeJS.ProcessEnv): string | undefined {
  const extension = process.platform === 'win32' ? '.exe' : '';
  return (environment.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => resolve(join(directory, command + extension)))
    .find(isExecutable);
}

/** Whether the path is a file, or a link to one, that may be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
