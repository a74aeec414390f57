import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type DemoReport } from '../../sandbox/demo/report';
import { provision } from '../../sandbox/provision';
import { isRunning } from '../../sandbox/provision/isRunning';

const PROVISIONING_MILLISECONDS = 20 * 60_000;
const program = resolve(__dirname, '..', '..', 'dist', 'bin', 'farcopy.js');

let folder: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\` first`);
  await provision(['temporal-cli', 'aws-emulator', 'gcs-emulator', 'postgres']);
  folder = mkdtempSync(join(tmpdir(), 'farcopy-test-'));
}, PROVISIONING_MILLISECONDS);

afterAll(() => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `farcopy …` in the test's own folder, which has its temporary files, too. */
function farcopy(words: readonly string[], input = '') {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder, FARCOPY_SANDBOX_DIR: join(folder, 'sandbox') },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  started.push(child);
  child.stdin.end(input);
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const done = Promise.all([text(child.stdout), text(child.stderr), ended]).then(
    ([stdout, stderr, [code, signal]]) => ({
      stdout,
      stderr,
      code,
      signal,
    }),
  );
  /** Waits until stderr says this. */
  const says = (part: string) =>
    new Promise<void>((said, never) => {
      let heard = '';
      child.stderr.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
        if (heard.includes(part)) said();
      });
      void ended.then(() => never(new Error(`it ended without saying "${part}":\n${heard}`)));
    });
  return { child, done, says };
}

async function json<T>(words: readonly string[], input = ''): Promise<T> {
  const { stdout, stderr, code } = await farcopy([...words, '--json'], input).done;
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A process and everything below it. */
function withDescendants(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const one of found)
    found.push(...pairs.flatMap(([child, parent]) => (parent === one && child !== undefined ? [child] : [])));
  return found;
}

async function untilAllEnded(pids: readonly number[], withinSeconds: number): Promise<number[]> {
  const latest = Date.now() + withinSeconds * 1000;
  while (pids.some(isRunning) && Date.now() < latest) await delay(50);
  return pids.filter(isRunning);
}

test('the demo proves every cluster in every place, and leaves a page of them and nothing running', async () => {
  const { child, done, says } = farcopy(['demo', '--json']);
  await says('Asking the clouds for the proof');
  const processes = withDescendants(child.pid ?? 0);
  const { stdout, stderr, code } = await done;

  expect({ code, missing: stderr.includes('Missing:') }).toEqual({ code: 0, missing: false });
  const report = JSON.parse(stdout) as DemoReport;
  expect(Object.keys(report)).toEqual([
    ...['ok', 'seconds', 'temporalUi', 'resources', 'limits', 'limitErrors', 'fleetReport'],
  ]);
  expect(report).toMatchObject({
    ok: true,
    limitErrors: 0,
    temporalUi: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
  });
  expect(report.resources.map(({ account, id, state }) => `${account}/${id} ${state}`)).toEqual([
    '999999999999/panda-cluster-1 completed',
    '999999999999/panda-cluster-2 completed',
    '888888888888/panda-cluster-3 completed',
  ]);
  for (const { account, copies } of report.resources) {
    const snapshots = copies.filter(({ kind }) => kind === 'snapshot');
    expect(
      snapshots.map((copy) => `${copy.place} ${copy.account}/${copy.region} ${copy.status} ${copy.verified}`),
    ).toEqual([
      `source ${account}/eu-west-1 available true`,
      'secure 111111111111/eu-west-1 available true',
      'secure-dr 111111111111/eu-central-1 available true',
    ]);
  }
  const [critical, ...others] = report.resources;
  const [exported, transferred] = critical?.copies.slice(3) ?? [];
  const whole = { status: 'available', verified: true, skippedTables: [] };
  expect(exported).toMatchObject({ place: 's3', kind: 's3', account: '111111111111', region: 'eu-west-1', ...whole });
  expect(transferred).toMatchObject({ place: 'gcs', kind: 'gcs', account: null, region: null, ...whole });
  if (exported?.kind !== 's3' || transferred?.kind !== 'gcs') throw new Error('there are no copies in buckets');
  // A million orders are several parts; beside the data lie RDS's own reports.
  expect(exported.objects).toBeGreaterThan(8);
  expect(exported.bytes).toBeGreaterThan(10_000_000);
  expect(exported.crc32cChecked).toBe(exported.objects);
  expect(transferred).toMatchObject({
    objects: exported.objects,
    bytes: exported.bytes,
    crc32cChecked: exported.objects,
  });
  expect(critical?.restores).toEqual([
    {
      from: 'secure-dr',
      to: '222222222222/eu-central-1/panda-cluster-1-restored',
      tables: 8,
      rows: expect.any(Number) as number,
      equal: true,
      rtoSeconds: expect.any(Number) as number,
    },
    {
      from: 'gs://panda-backups',
      to: expect.stringMatching(/^postgres:\/\/postgres@127\.0\.0\.1:\d+\/panda-cluster-1$/) as string,
      tables: 8,
      rows: critical?.restores[0]?.rows,
      equal: true,
      rtoSeconds: expect.any(Number) as number,
    },
  ]);
  expect(critical?.restores[0]?.rows).toBeGreaterThan(1_000_000);
  for (const { copies, restores } of others) expect([copies.length, restores]).toEqual([3, []]);

  expect(report.limits.length).toBeGreaterThan(0);
  for (const { capacity, highWater } of report.limits) expect(highWater).toBeLessThanOrEqual(capacity);

  // The demo itself, its supervisor, four servers and two workers, each of these under a guard.
  expect(processes.length).toBeGreaterThanOrEqual(14);
  expect(processes.filter(isRunning)).toEqual([]);
  expect(readdirSync(folder)).toEqual(['farcopy-demo.html']);
  const file = join(folder, 'farcopy-demo.html');
  expect(report.fleetReport).toBe(pathToFileURL(file).href);
  const page = readFileSync(file, 'utf8');
  expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  // Each has its row, in which every place of its route meets its RPO; the export is on its way to the other cloud.
  for (const { id, copies } of report.resources) {
    const places = copies.filter(({ place }) => place !== 'source' && place !== 's3').length;
    const [row = ''] = new RegExp(`<th scope="row" role="rowheader">${id}<div>[\\s\\S]*?</tr>`).exec(page) ?? [];
    expect([id, row.match(/✓ met (\d|a moment)/g)?.length]).toEqual([id, places]);
  }
  expect(page).not.toContain('This report is not whole');
  rmSync(file);
}, 180_000);

test('Ctrl-C leaves nothing running and nothing written', async () => {
  const { child, done, says } = farcopy(['demo', '--json']);
  await says('snapshot running');
  const processes = withDescendants(child.pid ?? 0);
  child.kill('SIGINT');
  expect(await done).toMatchObject({ code: 130 });
  expect(processes.filter(isRunning)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
}, 120_000);

test('killed without warning, the demo takes everything with it', async () => {
  const { child, done, says } = farcopy(['demo', '--json']);
  await says('Watch it:');
  const processes = withDescendants(child.pid ?? 0);
  child.kill('SIGKILL');
  expect(await done).toMatchObject({ signal: 'SIGKILL' });
  expect(await untilAllEnded(processes, 20)).toEqual([]);
}, 120_000);

describe('a sandbox', () => {
  const fleet = readFileSync(resolve(__dirname, '..', '..', 'sandbox', 'demo', 'fleet.json'), 'utf8');
  let pid: number;

  test('goes on when the command that started it has ended; a second `up` finds it', async () => {
    const first = await json<{ pid: number; awsEndpoint: string }>(['sandbox', 'up']);
    pid = first.pid;
    expect(isRunning(pid)).toBe(true);
    expect(await json(['sandbox', 'up'])).toEqual(first);
    expect((await fetch(`${first.awsEndpoint}/_sandbox/health`)).status).toBe(200);
  }, 120_000);

  test('takes a seed, twice if need be, and has a fleet file for it', async () => {
    const seeded = await json<{ fleetFile: string; resources: unknown[] }>(['sandbox', 'seed', '-'], fleet);
    expect(seeded.resources).toHaveLength(3);
    expect(await json(['sandbox', 'seed', '-'], fleet)).toEqual(seeded);
    expect(readFileSync(seeded.fleetFile, 'utf8')).toContain('"888888888888"');
    expect(await json(['sandbox', 'status'])).toMatchObject({ accounts: [{ resources: 1 }, { resources: 2 }] });
  }, 60_000);

  test('refuses a wrong seed with exit code 2', async () => {
    const { code, stderr } = await farcopy(['sandbox', 'seed', '-'], '{"accounts": [{"account_id": "12"}]}').done;
    expect(code).toBe(2);
    expect(stderr).toContain('standard input:1:30 accounts[0].account_id');
  }, 60_000);

  test('leaves nothing behind after `down`', async () => {
    const processes = withDescendants(pid);
    expect(processes.length).toBeGreaterThanOrEqual(5);
    await json(['sandbox', 'down']);
    expect(processes.filter(isRunning)).toEqual([]);
    expect(existsSync(join(folder, 'sandbox'))).toBe(false);
    expect((await farcopy(['sandbox', 'status']).done).code).toBe(5);
  }, 60_000);
});
