import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recoveryPointId, recoveryPointWorkflowId } from '../../../src/core/naming';
import { type ReadinessReport } from '../../../src/worker/health/readiness';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { otherCloud } from '../../support/drilledFleet';
import { eventually } from '../../support/eventually';
import { fleetDocument, type FleetDocument } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';

const account = '999999999999';
const fleetName = 'panda';
const shop = cluster(fleetName, account, 'shop', { data: { database: 'shop', rows: 200 } });

const plain = fleetDocument(fleetName, [account]);
const document: FleetDocument = {
  ...plain,
  vaults: {
    ...plain.vaults,
    'other-cloud': otherCloud(fleetName),
  },
  tiers: Object.fromEntries(
    Object.entries(plain.tiers).map(([name, of]) => [name, { ...of, route: ['secure', 'secure-dr', 'other-cloud'] }]),
  ),
};

const drainSeconds = 5;

interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly recoveryPoint?: string;
  readonly activityType?: string;
  readonly activities?: readonly string[];
  readonly until?: string;
}

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let url: string;
/** The lines of the worker's log. */
let log: () => Promise<LogLine[]>;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [shop],
    bucketsOf: fleetName,
    temporalOnDisk: true,
    seconds: { snapshot: 0.5, copy: 0.5, crossRegionCopy: 0.5 },
  });
  const build = {
    variables: { FARCOPY_HEALTH_ADDRESS: '127.0.0.1:0', FARCOPY_LOG_FORMAT: 'json' },
    options: ['--drain-timeout', `${drainSeconds}s`],
  };
  fleet = await RunningFleet.start(sandbox, document, { build });
  const file = join(sandbox.folder, `worker-${fleetName}-1.log`);
  log = async () => {
    const text = await readFile(file, 'utf8');
    // The last line may be under way.
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .flatMap((line) => (line === '' ? [] : (JSON.parse(line) as LogLine)));
  };
  url = await eventually('the worker tells where its health is', async () => {
    const lines = await log();
    return lines.flatMap(({ message }) => /health and metrics are at (http:\S+)/.exec(message)?.[1] ?? [])[0];
  });
}, 120_000);

afterAll(() => sandbox?.end());

const recoveryPointOf = (scheduledTime: string) => recoveryPointId(resourceOf(shop), scheduledTime);
const says = async (words: string) => (await log()).some(({ message }) => message.includes(words));
const status = async (path: string) => (await fetch(url + path)).status;
const readiness = async () => (await (await fetch(`${url}/readyz`)).json()) as ReadinessReport;
const isReady = async () => (await status('/readyz')) === 200;

/** Every metric that was ever shown. */
const shown = new Set<string>();
/** Their labels, those of buckets left out. */
const shownLabels = new Map<string, Set<string>>();
async function metrics(): Promise<string> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const names = [...text.matchAll(/^# TYPE (\S+) \S+$/gm)].map(([, name = '']) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) shown.add(name);
  for (const [, sample = '', of = ''] of text.matchAll(/^([a-z]\w*)\{(.*)\} /gm)) {
    const name = names.includes(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, '');
    const labels = shownLabels.get(name) ?? new Set();
    for (const [, label = ''] of of.matchAll(/(\w+)="/g)) if (label !== 'le') labels.add(label);
    shownLabels.set(name, labels);
  }
  return text;
}
/** The sum of the samples of a metric whose labels contain these words. */
const valueIn = (text: string, name: string, ...labels: string[]) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

test('a worker that polls and reaches Temporal is ready, and alive', async () => {
  await eventually('it is ready', isReady);
  expect(await readiness()).toMatchObject({ ready: true, stage: 'running', drainsUntil: null });
  expect(await status('/livez')).toBe(200);
});

test('metrics tell what a round has done, and what has failed', async () => {
  await sandbox.control.inject({ match: { action: 'DescribeDBClusters' }, fault: { type: 'throttle' }, times: 2 });
  expect(await (await fleet.round()).result).toMatchObject({ completed: 1 });
  const refuse = { type: 'error', code: 'InvalidParameterValue' };
  await sandbox.control.inject({ match: { action: 'CreateDBClusterSnapshot' }, fault: refuse, times: 1 });
  const { scheduledTime } = await fleet.request(shop);
  expect(await fleet.outcome(shop, scheduledTime)).toMatchObject({ state: 'failed' });

  const text = await eventually('the last end is counted', async () => {
    const now = await metrics();
    return valueIn(now, 'farcopy_recovery_points_ended_total', 'outcome="failed"') === 1 && now;
  });
  const value = (name: string, ...labels: string[]) => valueIn(text, name, ...labels);
  expect(value('farcopy_recovery_points_ended_total', 'outcome="completed"', 'tier="standard"')).toBe(1);
  const step = ['activity="startStep"', 'kind="aurora-cluster"', 'step="snapshot"'];
  expect(value('farcopy_activity_duration_seconds_count', ...step, 'outcome="done"')).toBe(1);
  expect(value('farcopy_activity_duration_seconds_count', ...step, 'outcome="InvalidInput"')).toBe(1);
  expect(value('farcopy_aws_calls_total', 'service="rds"', 'operation="DescribeDBClusters"', 'throttled')).toBe(2);
  expect(value('farcopy_notifications_total', 'event="fleet-backup-ended"', 'outcome="handed-over"')).toBe(1);
  expect(value('farcopy_gcs_calls_total', 'operation="storage.objects.create"', 'outcome="done"')).toBeGreaterThan(1);
  expect(value('farcopy_permit_wait_seconds_bucket', 'le="43200"')).toBeGreaterThan(1);
  expect(value('farcopy_transferred_objects_total')).toBeGreaterThan(1);
  expect(value('farcopy_transferred_bytes_total')).toBeGreaterThan(1000);
  expect(value('farcopy_worker_ready')).toBe(1);
  expect(value('temporal_worker_task_slots_available', 'worker_type="ActivityWorker"')).toBe(52);
  const failed = (await log()).filter(({ activityType, level }) => level === 'WARN' && activityType === 'startStep');
  expect(failed.map(({ recoveryPoint }) => recoveryPoint)).toEqual([recoveryPointOf(scheduledTime)]);
  // Names of resources and accounts would make ever more series.
  const labels = [...text.matchAll(/="([^"]*)"/g)].map(([, value]) => value ?? '');
  expect(labels.filter((value) => /shop|999999999999/.test(value))).toEqual([]);
}, 120_000);

test('a worker without Temporal is not ready and says since when, lives, and is ready again', async () => {
  await sandbox.killTemporal();
  const [report, check] = await eventually('it is not ready', async () => {
    expect(await status('/livez')).toBe(200);
    const now = await readiness();
    const temporal = now.checks.find((one) => one.check === 'temporal');
    return temporal?.ok === false && ([now, temporal] as const);
  });
  expect(report).toMatchObject({ ready: false, stage: 'running' });
  expect(check).toEqual({
    check: 'temporal',
    ok: false,
    since: expect.stringMatching(/^\d{4}-/) as string,
    reason: expect.stringMatching(/^Temporal has not answered for \d+ s$/) as string,
  });
  // The log is told by the next look, which waits for an answer itself.
  await eventually('the log says so', () => says('Temporal has not answered for '));
  await metrics();
  await sandbox.reviveTemporal();
  await eventually('it is ready again', isReady);
  await eventually('the log says so', () => says('the worker is ready again'));
  expect(await status('/livez')).toBe(200);
}, 120_000);

test('every metric that the documentation names is there, and none of ours is missing in it', async () => {
  const page = await readFile(join(__dirname, '../../../docs/metrics.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `([a-z]+_[a-z0-9_]+)`/gm)].map(([, name = '']) => name);
  expect(documented.length).toBeGreaterThan(10);
  expect(documented.filter((name) => !shown.has(name))).toEqual([]);
  const ours = [...shown].filter((name) => name.startsWith('farcopy_'));
  expect(ours.filter((name) => !documented.includes(name))).toEqual([]);
  const rows = [...page.matchAll(/^\| `([a-z]+_[a-z0-9_]+)` +\| \w+ +\| ([^|]*)\|.*\| (\w+) +\|$/gm)];
  expect(rows).toHaveLength(documented.length);
  for (const [, name = '', words = '', source] of rows) {
    const labels = [...words.matchAll(/`(\w+)`/g)].map(([, label = '']) => label);
    const its = [...(shownLabels.get(name) ?? [])];
    // What Temporal's SDK shows has labels of its own besides.
    if (source === 'worker') expect([name, its.sort()]).toEqual([name, labels.sort()]);
    else expect([name, its]).toEqual([name, expect.arrayContaining(labels)]);
  }
});

test('a worker that is told to end is not ready, lives, says what is under way, and ends in time', async () => {
  // Longer than anybody waits for an answer.
  const silence = { type: 'timeout', seconds: 100 };
  const fault = await sandbox.control.inject({
    match: { action: 'CreateDBClusterSnapshot' },
    fault: silence,
    times: 1,
  });
  const { scheduledTime } = await fleet.request(shop);
  await eventually('a call waits for its answer', () => sandbox.control.isSpent(fault));

  const told = Date.now();
  const ended = fleet.endWorkers();
  const report = await eventually('it drains', async () => {
    expect(await status('/livez')).toBe(200);
    const now = await readiness();
    return now.stage === 'draining' && now;
  });
  expect(report.ready).toBe(false);
  expect(valueIn(await metrics(), 'farcopy_worker_draining')).toBe(1);
  const until = Date.parse(report.drainsUntil ?? '');
  expect(until - told).toBeGreaterThan(drainSeconds * 1000 - 1000);
  expect(until - told).toBeLessThan((drainSeconds + 5) * 1000);
  const line = (await log()).find(({ message }) => message.includes('takes no more work'));
  expect(line?.message).toContain('1 activities are under way');
  expect(line?.activities).toEqual([`startStep of ${recoveryPointWorkflowId(recoveryPointOf(scheduledTime))}`]);
  expect(line?.until).toBe(report.drainsUntil);

  await ended;
  const tookSeconds = (Date.now() - told) / 1000;
  expect(tookSeconds).toBeGreaterThan(drainSeconds - 1);
  expect(tookSeconds).toBeLessThan(drainSeconds + 10);
}, 60_000);
