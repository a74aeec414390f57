import { applicationFailure } from '../core/applicationFailure';
import {
  type ColumnSchema,
  type DatabaseSchema,
  type QualifiedName,
  type TableSchema,
} from '../core/catalogue/databaseSchema';
import { failureTypes } from '../core/failure';
import { isCarried } from './createSchema';
import { type ExportedTable, exportObject, parseTablesInfo, tableFolder } from './exportLayout';
import { type ExportEntry, type ExportSource, type ShardRange } from './exportSource';
import { label, qualified } from './qualified';
import { openParquet } from './parquet/readParquet';
import { typeFromParquet } from './columnMapping';

/** A table that is loaded, and where its parts are. */
export interface PlannedTable {
  readonly table: QualifiedName;
  /** Of the export, `{database}/{schema}.{table}`; its parts lie under it. */
  readonly folder: string;
  readonly parts: number;
  readonly bytes: number;
  /** The shards of the manifest that its parts stand in. */
  readonly shards: ShardRange;
}

export interface RestorePlan {
  readonly database: string;
  /** From the bundle, completed by the tables it does not know; without a bundle, as the export lets it be guessed. */
  readonly schema: DatabaseSchema;
  /** The locale by which amounts of money are read: the source's, where it has any and its locale writes them in its own way. */
  readonly monetary: string;
  readonly tables: readonly PlannedTable[];
  readonly bytes: number;
  /** What does not come back, for a person to read. */
  readonly notCarried: readonly string[];
}

/**
 * Looks through an export and says what of which database can be restored from it. Reads the manifest (or lists the bucket)
 * once, and keeps a few hundred bytes a table.
 *
 * @throws `InvalidInput` where it holds several databases and none was chosen, `NotFound` where it holds none of that name.
 */
export async function planRestore(
  source: ExportSource,
  chosen: string | undefined,
  signal?: AbortSignal,
): Promise<RestorePlan> {
  const folders = new Map<string, Map<string, Omit<PlannedTable, 'table'> & { readonly first: ExportEntry }>>();
  const told: ExportedTable[] = [];
  for await (const { entry, shard } of source.entries(undefined, signal)) {
    const object = exportObject(entry.key);
    if (object.kind === 'tables-info') told.push(...(await readTablesInfo(source, entry, signal)));
    if (object.kind !== 'part') continue;
    const ofDatabase = folders.get(object.database) ?? new Map<string, never>();
    folders.set(object.database, ofDatabase);
    const known = ofDatabase.get(object.folder);
    ofDatabase.set(object.folder, {
      folder: `${object.database}/${object.folder}`,
      parts: (known?.parts ?? 0) + 1,
      bytes: (known?.bytes ?? 0) + entry.bytes,
      shards: { from: known?.shards.from ?? shard, to: shard + 1 },
      first: known?.first ?? entry,
    });
  }
  const database = chooseDatabase(
    [...new Set([...folders.keys(), ...told.map((one) => one.database)])],
    chosen,
    source.schemas,
  );
  const inFolders = folders.get(database) ?? new Map<string, never>();
  const exported = told.filter((one) => one.database === database);
  // A database may have a hundred thousand tables: nothing is looked for by walking over them.
  const byName = new Map(exported.map((one) => [qualified(one.table), one]));
  const byFolder = new Map(exported.map((one) => [tableFolder(one.table), one]));
  const described = source.schemas.find((schema) => schema.database === database) ?? null;
  const notCarried: string[] = [];
  if (described === null)
    notCarried.push(
      'keys, constraints, indexes, defaults, NOT NULL, sequences, views, functions, triggers and comments: the copy has no recovery bundle that describes them; tables are made of what the export tells of their columns',
    );

  const planned: PlannedTable[] = [];
  const made: TableSchema[] = [];
  const claimed = new Map<string, QualifiedName>();
  const take = (table: QualifiedName, folder: string) => {
    const found = inFolders.get(folder);
    const other = claimed.get(folder);
    if (found !== undefined && other !== undefined) {
      notCarried.push(
        `${label(table)}: its folder in the export is that of ${label(other)} too, so their rows cannot be told apart`,
      );
      return;
    }
    claimed.set(folder, table);
    if (found === undefined) return;
    const { first: _, ...rest } = found;
    planned.push({ table, ...rest });
  };

  for (const { name, tables } of described?.extensions ?? [])
    for (const table of tables) {
      claimed.set(tableFolder(table), table);
      if (inFolders.has(tableFolder(table)))
        notCarried.push(`${label(table)}: it belongs to the extension ${name}, which makes and fills it by itself`);
    }
  const describedTables = new Map(described?.tables.map((table) => [qualified(table), table]));
  /** Partitions whose rows the export has by themselves, by the table they belong to. */
  const apart = new Set<string>();
  for (const table of described?.tables ?? []) {
    if (table.partitionOf === null || !inFolders.has(tableFolder(table))) continue;
    const whole = ancestorsOf(table, describedTables).find((one) => inFolders.has(tableFolder(one)));
    if (whole === undefined) {
      take(table, tableFolder(table));
      for (const one of ancestorsOf(table, describedTables)) apart.add(qualified(one));
    } else {
      claimed.set(tableFolder(table), table);
      notCarried.push(`${label(table)}: the export has it twice; its rows are taken from those of ${label(whole)}`);
    }
  }
  for (const table of described?.tables ?? []) {
    if (table.partitionOf !== null) continue;
    const folder = tableFolder(table);
    take(table, folder);
    const isTold = byName.get(qualified(table))?.complete === true;
    if (!inFolders.has(folder) && !isTold && !apart.has(qualified(table)) && (table.rows ?? 1) > 0)
      notCarried.push(
        `${label(table)}: the export has no rows of it${table.unlogged ? ' (AWS exports no unlogged tables)' : ''}`,
      );
    for (const column of table.columns.filter((one) => !isCarried(one)))
      notCarried.push(`${label(table)}.${column.name}: AWS does not export object identifiers (${column.type})`);
  }
  const complete = (table: TableSchema): TableSchema => {
    const info = byName.get(qualified(table));
    const unknown = (info?.columns ?? []).filter(({ name }) => !table.columns.some((column) => column.name === name));
    const without = table.columns.filter(
      (column) =>
        isCarried(column) &&
        column.generated === null &&
        info?.columns.some(({ name }) => name === column.name) === false,
    );
    for (const { name } of without)
      notCarried.push(
        `${label(table)}.${name}: its values; the export does not have the column, which is at its default`,
      );
    for (const { name } of unknown)
      notCarried.push(`${label(table)}.${name}: all but its values; the recovery bundle does not know it`);
    return {
      ...table,
      columns: [...table.columns, ...unknown.map((column) => guessColumn(column, table, notCarried))],
    };
  };
  for (const [folder, { first }] of [...inFolders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (claimed.has(folder)) continue;
    const info = byFolder.get(folder);
    const table = info?.table ?? splitFolder(folder);
    made.push(await guessTable(table, info, source, first, signal, notCarried));
    if (described !== null) notCarried.push(`${label(table)}: all but its rows; the recovery bundle does not know it`);
    take(table, folder);
  }
  // An empty table has no folder; only AWS's own list tells it.
  for (const info of described === null ? exported : []) {
    if (inFolders.has(tableFolder(info.table)) || !info.complete) continue;
    made.push(
      tableOf(
        info.table,
        info.columns.map((column) => guessColumn(column, info.table, notCarried)),
      ),
    );
  }
  const completed =
    described === null ? emptySchema(database) : { ...described, tables: described.tables.map(complete) };
  for (const skipped of source.record?.skippedTables ?? [])
    notCarried.push(`${skipped.table}: AWS did not export it${skipped.reason === null ? '' : `: ${skipped.reason}`}`);
  for (const info of exported.filter(({ complete }) => !complete))
    notCarried.push(`${label(info.table)}: AWS did not complete its export`);
  notCarried.push(...(described?.omitted ?? []));

  const ofMoney = completed.tables.some(({ columns }) => columns.some(({ type }) => /^money\b/.test(type)));
  return {
    database,
    schema: withTables(completed, made),
    // These write amounts alike, and a server may not have all of them.
    monetary: ofMoney && !/^(C|POSIX|en_US)\b/.test(completed.monetary) ? completed.monetary : 'C',
    tables: planned.sort((a, b) => (a.folder < b.folder ? -1 : 1)),
    bytes: planned.reduce((sum, { bytes }) => sum + bytes, 0),
    notCarried,
  };
}

/** What a partition is a part of, the nearest first. */
function ancestorsOf({ partitionOf }: TableSchema, tables: ReadonlyMap<string, TableSchema>): TableSchema[] {
  const parent = partitionOf === null ? undefined : tables.get(qualified(partitionOf.parent));
  return parent === undefined ? [] : [parent, ...ancestorsOf(parent, tables)];
}

function chooseDatabase(
  found: readonly string[],
  chosen: string | undefined,
  schemas: readonly DatabaseSchema[],
): string {
  if (chosen !== undefined) {
    if (found.includes(chosen)) return chosen;
    throw applicationFailure(
      failureTypes.notFound,
      `the export has no database ${chosen}${found.length === 0 ? '' : `; it has ${found.join(', ')}`}`,
    );
  }
  const [only, ...more] = found;
  if (only === undefined) throw applicationFailure(failureTypes.notFound, 'there is no table in the export');
  if (more.length === 0) return only;
  const [described, ...others] = schemas.filter(({ database }) => found.includes(database));
  if (described !== undefined && others.length === 0) return described.database;
  throw applicationFailure(
    failureTypes.invalidInput,
    `the export has the databases ${found.join(', ')}: say which one is to be restored`,
  );
}

async function readTablesInfo(
  source: ExportSource,
  entry: ExportEntry,
  signal?: AbortSignal,
): Promise<ExportedTable[]> {
  const text = (await source.read(entry, signal)).toString('utf8');
  try {
    return parseTablesInfo(text);
  } catch (error) {
    throw applicationFailure(
      failureTypes.verificationFailed,
      `${entry.key} cannot be read: ${(error as Error).message}`,
    );
  }
}

function splitFolder(folder: string): QualifiedName {
  const dot = folder.indexOf('.');
  return { schema: folder.slice(0, dot), name: folder.slice(dot + 1) };
}

async function guessTable(
  table: QualifiedName,
  info: ExportedTable | undefined,
  source: ExportSource,
  first: ExportEntry,
  signal: AbortSignal | undefined,
  notCarried: string[],
): Promise<TableSchema> {
  const file = await openParquet(await source.read(first, signal));
  const columns = file.columns.map((column): ColumnSchema => {
    const about = info?.columns.find(({ name }) => name === column.name);
    if (about !== undefined) return guessColumn(about, table, notCarried, typeFromParquet(column));
    return columnOf(column.name, typeFromParquet(column));
  });
  return tableOf(table, columns);
}

/** What `information_schema` calls the type, which leaves out what it is an array of and the name of a type of one's own. */
function guessColumn(
  { name, originalType, characters }: ExportedTable['columns'][number],
  table: QualifiedName,
  notCarried: string[],
  stored = 'text',
): ColumnSchema {
  if (/^(array|user-defined)$/i.test(originalType)) {
    notCarried.push(
      `${label(table)}.${name}: its type (${originalType.toLowerCase() === 'array' ? 'an array' : 'one of its own'}); it is restored as text`,
    );
    return columnOf(name, 'text');
  }
  if (stored !== 'text') return columnOf(name, originalType === 'smallint' ? 'smallint' : stored);
  if (!namedTypes.has(originalType)) {
    notCarried.push(`${label(table)}.${name}: its type, which AWS calls ${originalType}; it is restored as text`);
    return columnOf(name, 'text');
  }
  const limited = /^(character|bit)/.test(originalType);
  if (limited && characters > 0) return columnOf(name, `${originalType}(${characters})`);
  // Alone, these two are of length 1.
  return columnOf(name, { bit: 'bit varying', character: 'bpchar' }[originalType] ?? originalType);
}

/** What `information_schema` calls PostgreSQL's own types, without those AWS exports in another form than text. */
const namedTypes: ReadonlySet<string> = new Set([
  ...['bigint', 'integer', 'smallint', 'boolean', 'real', 'double precision', 'bytea', 'numeric', 'money', 'uuid'],
  ...['text', 'character', 'character varying', 'name', 'json', 'jsonb', 'xml', 'bit', 'bit varying'],
  ...['date', 'time without time zone', 'time with time zone', 'interval'],
  ...['timestamp without time zone', 'timestamp with time zone'],
  ...['inet', 'cidr', 'macaddr', 'macaddr8', 'tsvector', 'tsquery', 'pg_lsn'],
  ...['point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle'],
  ...['int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'],
  ...['int4multirange', 'int8multirange', 'nummultirange', 'tsmultirange', 'tstzmultirange', 'datemultirange'],
]);

const columnOf = (name: string, type: string): ColumnSchema => ({
  name,
  type,
  collation: null,
  notNull: false,
  default: null,
  identity: null,
  generated: null,
  comment: null,
});

const tableOf = ({ schema, name }: QualifiedName, columns: readonly ColumnSchema[]): TableSchema => ({
  schema,
  name,
  columns,
  unlogged: false,
  partitionKey: null,
  partitionOf: null,
  inherits: [],
  options: [],
  constraints: [],
  indexes: [],
  triggers: [],
  rowSecurity: false,
  comment: null,
  rows: null,
  checksum: null,
});

const emptySchema = (database: string): DatabaseSchema => ({
  version: 1,
  database,
  takenFrom: 'live',
  serverVersion: 0,
  encoding: 'UTF8',
  monetary: 'C',
  extensions: [],
  schemas: [],
  collations: [],
  types: [],
  functions: [],
  sequences: [],
  tables: [],
  views: [],
  omitted: [],
});

function withTables(schema: DatabaseSchema, made: readonly TableSchema[]): DatabaseSchema {
  const homes = new Set(schema.schemas.map(({ name }) => name));
  const missing = [...new Set(made.map((table) => table.schema))].filter((name) => !homes.has(name)).sort();
  return {
    ...schema,
    schemas: [...schema.schemas, ...missing.map((name) => ({ name, comment: null }))],
    tables: [...schema.tables, ...made],
  };
}
