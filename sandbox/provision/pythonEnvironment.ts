import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildStep } from './buildStep';
import { commandOnPath } from './commandOnPath';
import { commandOutput } from './commandOutput';
import { MissingToolError } from './missingToolError';
import { type ServerName, type ServerRecipe } from './serverRecipe';
import { isAtLeast } from './version';

/** The oldest one that all that is pinned runs on. */
const MINIMUM_PYTHON = '3.10';

export interface PythonEnvironment {
  readonly name: ServerName;
  /** For people: "the AWS emulator". */
  readonly label: string;
  readonly environmentVariable: string;
  /** A lock file of pip, with hashes. */
  readonly requirements: string;
  /** Its package whose version names the environment. */
  readonly pinned: string;
}

/** A Python into which a lock file was installed. */
export function pythonEnvironment({
  name,
  label,
  environmentVariable,
  requirements,
  pinned,
}: PythonEnvironment): ServerRecipe {
  const version = pinnedVersion(requirements, pinned);
  return {
    name,
    label,
    environmentVariable,
    expects: `a Python ${MINIMUM_PYTHON} or later into which ${requirements} was installed`,
    version,
    lockFiles: [requirements],
    executable: virtualPython('.'),
    buildTime: 'about a minute',
    inspect: async (path, environment) => {
      const program = `from importlib.metadata import version; print(version('${pinned}'))`;
      const found = await commandOutput(path, ['-c', program], environment);
      if (found !== version) throw new Error(`${path} has ${pinned} ${found}; ${version} is needed`);
      return found;
    },
    buildSteps: (directory, environment) => buildSteps(directory, environment, requirements),
  };
}

function pinnedVersion(requirements: string, name: string): string {
  const text = readFileSync(requirements, 'utf8');
  const [, version] = new RegExp(`^${name}(?:\\[[^\\]]*\\])?==([^\\s;\\\\]+)`, 'm').exec(text) ?? [];
  if (version === undefined) throw new Error(`${requirements} does not pin ${name}`);
  return version;
}

function virtualPython(directory: string): string {
  return process.platform === 'win32' ? join(directory, 'Scripts', 'python.exe') : join(directory, 'bin', 'python');
}

async function buildSteps(
  directory: string,
  environment: NodeJS.ProcessEnv,
  requirements: string,
): Promise<BuildStep[]> {
  // Settings for another installation of Python would reach into the virtual environment.
  const set = { PYTHONHOME: '', PYTHONPATH: '' };
  return [
    { command: await findPython(environment), args: ['-m', 'venv', directory], set },
    {
      command: virtualPython(directory),
      args: [
        '-m',
        'pip',
        'install',
        '--no-input',
        '--disable-pip-version-check',
        '--require-hashes',
        '-r',
        requirements,
      ],
      set,
    },
  ];
}

async function findPython(environment: NodeJS.ProcessEnv): Promise<string> {
  const unusable: string[] = [];
  for (const command of ['python3', 'python']) {
    const path = commandOnPath(command, environment);
    if (path === undefined) continue;
    try {
      const program = "import sys; print('%d.%d.%d' % sys.version_info[:3]); import venv, ensurepip";
      const version = await commandOutput(path, ['-c', program], environment);
      if (isAtLeast(version, MINIMUM_PYTHON)) return path;
      unusable.push(`${path} is ${version}`);
    } catch (error) {
      unusable.push(`${(error as Error).message} (on Debian and Ubuntu: apt install python3-venv)`);
    }
  }
  const found = unusable.length === 0 ? 'there is none on PATH' : unusable.join('; ');
  throw new MissingToolError(
    `python3 ${MINIMUM_PYTHON} or later with its venv module is needed; ${found}. Get it from https://www.python.org/downloads/`,
  );
}
