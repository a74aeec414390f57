import { type DatabaseSchema } from '../../../src/core/catalogue/databaseSchema';
import { ExportSource } from '../../../src/postgres/exportSource';
import { planRestore } from '../../../src/postgres/planRestore';
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
  ['from when there was one at most', { schema: schemaOf('shop') }, ['shop']],
  ['from when there was none', { configuration: {} }, []],
  ['that says there is none', { schema: null }, []],
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
