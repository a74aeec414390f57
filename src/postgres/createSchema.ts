import {
  type ColumnSchema,
  type ConstraintSchema,
  type DatabaseSchema,
  type QualifiedName,
  type SequenceSchema,
  type TableSchema,
  type TypeSchema,
} from '../core/catalogue/databaseSchema';
import { escapeIdentifier, escapeLiteral, label, qualified } from './qualified';
import { objectIdentifierTypes } from './tableChecksums';

/** One statement that makes one thing. */
export interface SchemaStatement {
  /** For reports: `index sales.orders_placed_at`. */
  readonly what: string;
  readonly sql: string;
  /** Without it rows cannot be loaded. Everything else is told of, and the restore goes on. */
  readonly needed: boolean;
  /** Of one lane, one after the other; lanes may run side by side. A statement without one runs alone. */
  readonly lane: string | null;
}

/**
 * The statements that make a database of a description: `before-data` what rows need to be loaded, `after-data` what is
 * quicker made, or only right, once they are there. Their order is sensible, not perfect: a function may need a table that
 * needs a function, so whoever runs them tries again what failed (`applySchema`).
 */
export function createSchema(schema: DatabaseSchema, phase: 'before-data' | 'after-data'): SchemaStatement[] {
  return phase === 'before-data' ? beforeData(schema) : afterData(schema);
}

function beforeData(schema: DatabaseSchema): SchemaStatement[] {
  const needed = (what: string, sql: string): SchemaStatement => ({ what, sql, needed: true, lane: null });
  const wanted = (what: string, sql: string): SchemaStatement => ({ what, sql, needed: false, lane: null });
  const identities = identitiesOf(schema.sequences);
  return [
    ...schema.schemas.map(({ name }) =>
      needed(`schema ${name}`, `CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(name)}`),
    ),
    // An extension that the target does not have is only missed by what uses it, and that says so.
    ...schema.extensions.map(({ name, schema: home }) =>
      wanted(
        `extension ${name}`,
        `CREATE EXTENSION IF NOT EXISTS ${escapeIdentifier(name)} WITH SCHEMA ${escapeIdentifier(home)}`,
      ),
    ),
    ...schema.collations.map((collation) =>
      needed(
        `collation ${label(collation)}`,
        `CREATE COLLATION ${qualified(collation)} (provider = ${collation.provider}, locale = ${escapeLiteral(collation.locale)}, deterministic = ${collation.deterministic})`,
      ),
    ),
    ...schema.types.map((type) => needed(`type ${label(type)}`, createType(type))),
    ...schema.functions.map((f) => wanted(`function ${f.identity}`, f.definition)),
    ...schema.sequences
      .filter(({ ownedBy }) => ownedBy?.identity !== true)
      .map((sequence) =>
        needed(`sequence ${label(sequence)}`, `CREATE SEQUENCE ${qualified(sequence)} ${sequenceOptions(sequence)}`),
      ),
    ...schema.tables.map((table) => needed(`table ${label(table)}`, createTable(table, identities))),
    ...schema.tables.flatMap((table) => [
      ...(table.partitionOf === null
        ? []
        : [
            needed(
              `partition ${label(table)}`,
              `ALTER TABLE ONLY ${qualified(table.partitionOf.parent)} ATTACH PARTITION ${qualified(table)} ${table.partitionOf.bound}`,
            ),
          ]),
      ...table.inherits.map((parent) =>
        needed(`inheritance of ${label(table)}`, `ALTER TABLE ${qualified(table)} INHERIT ${qualified(parent)}`),
      ),
    ]),
    ...schema.sequences.flatMap((sequence) =>
      sequence.ownedBy === null || sequence.ownedBy.identity
        ? []
        : [
            wanted(
              `owner of sequence ${label(sequence)}`,
              `ALTER SEQUENCE ${qualified(sequence)} OWNED BY ${qualified(sequence.ownedBy.table)}.${escapeIdentifier(sequence.ownedBy.column)}`,
            ),
          ],
    ),
  ];
}

function afterData(schema: DatabaseSchema): SchemaStatement[] {
  const lanes = lanesOf(schema.tables);
  const wanted = (what: string, sql: string, lane: string | null = null): SchemaStatement => ({
    what,
    sql,
    needed: false,
    lane,
  });
  const constraints = (table: TableSchema, kinds: readonly ConstraintSchema['kind'][], lane: string | null) =>
    table.constraints
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ name, definition }) =>
        wanted(
          `constraint ${name} of ${label(table)}`,
          `ALTER TABLE ${qualified(table)} ADD CONSTRAINT ${escapeIdentifier(name)} ${definition}`,
          lane,
        ),
      );
  const comment = (kind: string, of: QualifiedName & { readonly comment: string | null }) =>
    of.comment === null
      ? []
      : [wanted(`comment on ${label(of)}`, `COMMENT ON ${kind} ${qualified(of)} IS ${escapeLiteral(of.comment)}`)];
  return [
    ...schema.tables.flatMap((table) => {
      // What is made on a partitioned table is made on its partitions too: they share a lane.
      const lane = lanes(table);
      return [
        ...constraints(table, ['primary-key', 'unique', 'exclusion'], lane),
        ...table.indexes.map(({ name, definition }) => wanted(`index ${table.schema}.${name}`, definition, lane)),
        ...constraints(table, ['check'], lane),
        ...table.columns
          .filter((column) => column.notNull && !isCarried(column))
          .map(({ name }) =>
            wanted(
              `NOT NULL of ${label(table)}.${name}`,
              `ALTER TABLE ${qualified(table)} ALTER COLUMN ${escapeIdentifier(name)} SET NOT NULL`,
              lane,
            ),
          ),
      ];
    }),
    ...schema.tables.flatMap((table) => constraints(table, ['foreign-key'], null)),
    ...schema.sequences.flatMap((sequence) =>
      setSequence(sequence).map((sql) => wanted(`value of sequence ${label(sequence)}`, sql)),
    ),
    // Those that needed a view were refused before there were any; to all others it makes no difference.
    ...(schema.views.length === 0 ? [] : schema.functions.map((f) => wanted(`function ${f.identity}`, f.definition))),
    ...schema.views.map((view) =>
      wanted(
        `view ${label(view)}`,
        `CREATE ${view.materialized ? 'MATERIALIZED ' : ''}VIEW ${qualified(view)}${storage(view.options)} AS ${view.definition.replace(/;\s*$/, '')}${
          view.materialized && !view.populated ? ' WITH NO DATA' : ''
        }`,
      ),
    ),
    ...schema.views.flatMap((view) =>
      view.indexes.map(({ name, definition }) => wanted(`index ${view.schema}.${name}`, definition)),
    ),
    ...schema.tables.flatMap((table) =>
      table.triggers.flatMap(({ name, definition, disabled }) => [
        wanted(`trigger ${name} of ${label(table)}`, definition),
        ...(disabled
          ? [
              wanted(
                `disabling of trigger ${name} of ${label(table)}`,
                `ALTER TABLE ${qualified(table)} DISABLE TRIGGER ${escapeIdentifier(name)}`,
              ),
            ]
          : []),
      ]),
    ),
    ...schema.schemas.flatMap(({ name, comment: text }) =>
      text === null
        ? []
        : [
            wanted(
              `comment on schema ${name}`,
              `COMMENT ON SCHEMA ${escapeIdentifier(name)} IS ${escapeLiteral(text)}`,
            ),
          ],
    ),
    ...schema.tables.flatMap((table) => [
      ...comment('TABLE', table),
      ...table.columns.flatMap((column) =>
        column.comment === null
          ? []
          : [
              wanted(
                `comment on ${label(table)}.${column.name}`,
                `COMMENT ON COLUMN ${qualified(table)}.${escapeIdentifier(column.name)} IS ${escapeLiteral(column.comment)}`,
              ),
            ],
      ),
    ]),
    ...schema.views.flatMap((view) => comment(view.materialized ? 'MATERIALIZED VIEW' : 'VIEW', view)),
  ];
}

/** Whether AWS exports a column of this type at all. */
export function isCarried({ type }: Pick<ColumnSchema, 'type'>): boolean {
  return !objectIdentifierTypes.has(type.replace(/\[\]$/, '').replace(/^pg_catalog\./, ''));
}

function lanesOf(tables: readonly TableSchema[]): (table: TableSchema) => string {
  const byName = new Map(tables.map((table) => [qualified(table), table]));
  const laneOf = (table: TableSchema): string => {
    const [first] = table.partitionOf === null ? table.inherits : [table.partitionOf.parent];
    const parent = first === undefined ? undefined : byName.get(qualified(first));
    return parent === undefined ? label(table) : laneOf(parent);
  };
  return laneOf;
}

/** The sequences of identities, by `"schema"."table"."column"`. */
function identitiesOf(sequences: readonly SequenceSchema[]): ReadonlyMap<string, SequenceSchema> {
  return new Map(
    sequences.flatMap((sequence) => {
      const { ownedBy } = sequence;
      if (ownedBy === null || !ownedBy.identity) return [];
      return [[`${qualified(ownedBy.table)}.${escapeIdentifier(ownedBy.column)}`, sequence] as const];
    }),
  );
}

function createTable(table: TableSchema, identities: ReadonlyMap<string, SequenceSchema>): string {
  const columns = table.columns.map((column) => {
    const identity = identities.get(`${qualified(table)}.${escapeIdentifier(column.name)}`);
    return [
      `${escapeIdentifier(column.name)} ${column.type}`,
      ...(column.collation === null ? [] : [`COLLATE ${column.collation}`]),
      ...(column.generated !== null
        ? [`GENERATED ALWAYS AS (${column.default}) ${column.generated.toUpperCase()}`]
        : column.default === null
          ? []
          : [`DEFAULT ${column.default}`]),
      ...(column.identity === null
        ? []
        : [
            `GENERATED ${column.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY${
              identity === undefined
                ? ''
                : ` (SEQUENCE NAME ${qualified(identity)} ${sequenceOptions(identity, false)})`
            }`,
          ]),
      ...(column.notNull && isCarried(column) ? ['NOT NULL'] : []),
    ].join(' ');
  });
  const kind = table.unlogged ? 'UNLOGGED TABLE' : 'TABLE';
  const partitions = table.partitionKey === null ? '' : ` PARTITION BY ${table.partitionKey}`;
  return `CREATE ${kind} ${qualified(table)} (\n  ${columns.join(',\n  ')}\n)${partitions}${storage(table.options)}`;
}

/** `name=value` as `pg_class.reloptions` has them. */
function storage(options: readonly string[]): string {
  if (options.length === 0) return '';
  const settings = options.map((option) => {
    const at = option.indexOf('=');
    return `${option.slice(0, at)} = ${escapeLiteral(option.slice(at + 1))}`;
  });
  return ` WITH (${settings.join(', ')})`;
}

function sequenceOptions(sequence: SequenceSchema, withType = true): string {
  const { type, start, minimum, maximum, increment, cache, cycle } = sequence;
  return [
    ...(withType ? [`AS ${type}`] : []),
    `START WITH ${start} INCREMENT BY ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} CACHE ${cache} ${cycle ? 'CYCLE' : 'NO CYCLE'}`,
  ].join(' ');
}

/** Never behind the rows: the description may be older than they are, and a number given twice is a failed insert. */
function setSequence(sequence: SequenceSchema): string[] {
  const { lastValue, ownedBy, increment, maximum } = sequence;
  const name = escapeLiteral(qualified(sequence));
  if (ownedBy === null || increment.startsWith('-') || sequence.cycle)
    return lastValue === null ? [] : [`SELECT pg_catalog.setval(${name}::pg_catalog.regclass, ${lastValue}, true)`];
  const inUse = `(SELECT max(${escapeIdentifier(ownedBy.column)})::numeric FROM ${qualified(ownedBy.table)})`;
  const value = `greatest(${lastValue ?? 'NULL'}::numeric, ${inUse})`;
  return [
    `SELECT pg_catalog.setval(${name}::pg_catalog.regclass, least(v, ${maximum})::bigint, true) FROM (SELECT ${value} AS v) s WHERE v >= ${sequence.minimum}`,
  ];
}

function createType(type: TypeSchema): string {
  const name = qualified(type);
  switch (type.kind) {
    case 'enum':
      return `CREATE TYPE ${name} AS ENUM (${type.labels.map((text) => escapeLiteral(text)).join(', ')})`;
    case 'domain':
      return [
        `CREATE DOMAIN ${name} AS ${type.base}`,
        ...(type.collation === null ? [] : [`COLLATE ${type.collation}`]),
        ...(type.default === null ? [] : [`DEFAULT ${type.default}`]),
        ...(type.notNull ? ['NOT NULL'] : []),
        ...type.checks.map((check) => `CONSTRAINT ${escapeIdentifier(check.name)} ${check.definition}`),
      ].join(' ');
    case 'composite':
      return `CREATE TYPE ${name} AS (${type.attributes
        .map((a) => `${escapeIdentifier(a.name)} ${a.type}${a.collation === null ? '' : ` COLLATE ${a.collation}`}`)
        .join(', ')})`;
    case 'range':
      return `CREATE TYPE ${name} AS RANGE (subtype = ${type.subtype}${
        type.multirange === null
          ? ''
          : `, multirange_type_name = ${qualified({ schema: type.schema, name: type.multirange })}`
      })`;
  }
}
