import { Storage } from '@google-cloud/storage';
import { databaseTables } from '../../../sandbox/demo/databaseTables';
import { callAws } from '../../../sandbox/seed/callAws';
import {
  backupBucket,
  defaultRegion,
  exportBucket,
  secondRegion,
  scratchAccount,
  vaultAccount,
} from '../../../sandbox/seed/sandboxAccounts';
import { type ListedCopy } from '../../../src/client';
import { policyOf } from '../../../src/config';
import { copyTags } from '../../../src/core/catalogue/copy';
import { fleetTaskQueue, lifecycleWorkflowId } from '../../../src/core/naming';
import { type PlannedCopy, type PrunePlan } from '../../../src/core/retention/prunePlan';
import { type RestoreResult } from '../../../src/core/restore/restoreResult';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, type Database, resourceOf } from '../../support/database';
import { otherCloud } from '../../support/drilledFleet';
import { eventually } from '../../support/eventually';
import { fleetDocument, type FleetDocument, tier } from '../../support/fleetDocument';
import { startPostgres } from '../../support/postgresServer';
import { RunningFleet } from '../../support/runningFleet';
import { Visitor } from '../../support/visitor';

const account = '999999999999';
const fleetName = 'panda';
const shop = cluster(fleetName, account, 'shop', { data: { database: 'shop', rows: 2000 } });
const ledger = cluster(fleetName, account, 'ledger');

const plain = fleetDocument(fleetName, [account]);
const document: FleetDocument = {
  ...plain,
  vaults: {
    ...plain.vaults,
    'other-cloud': otherCloud(fleetName),
  },
  restore: { targets: [{ account: scratchAccount }] },
  tiers: Object.fromEntries(
    Object.entries(plain.tiers).map(([name, of]) => [
      name,
      {
        ...of,
        route: ['secure', 'secure-dr', 'other-cloud'],
        verify: 'full' as const,
        retention: { daily: 1, minimum: 1 },
      },
    ]),
  ),
};
const places = ['source', 'secure', 'secure-dr', 'other-cloud-export', 'other-cloud'];

let sandbox: CloudSandbox;
let visitor: Visitor;
let fleet: RunningFleet;
/** The scheduled time of the recovery point that each had when Temporal was lost. */
let before: Readonly<Record<string, string>>;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [shop, ledger], bucketsOf: fleetName });
  visitor = new Visitor(sandbox);
  fleet = await RunningFleet.start(sandbox, document, { queues: ['fleet,limits', 'transfer'] });
  const outcomes = await Promise.all([shop, ledger].map((database) => fleet.backUp(database)));
  expect(outcomes).toMatchObject([{ state: 'completed' }, { state: 'completed' }]);
  before = { shop: outcomes[0]?.scheduledTime ?? '', ledger: outcomes[1]?.scheduledTime ?? '' };
}, 240_000);

afterAll(() => sandbox?.end());

/** What `farcopy copies` lists, one line a copy: `shop 2026-11-21T02:00:00Z in secure`. */
async function listed() {
  const { code, stdout, stderr } = await fleet.farcopy('copies', '--limit', '0', '--json');
  const { copies, problems } = JSON.parse(stdout) as { copies: ListedCopy[]; problems: unknown[] };
  expect({ code, stderr, problems }).toEqual({ code: 0, stderr: '', problems: [] });
  return copies;
}
const lineOf = ({ resource, scheduledTime, place }: Pick<ListedCopy, 'resource' | 'scheduledTime' | 'place'>) =>
  `${resource.split(':').at(-1) ?? ''} ${scheduledTime} in ${place}`;

/** The same as the clouds tell it, asked without any of Farcopy's code. */
async function there(): Promise<string[]> {
  const snapshots = (await Promise.all([shop, ledger].map((database) => visitor.footprint(database)))).flat();
  const [objects] = await new Storage({ apiEndpoint: sandbox.gcsEndpoint, projectId: 'test' })
    .bucket(backupBucket(fleetName))
    .getFiles({ prefix: 'catalogue/' });
  const exported = await callAws(sandbox.awsEndpoint, {
    service: 's3',
    account: vaultAccount,
    region: defaultRegion,
    method: 'GET',
    path: `/${exportBucket(fleetName, defaultRegion)}?list-type=2&prefix=catalogue/`,
  });
  const records = (keys: readonly string[], place: string) =>
    keys.map((key) => {
      const [, id = '', y, mo, d, h, mi, s] = /([^/]+)\/(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z\.json$/.exec(key) ?? [];
      return `${id} ${y}-${mo}-${d}T${h}:${mi}:${s}Z in ${place}`;
    });
  return [
    ...snapshots.map(({ tags }) =>
      lineOf({
        resource: tags[copyTags.resource] ?? '',
        scheduledTime: tags[copyTags.scheduledTime] ?? '',
        place: tags[copyTags.place] ?? '',
      }),
    ),
    ...records(
      objects.map(({ name }) => name),
      'other-cloud',
    ),
    ...records(
      [...exported.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key),
      'other-cloud-export',
    ),
  ].sort();
}

const everywhere = (database: Database, time: string | undefined) =>
  places.map((place) => `${database.id} ${time ?? ''} in ${place}`);
const rowsOf = async (url: string) =>
  (await databaseTables({ connectionString: url })).map(({ schema, name, rows, checksum }) => ({
    table: `${schema}.${name}`,
    rows,
    checksum,
  }));

test('workers that have nothing under way end as soon as they are told to, also when they have sent bytes', async () => {
  await fleet.endWorkers();
}, 20_000);

describe('with no Temporal at all', () => {
  beforeAll(() => sandbox.loseTemporal());

  test('every copy is listed, as the clouds have it', async () => {
    const copies = await listed();
    const lines = copies.map(lineOf).sort();
    expect(lines).toEqual([...everywhere(shop, before.shop), ...everywhere(ledger, before.ledger)].sort());
    expect(lines).toEqual(await there());
    const inOtherCloud = copies.find(({ resource, place }) => resource.endsWith(':shop') && place === 'other-cloud');
    expect(inOtherCloud).toMatchObject({
      verified: expect.stringMatching(/^full \d{4}-/) as string,
      stored: { bucket: `gs://${backupBucket(fleetName)}`, skippedTables: [] },
    });
    expect(inOtherCloud?.stored?.objects).toBeGreaterThan(1);
  });

  test('the other cloud’s copy comes back into PostgreSQL, by the name of its vault', async () => {
    const postgres = await startPostgres();
    try {
      await postgres.create('restored');
      const { code, stdout, stderr } = await fleet.farcopy(
        ...['restore', 'shop', '--from', 'other-cloud', '--to', postgres.url('restored'), '--json'],
      );
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, restore: { equal: true } });
      const restored = (await rowsOf(postgres.url('restored'))).filter(({ rows }) => rows > 0);
      const rows = new Map((await rowsOf(await sandbox.control.databaseUrl(shop))).map((one) => [one.table, one.rows]));
      expect(restored.length).toBeGreaterThan(3);
      expect(restored.map((one) => `${one.table}: ${one.rows}`)).toEqual(
        restored.map(({ table }) => `${table}: ${rows.get(table) ?? 'none'}`),
      );
    } finally {
      await postgres.stop();
    }
  });
});

describe('with a new Temporal that knows nothing', () => {
  beforeAll(async () => {
    await sandbox.startEmptyTemporal();
    const { code, stdout } = await fleet.farcopy('apply', '--json');
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      changed: true,
      schedules: expect.arrayContaining([expect.objectContaining({ change: 'create' })]) as unknown,
    });
    fleet = await RunningFleet.start(sandbox, document, { queues: ['fleet,limits', 'transfer'] });
  }, 120_000);

  test('the copy in the second region comes back, answers, and has every row', async () => {
    const region = secondRegion(defaultRegion);
    const { code, stdout, stderr } = await fleet.farcopy(
      ...[
        'restore',
        'shop',
        '--from',
        'secure-dr',
        '--to',
        `${scratchAccount}/${region}`,
        '--as',
        'shop-restored',
        '--json',
      ],
    );
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { restore } = JSON.parse(stdout) as { restore: RestoreResult };
    expect(restore).toMatchObject({ id: 'shop-restored', from: { place: 'secure-dr' } });
    const back = await sandbox.control.databaseUrl({ account: scratchAccount, region, id: 'shop-restored' }, shop);
    expect(new URL(back).host).toBe(`${restore.sql?.host ?? ''}:${restore.sql?.port ?? ''}`);
    expect(await rowsOf(back)).toEqual(await rowsOf(await sandbox.control.databaseUrl(shop)));
  });

  test('a lifecycle learns from the clouds since when its database is protected', async () => {
    const resource = resourceOf(ledger);
    const handle = await fleet.client.workflow.start('protectResource', {
      workflowId: lifecycleWorkflowId(resource),
      taskQueue: fleetTaskQueue(fleetName),
      args: [{ version: 1, resource, policy: policyOf(fleet.fleet, tier), state: null }],
    });
    expect(handle.workflowId).toBe(lifecycleWorkflowId(resource));
    const since = await eventually('the lifecycle has asked the clouds', async () => {
      const { protectedSince } = await fleet.lifecycle(ledger);
      return protectedSince === before.ledger ? protectedSince : undefined;
    });
    expect(since).toBe(before.ledger);
  });

  test('the schedule makes new recovery points beside the old ones', async () => {
    const round = await fleet.round();
    expect(await round.result).toMatchObject({ completed: 2, failed: 0 });
    const copies = await listed();
    const times = [...new Set(copies.map(({ scheduledTime }) => scheduledTime))].filter(
      (time) => time !== before.shop && time !== before.ledger,
    );
    expect(times).toHaveLength(1);
    const lines = copies.map(lineOf).sort();
    expect(lines).toEqual(
      [
        ...everywhere(shop, before.shop),
        ...everywhere(ledger, before.ledger),
        ...everywhere(shop, times[0]),
        ...everywhere(ledger, times[0]),
      ].sort(),
    );
    expect(lines).toEqual(await there());
  }, 240_000);

  test('retention would let go of all that is older, and of exports whose copy in the other cloud is proven', async () => {
    const { code, stdout, stderr } = await fleet.farcopy('prune', '--plan', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { kept, doomed, refused } = JSON.parse(stdout) as PrunePlan;
    const timeOf = ({ recoveryPoint }: PlannedCopy) => recoveryPoint.split('/').at(-1) ?? '';
    const lineOfPlan = ({ copy }: { readonly copy: PlannedCopy }) =>
      `${copy.resource.split('/').at(-1) ?? ''} ${timeOf(copy)} in ${copy.place}`;
    expect(refused).toEqual([]);
    const all = await there();
    const isOld = (line: string) =>
      line.startsWith(`shop ${before.shop ?? ''} `) || line.startsWith(`ledger ${before.ledger ?? ''} `);
    const going = all.filter((line) => isOld(line) || line.endsWith('in other-cloud-export'));
    expect(doomed.map(lineOfPlan).sort()).toEqual(going);
    expect(kept.map(lineOfPlan).sort()).toEqual(all.filter((line) => !going.includes(line)));
    // It has only looked.
    expect(await there()).toEqual(all);
  });
});
