import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../../../sandbox/provision/isRunning';
import { MissingToolError } from '../../../sandbox/provision/missingToolError';
import { provisionOne, type ProvisionProgress } from '../../../sandbox/provision/provision';
import { ProvisionError } from '../../../sandbox/provision/provisionError';
import { type ServerRecipe } from '../../../sandbox/provision/serverRecipe';
import { buildScript, fakeRecipe, script, temporaryFolder } from './fakeServer';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, FARCOPY_CACHE_DIR: join(folder, 'cache') };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const builds = () =>
  existsSync(join(folder, 'builds.log'))
    ? readFileSync(join(folder, 'builds.log'), 'utf8').trim().split('\n').length
    : 0;
const cached = () => readdirSync(join(folder, 'cache')).filter((name) => name !== 'logs');
const failure = async (recipe: ServerRecipe) =>
  provisionOne(recipe, { env }).then(
    () => Promise.reject(new Error('it was had')),
    (error: Error) => error,
  );

describe('where a server is looked for', () => {
  test('the environment variable comes before PATH', async () => {
    script(join(folder, 'bin', 'fake'), 'echo 2.0');
    const mine = script(join(folder, 'mine'), 'echo 2.0');
    const found = await provisionOne(fakeRecipe(folder), { env: { ...env, FARCOPY_FAKE: mine } });
    expect(found).toEqual({ path: mine, origin: 'env', version: '2.0' });
  });

  test('an environment variable that cannot be used is an error, not a reason to take another server', async () => {
    script(join(folder, 'bin', 'fake'), 'echo 2.0');
    env.FARCOPY_FAKE = script(join(folder, 'mine'), 'echo 1.0');
    const error = await failure(fakeRecipe(folder));
    expect(error).toBeInstanceOf(ProvisionError);
    expect(error.message).toBe(
      `FARCOPY_FAKE: ${folder}/mine is 1.0; 2.0 is needed. Set it to the \`fake\` command, or unset it.`,
    );
    env.FARCOPY_FAKE = '/nowhere/fake';
    expect((await failure(fakeRecipe(folder))).message).toMatch(
      'FARCOPY_FAKE: /nowhere/fake is not an executable file',
    );
  });

  test('PATH comes before the cache', async () => {
    await provisionOne(fakeRecipe(folder), { env });
    const path = script(join(folder, 'bin', 'fake'), 'echo 2.0');
    expect(await provisionOne(fakeRecipe(folder), { env })).toEqual({ path, origin: 'path', version: '2.0' });
  });

  test('a command on PATH that is too old is passed over', async () => {
    script(join(folder, 'bin', 'fake'), 'echo 1.0');
    expect(await provisionOne(fakeRecipe(folder), { env })).toMatchObject({ origin: 'build' });
  });

  test('what was built once is in the cache for ever after', async () => {
    const first = await provisionOne(fakeRecipe(folder), { env });
    const second = await provisionOne(fakeRecipe(folder), { env });
    expect(first).toMatchObject({ origin: 'build', version: '2.0' });
    expect(second).toEqual({ ...first, origin: 'cache' });
    expect(builds()).toBe(1);
  });

  test('a changed lock file or version is built anew, beside the old one', async () => {
    await provisionOne(fakeRecipe(folder), { env });
    writeFileSync(join(folder, 'lock'), 'pinned otherwise');
    expect(await provisionOne(fakeRecipe(folder), { env })).toMatchObject({ origin: 'build' });
    expect(await provisionOne(fakeRecipe(folder, { version: '2.1' }), { env })).toMatchObject({ origin: 'build' });
    expect(cached()).toHaveLength(3);
  });

  test('a cache entry whose executable points to what is gone is built anew', async () => {
    const { path } = await provisionOne(fakeRecipe(folder), { env });
    rmSync(path);
    symlinkSync('/nowhere/python3', path);
    expect(await provisionOne(fakeRecipe(folder), { env })).toMatchObject({ origin: 'build', path });
    expect(readFileSync(path, 'utf8')).toMatch('echo 2.0');
  });

  test("the vendor's download comes before a build", async () => {
    const download = async (directory: string) => {
      script(join(directory, 'server'), 'echo 2.0');
    };
    expect(await provisionOne(fakeRecipe(folder, { download }), { env })).toMatchObject({ origin: 'download' });
    expect(builds()).toBe(0);
    expect(await provisionOne(fakeRecipe(folder, { download }), { env })).toMatchObject({ origin: 'cache' });
  });

  test('a download that fails is followed by the build, with nothing left of it', async () => {
    const download = async (directory: string) => {
      writeFileSync(join(directory, 'half'), '');
      throw new Error('no such host');
    };
    const { path, origin } = await provisionOne(fakeRecipe(folder, { download }), { env });
    expect(origin).toBe('build');
    expect(readdirSync(join(path, '..'))).toEqual(['server']);
  });
});

describe('a build', () => {
  test('tells what it does, how long it takes and when it is done', async () => {
    const told: ProvisionProgress[] = [];
    await provisionOne(fakeRecipe(folder), { env, onProgress: (progress) => told.push(progress) });
    // A build that takes long says again what it does.
    const phases = told.filter(({ phase }, i) => phase !== told[i - 1]?.phase);
    expect(phases.map(({ phase, message }) => [phase, message])).toEqual([
      ['building', 'building the fake server, about no time, once'],
      ['ready', 'the fake server is ready'],
    ]);
  });

  test('is done once for two that ask at the same time; the other one waits', async () => {
    const messages: string[] = [];
    const onProgress = ({ message }: ProvisionProgress) => void messages.push(message);
    const both = await Promise.all([
      provisionOne(fakeRecipe(folder), { env, onProgress }),
      provisionOne(fakeRecipe(folder), { env, onProgress }),
    ]);
    expect(both.map(({ origin }) => origin).sort()).toEqual(['build', 'cache']);
    expect(messages).toContain(`waiting for process ${process.pid}, which gets the fake server`);
    expect(builds()).toBe(1);
  });

  test('that fails leaves nothing half-done and says what failed, where its log is and how to do it by hand', async () => {
    const recipe = fakeRecipe(folder, {
      buildSteps: async (directory) => [
        {
          command: '/bin/sh',
          args: ['-c', [...buildScript(folder, directory), 'echo no compiler >&2', 'exit 7'].join('\n')],
        },
        { command: 'make', args: ['it so', directory], cwd: '/src', set: { FLAGS: '' } },
      ],
    });
    const { message } = await failure(recipe);
    expect(message).toMatch(
      'Farcopy needs the fake server and could not get it:\n- FARCOPY_FAKE is not set\n- no `fake` on PATH',
    );
    expect(message).toMatch(`- nothing in the cache, ${folder}/cache`);
    expect(message).toMatch('failed with exit code 7');
    expect(message).toMatch(/Its log, (\S+\.log), ends with:\n {4}\| no compiler/);
    const byHand = join(folder, 'cache', 'by-hand', 'temporal-cli');
    expect(message).toMatch(`  (cd /src && FLAGS='' make 'it so' ${byHand})\n  export FARCOPY_FAKE=${byHand}/server`);
    expect(readFileSync(/Its log, (\S+\.log)/.exec(message)?.[1] ?? '', 'utf8')).toBe('no compiler\n');
    expect(cached()).toEqual([]);
  });

  test('that is aborted ends with its commands and leaves nothing', async () => {
    const pidFile = join(folder, 'pid');
    const recipe = fakeRecipe(folder, {
      buildSteps: async () => [{ command: '/bin/sh', args: ['-c', `echo $$ > '${pidFile}'; exec sleep 60`] }],
    });
    const stop = new AbortController();
    const onProgress = () => {
      if (existsSync(pidFile)) stop.abort(new Error('stopped by SIGINT'));
    };
    await expect(provisionOne(recipe, { env, signal: stop.signal, onProgress })).rejects.toThrow('stopped by SIGINT');
    expect(isRunning(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
    expect(cached()).toEqual([]);
  });

  test('clears away what a killed process left half-done', async () => {
    const recipe = fakeRecipe(folder);
    const { path } = await provisionOne(recipe, { env });
    const entry = join(path, '..');
    rmSync(entry, { recursive: true });
    const dead = 2 ** 22 + 1;
    mkdirSync(`${entry}.partial-${dead}`);
    writeFileSync(join(`${entry}.partial-${dead}`, 'server'), '');
    await provisionOne(recipe, { env });
    expect(readdirSync(join(folder, 'cache')).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

test('a tool that is missing is named, with what to do about it', async () => {
  const buildSteps = async () => Promise.reject(new MissingToolError('fakec 3 or later is needed'));
  const { message } = await failure(fakeRecipe(folder, { buildSteps }));
  expect(message).toMatch('- build: fakec 3 or later is needed\n');
  expect(message).toMatch('Install what is missing and run this again, or set FARCOPY_FAKE to the `fake` command.');
});
