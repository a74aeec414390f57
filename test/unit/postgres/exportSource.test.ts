import { createHash } from 'node:crypto';
import { type DatabaseSchema } from '../../../src/core/catalogue/databaseSchema';
import { ExportSource } from '../../../src/postgres/exportSource';
import { planRestore } from '../../../src/postgres/planRestore';
import { escapeIdentifier, escapeLiteral } from '../../../src/postgres/qualified';
import { dataPrefix, ExportBucket } from '../../support/exportOf';

const schemaOf = (database: string): DatabaseSchema => ({
  version: 1,
  database,
  takenFrom: 'live',
  serverVersion: 160004,
  encoding: 'UTF8',
  monetary: 'C',
  extensions: [],
  schemas: [{ name: `of ${database}`, comment: null }],
  collations: [],
  types: [],
  functions: [],
  sequences: [],
  tables: [],
  views: [],
  omitted: [],
});

/** An export of these databases, each with one empty table that only AWS's own list tells. */
function bucketOf(bundle: object | null, ...databases: string[]) {
  const bucket = new ExportBucket();
  const perTableStatus = databases.map((database) => ({
    status: 'COMPLETE',
    target: `${database}.public.empty`,
    schemaMetadata: { originalTypeMappings: [] },
  }));
  const put = (key: string, content: object) =>
    bucket.objects.set(`${dataPrefix}${key}`, Buffer.from(JSON.stringify(content)));
  put('export/task-1/export_tables_info_task-1_from_1_to_1.json', { perTableStatus });
  if (bundle !== null) put('bundle.json', { version: 1, ...bundle });
  return ExportSource.open({ store: bucket.store, prefix: '', dataPrefix });
}

test.each<[string, object | null, string[]]>([
  ['with one for each database', { schemas: [schemaOf('shop'), schemaOf('archive')] }, ['shop', 'archive']],
  ['with none', { schemas: [] }, []],
  ['that is missing', null, []],
])('schemas of a bundle %s', async (_, bundle, databases) => {
  const source = await bucketOf(bundle, 'shop');
  expect(source.schemas.map(({ database }) => database)).toEqual(databases);
});

test('each database is restored by its own schema', async () => {
  const source = await bucketOf({ schemas: [schemaOf('archive'), schemaOf('shop')] }, 'archive', 'shop');
  for (const database of ['archive', 'shop'])
    expect((await planRestore(source, database)).schema.schemas.map(({ name }) => name)).toContain(`of ${database}`);
  await expect(planRestore(source, undefined)).rejects.toMatchObject({ type: 'InvalidInput' });
});

const partition = (name: string, parent: string) => ({
  ...{ schema: 'public', name, columns: [], unlogged: false, partitionKey: null, inherits: [], options: [] },
  partitionOf: { parent: { schema: 'public', name: parent }, bound: 'DEFAULT' },
  ...{ constraints: [], indexes: [], triggers: [], rowSecurity: false, comment: null, rows: null, checksum: null },
});

test.each<[string, object]>([
  ['no list of schemas', { schemas: 'x' }],
  ['a NUL in a name', { schemas: [{ ...schemaOf('shop'), schemas: [{ name: 'a\0b', comment: null }] }] }],
  ['a table that is its own partition', { schemas: [{ ...schemaOf('shop'), tables: [partition('a', 'a')] }] }],
  [
    'partitions of one another',
    { schemas: [{ ...schemaOf('shop'), tables: [partition('a', 'b'), partition('b', 'a')] }] },
  ],
])('a bundle with %s is refused, and nothing breaks by it', async (_, bundle) => {
  await expect(bucketOf(bundle, 'shop')).rejects.toMatchObject({ type: 'VerificationFailed' });
});

test.each<[string, unknown]>([
  ['no shards', { version: 1 }],
  ['a shard without a key', { version: 1, shards: [{ sha256: '' }] }],
  ['a shard elsewhere in the bucket', { version: 1, shards: [{ key: '../../x', sha256: '' }] }],
])('a manifest with %s is refused', async (_, manifest) => {
  const bucket = new ExportBucket();
  bucket.objects.set(`${dataPrefix}manifest.json`, Buffer.from(JSON.stringify(manifest)));
  const opened = ExportSource.open({ store: bucket.store, prefix: '', dataPrefix });
  await expect(opened).rejects.toMatchObject({ type: 'VerificationFailed' });
});

test.each([
  '{}',
  'null',
  '{"key":"../x","bytes":1,"crc32c":"","sha256":""}',
  '{"key":"x","bytes":-1,"crc32c":"","sha256":""}',
])('an entry of a manifest like %s is refused', async (line) => {
  const bucket = new ExportBucket();
  const put = (key: string, content: string) => bucket.objects.set(`${dataPrefix}${key}`, Buffer.from(content));
  put('manifest/000000.ndjson', line);
  const sha256 = createHash('sha256').update(line).digest('hex');
  put('manifest.json', JSON.stringify({ version: 1, shards: [{ key: 'manifest/000000.ndjson', sha256 }] }));
  const source = await ExportSource.open({ store: bucket.store, prefix: '', dataPrefix });
  await expect(planRestore(source, undefined)).rejects.toMatchObject({ type: 'VerificationFailed' });
});

test('no name or text with a NUL gets into a statement, which would end there', () => {
  expect(() => escapeIdentifier('a\0b')).toThrow('NUL');
  expect(() => escapeLiteral('a\0b')).toThrow('NUL');
});
