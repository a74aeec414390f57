import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FleetFinding } from '../../../src/core/report/finding';
import { type FleetReport } from '../../../src/core/report/fleetReport';
import { type Explanation } from '../../../src/client/report/explainResource';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, instance } from '../../support/database';
import { awsDrills, drilledFleet } from '../../support/drilledFleet';
import { selectOf } from '../../support/fleetDocument';
import { farcopyProgram, run } from '../../support/program';
import { RunningFleet } from '../../support/runningFleet';

const account = '999999999999';
const fleetName = 'panda';
const shop = cluster(fleetName, account, 'shop', { data: { database: 'shop', rows: 300 } });
const late = cluster(fleetName, account, 'late');
const aside = instance(fleetName, account, 'aside');

let sandbox: CloudSandbox;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [shop, late, aside],
    bucketsOf: fleetName,
    settings: { enforcePermissions: true },
  });
  const document = drilledFleet(fleetName, [account], { 'second-region': awsDrills['second-region'] });
  fleet = await RunningFleet.start(sandbox, { ...document, select: selectOf(fleetName, ['aurora-cluster']) });
}, 300_000);

afterAll(() => sandbox?.end());

async function answer<T>(words: readonly string[], code: number): Promise<T> {
  const end = await fleet.farcopy(...words, '--json');
  expect([end.code, end.stderr]).toEqual([code, end.stderr]);
  return JSON.parse(end.stdout) as T;
}

test('a backup and a drill show in the report, in every form, under roles that may read no more', async () => {
  expect((await fleet.backUp(shop)).state).toBe('completed');
  await fleet.farcopy('drill', 'shop', '--drill', 'second-region');
  const file = join(sandbox.folder, 'report');
  const written = await fleet.farcopy('report', '--out', `${file}.html`);
  expect([written.code, written.stderr]).toEqual([0, '']);
  expect(written.stdout).toContain('2 resources, 0 miss their RPO');
  const page = await readFile(`${file}.html`, 'utf8');
  expect(page).toContain('<title>✓ panda');
  expect(page).not.toContain('This report is not whole');

  const { stdout } = await fleet.farcopy('report', '--format', 'json', '--out', '-');
  const report = JSON.parse(stdout) as FleetReport;
  expect(report.resources.map(({ id, state }) => `${id} ${state}`)).toEqual(['late waiting', 'shop met']);
  expect(report.resources[1]).toMatchObject({
    tier: 'standard',
    places: [
      { place: 'secure', state: 'met', copies: 1, sizeGiB: 10 },
      { place: 'secure-dr', state: 'met', copies: 1 },
    ],
    lastDrill: { drill: 'second-region', verdict: 'passed', rtoSeconds: expect.any(Number) as number },
  });
  expect(report.retention?.places.map(({ place }) => place)).toEqual(['secure', 'secure-dr', 'source']);
  expect(report.stocks.length).toBeGreaterThan(0);
  expect(report.cost.high).toBeGreaterThan(0);
  expect(report.schedules.every(({ exists, next }) => exists && next.length > 0)).toBe(true);

  await fleet.farcopy('report', '--out', `${file}.csv`);
  expect(await readFile(`${file}.csv`, 'utf8')).toContain('"shop","standard",93600,"secure-dr","met"');
  await fleet.farcopy('report', '--out', `${file}.xml`);
  const junit = await readFile(`${file}.xml`, 'utf8');
  expect(junit).toContain('<testsuite name="standard" tests="4" failures="0" errors="0"');
  expect(junit).toContain('<testcase classname="uncovered"');
  const { missing } = await sandbox.control.permissions();
  expect(missing.filter(({ role }) => role.startsWith('farcopy-'))).toEqual([]);
}, 300_000);

test('findings tell what is wrong, with the exit code that was asked for', async () => {
  const { findings } = await answer<{ findings: readonly FleetFinding[] }>(['findings'], 0);
  const path = `aurora-cluster/${account}/eu-west-1/late`;
  // It was made a moment ago: its RPO has not passed yet.
  expect(findings.filter(({ severity }) => severity === 'critical')).toEqual([]);
  expect(findings.find(({ check }) => check === 'uncovered')?.subject.name).toContain('aside');
  // What the emulator says of its databases.
  expect(findings.some(({ id }) => id === `deletion-unprotected:${path}`)).toBe(true);
  await answer(['findings', '--fail-on', 'high'], 4);
  await answer(['findings', '--fail-on', 'critical'], 0);
  expect((await fleet.farcopy('findings')).stdout).toMatch(/^HIGH\n[^]* aside \(.*\): it is not protected/);
}, 120_000);

test('explain tells why a resource is backed up as it is, and why another is not', async () => {
  const explained = await answer<Explanation>(['explain', 'shop'], 0);
  expect(explained).toMatchObject({
    ...{ id: 'shop', state: 'met', tier: 'standard', rpoSeconds: 93_600 },
    why: expect.stringMatching(/^select\[0\]/) as string,
    steps: ['snapshot', expect.stringMatching(/^share/) as string, 'copy:secure', 'copy:secure-dr'],
    schedule: { exists: true, pause: null },
    lifecycle: { lifecycle: { outcomes: [{ state: 'completed' }] } },
    retention: [{ place: 'secure', stay: 1, go: [] }, { place: 'secure-dr' }, { place: 'source' }],
  });
  const words = (await fleet.farcopy('explain', 'late')).stdout;
  expect(words).toMatch(/tier: standard, by select\[0\]/);
  expect(words).toContain('secure: waits for its first verified copy');
  expect(words).toContain('lifecycle: none yet');
  expect((await fleet.farcopy('explain', 'aside')).stdout).toContain(
    'tier: none: no rule of `select` names rds-instance',
  );
  const unknown = await fleet.farcopy('explain', 'shopp');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean') as string]);
}, 120_000);

test('status tells the newest verified copy in each place, and is as it was without --places', async () => {
  const { lifecycles } = await answer<{ lifecycles: readonly Record<string, unknown>[] }>(['status', '--places'], 0);
  const copy = { newest: expect.any(String) as string, ageSeconds: expect.any(Number) as number };
  expect(lifecycles).toMatchObject([
    {
      id: 'shop',
      rpoMissed: false,
      places: [
        { place: 'secure', ...copy },
        { place: 'secure-dr', ...copy },
      ],
    },
  ]);
  const plain = await answer<{ lifecycles: readonly Record<string, unknown>[] }>(['status'], 0);
  expect(plain.lifecycles[0]).not.toHaveProperty('places');
}, 60_000);

test('an account that cannot be listed leaves a report that says so; without Temporal the clouds tell what they know', async () => {
  const denied = await sandbox.control.inject({
    match: { service: 'rds', action: 'DescribeDBClusters', account },
    fault: { type: 'error', code: 'AccessDenied', status: 403 },
  });
  const file = join(sandbox.folder, 'partial.html');
  const partial = await fleet.farcopy('report', '--out', file);
  expect(partial.code).toBe(3);
  const page = await readFile(file, 'utf8');
  expect(page).toContain('This report is not whole');
  // Its copies tell that it was there.
  expect(page).toMatch(/<th scope="row" role="rowheader">shop<div>[\s\S]*its account could not be listed/);
  await sandbox.control.withdraw(denied);

  const environment = { ...fleet.environment, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const blind = await run(
    process.execPath,
    [farcopyProgram(), 'report', '--out', '-', '--format', 'json'],
    environment,
  );
  expect(blind.code).toBe(3);
  expect(JSON.parse(blind.stdout)).toMatchObject({
    temporalAnswered: false,
    unreadable: [{ where: 'Temporal', unreachable: true }],
    resources: [{ id: 'late' }, { id: 'shop', state: 'met' }],
  });
  await writeFile(file, 'old');
  const nowhere = await fleet.farcopy('report', '--out', join(file, 'report.html'));
  expect([nowhere.code, await readFile(file, 'utf8')]).toEqual([4, 'old']);
}, 180_000);
