import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { DatabaseError, type Client } from 'pg';
import { drillActivities } from '../../../../src/activities/drill/drill';
import {
  type ChooseDrillPointRequest,
  type DrillDatabase,
  type VerificationUnit,
} from '../../../../src/activities/drill/drillContracts';
import { type DrillPoint } from '../../../../src/core/drill/drillPoint';
import { parseFleet } from '../../../../src/config';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { drillIdentifier, drillTagsOf } from '../../../../src/core/drill/drillScratch';
import { failureTypes } from '../../../../src/core/failure';
import { drillUnique, recoveryPointId } from '../../../../src/core/naming';
import { type ResourceRef } from '../../../../src/core/resource';
import { type SqlAbility } from '../../../../src/kinds/kind';
import { knownKinds } from '../../../../src/kinds/registry';
import { type DatabaseEndpoint } from '../../../../src/postgres/databaseConnections';
import { FakeCloud, fakeKeyArn } from '../../../fakes/cloud';
import { FakeObjectStore, hexCrc } from '../../../fakes/objectStore';

const fleet = parseFleet(
  `
fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts: [{id: "999999999999", regions: [eu-west-1]}]
vaults:
  secure: {account: "111111111111", key: alias/farcopy}
  gcs:
    bucket: gs://panda-backups/farcopy
    export: {bucket: "s3://panda-exports-{region}", role: "arn:aws:iam::111111111111:role/export", key: alias/farcopy}
select: [{kind: aurora-cluster, tags: {backup: "true"}, tier: standard}]
tiers:
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure, gcs], retention: {daily: 14, minimum: 2}}
`,
  'fleet.yaml',
  { kinds: knownKinds },
);
const home: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const secure: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const days = ['2026-11-19', '2026-11-20', '2026-11-21'];
const scheduled = (day: string) => `${day}T02:00:00Z`;
const dataOf = (day: string) => `${day}T02:03:00Z`;

let cloud: FakeCloud;
let store: FakeObjectStore;
let resource: ResourceRef;
let open: (endpoint: DatabaseEndpoint) => Promise<Client>;
let locate: SqlAbility['locate'];

beforeEach(async () => {
  cloud = new FakeCloud({ now: () => Date.UTC(2026, 10, 25) });
  store = new FakeObjectStore();
  resource = cloud.addResource({ kind: 'aurora-cluster', ...home, id: 'shop' });
  open = () => Promise.reject(new Error('nothing is opened here'));
  const copies = cloud.kinds().copiesOf('aurora-cluster');
  for (const day of days) {
    const tags = (place: string) => ({
      [copyTags.fleet]: 'panda',
      [copyTags.resource]: resource.arn,
      [copyTags.recoveryPoint]: recoveryPointId(resource, scheduled(day)),
      [copyTags.scheduledTime]: scheduled(day),
      [copyTags.dataTime]: dataOf(day),
      [copyTags.place]: place,
      [copyTags.verified]: `exists ${dataOf(day)}`,
    });
    const source = await copies.snapshot({ resource, marker: `s-${day}`, tags: tags('source') });
    await copies.sharing?.share(source, home, secure.account);
    await copies.copy({ source, target: secure, marker: `c-${day}`, key: 'alias/farcopy', tags: tags('secure') });
  }
});

/** Failures are the point of these tests. */
const silent = { logger: new DefaultLogger('ERROR', () => undefined) };
const environment = (heartbeatDetails?: unknown) => new MockActivityEnvironment({ heartbeatDetails }, silent);
const activities = () =>
  drillActivities({
    fleet,
    kinds: Object.assign(cloud.kinds(), { sqlOf: () => ({ connections: { open }, locate }) }),
    scopes: async () => [{ account: home.account, region: home.region }],
    readBundle: async () => null,
    openBucket: () => store,
    readSecret: async () => ({ password: '', username: null, host: null }),
    ...{ servers: new Set(), ownPassword: undefined },
    connections: { open },
  });
const snapshotOf = (place: Scope, id: string) => cloud.snapshotsIn('aurora-cluster', place).get(id)!;

type Asked = Partial<Omit<ChooseDrillPointRequest, 'drill'>> &
  Partial<Pick<ChooseDrillPointRequest['drill'], 'from' | 'to'>> & { readonly which?: 'latest' | 'random' };

function choose({ from = null, to = inAws, which = 'latest', ...asked }: Asked = {}): Promise<DrillPoint> {
  const anyOf = { resource: 'shop', tier: 'standard', at: null, point: null, draw: 0.5 };
  const request = { ...anyOf, ...asked, drill: { point: which, from, to } };
  return environment().run(activities().chooseDrillPoint, request);
}
const inAws = {
  type: 'aws',
  account: '333333333333',
  region: 'eu-west-1',
  subnetGroup: null,
  securityGroups: [],
  instanceClasses: [],
} as const;
const onServer = { type: 'postgres', url: 'postgres://drill@localhost/postgres', secret: null } as const;

describe('of snapshots', () => {
  it('a vault’s is chosen, however near the source lies: it is what is left when the source is not', async () => {
    const atHome = { ...inAws, account: home.account };
    expect(await choose({ to: atHome })).toMatchObject({ place: 'secure' });
    expect(await choose({ to: atHome, from: 'source' })).toMatchObject({ place: 'source' });
  });

  it('one that a taken-over source has planted is chosen neither as the latest nor by any draw', async () => {
    const copies = cloud.kinds().copiesOf('aurora-cluster');
    const day = '2026-11-30';
    const tags = { ...snapshotOf(home, 's-2026-11-21').tags, [copyTags.place]: 'secure' };
    const point = recoveryPointId(resource, scheduled(day));
    Object.assign(tags, { [copyTags.recoveryPoint]: point, [copyTags.scheduledTime]: scheduled(day) });
    await copies.snapshot({ resource, marker: 'planted', tags: { ...tags, [copyTags.dataTime]: dataOf(day) } });
    for (const asked of [
      {},
      { from: 'secure' },
      ...[0.1, 0.5, 0.9].map((draw) => ({ which: 'random', draw }) as const),
    ])
      expect(await choose(asked)).toMatchObject({ place: 'secure', copy: { ref: { account: secure.account } } });
  });

  it('the latest is chosen, from the place nearest to the target', async () => {
    expect(await choose()).toMatchObject({
      dataTime: dataOf('2026-11-21'),
      place: 'secure',
      copy: { type: 'snapshot' },
    });
  });

  it('each is chosen by some draw, and the same one by the same', async () => {
    const draws = [0.1, 0.5, 0.9];
    const chosen = await Promise.all(draws.map((draw) => choose({ which: 'random', draw })));
    expect(chosen.map(({ dataTime }) => dataTime).sort()).toEqual(days.map(dataOf));
    const again = await Promise.all(draws.map((draw) => choose({ which: 'random', draw })));
    expect(again).toEqual(chosen);
  });

  it('none is chosen that is unproven, has failed, is temporary, lies elsewhere, or is of later', async () => {
    delete snapshotOf(secure, 'c-2026-11-21').tags[copyTags.verified];
    expect(await choose()).toMatchObject({ dataTime: dataOf('2026-11-20'), place: 'secure' });
    snapshotOf(secure, 'c-2026-11-20').failed = true;
    expect(await choose()).toMatchObject({ dataTime: dataOf('2026-11-19'), place: 'secure' });
    for (const draw of [0.1, 0.5, 0.9])
      expect(await choose({ which: 'random', draw })).toMatchObject({ dataTime: dataOf('2026-11-19') });
    await expect(choose({ at: '2026-11-18T00:00:00Z' })).rejects.toMatchObject({ type: failureTypes.notFound });
  });

  it('the one that is named is chosen', async () => {
    expect(await choose({ point: scheduled('2026-11-19') })).toMatchObject({ dataTime: dataOf('2026-11-19') });
  });

  it('what is not as its tags say, or whose key is another account’s, is found', async () => {
    const point = await choose();
    const verify = () => environment().run(activities().verifyDrillSnapshot, point);
    await expect(verify()).resolves.toBeUndefined();
    Object.assign(snapshotOf(secure, 'c-2026-11-21'), { keyArn: fakeKeyArn(home, 'alias/theirs') });
    await expect(verify()).rejects.toMatchObject({
      type: failureTypes.verificationFailed,
      message: expect.stringContaining('its key is of account 999999999999') as string,
    });
    snapshotOf(secure, 'c-2026-11-21').tags[copyTags.dataTime] = dataOf('2026-11-20');
    await expect(verify()).rejects.toMatchObject({ message: expect.stringContaining(copyTags.dataTime) as string });
  });

  it('the one that was restored is proven by that, whatever was proven before', async () => {
    await environment().run(activities().recordDrillPassed, await choose());
    expect(snapshotOf(secure, 'c-2026-11-21').tags[copyTags.verified]).toMatch(/^restore \d{4}-/);
    expect(snapshotOf(secure, 'c-2026-11-20').tags[copyTags.verified]).toMatch(/^exists /);
  });
});

describe('of a bucket', () => {
  const path = 'aurora-cluster/999999999999/eu-west-1/shop';
  const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

  /** A copy of some shards of three objects each. */
  function put(day: string, shards = 3) {
    const stamp = `${day.replaceAll('-', '')}t020000z`;
    const dataPrefix = `data/${path}/${stamp}/`;
    const root = `farcopy/${dataPrefix}`;
    const files = Array.from({ length: shards }, (_, shard) => {
      const entries = ['a', 'b', 'c'].map((name) => {
        const key = `task/${shard}/${name}.parquet`;
        const content = `content of ${key}`;
        store.put(`${root}export/${key}`, content);
        return { key, bytes: content.length, crc32c: hexCrc(Buffer.from(content)), sha256: sha256(content) };
      });
      const file = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      const key = `manifest/${String(shard).padStart(6, '0')}.ndjson`;
      store.put(`${root}${key}`, file);
      return { key, objects: 3, bytes: 100, sha256: sha256(file) };
    });
    const manifest = JSON.stringify({ version: 1, objects: 3 * shards, bytes: 100 * shards, shards: files });
    store.put(`${root}manifest.json`, manifest);
    const record = {
      ...{ version: 1, resource, dataPrefix, objects: 3 * shards, bytes: 100 * shards, skippedTables: [] },
      tags: { [copyTags.recoveryPoint]: recoveryPointId(resource, scheduled(day)), [copyTags.dataTime]: dataOf(day) },
      ...{ manifestSha256: sha256(manifest), bundleSha256: null, verified: { level: 'manifest', at: dataOf(day) } },
    };
    store.put(`farcopy/catalogue/${path}/${stamp}.json`, JSON.stringify(record));
    return root;
  }
  const asked = { from: 'gcs', to: onServer };

  it('the latest is chosen, or any, or the one of a time, of whatever name is given', async () => {
    for (const day of days) put(day);
    const latest = { dataTime: dataOf('2026-11-21'), place: 'gcs', copy: { type: 'bucket', objects: 9 } };
    for (const name of ['shop', path, 'eu-west-1/shop', resource.arn])
      expect(await choose({ ...asked, resource: name })).toMatchObject(latest);
    const drawn = await Promise.all([0.1, 0.5, 0.9].map((draw) => choose({ ...asked, which: 'random', draw })));
    expect(drawn.map(({ dataTime }) => dataTime).sort()).toEqual(days.map(dataOf));
    expect(await choose({ ...asked, at: '2026-11-20T12:00:00Z' })).toMatchObject({ dataTime: dataOf('2026-11-20') });
    for (const point of [scheduled('2026-11-19'), `${path}/${scheduled('2026-11-19')}`, '20261119t020000z'])
      expect(await choose({ ...asked, point: point })).toMatchObject({ dataTime: dataOf('2026-11-19') });
    await expect(choose({ ...asked, point: 'tuesday' })).rejects.toMatchObject({
      type: failureTypes.invalidInput,
    });
  });

  const sign = (day: string, manifest: string) => (snapshotOf(secure, `c-${day}`).tags[copyTags.manifest] = manifest);
  const manifestOf = (root: string) => sha256(String(store.objects.get(`${root}manifest.json`)?.content ?? ''));

  it('one that a vault’s copy is signed with is proven, and another one is refused', async () => {
    sign('2026-11-21', manifestOf(put('2026-11-21')));
    expect(await choose(asked)).not.toHaveProperty('unproven');
    // Whoever can write to the bucket replaces everything that lies there.
    put('2026-11-21', 2);
    await expect(choose(asked)).rejects.toMatchObject({
      type: failureTypes.verificationFailed,
      message: expect.stringContaining('another manifest') as string,
    });
  });

  it('one that is newer than whatever the vaults have is not chosen: nobody has exported it', async () => {
    sign('2026-11-21', manifestOf(put('2026-11-21')));
    put('2026-11-30');
    expect(await choose(asked)).toMatchObject({ dataTime: dataOf('2026-11-21') });
  });

  it('one that no vault proves is told to be so', async () => {
    put('2026-11-21');
    expect(await choose(asked)).toMatchObject({ unproven: expect.stringContaining('not signed') as string });
  });

  it('a record that was tampered with is no copy', async () => {
    put('2026-11-21');
    store.put(`farcopy/catalogue/${path}/20261121t020000z.json`, '{"version": 1}');
    await expect(choose(asked)).rejects.toMatchObject({ type: failureTypes.verificationFailed });
  });

  it('every byte is read back, and the first object that differs is named', async () => {
    const root = put('2026-11-21');
    const point = await choose(asked);
    const { planDrillVerification, verifyDrillObjects } = activities();
    const units = await environment().run<[DrillPoint], readonly VerificationUnit[], typeof planDrillVerification>(
      planDrillVerification,
      point,
    );
    for (const unit of units) await environment().run(verifyDrillObjects, point, unit);
    expect(new Set(store.calls.filter(({ key }) => key.endsWith('.parquet')).map(({ key }) => key)).size).toBe(9);

    const key = `${root}export/task/1/b.parquet`;
    store.objects.get(key)!.content[0]! ^= 1;
    await expect(environment().run(verifyDrillObjects, point, { from: 1, to: 2 })).rejects.toMatchObject({
      type: failureTypes.verificationFailed,
      message: expect.stringContaining('task/1/b.parquet') as string,
    });
    await expect(environment().run(verifyDrillObjects, point, { from: 2, to: 3 })).resolves.toBeUndefined();
    store.objects.delete(`${root}export/task/2/a.parquet`);
    await expect(environment().run(verifyDrillObjects, point, { from: 2, to: 3 })).rejects.toMatchObject({
      message: expect.stringContaining('is missing') as string,
    });
  });

  it('a manifest that was tampered with proves nothing', async () => {
    const root = put('2026-11-21');
    const point = await choose(asked);
    store.put(`${root}manifest.json`, JSON.stringify({ version: 1, objects: 0, bytes: 0, shards: [] }));
    await expect(environment().run(activities().planDrillVerification, point)).rejects.toMatchObject({
      type: failureTypes.verificationFailed,
    });
  });

  it('a try that follows goes on behind the shards that are proven', async () => {
    put('2026-11-21');
    const point = await choose(asked);
    store.calls.length = 0;
    const before = { shard: 2, objects: 6, bytes: 200 };
    await environment(before).run(activities().verifyDrillObjects, point, { from: 0, to: 3 });
    const read = store.calls.filter(({ operation, key }) => operation === 'open' && key.endsWith('.parquet'));
    expect(read.map(({ key }) => key.slice(-11)).sort()).toEqual(['2/a.parquet', '2/b.parquet', '2/c.parquet']);
  });
});

describe('reading a database', () => {
  const listening = { host: 'drill-shop.rds.example', port: 5432, masterUsername: 'root' };
  const owner = { fleet: 'panda', workflowId: 'drill/shop', runId: 'run', since: '2026-11-25T00:00:00Z' };
  let database: Extract<DrillDatabase, { type: 'aws' }>;
  let scratch: Map<string, Readonly<Record<string, string>>>;
  let logins: DatabaseEndpoint[];
  const tables = ['a', 'b', 'c'];
  let broken: Readonly<Record<string, () => Error>>;
  const asked: string[] = [];

  beforeEach(() => {
    broken = {};
    asked.length = 0;
    logins = [];
    scratch = new Map([['drill-shop', drillTagsOf(owner)]]);
    const { account, region } = inAws;
    database = {
      ...{ type: 'aws', id: 'drill-shop', resource, account, region },
      access: { user: null, authentication: { type: 'iam' }, tls: 'require' },
      endpoint: { ...listening, database: 'shop' },
    };
    locate = async (id, scope) => {
      expect(scope).toEqual({ account, region, access: 'restore' });
      const tags = scratch.get(id);
      if (tags === undefined) throw applicationFailure(failureTypes.notFound, `${id}: there is none`);
      return { sql: { ...listening, database: null }, tags };
    };
    open = async (endpoint) => {
      logins.push(endpoint);
      let ended = false;
      const query = async (text: string | { text: string }, values?: readonly string[]) => {
        const sql = typeof text === 'string' ? text : text.text;
        if (ended) throw new Error('Connection terminated');
        if (sql.includes('pg_database')) return { rows: [{ name: 'shop' }] };
        if (sql.includes('relkind')) return { rows: tables.map((name) => ({ schema: 'public', name })) };
        if (values !== undefined) return { rows: [{ name: 'id', bytes: false }] };
        const [, table] = /FROM ONLY "public"\."(.)"/.exec(sql) ?? [];
        if (table === undefined) return { rows: [] };
        asked.push(table);
        const failure = broken[table]?.();
        if (failure === undefined) return { rows: [{ rows: '10' }] };
        ended = !(failure instanceof DatabaseError);
        throw failure;
      };
      return { query, end: async () => undefined } as unknown as Client;
    };
  });

  const read = (details?: unknown) => environment(details).run(activities().readDrillTables, database);

  it('goes on behind a table that cannot be read', async () => {
    const damaged = () => Object.assign(new DatabaseError('invalid page', 1, 'error'), { code: 'XX001' });
    broken = { b: damaged };
    expect(await read()).toEqual({
      tables: 2,
      rows: 20,
      unreadable: [{ table: 'shop: public.b', problem: 'invalid page (XX001)' }],
    });
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('gives a table three tries whose reading breaks the connection', async () => {
    broken = { b: () => new Error('Connection terminated unexpectedly') };
    expect(await read()).toMatchObject({ tables: 2, unreadable: [{ table: 'shop: public.b' }] });
    expect(asked).toEqual(['a', 'b', 'b', 'b', 'c']);
  });

  it('forgives a connection that breaks once', async () => {
    let times = 0;
    const broke = () => new Error('Connection terminated unexpectedly');
    broken = { b: () => (times++ === 0 ? broke() : (undefined as never)) };
    expect(await read()).toEqual({ tables: 3, rows: 30, unreadable: [] });
  });

  it('goes on where an earlier try was, with what that had found', async () => {
    const unreadable = [{ table: 'shop: public.a', problem: 'p' }];
    const before = { next: { database: 0, table: 2 }, tries: 0, tables: 1, rows: 10, unreadable };
    expect(await read(before)).toEqual({ tables: 2, rows: 20, unreadable });
    expect(asked).toEqual(['c']);
  });

  const check = { type: 'rows', name: 'orders', resources: [], table: 'orders', atLeast: 1 } as const;
  const perform = (name: string) => {
    const { awaitDrillDatabase, readDrillTables, runDrillChecks } = activities();
    const each: Readonly<Record<string, () => Promise<unknown>>> = {
      awaitDrillDatabase: () => environment().run(awaitDrillDatabase, database),
      readDrillTables: () => environment().run(readDrillTables, database),
      runDrillChecks: () => environment().run(runDrillChecks, database, resource, [check], dataOf('2026-11-21')),
    };
    return each[name]!();
  };

  describe.each(['awaitDrillDatabase', 'readDrillTables', 'runDrillChecks'])('by %s', (activity) => {
    it('logs in where AWS says that it listens, whatever host a message names', async () => {
      const endpoint = { host: 'stranger.example', port: 1, database: 'shop', masterUsername: 'stranger' };
      database = { ...database, endpoint };
      await perform(activity);
      expect(new Set(logins.map((one) => JSON.stringify(one)))).toEqual(
        new Set([JSON.stringify({ ...listening, database: 'shop' })]),
      );
    });

    it.each([
      ['nobody’s', {}],
      ['another fleet’s', drillTagsOf({ ...owner, fleet: 'fox' })],
    ])('does not log in to a database that by its tags is %s', async (_, tags) => {
      scratch.set('drill-shop', tags);
      await expect(perform(activity)).rejects.toMatchObject({ type: failureTypes.configuration, nonRetryable: true });
      expect(logins).toEqual([]);
    });

    it('finds the database of a drill that an earlier build has begun', async () => {
      const { id: _, ...rest } = database;
      database = rest;
      const { workflowId, runId } = environment().context.info.workflowExecution!;
      scratch = new Map([[drillIdentifier('shop', drillUnique(workflowId, runId)), drillTagsOf(owner)]]);
      await perform(activity);
      expect(logins).toContainEqual({ ...listening, database: 'shop' });
    });
  });

  it('asks AWS once, however many of its databases and connections there are', async () => {
    broken = { b: () => new Error('Connection terminated unexpectedly') };
    let times = 0;
    const ask = locate;
    locate = (...given) => {
      times += 1;
      return ask(...given);
    };
    await read();
    expect(logins.length).toBeGreaterThan(3);
    expect(times).toBe(1);
  });

  it('is tried again where the database cannot be reached', async () => {
    open = () => Promise.reject(applicationFailure(failureTypes.transient, 'ECONNREFUSED'));
    await expect(read()).rejects.toMatchObject({ type: failureTypes.transient, nonRetryable: false });
  });
});
