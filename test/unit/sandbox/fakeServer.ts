import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOutput } from '../../../sandbox/provision/commandOutput';
import { type ServerRecipe } from '../../../sandbox/provision/serverRecipe';

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'farcopy-test-'));
}

/** An executable shell script. */
export function script(path: string, ...lines: string[]): string {
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return path;
}

/** What a build of the fake server runs; each run is noted in `builds.log`. */
export const buildScript = (folder: string, directory: string) => [
  `echo built >> '${join(folder, 'builds.log')}'`,
  `printf '#!/bin/sh\\necho 2.0\\n' > '${join(directory, 'server')}'`,
  `chmod +x '${join(directory, 'server')}'`,
];

/**
 * The recipe of a server that is a script printing its version: 2.0 is good, anything else too old. Its lock file, its cache
 * and the notes of its builds are in `folder`.
 */
export function fakeRecipe(folder: string, changes: Partial<ServerRecipe> = {}): ServerRecipe {
  if (!existsSync(join(folder, 'lock'))) writeFileSync(join(folder, 'lock'), 'pinned');
  return {
    name: 'temporal-cli',
    label: 'the fake server',
    environmentVariable: 'FARCOPY_FAKE',
    expects: 'the `fake` command',
    commandOnPath: 'fake',
    version: '2.0',
    lockFiles: [join(folder, 'lock')],
    executable: 'server',
    buildTime: 'about no time',
    async inspect(path, environment) {
      const version = await commandOutput(path, [], environment);
      if (version !== '2.0') throw new Error(`${path} is ${version}; 2.0 is needed`);
      return version;
    },
    buildSteps: async (directory) => [{ command: '/bin/sh', args: ['-c', buildScript(folder, directory).join('\n')] }],
    ...changes,
  };
}
