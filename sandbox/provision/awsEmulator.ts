import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildStep } from './buildStep';
import { commandOnPath } from './commandOnPath';
import { commandOutput } from './commandOutput';
import { MissingToolError } from './missingToolError';
import { packageFile } from './packageFile';
import { type ServerName, type ServerRecipe } from './serverRecipe';
import { isAtLeast } from './version';

/** The oldest one that the pinned moto runs on. */
const MINIMUM_PYTHON = '3.10';

/** A Python with everything that `sandbox/aws/farcopy_aws_emulator` imports. */
export const awsEmulator = (): ServerRecipe =>
  pythonWith('aws-emulator', 'requirements.txt', 'the AWS emulator', 'FARCOPY_AWS_EMULATOR');

/** The same, and what its own tests import. */
export const awsEmulatorTests = (): ServerRecipe =>
  pythonWith('aws-emulator-tests', 'requirements-test.txt', "the AWS emulator's tests", 'FARCOPY_AWS_EMULATOR_TESTS');

function pythonWith(name: ServerName, lockFile: string, label: string, environmentVariable: string): ServerRecipe {
  const requirements = packageFile('sandbox', 'aws', lockFile);
  return {
    name,
    label,
    environmentVariable,
    expects: `a Python ${MINIMUM_PYTHON} or later into which ${requirements} was installed`,
    version: motoVersion(),
    lockFiles: [requirements],
    executable: virtualPython('.'),
    buildTime: 'about a minute',
    inspect,
    buildSteps: (directory, environment) => buildSteps(directory, environment, requirements),
  };
}

function motoVersion(): string {
  const requirements = packageFile('sandbox', 'aws', 'requirements.txt');
  const [, version] = /^moto(?:\[[^\]]*\])?==([^\s;\\]+)/m.exec(readFileSync(requirements, 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${requirements} does not pin moto`);
  return version;
}

function virtualPython(directory: string): string {
  return process.platform === 'win32' ? join(directory, 'Scripts', 'python.exe') : join(directory, 'bin', 'python');
}

/** The emulator changes moto from within, so it must be the very version that it was written for. */
async function inspect(path: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const program = "from importlib.metadata import version; print(version('moto'))";
  const version = await commandOutput(path, ['-c', program], environment);
  if (version !== motoVersion()) throw new Error(`${path} has moto ${version}; ${motoVersion()} is needed`);
  return version;
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
