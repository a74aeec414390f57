import { join } from 'node:path';
import { type CommandStep } from './buildStep';
import { commandOnPath } from './commandOnPath';
import { commandOutput } from './commandOutput';
import { MissingToolError } from './missingToolError';
import { isAtLeast } from './version';

/** From here on Go fetches a newer toolchain by itself, unless that is switched off. */
const FIRST_GO_WITH_TOOLCHAINS = '1.21';

export interface GoBuild {
  /** The folder whose go.mod and go.sum pin the modules. */
  folder: string;
  /** The import path of the command. */
  command: string;
  /** The executable to make, in the build's folder. */
  executable: string;
  /** What the modules ask for in their go.mod. */
  minimumGo: string;
  /** Further flags of the linker. */
  linkerFlags?: readonly string[];
  /** Build tags. */
  tags?: readonly string[];
}

/**
 * The build of a command from pinned modules, without a C compiler.
 *
 * @throws MissingToolError when there is no Go that is new enough, or that fetches a newer one itself.
 */
export async function goBuild(build: GoBuild, directory: string, environment: NodeJS.ProcessEnv): Promise<CommandStep> {
  return {
    command: await findGo(build.minimumGo, environment),
    args: [
      'build',
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      ...(build.tags === undefined ? [] : ['-tags', build.tags.join(',')]),
      '-ldflags',
      ['-s', '-w', ...(build.linkerFlags ?? [])].join(' '),
      '-o',
      join(directory, build.executable),
      build.command,
    ],
    cwd: build.folder,
    // Pure Go needs no C compiler; a workspace or flags of the user's own must not change what is built.
    set: { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' },
  };
}

async function findGo(minimum: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const get = `Get it from https://go.dev/dl/`;
  const go = commandOnPath('go', environment);
  if (go === undefined)
    throw new MissingToolError(`go ${minimum} or later is needed, and there is none on PATH. ${get}`);
  const answer = await commandOutput(go, ['env', 'GOVERSION', 'GOTOOLCHAIN'], environment);
  const [version = '', toolchain = ''] = answer.split('\n').map((line) => line.trim());
  const fetchesNewer = isAtLeast(version, FIRST_GO_WITH_TOOLCHAINS) && !toolchain.startsWith('local');
  if (isAtLeast(version, minimum) || fetchesNewer) return go;
  throw new MissingToolError(`go ${minimum} or later is needed; ${go} is ${version || 'older than 1.21'}. ${get}`);
}
