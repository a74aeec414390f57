import { callAws } from '../../../sandbox/seed/callAws';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  defaultRegion,
  roleArn,
  secondRegion,
  stateBucket,
  stateRole,
  vaultAccount,
} from '../../../sandbox/seed/sandboxAccounts';
import { type Finding } from '../../../src/client';
import { type StoredEntry } from '../../../src/core/ledger/entry';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster } from '../../support/database';
import { awsDrills, drilledFleet } from '../../support/drilledFleet';
import { eventually } from '../../support/eventually';
import { farcopyProgram, run } from '../../support/program';
import { RunningFleet } from '../../support/runningFleet';

const account = '999999999999';
const fleetName = 'panda';
const shop = cluster(fleetName, account, 'shop', { data: { database: 'shop', rows: 300 } });
const state = {
  bucket: `s3://${stateBucket(fleetName)}/farcopy`,
  role: roleArn(vaultAccount, stateRole),
  region: defaultRegion,
};

let sandbox: CloudSandbox;
let fleet: RunningFleet;

beforeAll(async () => {
  const quick = { base: 1, perGiB: 0 };
  sandbox = await CloudSandbox.start({
    databases: [shop],
    bucketsOf: fleetName,
    settings: {
      durations: {
        ...{ snapshot: quick, 'copy-same-region': quick, 'copy-cross-region': quick },
        ...{ restore: quick, 'create-instance': quick },
      },
      enforcePermissions: true,
    },
  });
  const drills = { 'second-region': awsDrills['second-region'] };
  const lock = { mode: 'governance', days: 1 } as const;
  fleet = await RunningFleet.start(sandbox, {
    ...drilledFleet(fleetName, [account], drills),
    state: { ...state, lock },
  });
}, 300_000);

afterAll(() => sandbox?.end());

interface History {
  readonly source: string;
  readonly entries: readonly StoredEntry[];
  readonly problems: readonly unknown[];
}

async function farcopy<T>(...words: string[]): Promise<T> {
  const { stdout, stderr } = await fleet.farcopy(...words, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** Every version of every object in the bucket, as its owner sees them. */
async function objects(): Promise<string[]> {
  const listed = await callAws(sandbox.awsEndpoint, {
    ...{ service: 's3', account: vaultAccount, region: defaultRegion, method: 'GET' },
    path: `/${stateBucket(fleetName)}?versions`,
  });
  expect(listed).not.toContain('<DeleteMarker>');
  return [...listed.matchAll(/<Version>.*?<Key>(.*?)<\/Key>/gs)].map(([, key = '']) => key).sort();
}

const typesOf = (keys: readonly string[]) => keys.map((key) => key.split('_').slice(1, 3).join(' ')).sort();

test('a backup, a restore, a drill and what operators do leave one object each, under roles that may do nothing else', async () => {
  expect((await fleet.backUp(shop)).state).toBe('completed');
  await farcopy('restore', 'shop', '--from', 'secure-dr', '--as', 'shop-restored', '--reason', 'ticket 4711');
  await farcopy('drill', 'shop', '--drill', 'second-region');
  await farcopy('pause', 'shop', '--reason', 'migration');
  await farcopy('resume', 'shop');
  const done = ['act pause', 'act resume', 'drill passed', 'recovery-point completed', 'restore completed'];
  await eventually('both acts are kept', async () => (await objects()).length === done.length);
  const keys = await objects();
  expect(typesOf(keys)).toEqual(done);
  expect(keys.every((key) => key.startsWith('farcopy/ledger/panda/2'))).toBe(true);
  const { missing } = await sandbox.control.permissions();
  expect(missing.filter(({ role }) => role.startsWith('farcopy-'))).toEqual([]);
}, 300_000);

test('history, audit and compliance tell of them', async () => {
  const history = await farcopy<History & { reachesBackTo: string }>('history');
  expect(history).toMatchObject({ source: 'ledger', problems: [], more: false });
  expect(history.reachesBackTo).toBe(history.entries.at(-1)?.at.slice(0, 10));
  expect(history.entries.map(({ type }) => type)).toEqual(['act', 'act', 'drill', 'restore', 'recovery-point']);
  const [, , drill, restore, point] = history.entries;
  expect(point).toMatchObject({
    outcome: 'completed',
    resource: { id: 'shop', account },
    rpoSeconds: 26 * 3600,
    forced: true,
    places: [
      { place: 'source', copy: { account } },
      { place: 'secure', copy: { account: vaultAccount, region: defaultRegion } },
      { place: 'secure-dr', copy: { account: vaultAccount, region: secondRegion(defaultRegion) } },
    ],
    writtenBy: { build: expect.any(String) as string },
  });
  expect(restore).toMatchObject({
    from: 'secure-dr',
    to: `${account}/${defaultRegion}/shop-restored`,
    rtoSeconds: expect.any(Number) as number,
    asToldByCaller: { by: expect.stringContaining('@') as string, why: 'ticket 4711' },
  });
  expect(drill).toMatchObject({ drill: 'second-region', checks: { passed: 4, failed: 0 }, left: null });

  const audit = await farcopy<History>('audit', 'shop');
  expect(audit.entries.map(({ outcome, asToldByCaller: { why } }) => [outcome, why])).toEqual([
    ['resume', null],
    ['pause', 'migration'],
    ['completed', 'ticket 4711'],
  ]);
  const compliance = await farcopy<{ resources: readonly { id: string; share: number }[] }>('compliance');
  expect(compliance.resources).toMatchObject([{ id: 'shop', share: 1, gaps: [], rpoSeconds: 26 * 3600 }]);
  expect((await fleet.farcopy('audit')).stdout).toContain('ticket 4711');
}, 120_000);

test('without `state`, history tells what Temporal remembers, and says so', async () => {
  const file = join(sandbox.folder, 'without-state.yaml');
  await writeFile(file, JSON.stringify(drilledFleet(fleetName, [account])));
  const environment = sandbox.environment(file, 'default');
  const ask = (...words: string[]) => run(process.execPath, [farcopyProgram(), ...words], environment);
  const history = JSON.parse((await ask('history', 'shop', '--json')).stdout) as History & { reachesBackTo: string };
  expect(history.source).toBe('temporal');
  expect(Date.parse(history.reachesBackTo)).toBeLessThan(Date.now());
  expect(history.entries.map(({ type, outcome, resource }) => [type, outcome, resource?.id])).toEqual([
    ['drill', 'passed', 'shop'],
    // The drill's own, and the one before it.
    ['restore', 'completed', 'shop'],
    ['restore', 'completed', 'shop'],
    ['recovery-point', 'completed', 'shop'],
  ]);
  expect((await ask('audit')).stdout).toContain('names no `state`, so this is what Temporal remembers');
  const compliance = await ask('compliance');
  expect(compliance.code).toBe(2);
  expect(compliance.stderr).toContain('names no `state`');
}, 120_000);

test('check says how well it is kept', async () => {
  const { findings } = await farcopy<{ findings: readonly Finding[] }>('check');
  expect(findings.filter(({ check }) => check === 'state')).toEqual([
    {
      check: 'state',
      subject: `${state.bucket} in ${vaultAccount}/${defaultRegion}`,
      state: 'ok',
      message: `the ledger is kept in ${defaultRegion}; entries are locked for 1 d in mode governance`,
      mend: null,
    },
  ]);
}, 120_000);

test('lost answers and a bucket that is away leave one object for each entry, and keep no backup waiting', async () => {
  const before = await objects();
  const lost = await sandbox.control.inject({
    match: { service: 's3', action: 'PutObject', role: stateRole },
    fault: { type: 'error-after-commit' },
    times: 2,
  });
  expect((await fleet.backUp(shop)).state).toBe('completed');
  await eventually('answers were lost', () => sandbox.control.isSpent(lost));
  // An outage is longer than the client tries.
  const outage = await sandbox.control.inject({
    match: { service: 's3', role: stateRole },
    fault: { type: 'error', code: 'AccessDenied', status: 403 },
  });
  expect((await fleet.backUp(shop)).state).toBe('completed');
  await eventually('the entry is tried for longer', async () => {
    for await (const _ of fleet.client.workflow.list({
      query: `WorkflowType = 'recordLater' AND ExecutionStatus = 'Running'`,
    }))
      return true;
    return false;
  });
  await sandbox.control.withdraw(outage);
  await eventually(
    'it is written once the bucket is back',
    async () => (await objects()).length === before.length + 2,
    150,
  );
  expect(typesOf((await objects()).filter((key) => !before.includes(key)))).toEqual([
    'recovery-point completed',
    'recovery-point completed',
  ]);
}, 300_000);
