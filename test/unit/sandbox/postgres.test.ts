import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { postgres } from '../../../sandbox/provision/postgres';
import { findInstalled } from '../../../sandbox/provision/provision';
import { ProvisionError } from '../../../sandbox/provision/provisionError';
import { type InstalledServer } from '../../../sandbox/provision/serverRecipe';
import { script, temporaryFolder } from './fakeServer';

let folder: string;
let debian: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = temporaryFolder();
  debian = join(folder, 'debian');
  mkdirSync(join(folder, 'path'));
  env = { PATH: `${join(folder, 'path')}:/bin` };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder that looks like PostgreSQL's. */
function binaries(path: string, version: string, commands = ['postgres', 'initdb']): string {
  mkdirSync(path, { recursive: true });
  for (const command of commands) script(join(path, command), `echo 'postgres (PostgreSQL) ${version} (Debian 1)'`);
  return path;
}

const withoutPackage: InstalledServer['places'] = async (environment) =>
  (await postgres(debian).places(environment)).filter(({ origin }) => origin !== 'package');
const find = async () => findInstalled({ ...postgres(debian), places: withoutPackage }, { env });

test('the environment variable comes first, and is an error where it cannot be used', async () => {
  binaries(join(debian, '17', 'bin'), '17.2');
  env.FARCOPY_POSTGRES_BIN = binaries(join(folder, 'mine'), '16.1');
  expect(await find()).toEqual({ path: join(folder, 'mine'), origin: 'env', version: '16.1' });

  env.FARCOPY_POSTGRES_BIN = binaries(join(folder, 'client'), '16.1', ['postgres']);
  await expect(find()).rejects.toThrow(
    `FARCOPY_POSTGRES_BIN: there is no \`initdb\` in ${join(folder, 'client')}. Set it to the folder`,
  );
});

test('a link on PATH leads to the folder that has the others too', async () => {
  const real = binaries(join(folder, 'real'), '15.9');
  symlinkSync(join(real, 'postgres'), join(folder, 'path', 'postgres'));
  expect(await find()).toEqual({ path: real, origin: 'path', version: '15.9' });
});

test('of several major versions that Debian keeps off PATH, the newest is taken', async () => {
  binaries(join(debian, '9.6', 'bin'), '9.6');
  binaries(join(debian, '15', 'bin'), '15.9');
  binaries(join(debian, '17', 'bin'), '17.2', ['initdb']);
  expect(await find()).toMatchObject({ path: join(debian, '15', 'bin'), version: '15.9' });
});

test('one on PATH that is too old is passed over', async () => {
  binaries(join(folder, 'path'), '14.3');
  binaries(join(debian, '16', 'bin'), '16.0');
  expect(await find()).toMatchObject({ version: '16.0' });
});

test('where there is none, the error says where it was looked for and what to do', async () => {
  binaries(join(folder, 'path'), '14.3');
  const error = await find().catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(ProvisionError);
  const { message } = error as Error;
  expect(message).toMatch('Farcopy needs PostgreSQL and could not find it:\n- FARCOPY_POSTGRES_BIN is not set');
  expect(message).toMatch(`- on PATH: ${join(folder, 'path')} has version 14.3; 15 or later is needed`);
  expect(message).toMatch('apt install postgresql');
});

test('the executables of the optional package are usable, also where npm ran no scripts', async () => {
  const found = await postgres(debian).places(env);
  const fromPackage = found.find(({ origin }) => origin === 'package');
  // npm leaves it out on platforms that it does not have executables for.
  if (fromPackage === undefined) return;
  await fromPackage.prepare?.();
  expect(existsSync(join(fromPackage.path, 'initdb'))).toBe(true);
});
