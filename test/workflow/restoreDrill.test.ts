import { type Notification } from '../../src/core/notification';
import { Client } from 'pg';
import { Context } from '@temporalio/activity';
import { type WorkflowHandle } from '@temporalio/client';
import { drillActivities } from '../../src/activities/drill/drill';
import { loadExportActivities } from '../../src/activities/restore/loadExport';
import { stepActivities } from '../../src/activities/steps/steps';
import { restoreActivities } from '../../src/activities/restore/restore';
import { serviceLimitActivities } from '../../src/activities/limits/serviceLimit';
import { parseFleet } from '../../src/config';
import { applicationFailure } from '../../src/core/applicationFailure';
import { copyTags, type Scope, temporaryRetention } from '../../src/core/catalogue/copy';
import { type DrillCheck, type DrillPolicy, type DrillTarget } from '../../src/core/drill/drill';
import { type RestoreDrillInput, type RestoreDrillProgress } from '../../src/core/drill/drillRequest';
import { type DrillResult } from '../../src/core/drill/drillResult';
import { failureTypes } from '../../src/core/failure';
import { recoveryPointId, transferTaskQueue } from '../../src/core/naming';
import { copyIdentifier } from '../../src/kinds/rds/markers';
import { describeDatabase } from '../../src/postgres/describeDatabase';
import { type restoreDrill } from '../../src/workflows/restoreDrill';
import { knownKinds } from '../../src/kinds/registry';
import { awsError, FakeCloud, throttling } from '../fakes/cloud';
import { FakeObjectStore } from '../fakes/objectStore';
import { eventually } from '../support/eventually';
import { dataPrefix, type ExportBucket, exportOf } from '../support/exportOf';
import { type PostgresServer, startPostgres } from '../support/postgresServer';
import { TimeSkippingService } from './timeSkippingService';

// The workers of transfers read copies back: here they do everything else too.
const queue = transferTaskQueue('panda');
const minute = 60_000;
const scratchAccount = '333333333333';
const dataTime = '2026-11-21T02:03:00Z';
const bucketPath = 'aurora-cluster/999999999999/eu-west-1/shop';
const clock = { now: 0 };
const work = { milliseconds: 10 * minute };
const cloud = new FakeCloud({
  now: () => clock.now,
  duration: () => work.milliseconds,
  restoreDuration: () => work.milliseconds,
});
const notifications: Notification[] = [];
let shownWhenTold = '';
let server: PostgresServer;
let main: Client;
let bucket: ExportBucket;
let store: FakeObjectStore;
let service: TimeSkippingService;
/** The database of the server that answers for whatever was restored in AWS. */
let restoredAs = 'good';
let beforeOpening: () => void;
let beforeReading: (signal: AbortSignal) => Promise<void>;
let beforeTelling: () => void;
let fleet = fleetOf('999999999999', '111111111111');
let tests = 0;

function fleetOf(owner: string, vault: string) {
  return parseFleet(
    `
fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts: [{id: "${owner}", regions: [eu-west-1]}]
vaults:
  secure: {account: "${vault}", key: alias/farcopy}
  secure-dr: {account: "${vault}", region: eu-central-1, key: alias/farcopy}
  gcs:
    bucket: gs://panda-backups
    export: {bucket: "s3://panda-exports-{region}", role: "arn:aws:iam::${vault}:role/export", key: alias/farcopy}
select: [{kind: aurora-cluster, tags: {backup: "true"}, tier: standard}]
tiers:
  standard:
    schedule: "0 2 * * *"
    rpo: 26h
    route: [secure, secure-dr, gcs]
    retention: {daily: 14, minimum: 2}
    drills:
      here: {to: {account: "333333333333", region: eu-west-1}, read: none}
      there: {to: {account: "333333333333", region: us-east-1}, read: none}
polling: {shortest: 15s, longest: 5m}
`,
    'fleet.yaml',
    { kinds: knownKinds },
  );
}

const shop = `CREATE TABLE orders (id int PRIMARY KEY, updated_at timestamptz, note text);
  INSERT INTO orders SELECT g, timestamptz '2026-11-21 02:00:00+00' - g * interval '1 minute', repeat(md5(g::text), 200)
    FROM generate_series(1, 500) g;
  CREATE TABLE "Order items" (id int, paid boolean); INSERT INTO "Order items" VALUES (1, true), (2, false)`;

beforeAll(async () => {
  server = await startPostgres();
  main = await server.connect('postgres');
  const good = await server.create('good');
  await good.query(shop);
  const stale = await server.create('stale');
  await stale.query(shop);
  await stale.query(`UPDATE orders SET updated_at = updated_at - interval '1 day'; DROP TABLE "Order items"`);
  await breakPages(await server.create('breaking'));

  await main.query('REVOKE CONNECT ON DATABASE postgres, template1, breaking FROM PUBLIC');
  for (const name of ['good', 'stale', 'broken'])
    await main.query(`REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC; CREATE ROLE of_${name} LOGIN;
      GRANT CONNECT ON DATABASE ${name} TO of_${name}; GRANT pg_read_all_data TO of_${name}`);
  const schema = await describeDatabase(good, { takenFrom: 'recovery-point', measure: 'checksums' });
  bucket = await exportOf(good, 'good', schema.tables, 100);
  bucket.seal(schema);

  const kinds = cloud.kinds();
  const scopes = async () => [{ account: owner(), region: 'eu-west-1' }];
  const passwords = {
    readSecret: async () => ({ password: 'unused', username: null, host: '127.0.0.1' }),
    servers: new Set<string>(),
    ownPassword: undefined,
  };
  const activities = {
    ...stepActivities({ kinds, general: {}, shareInUse: async () => ({ readers: [], silent: [] }) }),
    ...serviceLimitActivities(kinds.all),
    ...restoreActivities({
      get fleet() {
        return fleet;
      },
      kinds,
      scopes,
      readBundle: async () => null,
    }),
    ...loadExportActivities({
      openStore: async () =>
        Object.assign(Object.create(store) as FakeObjectStore, {
          read: async (key: string, options: object, signal: AbortSignal) => {
            if (key.endsWith('.parquet')) await beforeReading(signal);
            return store.read(key, options, signal);
          },
        }),
      ...passwords,
      signatures: async () => null,
    }),
    ...drillActivities({
      get fleet() {
        return fleet;
      },
      kinds,
      scopes,
      readBundle: async () => null,
      openBucket: () => store,
      ...passwords,
      connections: {
        open: async ({ host, database }) => {
          beforeOpening();
          if (!/^drill-.*\.rds\.example$/.test(host)) throw new Error(`${host} is not of a drill`);
          return asReader(database === 'shop' ? restoredAs : database);
        },
      },
    }),
    handOverNotification: async (notification: Notification) => {
      beforeTelling();
      const { client, info } = Context.current();
      const drill = client.workflow.getHandle(info.workflowExecution?.workflowId ?? '');
      shownWhenTold = (await drill.query<RestoreDrillProgress>('progress')).state;
      notifications.push(notification);
    },
  };
  /** The clouds go by the server's clock. */
  const onItsClock = Object.fromEntries(
    (Object.entries(activities) as [string, (...args: never[]) => Promise<unknown>][]).map(([name, run]) => [
      name,
      async (...args: never[]) => {
        clock.now = await service.now();
        Object.assign(Context.current().info, { currentAttemptScheduledTimestampMs: clock.now });
        return run(...args);
      },
    ]),
  );
  service = await TimeSkippingService.start(onItsClock, queue);
});
afterAll(async () => {
  await service?.stop();
  await server?.stop();
});
beforeEach(() => {
  restoredAs = 'good';
  beforeOpening = () => undefined;
  beforeReading = async () => undefined;
  beforeTelling = () => undefined;
  notifications.length = 0;
  store = new FakeObjectStore();
  for (const [key, content] of bucket.objects) store.put(key, content);
  const key = `catalogue/${bucketPath}/20261121t020000z.json`;
  const record = JSON.parse(store.objects.get(key)!.content.toString()) as object;
  const resource = {
    kind: 'aurora-cluster',
    account: '999999999999',
    region: 'eu-west-1',
    id: 'shop',
    arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
  };
  const tags = { [copyTags.recoveryPoint]: `${bucketPath}/2026-11-21T02:00:00Z`, [copyTags.dataTime]: dataTime };
  const verified = { level: 'manifest', at: dataTime };
  store.put(key, JSON.stringify({ ...record, resource, tags, dataPrefix, objects: 9, bytes: 9, verified }));
});

/** As one who may connect to this database alone: so the server is as a cluster that has no other. */
async function asReader(database: string): Promise<Client> {
  const client = new Client({ connectionString: server.url(database).replace('//postgres@', `//of_${database}@`) });
  await client.connect();
  return client;
}

/**
 * `broken`: a copy of the database whose files were damaged, one of a table and one of the values that another keeps beside its
 * rows, which counting rows would not touch.
 */
async function breakPages(database: Client): Promise<void> {
  await database.query(shop);
  await database.query(`CREATE TABLE pages AS SELECT g FROM generate_series(1, 5000) g;
    CREATE TABLE documents (body bytea); ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
    INSERT INTO documents SELECT convert_to(repeat(md5(g::text), 500), 'UTF8') FROM generate_series(1, 20) g; CHECKPOINT`);
  const { rows } = await database.query<{ path: string }>(
    `SELECT pg_relation_filepath('pages') AS path UNION ALL
     SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = 'documents'`,
  );
  for (const { path } of rows)
    await database.query(
      `COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; dd if=/dev/urandom of=${path} bs=1 seek=8192 count=64 conv=notrunc'`,
    );
  await database.end();
  await main.query('CREATE DATABASE broken TEMPLATE breaking STRATEGY file_copy');
}

const owner = () => `1000000000${String(tests).padStart(2, '0')}`;

const inAws: DrillTarget = {
  type: 'aws',
  account: scratchAccount,
  region: 'eu-west-1',
  subnetGroup: 'scratch',
  securityGroups: ['sg-1'],
  instanceClasses: ['db.t4g.medium'],
};

const checks: readonly DrillCheck[] = [
  { name: 'there are orders', resources: [], type: 'rows', table: 'orders', atLeast: 500 },
  {
    name: 'orders are fresh',
    resources: [],
    type: 'freshness',
    query: 'SELECT max(updated_at) FROM orders -- the newest',
    withinSeconds: 600,
  },
  {
    name: 'one item is paid',
    resources: ['panda-*', 'shop'],
    type: 'query',
    query: 'SELECT count(*) FROM "Order items" WHERE paid;',
    equals: 1,
    atLeast: undefined,
    atMost: undefined,
  },
  { name: 'of others', resources: ['other'], type: 'rows', table: 'nothing', atLeast: 1 },
];

function policy(changes: Partial<DrillPolicy> = {}): DrillPolicy {
  return {
    name: 'weekly',
    schedule: [],
    timezone: 'UTC',
    jitterSeconds: 0,
    paused: false,
    point: 'latest',
    resources: null,
    from: null,
    to: inAws,
    rtoSeconds: null,
    readsAll: true,
    database: null,
    checks,
    ...changes,
  };
}

const start = (input: Partial<RestoreDrillInput> & Pick<RestoreDrillInput, 'drill'>) =>
  service.client.workflow.start<typeof restoreDrill>('restoreDrill', {
    workflowId: `drill/${tests}`,
    taskQueue: queue,
    args: [
      {
        version: 1,
        fleet: 'panda',
        tier: 'standard',
        resource: 'panda-1',
        connect: { user: null, authentication: { type: 'iam' }, tls: 'require' },
        ...input,
      },
    ],
  });

type Handle = WorkflowHandle<typeof restoreDrill>;
const result = (handle: Handle) => service.runUntil(handle.result());

/** How it failed, with the result that a failed drill carries. */
async function failure(handle: Handle) {
  const error = await service.runUntil(
    handle.result().then(
      () => null,
      (problem: Error) => problem.cause as Error & { type?: string; details?: [DrillResult] },
    ),
  );
  return { ...error, name: error?.name, message: error?.message ?? '', result: error?.details?.[0] };
}

async function until(handle: Handle, step: string): Promise<void> {
  for (let minutes = 0; minutes < 24 * 60; minutes += 1) {
    const { steps } = await handle.query<RestoreDrillProgress>('progress');
    if (steps.some((one) => one.step === step && one.state === 'running')) return;
    await service.skip(60);
  }
  throw new Error(`the drill did not come to ${step} within a day`);
}

describe('a drill in AWS', () => {
  /** A cluster with two recovery points, each in its own account and in both vaults. */
  async function scene() {
    tests += 1;
    const account = owner();
    const vault = `2000000000${String(tests).padStart(2, '0')}`;
    fleet = fleetOf(account, vault);
    clock.now = await service.now();
    const resource = cloud.addResource({ kind: 'aurora-cluster', account, region: 'eu-west-1', id: 'panda-1' });
    const copies = cloud.kinds().copiesOf('aurora-cluster');
    work.milliseconds = 0;
    for (const [scheduledTime, time] of [
      ['2026-11-20T02:00:00Z', '2026-11-20T02:03:00Z'],
      ['2026-11-21T02:00:00Z', dataTime],
    ] as const) {
      const id = copyIdentifier('panda', resource, scheduledTime);
      const tags = (place: string) => ({
        [copyTags.fleet]: 'panda',
        [copyTags.resource]: resource.arn,
        [copyTags.recoveryPoint]: recoveryPointId(resource, scheduledTime),
        [copyTags.scheduledTime]: scheduledTime,
        [copyTags.dataTime]: time,
        [copyTags.tier]: 'standard',
        [copyTags.place]: place,
        [copyTags.retention]: 'standard',
        [copyTags.verified]: `exists ${time}`,
      });
      const home: Scope = { account, region: 'eu-west-1', access: 'source' };
      const secure: Scope = { account: vault, region: 'eu-west-1', access: 'vault' };
      const source = await copies.snapshot({ resource, marker: id, tags: tags('source') });
      await copies.sharing?.share(source, home, vault);
      const to = { ...secure, region: 'eu-central-1' };
      const key = 'alias/farcopy';
      const first = await copies.copy({ source, target: secure, marker: id, key, tags: tags('secure') });
      await copies.copy({ source: first, target: to, marker: id, key, tags: tags('secure-dr') });
      await copies.sharing?.unshare(source, home, vault);
    }
    work.milliseconds = 10 * minute;
    const mine = () => cloud.allCopies().filter((copy) => copy.tags[copyTags.resource] === resource.arn);
    const copy = (place: string) =>
      mine().find(({ tags }) => tags[copyTags.place] === place && tags[copyTags.dataTime] === dataTime)!;
    /** Whatever a drill has made and lent. */
    const left = () => [
      ...[scratchAccount]
        .flatMap((one) => ['eu-west-1', 'us-east-1'].map((region) => ({ account: one, region })))
        .flatMap((place) => [...cloud.databasesIn('aurora-cluster', place).values()].map(({ id }) => id)),
      ...mine().flatMap((one) => [
        ...(one.tags[copyTags.retention] === temporaryRetention ? [one.id] : []),
        ...cloud.sharedWith(one).map((whom) => `${one.id} shared with ${whom}`),
      ]),
    ];
    return { resource, copy, left, account, vault };
  }

  it('that passes measures how long it took, proves the copy, tells people and leaves nothing', async () => {
    const { copy, left, resource } = await scene();
    const passed = await result(await start({ resource, drill: policy({ rtoSeconds: 3600 }) }));
    expect(passed).toMatchObject({
      verdict: 'passed',
      recoveryPoint: recoveryPointId(resource, '2026-11-21T02:00:00Z'),
      dataTime,
      from: 'secure',
      to: expect.stringMatching(/^333333333333\/eu-west-1\/drill-panda-1-[0-9a-z]{13}$/) as string,
      rtoObjectiveSeconds: 3600,
      failures: [],
      tornDown: true,
    });
    expect(passed.checks.map(({ name, ok, found }) => [name, ok, found])).toEqual([
      ['there are orders', true, '500'],
      ['orders are fresh', true, '2026-11-21 01:59:00+00'],
      ['one item is paid', true, '1'],
    ]);
    expect(passed).toMatchObject({ tables: 2, rows: 502 });
    // Ten minutes for the cluster, ten for its writer, and the pauses between looks.
    expect(passed.rtoSeconds).toBeGreaterThanOrEqual(1200);
    expect(passed.rtoSeconds).toBeLessThan(1800);
    expect(left()).toEqual([]);
    expect(copy('secure').tags[copyTags.verified]).toMatch(/^restore 20\d\d-/);
    expect(copy('secure-dr').tags[copyTags.verified]).toMatch(/^exists /);
    expect(notifications).toMatchObject([
      { event: 'drill-ended', subject: expect.stringContaining('passed') as string },
    ]);
    // Telling may take a day.
    expect(shownWhenTold).toBe('Completed');
  });

  it('is told of though telling is not possible for hours', async () => {
    const { resource } = await scene();
    let until: number | undefined;
    beforeTelling = () => {
      until ??= clock.now + 5 * 60 * minute;
      if (clock.now < until) throw applicationFailure(failureTypes.transient, 'the topic is away');
    };
    expect(await result(await start({ resource, drill: policy({ checks: [] }) }))).toMatchObject({ verdict: 'passed' });
    expect(until).toBeDefined();
    expect(notifications).toMatchObject([
      { event: 'drill-ended', subject: expect.stringContaining('passed') as string },
    ]);
  });

  it('restores the writer alone, into the network that was given, marked as scratch and unprotected', async () => {
    await scene();
    beforeOpening = () => {
      throw applicationFailure(failureTypes.transient, 'not yet');
    };
    const handle = await start({ drill: policy() });
    await until(handle, 'connect');
    const [database] = cloud.databasesIn('aurora-cluster', { account: scratchAccount, region: 'eu-west-1' }).values();
    expect(database).toMatchObject({
      protected: false,
      tags: { 'farcopy:drill': `drill/${tests}`, 'farcopy:drill-run': handle.firstExecutionRunId },
      subnetGroup: 'scratch',
      securityGroups: ['sg-1'],
    });
    expect([...database!.instances.values()]).toMatchObject([{ class: 'db.t4g.medium' }]);
    beforeOpening = () => undefined;
    await result(handle);
  });

  it('fails on data that is stale and on a table that is missing, and tells all of it', async () => {
    const { copy, left } = await scene();
    restoredAs = 'stale';
    const handle = await start({ drill: policy() });
    const failed = await failure(handle);
    expect(failed).toMatchObject({ type: failureTypes.drillFailed, result: { verdict: 'failed', tornDown: true } });
    expect(failed.result?.failures).toEqual([
      expect.stringMatching(/^orders are fresh: the newest is of 2026-11-20 .*, 86640 s before/),
      expect.stringMatching(/^one item is paid: relation "Order items" does not exist \(42P01\)/),
    ]);
    expect(left()).toEqual([]);
    expect(copy('secure').tags[copyTags.verified]).toMatch(/^exists /);
    expect(notifications).toMatchObject([{ message: expect.stringContaining('the newest is of') as string }]);
    expect((await handle.describe()).status.name).toBe('FAILED');
  });

  it('finds pages that cannot be read, also of values kept beside their rows, and reads all other tables', async () => {
    const { left } = await scene();
    restoredAs = 'broken';
    const failed = await failure(await start({ drill: policy({ checks: [] }) }));
    expect(failed.type).toBe(failureTypes.drillFailed);
    const found = failed.result?.failures ?? [];
    expect(found).toEqual([
      expect.stringMatching(/^broken: public\.documents: cannot be read to its end: invalid page in block 1 .*XX001/),
      expect.stringMatching(/^broken: public\.pages: cannot be read to its end: invalid page in block 1 .*XX001/),
    ]);
    expect(failed.result).toMatchObject({ tables: 2, rows: 502 });
    expect(left()).toEqual([]);
  });

  it('fails when it took longer than it may', async () => {
    await scene();
    const failed = await failure(await start({ drill: policy({ rtoSeconds: 600 }) }));
    expect(failed.result?.failures).toEqual([expect.stringMatching(/^the restore took 1\d\d\d s, and may take 600 s/)]);
  });

  it('restores nothing of a copy that is not what its tags say', async () => {
    const { copy, left } = await scene();
    const { kind, account, region, id } = copy('secure');
    cloud.snapshotsIn(kind, { account, region }).get(id)!.tags[copyTags.recoveryPoint] = 'another';
    const named = { point: '2026-11-21T02:00:00Z', drill: policy({ from: 'secure' }) };
    const before = cloud.calls.get('restore') ?? 0;
    // It is of another recovery point now, so that the one it was of is not found there any more.
    expect(await failure(await start(named))).toMatchObject({
      type: failureTypes.drillFailed,
      result: { steps: expect.arrayContaining([expect.objectContaining({ step: 'choose', state: 'failed' })]) as [] },
    });
    expect(cloud.calls.get('restore') ?? 0).toBe(before);
    expect(left()).toEqual([]);
  });

  it('fails where a copy is damaged after it was chosen', async () => {
    const { copy, left } = await scene();
    const { kind, account, region, id } = copy('secure');
    const snapshot = cloud.snapshotsIn(kind, { account, region }).get(id)!;
    cloud.fault({
      call: 'progress',
      about: id,
      failure: () => {
        snapshot.failed = true;
        return throttling();
      },
    });
    expect(await failure(await start({ drill: policy() }))).toMatchObject({
      type: failureTypes.drillFailed,
      message: expect.stringContaining('AWS reports it as failed') as string,
      result: { steps: expect.arrayContaining([expect.objectContaining({ step: 'verify', state: 'failed' })]) as [] },
    });
    expect(left()).toEqual([]);
  });

  it('waits for a database that does not answer yet, and not for ever', async () => {
    const { left } = await scene();
    let refused = 0;
    const down = () => {
      refused += 1;
      throw applicationFailure(failureTypes.transient, 'connect ECONNREFUSED');
    };
    beforeOpening = () => (refused < 20 ? down() : undefined);
    const passed = await result(await start({ drill: policy() }));
    expect(passed.rtoSeconds).toBeGreaterThan(1200 + 20 * 5);

    tests += 100;
    beforeOpening = down;
    const failed = await failure(await start({ drill: policy() }));
    tests -= 100;
    expect(failed).toMatchObject({
      type: failureTypes.drillFailed,
      message: expect.stringMatching(/did not answer within 30 minutes: .*ECONNREFUSED/) as string,
      result: { rtoSeconds: null, tornDown: true },
    });
    expect(left()).toEqual([]);
  });

  it('that is let in by nobody could not be performed, which is no verdict on the copy', async () => {
    const { left } = await scene();
    beforeOpening = () => {
      throw applicationFailure(failureTypes.configuration, 'password authentication failed');
    };
    expect(await failure(await start({ drill: policy() }))).toMatchObject({
      type: failureTypes.configuration,
      result: { verdict: 'failed', tornDown: true },
    });
    expect(left()).toEqual([]);
  });

  it('removes what a restore leaves when it fails half-way', async () => {
    const { left } = await scene();
    const unfit = () => awsError('InvalidParameterCombination', 'RDS does not support creating this class');
    cloud.fault({ call: 'addInstance', about: 'drill-', failure: unfit });
    expect(await failure(await start({ drill: policy({ to: { ...inAws, region: 'us-east-1' } }) }))).toMatchObject({
      type: failureTypes.invalidInput,
      result: { tornDown: true },
    });
    expect(left()).toEqual([]);
  });

  it.each(['restore', 'connect'])('that is cancelled during %s removes everything', async (step) => {
    const { left } = await scene();
    beforeOpening = () => {
      throw applicationFailure(failureTypes.transient, 'not yet');
    };
    const handle = await start({ drill: policy({ to: { ...inAws, region: 'us-east-1' } }) });
    await until(handle, step);
    await service.skip(60);
    await handle.cancel();
    expect(await failure(handle)).toMatchObject({ name: 'CancelledFailure' });
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(left()).toEqual([]);
    expect(notifications).toEqual([]);
  });

  it('whose restore someone cancels fails, removes everything and tells people', async () => {
    const { left } = await scene();
    const handle = await start({ drill: policy() });
    await until(handle, 'restore');
    await service.skip(60);
    const { raw } = await handle.describe();
    const [child] = raw.pendingChildren ?? [];
    await service.client.workflow.getHandle(child?.workflowId ?? '').cancel();
    expect(await failure(handle)).toMatchObject({
      name: 'ApplicationFailure',
      result: { verdict: 'failed', failures: ['cancelled'], tornDown: true },
    });
    expect(left()).toEqual([]);
    expect(notifications).toHaveLength(1);
  });

  it('asks again until AWS has deleted everything', async () => {
    const { left } = await scene();
    const busy = () => awsError('InternalFailure', 'internal', 500);
    cloud.fault({ call: 'remove', about: 'drill-', failure: busy, times: 30 });
    expect(await result(await start({ drill: policy() }))).toMatchObject({ verdict: 'passed', tornDown: true });
    expect(left()).toEqual([]);
  });

  it('without a connection only restores, and is refused where it was to do more', async () => {
    const { left } = await scene();
    const refused = await failure(await start({ drill: policy(), connect: null }));
    expect(refused).toMatchObject({
      type: failureTypes.invalidInput,
      message: expect.stringContaining('connect') as string,
    });
    const only = policy({ readsAll: false, checks: [] });
    const passed = await result(await start({ drill: only, connect: null }));
    expect(passed.steps.map(({ step }) => step)).toEqual(['choose', 'verify', 'restore', 'teardown']);
    expect(passed.rtoSeconds).toBeGreaterThan(1200);
    expect(left()).toEqual([]);
  });
});

it('whose input someone has typed, and not to its end, says what is missing', async () => {
  const half = { drill: { name: 'weekly' }, connect: undefined } as unknown as Pick<RestoreDrillInput, 'drill'>;
  expect(await failure(await start(half))).toMatchObject({
    type: failureTypes.invalidInput,
    message: expect.stringMatching(/^restoreDrill: drill\.schedule must be a list .* and is missing/) as string,
  });
});

describe('a drill of a bucket', () => {
  const drill = (changes: Partial<DrillPolicy> = {}) =>
    policy({ from: 'gcs', to: { type: 'postgres', url: server.url('postgres'), secret: null }, ...changes });
  const scratch = async () =>
    (await main.query<{ name: string }>(`SELECT datname AS name FROM pg_database WHERE datname ~ '^farcopy_drill'`))
      .rows;
  beforeEach(() => {
    tests += 1;
  });

  it('restores into a database of its own, compares, checks and drops it', async () => {
    const passed = await result(await start({ resource: 'shop', drill: drill() }));
    expect(passed).toMatchObject({
      verdict: 'passed',
      recoveryPoint: `${bucketPath}/2026-11-21T02:00:00Z`,
      from: 'gcs',
      report: { equal: true, comparedWith: 'recovery-point' },
      tables: 2,
      rows: 502,
      tornDown: true,
    });
    expect(passed.checks.filter(({ ok }) => ok)).toHaveLength(3);
    expect(await scratch()).toEqual([]);
  });

  it('finds one flipped byte before it loads anything, and names the object', async () => {
    const key = bucket.parts().find((part) => part.includes('orders'))!;
    const content = Buffer.from(store.objects.get(key)!.content);
    content[content.length >> 1]! ^= 1;
    // What the cloud states of the object is of what was written: only reading it back finds it.
    const { crc32c } = (await store.head(key))!;
    store.put(key, content);
    const list = store.list.bind(store);
    store.list = async function* (...asked) {
      for await (const page of list(...asked)) yield page.map((one) => (one.key === key ? { ...one, crc32c } : one));
    };
    const failed = await failure(await start({ resource: 'shop', drill: drill() }));
    expect(failed).toMatchObject({ type: failureTypes.drillFailed, result: { tornDown: true, to: null } });
    expect(failed.result?.failures).toEqual([expect.stringContaining(`${key}: has SHA-256`)]);
    expect(failed.result?.steps).toContainEqual(expect.objectContaining({ step: 'verify', state: 'failed' }));
    expect(await scratch()).toEqual([]);
  });

  it('fails where what was loaded differs from what was taken', async () => {
    const schema = JSON.parse(store.objects.get(`${dataPrefix}bundle.json`)!.content.toString()) as {
      schemas: { tables: { name: string; checksum: string }[] }[];
    };
    for (const table of schema.schemas[0]!.tables) if (table.name === 'orders') table.checksum = '1';
    const sealed = bucket.copy();
    sealed.objects.set(`${dataPrefix}export/task-1/note.txt`, Buffer.from('another export'));
    sealed.seal(schema.schemas[0] as never);
    for (const [key, content] of sealed.objects)
      if (!key.startsWith('catalogue/')) store.put(key, content);
      else {
        const before = JSON.parse(store.objects.get(key)!.content.toString()) as object;
        store.put(key, JSON.stringify({ ...before, ...(JSON.parse(content.toString()) as object) }));
      }
    const failed = await failure(await start({ resource: 'shop', drill: drill() }));
    expect(failed.type).toBe(failureTypes.drillFailed);
    expect(failed.result?.failures).toEqual([expect.stringMatching(/^public\.orders: /)]);
    expect(await scratch()).toEqual([]);
  });

  it('that is cancelled while it loads drops its database', async () => {
    let loads = false;
    beforeReading = async (signal) => {
      loads = true;
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    };
    const handle = await start({ resource: 'shop', drill: drill() });
    const ended = failure(handle);
    // The time-skipping server loses a workflow that is cancelled while an activity waits to be taken (1.38.0).
    await eventually('it loads', () => Promise.resolve(loads));
    expect(await scratch()).toHaveLength(1);
    const comment = await main.query<{ comment: string }>(
      `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname ~ '^farcopy_drill'`,
    );
    expect(comment.rows[0]?.comment).toContain(`workflow drill/${tests}`);
    await handle.cancel();
    expect(await ended).toMatchObject({ name: 'CancelledFailure' });
    expect(await scratch()).toEqual([]);
  });

  it('tells what there is where there is nothing to restore', async () => {
    expect(await failure(await start({ resource: 'nobody', drill: drill() }))).toMatchObject({
      type: failureTypes.drillFailed,
      message: 'nobody: there is no recovery point of it in gcs',
      result: { recoveryPoint: null, tornDown: true },
    });
  });
});
