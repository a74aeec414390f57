import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createProgram } from '../../../../src/client/cli';
import { cardFile } from '../../../support/cardFile';
import { fleetText } from '../../config/fleetText';
import { run, runWith } from './terminal';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'farcopy-cli-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the command line', () => {
  test.each(createProgram().commands.map((command) => command.name()))(
    '%s tells how it is used, with an example',
    async (name) => {
      const { exitCode, stdout } = await run(name, '--help');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples?:\\n\\s+.*farcopy ${name}`));
      expect(stdout).toContain('--fleet <file>');
    },
  );

  test('without a command it tells which there are, and that one is missing', async () => {
    const { exitCode, stdout, stderr } = await run();
    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain('Commands:');
  });

  test.each([[['--json']], [['limits', '--json', '--bogus']]])(
    'with %p a command that is missing or wrong is the one JSON document on stdout',
    async (words) => {
      const { exitCode, stdout } = await run(...words);
      expect(exitCode).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { exitCode: 2 } });
    },
  );

  test('--version answers', async () => {
    expect(await run('--version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });

  test.each([
    [['pause', '--tier', 'critica', '--reason', 'x'], 'did you mean `critical`?'],
    [['pause', '--tier', 'critical'], 'a pause of a tier has a reason'],
    [['pause', '--tier', 'critical', '--reason', 'x', '--for', 'soon'], '--for soon: not a duration'],
    [
      ['pause', '--tier', 'critical', '--reason', 'x', '--for', '2h', '--until', '2030-01-01T06:00Z'],
      'exclude each other',
    ],
    [['pause', '--tier', 'critical', '--reason', 'x', '--until', '2030-01-01 06:00'], 'not a time with a zone'],
    [['pause', '--tier', 'critical', '--reason', 'x', '--until', '2020-01-01T06:00Z'], 'is not in the future'],
    [['pause', 'panda-cluster-1', '--tier', 'critical', '--reason', 'x'], 'exclude each other'],
    [['resume', '--tier', 'still'], 'take `paused: true` out of it, then run `farcopy apply`'],
  ])('%j is refused before Temporal is asked', async (words, message) => {
    const file = path.join(folder, 'paused.yaml');
    const still = '  still: {schedule: "@daily", rpo: 26h, route: [secure], retention: {minimum: 2}, paused: true}\n';
    writeFileSync(file, fleetText + still);
    const { exitCode, stderr } = await run(...words, '--fleet', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test.each([
    ['an unknown command', ['aply'], 'Did you mean apply?'],
    ['a command of another tool', ['list'], "unknown command 'list'\n  `farcopy status` lists what is protected"],
    ['a command that lacks something, by its own help', ['explain'], '`farcopy explain --help` tells how'],
    ['a command below another, by its own help', ['alert', 'close'], '`farcopy alert close --help` tells how'],
    ['a restore of nothing', ['restore'], '`farcopy restore NAME --dry-run`'],
    ['an unknown option', ['plan', '--limt', '3'], 'Did you mean --limit?'],
    ['a missing argument', ['retire'], "missing required argument 'resource'"],
    ['a pause of nothing', ['pause'], 'name resources, or a tier by --tier'],
    ['a pause of a resource with an end', ['pause', 'panda', '--for', '2h'], '--for is for a tier'],
    ['beginnings beyond what Temporal tells', ['schedules', '--next', '11'], 'a whole number up to 10'],
    [
      'a time without a day',
      ['restore', 'panda', '--at', '13:40'],
      "option '--at <time>' argument '13:40' is invalid. It must be a time",
    ],
    ['too many arguments', ['plan', 'x'], 'too many arguments'],
    ['a number that is none', ['status', '--limit', 'many'], 'It must be a whole number'],
    ['a setting that is none', ['limits', '--set', 'x=1'], 'write account/region/limit=N'],
    ['a duration without a unit', ['worker', '--drain-timeout', '30'], 'Name a duration with its unit'],
    ['an address without a port', ['worker', '--health-address', '127.0.0.1'], 'Name an address and a port'],
    ['a port alone', ['worker', '--health-address', ':8080'], 'Name an address and a port'],
    ['IPv6 without brackets', ['worker', '--health-address', '::1:8080'], 'Name an address and a port'],
    ['a port that there is not', ['worker', '--health-address', '[::1]:65536'], 'Name an address and a port'],
    ['an unknown queue', ['worker', '--queues', 'fleet,transfers'], 'Name some of fleet, transfer, limits'],
    ['a cancel that waits for no duration', ['cancel', 'x', '--timeout', '30'], 'Name a duration with its unit'],
    ['an unknown shell', ['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
    ['no fleet file', ['plan', '--fleet', 'nowhere.yaml'], 'nowhere.yaml: there is no such fleet file'],
  ])('%s is a fault of usage: one line, what to do, no stack trace, exit code 2', async (_what, words, message) => {
    const { exitCode, stdout, stderr } = await run(...words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });

  test('a fault is the one JSON document on stdout too, when asked for', async () => {
    const { exitCode, stdout } = await run('backup', '--json', 'x', '--fleet', 'nowhere.yaml');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: {
        exitCode: 2,
        message: expect.stringContaining('nowhere.yaml') as string,
        hint: expect.stringContaining('farcopy init') as string,
      },
    });
  });

  test('--verbose shows where a fault comes from', async () => {
    expect((await run('--verbose', 'plan', '--fleet', 'nowhere.yaml')).stderr).toMatch(/\n\s+at /);
  });
});

describe('init and check', () => {
  test('init writes an example that check finds valid, and does not overwrite it unasked', async () => {
    const file = path.join(folder, 'fleet.yaml');
    expect(await run('init', '--fleet', file)).toMatchObject({ exitCode: 0 });
    expect(await run('check', '--offline', '--fleet', file)).toMatchObject({ exitCode: 0, stderr: '' });
    writeFileSync(file, 'mine');
    expect(await run('init', '--fleet', file)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--force') as string,
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await run('init', '--force', '--fleet', file, '--json')).toMatchObject({ exitCode: 0 });
    expect(readFileSync(file, 'utf8')).toContain('fleet: panda');
  });

  test('the example points editors to the schema that is installed', async () => {
    const file = path.join(folder, 'schema.yaml');
    await run('init', '--fleet', file);
    const schema = /\$schema=(.*)/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    expect(JSON.parse(readFileSync(path.resolve(folder, schema), 'utf8'))).toHaveProperty('$schema');
  });

  test('of kinds that a program brings along, init writes them and check knows them', async () => {
    const file = path.join(folder, 'cards.yaml');
    const connect = () => {
      throw new Error('nothing is called');
    };
    const kinds = [{ description: cardFile, connect }];
    await runWith({ kinds }, 'init', '--fleet', file);
    expect(readFileSync(file, 'utf8')).toContain('kind: card-file');
    expect(await runWith({ kinds }, 'check', '--offline', '--fleet', file)).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await run('check', '--offline', '--fleet', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('unknown value `card-file`');
  });

  test('init says which folder is missing', async () => {
    const file = path.join(folder, 'no', 'such', 'fleet.yaml');
    expect(await run('init', '--fleet', file)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('ENOENT') as string,
    });
  });

  test('check tells every fault of a fleet file with line and path, for people and for programs', async () => {
    const file = path.join(folder, 'broken.yaml');
    writeFileSync(file, 'fleet: Panda\nroles: 3\n');
    const { exitCode, stdout, stderr } = await run('check', '--offline', '--fleet', file, '--json');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${file}:1:8 fleet: `);
    const { error } = JSON.parse(stdout) as { error: { issues: { line: number; path: string }[] } };
    expect(error.issues.map(({ line, path: where }) => `${line} ${where}`)).toEqual(
      expect.arrayContaining(['1 fleet', '2 roles']),
    );
  });

  test('an unset variable of the external id is named', async () => {
    const file = path.join(folder, 'external.yaml');
    await run('init', '--fleet', file);
    const text = readFileSync(file, 'utf8').replace(
      '# externalId: {env: FARCOPY_EXTERNAL_ID}',
      'externalId: {env: FARCOPY_UNSET_VARIABLE}',
    );
    writeFileSync(file, text);
    const { exitCode, stderr } = await run('plan', '--fleet', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('FARCOPY_UNSET_VARIABLE is not set');
  });
});

describe('backup', () => {
  const named = async (...words: string[]) => {
    const file = path.join(folder, 'backup.yaml');
    await run('init', '--force', '--fleet', file);
    return run('backup', '--fleet', file, ...words);
  };

  test.each([
    [[], 'nothing is named to back up'],
    [['--all', 'panda'], 'exclude each other'],
    [['panda', '--tier', 'critcal'], 'did you mean `critical`?'],
    [['--selection', 'nowhere.json'], 'nowhere.json'],
    [['arn:aws:s3:::bucket'], 'not the ARN of anything that can be protected'],
  ])('%p is refused before anything is called', async (words, message) => {
    const { exitCode, stderr } = await named(...words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
