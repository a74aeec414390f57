import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsEmulator } from '../../../sandbox/provision/awsEmulator';
import { commandLine, type CommandStep } from '../../../sandbox/provision/buildStep';
import { cacheDirectory } from '../../../sandbox/provision/cache';
import { gcsEmulator } from '../../../sandbox/provision/gcsEmulator';
import { type ServerRecipe } from '../../../sandbox/provision/serverRecipe';
import { temporalCli } from '../../../sandbox/provision/temporalCli';
import { testServer, verifyJars } from '../../../sandbox/provision/testServer';
import { isAtLeast } from '../../../sandbox/provision/version';
import { script, temporaryFolder } from './fakeServer';

let folder: string;

beforeEach(() => (folder = temporaryFolder()));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the Temporal CLI', () => {
  const inspect = async (answer: string) =>
    temporalCli().inspect(script(join(folder, 'temporal'), `echo '${answer}'`), { PATH: process.env.PATH });

  test('is taken from 1.5 on', async () => {
    await expect(inspect('temporal version 1.5.0 (Server 1.29.0, UI 2.41.0)')).resolves.toBe('1.5.0');
    await expect(inspect('temporal version 1.10.2 (Server 1.31.0, UI 2.50.0)')).resolves.toBe('1.10.2');
    await expect(inspect('temporal version 1.4.1 (Server 1.28.0, UI 2.39.0)')).rejects.toThrow(
      '1.5 or later is needed',
    );
  });

  test('built by `go install`, which stamps no version, is judged by the server inside', async () => {
    await expect(inspect('temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)')).resolves.toBe('0.0.0-DEV');
    await expect(inspect('temporal version 0.0.0-DEV (Server 1.27.1, UI 2.30.0)')).rejects.toThrow('server 1.27.1');
  });

  test('is not any command of that name', async () => {
    await expect(inspect('Temporal logic model checker 3')).rejects.toThrow('is not the Temporal CLI');
  });

  test('is built only with a Go that is new enough, or that fetches a newer one itself', async () => {
    const steps = async (version: string, toolchain: string) => {
      script(join(folder, 'go'), `printf '%s\\n' ${version} ${toolchain}`);
      return temporalCli().buildSteps('/cache/entry', { PATH: `${folder}:/usr/bin:/bin` });
    };
    await expect(steps('go1.26.8', 'local')).resolves.toHaveLength(1);
    await expect(steps('go1.22.0', 'auto')).resolves.toHaveLength(1);
    await expect(steps('go1.24.9', 'local')).rejects.toThrow(`go 1.25 or later is needed; ${folder}/go is go1.24.9`);
    await expect(steps('go1.19.8', '')).rejects.toThrow('go1.19.8');
  });
});

describe('the GCS emulator', () => {
  const inspect = async (content: string) => {
    writeFileSync(join(folder, 'fake-gcs-server'), content);
    return gcsEmulator().inspect(join(folder, 'fake-gcs-server'), {});
  };

  test('is taken from 1.56 on, by the version that Go wrote into it', async () => {
    const builtFrom = (version: string) =>
      `\x7fELF\xff\xfe\ndep\tgithub.com/fsouza/fake-gcs-server\t${version}\th1:x=\n`;
    await expect(inspect(builtFrom('v1.56.1'))).resolves.toBe('1.56.1');
    await expect(inspect(builtFrom('v1.49.3'))).rejects.toThrow('is version v1.49.3; 1.56 or later is needed');
    await expect(inspect(builtFrom('(devel)'))).resolves.toBe('unknown');
  });

  test('is not any command of that name', async () => {
    await expect(inspect('#!/bin/sh\n')).rejects.toThrow('is not fake-gcs-server');
  });

  test('is built from its own pinned modules', async () => {
    script(join(folder, 'go'), `printf '%s\\n' go1.26.0 local`);
    const [step] = await gcsEmulator().buildSteps('/cache/entry', { PATH: `${folder}:/usr/bin:/bin` });
    expect(step).toMatchObject({ cwd: expect.stringMatching(/sandbox\/gcs$/) as string });
    expect(commandLine(step as CommandStep)).toMatch(
      '-o /cache/entry/fake-gcs-server github.com/fsouza/fake-gcs-server',
    );
  });
});

describe('the jars of the test server', () => {
  // SHA-256 of "a\n".
  const hash = '87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7';
  const check = async (list: string, files: Record<string, string>) => {
    mkdirSync(join(folder, 'lib'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'lib', name), content);
    writeFileSync(join(folder, 'jars.sha256'), list);
    return verifyJars(join(folder, 'lib'), join(folder, 'jars.sha256'));
  };

  test('are taken as pinned', async () => {
    await expect(check(`${hash}  a.jar\n`, { 'a.jar': 'a\n' })).resolves.toBeUndefined();
  });

  test('are refused when one differs, is missing or is new', async () => {
    const list = `${hash}  a.jar\n${hash}  b.jar\n`;
    await expect(check(list, { 'a.jar': 'A\n', 'c.jar': 'a\n' })).rejects.toThrow(
      /a\.jar has SHA-256 \w+, expected 87428fc.*c\.jar is not in .*b\.jar is missing/,
    );
  });
});

describe('on a machine without tools, a build names', () => {
  const build = async (recipe: ServerRecipe) => recipe.buildSteps('/cache/entry', { PATH: folder });

  test('Go', async () => {
    await expect(build(temporalCli())).rejects.toThrow(
      'go 1.25 or later is needed, and there is none on PATH. Get it from https://go.dev/dl/',
    );
  });

  test('Maven and the JDK', async () => {
    await expect(build(testServer())).rejects.toThrow(
      /mvn \(Apache Maven\) is not on PATH.*javac is neither in JAVA_HOME nor on PATH; it comes with a JDK 17 or later/,
    );
  });

  test('Python, also when the one there is too old or has no venv', async () => {
    await expect(build(awsEmulator())).rejects.toThrow(
      'python3 3.10 or later with its venv module is needed; there is none on PATH',
    );
    script(join(folder, 'python3'), 'echo 3.9.18');
    script(join(folder, 'python'), 'echo "No module named ensurepip" >&2; exit 1');
    await expect(build(awsEmulator())).rejects.toThrow(/python3 is 3\.9\.18; .*No module named ensurepip.*apt install/);
  });
});

test('the test server is built anew when its main class, its wrapper or a pinned hash changes', () => {
  const names = testServer().lockFiles.map((file) => file.split('/').at(-1));
  expect(names).toEqual(['pom.xml', 'jars.sha256', 'LoopbackTestServer.java', 'temporal-test-server']);
});

test.each([
  ['linux', { HOME: '/home/me' }, '/home/me/.cache/farcopy'],
  ['linux', { HOME: '/home/me', XDG_CACHE_HOME: '/var/xdg' }, '/var/xdg/farcopy'],
  ['darwin', { HOME: '/Users/me' }, '/Users/me/Library/Caches/farcopy'],
  ['win32', { HOME: '/u/me', LOCALAPPDATA: '/u/me/Local' }, '/u/me/Local/farcopy'],
  ['linux', { HOME: '/home/me', FARCOPY_CACHE_DIR: '/mnt/cache' }, '/mnt/cache'],
] as const)('the cache on %s with %p is %s', (platform, environment, expected) => {
  expect(cacheDirectory(environment, platform)).toBe(expected);
});

test('versions are compared by number', () => {
  expect(isAtLeast('go1.26.8', '1.25')).toBe(true);
  expect(isAtLeast('javac 17.0.15', '17')).toBe(true);
  expect(isAtLeast('1.9', '1.10')).toBe(false);
  expect(isAtLeast('3.9.18', '3.10')).toBe(false);
  expect(isAtLeast('no number', '1')).toBe(false);
});
