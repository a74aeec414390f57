import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { plainLines, provision } from '../sandbox/provision';
import { messageOf } from '../src/core/failure';

/**
 * `npm test`: every check of the project, one after the other, and a closing line `N passed, N failed`. Fails on any failing
 * test, on a test process that does not end by itself, and on any process that a test leaves behind.
 *
 * Names of steps as arguments run only those: `npm test -- unit emulator`. `--quick` runs what fits between two changes, side by
 * side on two cores: {@link quickLanes}.
 */

const root = path.resolve(__dirname, '../..');
/** Every process of a run carries this in its environment, whoever started it: what is left at the end was leaked. */
const marker = `FARCOPY_TEST_RUN=${randomUUID()}`;
/** A test process that has reported must end within this time, or holds something open. */
const exitGraceSeconds = 15;

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** Nothing else runs meanwhile; Jest by itself leaves one alone. */
const everyCpu = ['--maxWorkers=100%'];

type Step = (scratch: string) => Promise<Count>;

const inTemporaryFolder = (name: string) => path.join(os.tmpdir(), `farcopy-${name}-${process.getuid?.() ?? 0}`);

/** What the compiler knows of this working tree is kept between runs. */
const typesFile = `${inTemporaryFolder('types')}${root.replaceAll(/[\\/:]+/g, '-')}.tsbuildinfo`;

const steps = {
  types: () => command('npx', ['tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', typesFile]),
  lint: () => command('npx', ['eslint', '.', '--cache', '--cache-location', inTemporaryFolder('eslint')]),
  format: () => command('npx', ['prettier', '--check', '--log-level', 'warn', '.']),
  emulator: async (scratch) => {
    const { 'aws-emulator-tests': python } = await provision(['aws-emulator-tests'], { onProgress });
    return pytest(python.path, scratch);
  },
  fuzz: () => command('node', [path.join(__dirname, '../fuzz/fuzz.js'), '--cases', '2000', '--seed', '1']),
  unit: (scratch) => jest(['unit'], scratch, everyCpu),
  workflow: (scratch) => jest(['workflow'], scratch, everyCpu),
  replay: (scratch) => jest(['replay'], scratch),
  simulation: (scratch) => jest(['simulation'], scratch, ['--runInBand']),
  integration: (scratch) => jest(['integration'], scratch, ['--runInBand']),
  chaos: (scratch) => jest(['chaos'], scratch, ['--runInBand']),
} satisfies Record<string, Step>;

type StepName = keyof typeof steps;

/** Stages one after the other, of lanes side by side. */
const stages: readonly (readonly (readonly StepName[])[])[] = [
  [
    ['types', 'lint', 'format'],
    ['emulator', 'fuzz'],
  ],
  [['unit']],
  [['workflow']],
  [['replay'], ['simulation']],
  // They wait most of their time, for operations that the emulated clouds take seconds for.
  [['integration'], ['chaos']],
];

/** Steps one after the other. */
type Lane = Readonly<Record<string, Step>>;

/** Unit tests that take a core half a minute, and look at the readers of fleet files only. */
const slowUnitTests = ['test/unit/config/reading/', 'test/unit/config/schedule/cron'];

/** What is run side by side. */
function quickLanes(): readonly Lane[] {
  const changed = changedFiles();
  const code = changed.filter((file) => /\.(ts|js|mjs)$/.test(file));
  const leftOut = changed.some((file) => /^(src|test\/unit)\/config\//.test(file)) ? [] : slowUnitTests;
  const ignored = leftOut.flatMap((pattern) => ['--testPathIgnorePatterns', pattern]);
  const simulate = [path.join(__dirname, '../simulation/main.js'), '--seeds', '1000000', '--seconds', '20'];
  return [
    {
      types: steps.types,
      'lint of what changed': () => (code.length === 0 ? nothing : command('npx', ['eslint', ...code])),
      'format of what changed': () =>
        changed.length === 0
          ? nothing
          : command('npx', ['prettier', '--check', '--log-level', 'warn', '--ignore-unknown', ...changed]),
      'simulation for 20 s': () => command('node', simulate),
    },
    { 'unit and replay': (scratch) => jest(['unit', 'replay'], scratch, [...everyCpu, ...ignored]) },
  ];
}

const nothing: Promise<Count> = Promise.resolve({ passed: 0, failed: 0, skipped: 0 });

/** Files that are not as they were where this branch left `main`, or not as they are there. */
function changedFiles(): string[] {
  const git = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync('git', words, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  };
  const hasMain = git('branch', '--list', 'main').length > 0;
  const [since = 'HEAD'] = hasMain ? git('merge-base', 'HEAD', 'main') : [];
  const files = [...git('diff', '--name-only', since), ...git('ls-files', '--others', '--exclude-standard')];
  return files.filter((file) => existsSync(path.join(root, file)));
}

async function main(): Promise<void> {
  const quick = process.argv.includes('--quick');
  const names = process.argv.slice(2).filter((name) => name !== '--quick');
  const unknown = names.filter((name) => !(name in steps));
  if (unknown.length > 0) {
    console.error(`no step ${unknown.join(', ')}; there are: ${Object.keys(steps).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const [name = '', value = ''] = marker.split('=');
  process.env[name] = value;
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'farcopy-test-'));
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const add = (count: Count) => {
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
  };
  try {
    if (names.length === 0 && !quick)
      await provision(
        ['temporal-cli', 'aws-emulator', 'gcs-emulator', 'postgres', 'aws-emulator-tests', 'test-server'],
        { onProgress },
      );
    const asked = (lane: readonly StepName[]): Lane =>
      Object.fromEntries(
        lane.filter((step) => names.length === 0 || names.includes(step)).map((step) => [step, steps[step]]),
      );
    for (const lanes of quick ? [quickLanes()] : stages.map((stage) => stage.map(asked)))
      await Promise.all(
        lanes.map(async (lane) => {
          for (const [step, run] of Object.entries(lane)) add(await told(step, () => run(scratch)));
        }),
      );
    add(await leakedProcesses());
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`\n${closing(total)}`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function told(step: string, run: () => Promise<Count>): Promise<Count> {
  const startedAt = Date.now();
  console.log(`\n== ${step}`);
  const count = await run().catch((error: unknown): Count => {
    console.error(messageOf(error));
    return { passed: 0, failed: 1, skipped: 0 };
  });
  console.log(`== ${step}: ${closing(count)} in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  return count;
}

function closing({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const onProgress = plainLines((line) => console.log(line));

/** One check that passes or fails as a whole. */
async function command(program: string, args: string[]): Promise<Count> {
  const code = await ended(spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }));
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function jest(projects: string[], scratch: string, args: string[] = []): Promise<Count> {
  const project = projects.join('-');
  const report = path.join(scratch, `${project}.json`);
  const child = spawn('npx', ['jest', '--selectProjects', ...projects, '--json', '--outputFile', report, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const code = await endedAfterReport(child, report);
  if (!existsSync(report)) throw new Error(`${project}: jest ended with ${code} and reported nothing`);
  const result = JSON.parse(readFileSync(report, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
    numFailedTestSuites: number;
    success: boolean;
  };
  const broken = result.success ? 0 : Math.max(1, result.numFailedTestSuites);
  const hung = code === null ? 1 : 0;
  if (hung) console.error(`${project}: jest did not end by itself: a test holds something open`);
  return {
    passed: result.numPassedTests,
    failed: Math.max(result.numFailedTests, broken) + hung,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

async function pytest(python: string, scratch: string): Promise<Count> {
  const report = path.join(scratch, 'pytest.xml');
  const directory = path.join(root, 'sandbox/aws');
  const child = spawn(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${report}`], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await ended(child);
  const attribute = (name: string) =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(readFileSync(report, 'utf8'))?.[1] ?? 0);
  const failed = attribute('failures') + attribute('errors');
  const skipped = attribute('skipped');
  return { passed: attribute('tests') - failed - skipped, failed: Math.max(failed, code === 0 ? 0 : 1), skipped };
}

async function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
}

/** The exit code, or null where the process had to be ended although it had reported long ago. */
async function endedAfterReport(child: ChildProcess, report: string): Promise<number | null> {
  let code: number | null | undefined;
  const exit = ended(child).then((value) => (code = value ?? 1));
  let reportedAt: number | undefined;
  while (code === undefined) {
    await Promise.race([exit, delay(500)]);
    if (reportedAt === undefined && existsSync(report)) reportedAt = Date.now();
    if (code === undefined && reportedAt !== undefined && Date.now() - reportedAt > exitGraceSeconds * 1000) {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      return null;
    }
  }
  return code;
}

/** A process of this run that still lives. */
async function leakedProcesses(): Promise<Count> {
  console.log('\n== leaked processes');
  let left: string[] = [];
  // Servers are stopped by their guards, which takes a moment after their parents have ended.
  for (let waited = 0; waited < 10; waited += 1) {
    left = markedProcesses();
    if (left.length === 0) return { passed: 1, failed: 0, skipped: 0 };
    await delay(1000);
  }
  console.error(`left behind:\n${left.join('\n')}`);
  for (const line of left) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  return { passed: 0, failed: left.length, skipped: 0 };
}

function markedProcesses(): string[] {
  const own = String(process.pid);
  if (existsSync('/proc/self/environ'))
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid) || pid === own) return [];
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(marker)) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        return [];
      }
    });
  const { stdout } = spawnSync('ps', ['-axEww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(marker) && !line.startsWith(`${own} `) && !line.includes('ps -axEww'));
}

void main();
