import { type Client } from 'pg';
import { type DatabaseSchema, type TableSchema } from '../../../src/core/catalogue/databaseSchema';
import { describeDatabase } from '../../../src/postgres/describeDatabase';
import { restoreExportToPostgres, type RestoreExportOptions } from '../../../src/postgres/restoreExportToPostgres';
import { dataPrefix, type ExportBucket, exportOf } from '../../support/exportOf';
import { type PostgresServer, startPostgres } from '../../support/postgresServer';

let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop());

const created = async (sql = '') => {
  const name = `awkward_${++databases}`;
  const client = await server.create(name);
  if (sql !== '') await client.query(sql);
  return { name, client };
};

const restore = (bucket: ExportBucket, into: string, options: Partial<RestoreExportOptions> = {}) =>
  restoreExportToPostgres({
    from: { store: bucket.store, prefix: '', dataPrefix },
    to: { url: server.url(into) },
    ...options,
  });

/** Of production, shortly after the snapshot. */
const described = async (client: Client): Promise<DatabaseSchema> => ({
  ...(await describeDatabase(client, { takenFrom: 'live' })),
  database: 'shop',
});
const rowsOf = async (client: Client, sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;

test('a restore of one database is not gone on with as that of another, whose tables have the same names', async () => {
  const { client } = await created(`CREATE TABLE things (what text); INSERT INTO things VALUES ('of a')`);
  const bucket = await exportOf(client, 'tenant_a', (await described(client)).tables);
  for (const [key, content] of [...bucket.objects])
    if (key.includes('/task-1/tenant_a/'))
      bucket.objects.set(key.replace('/task-1/tenant_a/', '/task-1/tenant_b/'), content);
  bucket.seal(null);
  const target = await created();
  const stop = new AbortController();
  const onProgress: RestoreExportOptions['onProgress'] = ({ step }) => step === 'keys-and-indexes' && stop.abort();
  await restore(bucket, target.name, { database: 'tenant_a', signal: stop.signal, onProgress }).catch(() => undefined);

  await expect(restore(bucket, target.name, { database: 'tenant_b' })).rejects.toMatchObject({
    type: 'Conflict',
    message: expect.stringMatching(/unfinished restore of .*tenant_a/) as string,
  });
  expect(await rowsOf(target.client, 'SELECT what FROM public.things')).toEqual([{ what: 'of a' }]);
});

test('more tables than a server has locks for come back', async () => {
  const { client } = await created('CREATE TABLE one (what text)');
  const schema = await described(client);
  const [one] = schema.tables as [TableSchema];
  const bucket = await exportOf(client, 'shop', schema.tables);
  bucket.seal({ ...schema, tables: Array.from({ length: 2500 }, (_, i) => ({ ...one, name: `t${i}` })) });
  const target = await created();
  expect(await restore(bucket, target.name, { database: 'shop' })).toMatchObject({ equal: true, tables: 2500 });
}, 120_000);

test('a table that an extension makes by itself is left to it', async () => {
  const extension = `CREATE EXTENSION pg_trgm; CREATE TABLE public.units (name text);
    INSERT INTO public.units VALUES ('m'); ALTER EXTENSION pg_trgm ADD TABLE public.units;`;
  const { client } = await created(`${extension} CREATE TABLE things (what text); INSERT INTO things VALUES ('own')`);
  const schema = await described(client);
  const bucket = await exportOf(client, 'shop', [...schema.tables, { schema: 'public', name: 'units' }]);
  bucket.seal(schema);
  const target = await created(extension);
  expect(await restore(bucket, target.name)).toMatchObject({
    equal: true,
    rows: 1,
    notCarried: ['public.units: it belongs to the extension pg_trgm, which makes and fills it by itself'],
  });
  expect(await rowsOf(target.client, 'SELECT name FROM public.units')).toEqual([{ name: 'm' }]);
});

test('rows come back although the table was changed before it was described, and what it lacks is told', async () => {
  const { client } = await created(`CREATE TABLE public.things (id int PRIMARY KEY, what text, old text);
    INSERT INTO public.things VALUES (1, NULL, 'x')`);
  const bucket = await exportOf(client, 'shop', (await described(client)).tables);
  await client.query(`UPDATE public.things SET what = ''; ALTER TABLE public.things ALTER what SET NOT NULL,
    ADD more int NOT NULL DEFAULT 5, ALTER old SET NOT NULL; ALTER TABLE public.things RENAME old TO new`);
  bucket.seal(await described(client));
  const target = await created();
  const report = await restore(bucket, target.name);
  expect(report.notCarried).toEqual([
    'public.things.new: its values; the export does not have the column, which is at its default',
    'public.things.more: its values; the export does not have the column, which is at its default',
    'public.things.old: all but its values; the recovery bundle does not know it',
  ]);
  expect(report.refused).toEqual([
    { what: 'NOT NULL of public.things.new', reason: 'there are rows without a value' },
    { what: 'NOT NULL of public.things.what', reason: 'there are rows without a value' },
  ]);
  expect(await rowsOf(target.client, 'SELECT * FROM public.things')).toEqual([
    { id: 1, what: null, new: null, more: 5, old: 'x' },
  ]);
});

test.each([
  ['the partitions', ['p1', 'p21'], []],
  ['the whole', ['p'], []],
  [
    'both',
    ['p', 'p1', 'p21'],
    ['p1', 'p21'].map((name) => `public.${name}: the export has it twice; its rows are taken from those of public.p`),
  ],
])('rows of a partitioned table come back once where the export has %s', async (_, exported, notCarried) => {
  const { client } = await created(`CREATE TABLE p (n int) PARTITION BY RANGE (n);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
    CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (n);
    CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (20);
    INSERT INTO p VALUES (1), (2), (11)`);
  const schema = await described(client);
  const bucket = await exportOf(
    client,
    'shop',
    exported.map((name) => ({ schema: 'public', name })),
  );
  bucket.seal(schema);
  const target = await created();
  expect(await restore(bucket, target.name)).toMatchObject({ equal: true, rows: 3, differences: [], notCarried });
  expect(await rowsOf(target.client, 'SELECT n FROM public.p ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }, { n: 11 }]);
});
