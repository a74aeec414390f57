import fc from 'fast-check';
import { type Client } from 'pg';
import { type DatabaseSchema } from '../../../src/core/catalogue/databaseSchema';
import { describeDatabase } from '../../../src/postgres/describeDatabase';
import { restoreExportToPostgres, type RestoreExportOptions } from '../../../src/postgres/restoreExportToPostgres';
import { fixSession } from '../../../src/postgres/session';
import { tableChecksums } from '../../../src/postgres/tableChecksums';
import { dataPrefix, type ExportBucket, exportOf } from '../../support/exportOf';
import { type PostgresServer, startPostgres } from '../../support/postgresServer';
import { awkwardValues, shopSql } from './shopDatabase';

let server: PostgresServer;
let source: Client;
let schema: DatabaseSchema;
let bucket: ExportBucket;
let databases = 0;

/** A new database to restore into. */
async function target(): Promise<{ name: string; client: Client }> {
  const name = `target_${++databases}`;
  return { name, client: await server.create(name) };
}

const restore = (into: string, options: Partial<RestoreExportOptions> = {}, from = bucket) =>
  restoreExportToPostgres({
    from: { store: from.store, prefix: '', dataPrefix },
    to: { url: server.url(into) },
    ...options,
  });

const own = (described: DatabaseSchema) => described.tables.filter(({ partitionOf }) => partitionOf === null);
beforeAll(async () => {
  server = await startPostgres();
  source = await server.create('shop');
  await source.query(shopSql);
  await source.query('SET search_path = public, sales');
  const columns = Object.keys(awkwardValues);
  const most = Math.max(...Object.values(awkwardValues).map(({ length }) => length));
  for (let row = 0; row <= most; row++)
    await source.query(
      `INSERT INTO public.values (id, ${columns.join(', ')}) VALUES (${row}, ${columns.map((c) => awkwardValues[c]?.[row] ?? 'NULL').join(', ')})`,
    );
  schema = await describeDatabase(source, { takenFrom: 'recovery-point', measure: 'checksums' });
  bucket = await exportOf(source, 'shop', own(schema), 400);
  bucket.seal(schema, [{ table: 'sales.strange', reason: 'a row of 3 GB' }]);
});

afterAll(() => server.stop());

describe('a restore of an export into PostgreSQL', () => {
  test('brings back every row, and everything else of the database that its description knows', async () => {
    const { name, client } = await target();
    const steps = new Set<string>();
    const report = await restore(name, { onProgress: ({ step }) => steps.add(step) });

    expect(report).toMatchObject({
      equal: true,
      comparedWith: 'recovery-point',
      proven: true,
      differences: [],
      refused: [],
    });
    expect(report.tables).toBe(own(schema).length);
    expect(report.rows).toBe(own(schema).reduce((sum, { rows }) => sum + (rows ?? 0), 0));
    expect([...steps]).toEqual(['plan', 'tables', 'rows', 'keys-and-indexes', 'compare']);

    await fixSession(source);
    await fixSession(client);
    expect(await tableChecksums(client, own(schema))).toEqual(await tableChecksums(source, own(schema)));
    const found = await describeDatabase(client, { takenFrom: 'recovery-point', measure: 'checksums' });
    expect({ ...found, database: 'shop', omitted: [] }).toEqual({ ...schema, omitted: [] });
    // What nobody else may see: the state of the restore is gone.
    const left = await client.query(`SELECT FROM pg_namespace WHERE nspname = 'farcopy_restore'`);
    expect(left.rowCount).toBe(0);
  });

  test('leaves a database that works on: identities and sequences go on behind what was there', async () => {
    const { name, client } = await target();
    await restore(name);
    await client.query(`INSERT INTO sales.customers (name) VALUES ('new')`);
    const { rows } = await client.query(
      `SELECT (SELECT max(id)::int FROM sales.customers) AS id, nextval('sales.tickets')::int AS ticket`,
    );
    expect(rows).toEqual([{ id: 301, ticket: 100 + 2500 * 5 }]);
    await expect(client.query(`INSERT INTO sales.orders (net) VALUES (1)`)).rejects.toThrow('no more orders');
  });

  test('tells what an export cannot carry', async () => {
    const { name } = await target();
    const report = await restore(name);
    expect(report.notCarried).toEqual([
      'Odd Schema.Order items.object: AWS does not export object identifiers (oid)',
      'sales.strange: AWS did not export it: a row of 3 GB',
      'policy mine on sales.customers',
    ]);
  });

  test('tells which tables AWS does not export, or mixes with others', async () => {
    await source.query(`CREATE SCHEMA odd; CREATE TABLE odd."a b" AS SELECT 1 AS n; CREATE TABLE odd."a\`b" AS SELECT 2 AS n;
      CREATE UNLOGGED TABLE odd.quick AS SELECT 1 AS n; SELECT lo_create(4711)`);
    const described = await describeDatabase(source, { takenFrom: 'recovery-point', measure: 'checksums' });
    const odd = { ...described, tables: described.tables.filter((table) => table.schema === 'odd') };
    const exported = await exportOf(source, 'shop', odd.tables.slice(0, 2));
    await source.query('DROP SCHEMA odd CASCADE; SELECT lo_unlink(4711)');
    exported.seal({ ...odd, views: [], functions: [], sequences: [], types: [], collations: [] });
    const { name } = await target();
    const report = await restore(name, {}, exported);
    expect(report.notCarried).toEqual([
      'odd.a`b: its folder in the export is that of odd.a b too, so their rows cannot be told apart',
      'odd.quick: the export has no rows of it (AWS exports no unlogged tables)',
      'large objects: 1',
      'policy mine on sales.customers',
    ]);
    expect(report).toMatchObject({ equal: false });
    expect(report.differences.map(({ table }) => table)).toContain('odd.quick');
  });

  test('never overwrites: a table of the same name ends it before anything is made', async () => {
    const { name, client } = await target();
    await client.query('CREATE TABLE public.values (id int)');
    await expect(restore(name)).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringMatching(/public\.values/) as string,
    });
    expect((await client.query(`SELECT FROM pg_namespace WHERE nspname = 'sales'`)).rowCount).toBe(0);
  });

  test('goes on where it was stopped, and loads no part twice', async () => {
    const { name, client } = await target();
    const stop = new AbortController();
    let parts = 0;
    const onProgress: RestoreExportOptions['onProgress'] = ({ table }) => {
      if (table !== null && ++parts === 4) stop.abort();
    };
    const first = bucket.copy();
    await expect(restore(name, { signal: stop.signal, parallel: 2, onProgress }, first)).rejects.toThrow();
    const done = await client.query<{ part: string }>('SELECT part FROM farcopy_restore.progress');
    expect(done.rows.length).toBeGreaterThan(2);
    expect(done.rows.length).toBeLessThan(bucket.parts().length);

    const second = bucket.copy();
    expect(await restore(name, {}, second)).toMatchObject({ equal: true, refused: [] });
    const readAgain = second.reads.filter((key) => done.rows.some(({ part }) => key.endsWith(part)));
    expect(readAgain).toEqual([]);
  });

  test('two at once into one database load every part once', async () => {
    const { name } = await target();
    const ended = await Promise.allSettled([restore(name), restore(name)]);
    expect(ended.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    const { client } = { client: await server.connect(name) };
    const found = await describeDatabase(client, { takenFrom: 'recovery-point', measure: 'checksums' });
    expect(own(found).map(({ rows, checksum }) => [rows, checksum])).toEqual(
      own(schema).map(({ rows, checksum }) => [rows, checksum]),
    );
  });

  test('does not mix two copies in one database', async () => {
    const { name } = await target();
    const stop = new AbortController();
    const onProgress: RestoreExportOptions['onProgress'] = ({ step }) => step === 'rows' && stop.abort();
    await expect(restore(name, { signal: stop.signal, onProgress })).rejects.toThrow();
    const other = bucket.copy();
    other.seal(schema);
    other.objects.delete(`${dataPrefix}export/task-1/export_info_task-1.json`);
    other.seal(schema);
    await expect(restore(name, {}, other)).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringMatching(/unfinished restore/) as string,
    });
  });

  test('refuses a part of which one bit is another, before a row of it is loaded', async () => {
    const { name, client } = await target();
    const damaged = bucket.copy();
    const key = damaged.parts().find((one) => one.includes('sales.orders')) ?? '';
    const content = Buffer.from(damaged.objects.get(key) ?? '');
    content[200] = (content[200] ?? 0) ^ 4;
    damaged.objects.set(key, content);
    await expect(restore(name, {}, damaged)).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringMatching(/CRC32C/) as string,
    });
    const { rows } = await client.query(`SELECT FROM farcopy_restore.progress WHERE $1 LIKE '%' || part`, [key]);
    expect(rows).toEqual([]);
  });

  test('tells that a table is not what it was when a part of it is gone from export and manifest', async () => {
    const { name } = await target();
    const short = bucket.copy();
    short.objects.delete(short.parts().find((one) => one.includes('sales.orders')) ?? '');
    short.seal(schema);
    const report = await restore(name, {}, short);
    expect(report.equal).toBe(false);
    expect(report.differences).toEqual([
      { table: 'sales.orders', problem: '2100 rows, and 2500 in the recovery point' },
    ]);
  });

  test('tells that rows are others when only a value differs', async () => {
    const { name } = await target();
    const tables = schema.tables.map((table) => (table.name === 'orders' ? { ...table, checksum: '1' } : table));
    const other = bucket.copy();
    other.seal({ ...schema, tables });
    const report = await restore(name, {}, other);
    expect(report.differences).toEqual([
      { table: 'sales.orders', problem: 'rows that are not those of the recovery point' },
    ]);
  });

  test('without a bundle makes tables of what the export tells, and says what is missing', async () => {
    const { name, client } = await target();
    const bare = bucket.copy();
    for (const key of [...bare.objects.keys()]) if (!key.includes('/export/')) bare.objects.delete(key);
    const report = await restore(name, {}, bare);
    expect(report).toMatchObject({ equal: true, comparedWith: 'export', proven: false, refused: [] });
    expect(report.notCarried).toContain('public.values.ia: its type (an array); it is restored as text');
    expect(report.notCarried[0]).toMatch(/^keys, constraints, indexes/);
    // What is of PostgreSQL's own types is the same, and the order of columns makes no difference.
    const { rows } = await client.query<{ type: string }>(
      `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'sales.orders'::regclass AND attnum > 0`,
    );
    expect(rows.map(({ type }) => type)).toEqual([
      'integer',
      'bigint',
      'text',
      'numeric',
      'numeric',
      'timestamp with time zone',
      'tstzrange',
      'integer',
    ]);
    expect((await client.query('SELECT count(*)::int AS n FROM sales.empty')).rows).toEqual([{ n: 0 }]);
  });

  test('of a description that is older than the rows restores what it does not know as well', async () => {
    const { name, client } = await target();
    const older = bucket.copy();
    const tables = schema.tables
      .filter((table) => table.name !== 'base' && table.name !== 'derived')
      .map((table) => ({ ...table, columns: table.columns.filter((column) => column.name !== 'f8') }));
    older.seal({ ...schema, takenFrom: 'live', tables });
    const report = await restore(name, {}, older);
    expect(report).toMatchObject({ equal: true, comparedWith: 'export' });
    expect(report.notCarried).toContain('public.values.f8: all but its values; the recovery bundle does not know it');
    expect(report.notCarried).toContain('sales.base: all but its rows; the recovery bundle does not know it');
    expect((await client.query('SELECT count(*)::int AS n FROM sales.base')).rows).toEqual([{ n: 2 }]);
    expect((await client.query('SELECT count(f8)::int AS n FROM public.values')).rows).toEqual([{ n: 7 }]);
  });

  test('makes the rest where the target refuses an extension or a constraint, and tells', async () => {
    const { name } = await target();
    const other = bucket.copy();
    const extensions = [...schema.extensions, { name: 'aws_s3', schema: 'public', tables: [] }];
    const tables = schema.tables.map((table) =>
      table.name === 'empty'
        ? { ...table, constraints: [{ name: 'far', kind: 'check' as const, definition: 'CHECK (aws.far(id))' }] }
        : table,
    );
    other.seal({ ...schema, extensions, tables });
    const report = await restore(name, {}, other);
    expect(report.equal).toBe(true);
    expect(report.refused.map(({ what }) => what)).toEqual(['constraint far of sales.empty', 'extension aws_s3']);
  });

  test('of several databases asks which one, and restores that', async () => {
    const { name } = await target();
    const two = bucket.copy();
    for (const [key, content] of bucket.objects)
      if (key.includes('/task-1/shop/sales.base/'))
        two.objects.set(key.replace('/task-1/shop/', '/task-1/other/'), content);
    two.seal(null);
    await expect(restore(name, {}, two)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/other, shop/) as string,
    });
    expect(await restore(name, { database: 'other' }, two)).toMatchObject({ database: 'other', tables: 1, rows: 2 });
  });
});

describe('checksums of a table', () => {
  test('depend neither on the order of rows and columns nor on the settings of a session, only on the rows', async () => {
    await source.query(`CREATE SCHEMA sums;
      CREATE TABLE sums.a AS SELECT id, tstz, iv, b, f8 FROM public.values;
      CREATE TABLE sums.b AS SELECT f8, b, iv, tstz, id FROM public.values ORDER BY id DESC;
      CREATE TABLE sums.c AS SELECT id, tstz, iv, b, CASE id WHEN 1 THEN 2 ELSE f8 END AS f8 FROM public.values`);
    const sum = async (client: Client, name: string) => (await tableChecksums(client, [{ schema: 'sums', name }]))[0];
    await source.query(`SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET bytea_output = 'escape'`);
    await fixSession(source);
    const [a, b, c] = [await sum(source, 'a'), await sum(source, 'b'), await sum(source, 'c')];
    await source.query('DROP SCHEMA sums CASCADE');
    expect(b?.checksum).toBe(a?.checksum);
    expect(c?.checksum).not.toBe(a?.checksum);
    expect(a?.rows).toBe(9);
  });
});

describe('values of every type', () => {
  test('generated at random are in the target what they were in the source', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 }).map((s) => s.replaceAll('\0', ''));
    const list = <T>(of: fc.Arbitrary<T>) => fc.array(fc.option(of), { minLength: 1, maxLength: 6 });
    /** The type, and values as `pg` sends them. */
    const types: readonly (readonly [string, fc.Arbitrary<unknown>])[] = [
      ['boolean', fc.boolean()],
      ['bigint', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
      ['real', fc.float().map((n) => (Object.is(n, -0) ? '-0' : String(n)))],
      ['double precision', fc.double().map((n) => (Object.is(n, -0) ? '-0' : String(n)))],
      ['numeric', fc.tuple(fc.bigInt(), fc.nat(40)).map(([n, scale]) => `${n}e-${scale}`)],
      ['text', text],
      ['bytea', fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))],
      ['json', fc.json()],
      ['jsonb', fc.json({ noUnicodeString: false }).filter((json) => !json.includes('\\u0000'))],
      ['text[]', fc.array(fc.option(text), { maxLength: 4 })],
      ['uuid', fc.uuid()],
      ['timestamptz', fc.bigInt({ min: -(10n ** 16n), max: 10n ** 17n }).map((us) => new MicroTime(us).text)],
      [
        'interval',
        fc
          .tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer(), fc.maxSafeInteger())
          .map(([m, d, us]) => `${m} months ${d} days ${us} microseconds`),
      ],
      [
        'inet',
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().filter((ip) => !ip.includes('.')),
        ),
      ],
      [
        'hstore',
        fc.dictionary(text, text).map((o) =>
          Object.entries(o)
            .map(([k, v]) => `${quoted(k)}=>${quoted(v)}`)
            .join(','),
        ),
      ],
      ['bit varying', fc.array(fc.constantFrom('0', '1'), { maxLength: 20 }).map((bits) => bits.join(''))],
    ];
    let round = 0;
    const made: string[] = [];
    await fixSession(source);
    await source.query('CREATE SCHEMA random');
    await fc.assert(
      fc.asyncProperty(fc.tuple(...types.map(([, values]) => list(values))), async (columns) => {
        const name = `r${++round}`;
        made.push(name);
        await source.query(
          `CREATE TABLE random.${name} (i int, ${types.map(([type], i) => `c${i} ${type === 'hstore' ? 'public.hstore' : type}`).join(', ')})`,
        );
        const rows = Math.max(...columns.map(({ length }) => length));
        for (let row = 0; row < rows; row++)
          await source.query(
            `INSERT INTO random.${name} VALUES (${row}, ${types.map((_, i) => `$${i + 1}`).join(', ')})`,
            columns.map((values) => values[row] ?? null),
          );
      }),
      { numRuns: 25 },
    );
    const all = await describeDatabase(source, { takenFrom: 'recovery-point', measure: 'checksums' });
    const random = { ...all, tables: all.tables.filter((table) => table.schema === 'random') };
    const exported = await exportOf(source, 'shop', random.tables);
    exported.seal({ ...random, views: [], functions: [], sequences: [], types: [], collations: [] });
    const { name } = await target();
    const report = await restore(name, {}, exported);
    await source.query('DROP SCHEMA random CASCADE');
    expect(report.differences).toEqual([]);
    expect(report.tables).toBe(25);
  });
});

const quoted = (part: string) => `"${part.replace(/["\\]/g, '\\$&')}"`;

/** PostgreSQL's text of a time in microseconds since 1970, from 1653 to 5138. */
class MicroTime {
  readonly text: string;

  constructor(microseconds: bigint) {
    const rest = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
    const iso = new Date(Number((microseconds - rest) / 1000n)).toISOString();
    this.text = iso.replace('.000Z', `.${String(rest).padStart(6, '0')}Z`);
  }
}
