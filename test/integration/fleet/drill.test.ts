import { Storage } from '@google-cloud/storage';
import { Client, escapeLiteral } from 'pg';
import { backupBucket, defaultRegion, scratchAccount, vaultAccount } from '../../../sandbox/seed/sandboxAccounts';
import { type DrillStatus, latestDrills } from '../../../src/client/drill/latestDrills';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { type DrillResult } from '../../../src/core/drill/drillResult';
import { type DrillTierSummary } from '../../../src/core/drill/drillRound';
import { scratchComment, scratchDatabaseName } from '../../../src/core/drill/drillScratch';
import { type RecoveryPointRecord } from '../../../src/core/catalogue/manifest';
import { type SweepReport } from '../../../src/core/sweep/sweep';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { awsDrills, checks, drilledFleet, otherCloud, scratchThings } from '../../support/drilledFleet';
import { eventually } from '../../support/eventually';
import { tier } from '../../support/fleetDocument';
import { RunningFleet } from '../../support/runningFleet';
import { summaries, Visitor } from '../../support/visitor';

const account = '999999999999';
const fleetName = 'panda';
const data = { database: 'shop', rows: 300 } as const;
const good = cluster(fleetName, account, 'good', { data });
const spoilt = cluster(fleetName, account, 'spoilt', { data });
const quick = { base: 1, perGiB: 0 };

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;
let server: { url: string; secret: string };
let before: unknown;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({
    databases: [good, spoilt],
    bucketsOf: fleetName,
    settings: {
      durations: {
        snapshot: quick,
        'copy-same-region': quick,
        'copy-cross-region': quick,
        export: quick,
        restore: quick,
        'create-instance': quick,
      },
    },
  });
  visitor = new Visitor(sandbox);
  server = await sandbox.scratchServer();
  await sandbox.control.changeData(
    spoilt,
    `UPDATE shop.orders SET updated_at = updated_at - interval '9 days'; DROP TABLE warehouse.stock CASCADE`,
  );
  const document = drilledFleet(fleetName, [account]);
  const whole = document.tiers[tier];
  if (whole === undefined) throw new Error('the fleet has no tier');
  fleet = await RunningFleet.start(sandbox, {
    ...document,
    vaults: { ...document.vaults, 'other-cloud': otherCloud(fleetName) },
    tiers: {
      [tier]: {
        ...whole,
        route: ['secure', 'secure-dr', 'other-cloud'],
        drills: {
          ...awsDrills,
          'second-region': { ...awsDrills['second-region'], schedule: '0 6 * * 1', paused: true },
          'other-cloud': { from: 'other-cloud', to: { ...postgres(server) }, checks },
        },
      },
    },
  });
  const outcomes = await Promise.all([good, spoilt].map((database) => fleet.backUp(database)));
  expect(outcomes.map(({ state, reason }) => ({ state, reason }))).toEqual(
    outcomes.map(() => ({ state: 'completed', reason: null })),
  );
  before = await copies();
}, 180_000);

afterAll(() => sandbox?.end());

const postgres = ({ url, secret }: typeof server) => ({ postgres: url, secret });
/** Every copy, and whom it is shared with. */
const copies = async () =>
  (await Promise.all([good, spoilt].map(async (one) => summaries(await visitor.footprint(one))))).flat();

/** `farcopy drill …`, and what it has answered. */
async function drill<Key extends 'drill' | 'round'>(key: Key, ...words: string[]) {
  const { code, stdout, stderr } = await fleet.farcopy('drill', ...words, '--json');
  const document = JSON.parse(stdout) as { ok: boolean } & { drill: DrillResult; round: DrillTierSummary };
  return { code, stderr, ok: document.ok, [key]: document[key] } as unknown as {
    code: number;
    stderr: string;
    ok: boolean;
  } & Record<Key, (typeof document)[Key]>;
}

test('good data in the second region pass, with the time that it took, read to the last row', async () => {
  const { code, stderr, drill: result } = await drill('drill', 'good', '--drill', 'second-region');
  expect({ code, failures: result.failures }).toEqual({ code: 0, failures: [] });
  expect(result).toMatchObject({ verdict: 'passed', from: 'secure-dr', tornDown: true });
  expect(result.to).toMatch(new RegExp(`^${scratchAccount}/eu-central-1/drill-good-`));
  expect(result.rtoSeconds).toBeGreaterThan(2);
  expect(result.checks.map(({ name, ok }) => ({ name, ok }))).toEqual([
    { name: 'shop.orders has at least 100 rows', ok: true },
    { name: 'select max(updated_at) from shop.orders within 1h', ok: true },
    { name: 'orders have customers', ok: true },
    { name: 'warehouse.stock has at least 1 rows', ok: true },
  ]);
  expect(result.tables).toBeGreaterThan(7);
  expect(result.rows).toBeGreaterThan(data.rows);
  expect(stderr).toMatch(/restore: done in \d+ s/);
});

test('a round drills the whole tier: one with stale data and a missing table fails, and keeps no other from passing', async () => {
  const { code, ok, round } = await drill('round', '--drill', 'second-region');
  expect({ code, ok }).toEqual({ code: 3, ok: false });
  expect(round).toMatchObject({ state: 'failed', resources: 2, passed: 1, failed: 1, problems: [] });
  const verdictOf = ({ id }: typeof good) => round.verdicts.find(({ resource }) => resource.endsWith(`/${id}`));
  expect(verdictOf(good)).toMatchObject({ verdict: 'passed', failures: [] });
  expect(verdictOf(spoilt)?.failures).toEqual([
    expect.stringMatching(/max\(updated_at\) from shop\.orders within 1h: the newest is of .* before the data/),
    expect.stringContaining('relation "warehouse.stock" does not exist'),
  ]);
});

test('a page that cannot be read any more is found, though the database answers', async () => {
  const copy = (await visitor.footprint(good)).find(({ where }) => where === `${vaultAccount}/eu-west-1`);
  const { table } = await sandbox.control.corruptSnapshot(copy?.arn ?? '', { table: 'warehouse.readings' });
  const { code, drill: result } = await drill('drill', 'good', '--drill', 'first-region');
  expect({ code, verdict: result.verdict, tornDown: result.tornDown }).toEqual({
    code: 4,
    verdict: 'failed',
    tornDown: true,
  });
  expect(result.rtoSeconds).toBeGreaterThan(2);
  expect(result.failures).toEqual([expect.stringMatching(new RegExp(`${table}.*invalid page`))]);
});

test('the export in the other cloud passes, until one bit of it is another: then nothing is restored of it', async () => {
  const passed = await drill('drill', 'good', '--drill', 'other-cloud');
  expect({ code: passed.code, failures: passed.drill.failures }).toEqual({ code: 0, failures: [] });
  expect(passed.drill.report).toMatchObject({ equal: true });
  expect(await scratchDatabases()).toEqual([]);

  const flipped = await flipBit(passed.drill.recoveryPoint ?? '');
  const failed = await drill('drill', 'good', '--drill', 'other-cloud');
  expect({ code: failed.code, verdict: failed.drill.verdict }).toEqual({ code: 4, verdict: 'failed' });
  expect(failed.drill.failures.join()).toContain(flipped);
  expect(failed.drill.steps.find(({ step }) => step === 'verify')).toMatchObject({ state: 'failed' });
  expect(failed.drill.steps.find(({ step }) => step === 'restore')).toMatchObject({ state: 'skipped' });
});

test('nothing is left of any of them, and every copy is as it was', async () => {
  expect(await scratchThings(visitor)).toEqual([]);
  expect(await scratchDatabases()).toEqual([]);
  expect(await copies()).toEqual(before);
});

test('a database that a drill has left on its server is swept, and no other', async () => {
  const [ended] = await latestDrills(fleet.client, fleetName, 1);
  if (ended === undefined) throw new Error('there was no drill');
  const owner = { fleet: fleetName, workflowId: ended.workflowId, runId: ended.runId, since: ended.startedAt };
  const [orphan, anothers, nobodys] = ['a', 'b', 'c'].map((letter) => scratchDatabaseName(letter.repeat(13)));
  await onServer(async (client) => {
    for (const name of [orphan, anothers, nobodys, 'farcopy_notes']) await client.query(`CREATE DATABASE ${name}`);
    await client.query(`COMMENT ON DATABASE ${orphan} IS ${escapeLiteral(scratchComment(owner))}`);
    await client.query(
      `COMMENT ON DATABASE ${anothers} IS ${escapeLiteral(scratchComment({ ...owner, fleet: 'fox' }))}`,
    );
  });
  const { code, stdout } = await fleet.farcopy('sweep', '--json');
  const { sweep } = JSON.parse(stdout) as { sweep: SweepReport };
  expect({ code, problems: sweep.problems }).toEqual({ code: 0, problems: [] });
  expect(sweep.removed).toEqual([expect.stringContaining(`database ${orphan} of 127.0.0.1`)]);
  expect(sweep.kept).toEqual([
    { what: expect.stringContaining(`database ${nobodys}`) as string, why: 'no comment tells whose it is' },
  ]);
  expect((await scratchDatabases()).sort()).toEqual([anothers, nobodys, 'farcopy_notes']);
  await onServer(async (client) => {
    for (const name of [anothers, nobodys, 'farcopy_notes']) await client.query(`DROP DATABASE ${name}`);
  });
});

test('drills and the sweeper have schedules: the sweeper finds nothing to do, and who pauses one finds it paused', async () => {
  const sweeper = fleet.client.schedule.getHandle('sweep-panda');
  expect((await fleet.client.schedule.getHandle('drill-panda-standard-second-region').describe()).state.paused).toBe(
    true,
  );
  await sweeper.trigger();
  const started = await eventually('it sweeps', async () => (await sweeper.describe()).info.recentActions.at(-1));
  const { workflowId, firstExecutionRunId } = started.action.workflow;
  expect(await fleet.client.workflow.getHandle(workflowId, firstExecutionRunId).result()).toMatchObject({
    found: [],
    removed: [],
    kept: [],
    problems: [],
  });

  await sweeper.pause('a person did');
  expect((await fleet.farcopy('apply')).stdout).toContain('Temporal is as the fleet file says.');
  expect((await sweeper.describe()).state).toMatchObject({ paused: true, note: 'a person did' });
});

test('the drills are listed, the newest first', async () => {
  const { stdout } = await fleet.farcopy('drills', '--json');
  const { drills } = JSON.parse(stdout) as { drills: DrillStatus[] };
  const told = drills.map(({ resource, drill: name, verdict }) => [resource, name, verdict].join(' '));
  expect(told.slice(0, 3)).toEqual(['good other-cloud failed', 'good other-cloud passed', 'good first-region failed']);
  expect(told.slice(3, 5).sort()).toEqual(['good second-region passed', 'spoilt second-region failed']);
  expect(told.slice(5)).toEqual(['good second-region passed']);
  expect(drills.at(-1)?.rtoSeconds).toBeGreaterThan(2);
});

/** What drills have made on their server, asked there. */
const scratchDatabases = () =>
  onServer(async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      `SELECT datname FROM pg_database WHERE datname LIKE 'farcopy%'`,
    );
    return rows.map(({ datname }) => datname);
  });

async function onServer<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const scratchServer = { account: scratchAccount, region: defaultRegion, id: 'scratch-server' };
  const client = new Client({ connectionString: await sandbox.control.databaseUrl(scratchServer) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Puts one other bit into the largest file of an export. @returns its name */
async function flipBit(recoveryPoint: string): Promise<string> {
  const bucket = new Storage({ apiEndpoint: sandbox.gcsEndpoint, projectId: 'test' }).bucket(backupBucket(fleetName));
  const scheduledTime = recoveryPoint.slice(recoveryPoint.lastIndexOf('/') + 1);
  const record = bucket.file(bucketLayout.record(resourceOf(good), scheduledTime));
  const { dataPrefix } = JSON.parse((await record.download())[0].toString()) as RecoveryPointRecord;
  const [files] = await bucket.getFiles({ prefix: dataPrefix });
  const [largest] = files
    .filter(({ name }) => name.endsWith('.parquet'))
    .sort((a, b) => Number(b.metadata.size) - Number(a.metadata.size));
  if (largest === undefined) throw new Error('nothing was exported');
  const [content] = await largest.download();
  const middle = Math.floor(content.length / 2);
  content.writeUInt8(content.readUInt8(middle) ^ 1, middle);
  await largest.save(content, { resumable: false });
  return largest.name.slice(largest.name.lastIndexOf('/') + 1);
}
