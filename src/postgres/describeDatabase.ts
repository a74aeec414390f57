import {
  type CollationSchema,
  type ColumnSchema,
  type ConstraintSchema,
  type DatabaseSchema,
  type QualifiedName,
  type SequenceSchema,
  type TableSchema,
  type TypeSchema,
  type ViewSchema,
} from '../core/catalogue/databaseSchema';
import { fixSession, inTransaction, type Session } from './session';
import { tableChecksums } from './tableChecksums';

export interface DescribeOptions {
  readonly takenFrom: DatabaseSchema['takenFrom'];
  /** `rows`: counts them, which reads every table; `checksums`: also sums their contents. Default: neither. */
  readonly measure?: 'rows' | 'checksums';
}

/** What belongs to PostgreSQL, to an extension or to a restore that is under way is nobody's schema; nor is what a type made. */
const ofUsers = (namespace: string, catalogue: string, oid: string, whole = "'e'") => `
  ${namespace}.nspname !~ '^pg_' AND ${namespace}.nspname NOT IN ('information_schema', 'farcopy_restore')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x
    WHERE x.classid = 'pg_catalog.${catalogue}'::regclass AND x.objid = ${oid} AND x.deptype IN (${whole}))`;

/** A role without this is refused where a sequence stands, and the whole query with it. Of what is no sequence, nobody asks. */
const readsSequence = `CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'USAGE, SELECT') ELSE true END`;

/**
 * A database in use waits for nobody: a description that meets a lock, or lasts, is given up. The server sees to it by itself,
 * since a worker that dies takes back nothing.
 */
const considerate = `
  SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '2min';
  SET LOCAL idle_in_transaction_session_timeout = '1min'`;

const inOrder = (...columns: string[]) => `ORDER BY ${columns.map((c) => `${c}::text COLLATE "C"`).join(', ')}`;

/**
 * Describes a database from its catalogue, at one moment. Any role that may connect may: it needs to read tables only to
 * measure them, and sequences for where they stand.
 * PostgreSQL 13 and later.
 */
export async function describeDatabase(session: Session, options: DescribeOptions): Promise<DatabaseSchema> {
  await fixSession(session);
  return inTransaction(
    session,
    async () => {
      if (options.takenFrom === 'live') await session.query(considerate);
      const rows = async <R extends object>(sql: string) =>
        (await session.query<R & Record<string, unknown>>(sql)).rows;
      const [about] = await rows<{ database: string; version: number; encoding: string; monetary: string }>(`
        SELECT current_database() AS database, current_setting('server_version_num')::int AS version,
          current_setting('server_encoding') AS encoding,
          coalesce((SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'lc_monetary'), 'C') AS monetary`);
      if (about === undefined) throw new Error('the server answers nothing');
      const tables = await describeTables(rows);
      const measured = await measure(session, tables, options.measure);
      return {
        version: 1,
        database: about.database,
        takenFrom: options.takenFrom,
        serverVersion: about.version,
        encoding: about.encoding,
        monetary: about.monetary,
        extensions: await rows<DatabaseSchema['extensions'][number]>(`
          SELECT e.extname AS name, n.nspname AS schema,
            coalesce((SELECT json_agg(json_build_object('schema', tn.nspname, 'name', t.relname)
                ${inOrder('tn.nspname', 't.relname')})
              FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.objid
              JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
              WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND t.relkind IN ('r', 'p')), '[]') AS tables
          FROM pg_catalog.pg_extension e
          JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ${inOrder('e.extname')}`),
        schemas: await rows<{ name: string; comment: string | null }>(`
          SELECT n.nspname AS name, obj_description(n.oid, 'pg_namespace') AS comment FROM pg_catalog.pg_namespace n
          WHERE ${ofUsers('n', 'pg_namespace', 'n.oid')} ${inOrder('n.nspname')}`),
        collations: await describeCollations(rows, about.version),
        types: await describeTypes(rows),
        functions: await rows<{ identity: string; definition: string }>(`
          SELECT p.oid::regprocedure::text AS identity, pg_get_functiondef(p.oid) AS definition
          FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
          WHERE p.prokind <> 'a' AND ${ofUsers('n', 'pg_proc', 'p.oid', "'e', 'i'")} ${inOrder('p.oid::regprocedure')}`),
        sequences: await rows<SequenceSchema>(`
          SELECT n.nspname AS schema, c.relname AS name, format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start,
            s.seqmin::text AS minimum, s.seqmax::text AS maximum, s.seqincrement::text AS increment,
            s.seqcache::text AS cache, s.seqcycle AS cycle,
            CASE WHEN (${readsSequence}) THEN pg_sequence_last_value(c.oid)::text END AS "lastValue",
            (SELECT json_build_object('table', json_build_object('schema', tn.nspname, 'name', t.relname),
                'column', a.attname, 'identity', d.deptype = 'i')
              FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
              JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
              JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
              WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                AND d.refclassid = 'pg_catalog.pg_class'::regclass) AS "ownedBy"
          FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relpersistence <> 't' AND ${ofUsers('n', 'pg_class', 'c.oid')} ${inOrder('n.nspname', 'c.relname')}`),
        tables: measured,
        views: await rows<ViewSchema>(`
          SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'm' AS materialized, c.relispopulated AS populated,
            coalesce(c.reloptions, '{}') AS options, pg_get_viewdef(c.oid) AS definition,
            coalesce((SELECT json_agg(json_build_object('name', i.relname, 'definition', pg_get_indexdef(i.oid))
                ${inOrder('i.relname')})
              FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
              WHERE x.indrelid = c.oid), '[]') AS indexes,
            obj_description(c.oid, 'pg_class') AS comment
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND ${ofUsers('n', 'pg_class', 'c.oid')}
          ${inOrder('n.nspname', 'c.relname')}`),
        omitted: (await rows<{ what: string }>(omittedObjects)).map(({ what }) => what),
      };
    },
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  );
}

type Rows = <R extends object>(sql: string) => Promise<(R & Record<string, unknown>)[]>;

async function describeTables(rows: Rows): Promise<TableSchema[]> {
  const found = await rows<Omit<TableSchema, 'rows' | 'checksum'>>(`
    SELECT n.nspname AS schema, c.relname AS name, c.relpersistence = 'u' AS unlogged,
      pg_get_partkeydef(c.oid) AS "partitionKey",
      CASE WHEN c.relispartition THEN (
        SELECT json_build_object('parent', json_build_object('schema', pn.nspname, 'name', p.relname),
          'bound', pg_get_expr(c.relpartbound, c.oid))
        FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid) END AS "partitionOf",
      CASE WHEN c.relispartition THEN '[]' ELSE coalesce((
        SELECT json_agg(json_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY i.inhseqno)
        FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid), '[]') END AS inherits,
      coalesce(c.reloptions, '{}') AS options, c.relrowsecurity AS "rowSecurity",
      obj_description(c.oid, 'pg_class') AS comment,
      coalesce((SELECT json_agg(json_build_object(
          'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'collation', (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
            FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
            WHERE co.oid = a.attcollation AND a.attcollation <> t.typcollation),
          'notNull', a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid),
          'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by-default' END,
          'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
          'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns,
      coalesce((SELECT json_agg(json_build_object('name', k.conname, 'kind', k.contype,
          'definition', pg_get_constraintdef(k.oid)) ${inOrder('k.conname')})
        FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x', 'c', 'f')
          AND k.conparentid = 0 AND (k.contype <> 'c' OR k.conislocal)), '[]') AS constraints,
      coalesce((SELECT json_agg(json_build_object('name', i.relname, 'definition',
          replace(pg_get_indexdef(i.oid), 'INDEX ' || quote_ident(i.relname) || ' ON ONLY ',
            'INDEX ' || quote_ident(i.relname) || ' ON ')) ${inOrder('i.relname')})
        FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
        WHERE x.indrelid = c.oid AND x.indisvalid AND NOT i.relispartition AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))),
        '[]') AS indexes,
      coalesce((SELECT json_agg(json_build_object('name', g.tgname, 'definition', pg_get_triggerdef(g.oid),
          'disabled', g.tgenabled = 'D') ${inOrder('g.tgname')})
        FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgparentid = 0),
        '[]') AS triggers
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${ofUsers('n', 'pg_class', 'c.oid')}
    ${inOrder('n.nspname', 'c.relname')}`);
  return found.map((table) => ({
    ...table,
    columns: table.columns.map((column): ColumnSchema => column),
    constraints: table.constraints.map((one) => ({
      ...one,
      kind: constraintKinds[one.kind as unknown as string] ?? one.kind,
    })),
    rows: null,
    checksum: null,
  }));
}

const constraintKinds: Readonly<Record<string, ConstraintSchema['kind']>> = {
  p: 'primary-key',
  u: 'unique',
  x: 'exclusion',
  c: 'check',
  f: 'foreign-key',
};

async function measure(
  session: Session,
  tables: readonly TableSchema[],
  what: DescribeOptions['measure'],
): Promise<readonly TableSchema[]> {
  if (what === undefined) return tables;
  const own = tables.filter(({ partitionOf }) => partitionOf === null);
  const sums = await tableChecksums(session, own, { rowsOnly: what === 'rows' });
  const key = ({ schema, name }: QualifiedName) => JSON.stringify([schema, name]);
  const byName = new Map(sums.map((sum) => [key(sum), sum]));
  return tables.map((table) => {
    const sum = byName.get(key(table));
    return sum === undefined ? table : { ...table, rows: sum.rows, checksum: sum.checksum };
  });
}

/** `colllocale` was `colliculocale` before 17, and `collcollate` before 15. */
async function describeCollations(rows: Rows, version: number): Promise<CollationSchema[]> {
  const locale =
    version >= 170000
      ? 'coalesce(c.colllocale, c.collcollate)'
      : version >= 150000
        ? 'coalesce(c.colliculocale, c.collcollate)'
        : 'c.collcollate';
  return rows<CollationSchema>(`
    SELECT n.nspname AS schema, c.collname AS name, ${locale} AS locale, c.collisdeterministic AS deterministic,
      CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider
    FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
    WHERE ${ofUsers('n', 'pg_collation', 'c.oid')} ${inOrder('n.nspname', 'c.collname')}`);
}

async function describeTypes(rows: Rows): Promise<TypeSchema[]> {
  const found = await rows<{ kind: TypeSchema['kind']; details: object; schema: string; name: string }>(`
    SELECT n.nspname AS schema, t.typname AS name,
      CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END AS kind,
      CASE t.typtype
        WHEN 'e' THEN (SELECT json_build_object('labels', coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]'))
          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
        WHEN 'd' THEN json_build_object('base', format_type(t.typbasetype, t.typtypmod), 'notNull', t.typnotnull,
          'default', t.typdefault,
          'collation', (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
            FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
            JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
            WHERE co.oid = t.typcollation AND t.typcollation <> b.typcollation),
          'checks', coalesce((SELECT json_agg(json_build_object('name', k.conname, 'definition',
            pg_get_constraintdef(k.oid)) ${inOrder('k.conname')})
            FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '[]'))
        WHEN 'c' THEN (SELECT json_build_object('attributes', coalesce(json_agg(json_build_object('name', a.attname,
            'type', format_type(a.atttypid, a.atttypmod),
            'collation', (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
              FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
              JOIN pg_catalog.pg_type b ON b.oid = a.atttypid
              WHERE co.oid = a.attcollation AND a.attcollation <> b.typcollation)) ORDER BY a.attnum), '[]'))
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
        ELSE (SELECT json_build_object('subtype', format_type(r.rngsubtype, NULL),
            'multirange', to_json(r) ->> 'rngmultitypid')
          FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid) END AS details
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('e', 'd', 'c', 'r') AND (t.typtype <> 'c' OR c.relkind = 'c')
      AND ${ofUsers('n', 'pg_type', 't.oid')} ${inOrder('n.nspname', 't.typname')}`);
  // The multirange type of a range exists since 14, and comes as a number.
  const multiranges = new Map(
    (
      await rows<{ oid: string; name: string }>(
        `SELECT oid::text, typname AS name FROM pg_catalog.pg_type WHERE typtype = 'm'`,
      )
    ).map(({ oid, name }) => [oid, name]),
  );
  return found.map(({ schema, name, kind, details }) => {
    const type = { schema, name, kind, ...details } as TypeSchema;
    return type.kind === 'range' ? { ...type, multirange: multiranges.get(type.multirange ?? '') ?? null } : type;
  });
}

const omittedObjects = `
  SELECT what FROM (
    SELECT format('policy %I on %s', p.polname, p.polrelid::regclass) AS what FROM pg_catalog.pg_policy p
    UNION ALL SELECT format('event trigger %I', evtname) FROM pg_catalog.pg_event_trigger e
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.objid = e.oid AND x.deptype = 'e')
    UNION ALL SELECT format('publication %I', pubname) FROM pg_catalog.pg_publication
    UNION ALL SELECT format('foreign server %I', srvname) FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT format('foreign table %s', c.oid::regclass) FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'f' AND ${ofUsers('n', 'pg_class', 'c.oid')}
    UNION ALL SELECT format('aggregate %s', p.oid::regprocedure) FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      WHERE p.prokind = 'a' AND ${ofUsers('n', 'pg_proc', 'p.oid')}
    UNION ALL SELECT format('operator %s', o.oid::regoperator) FROM pg_catalog.pg_operator o
      JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE ${ofUsers('n', 'pg_operator', 'o.oid')}
    UNION ALL SELECT format('rule %I on %s', r.rulename, r.ev_class::regclass) FROM pg_catalog.pg_rewrite r
      JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE r.rulename <> '_RETURN' AND ${ofUsers('n', 'pg_rewrite', 'r.oid')}
    UNION ALL SELECT format('extended statistics %I.%I', n.nspname, s.stxname) FROM pg_catalog.pg_statistic_ext s
      JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace WHERE ${ofUsers('n', 'pg_statistic_ext', 's.oid')}
    UNION ALL SELECT format('invalid index %s', x.indexrelid::regclass) FROM pg_catalog.pg_index x
      JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT x.indisvalid AND ${ofUsers('n', 'pg_class', 'c.oid')}
    UNION ALL SELECT format('where sequence %s stands, which the role may not read', c.oid::regclass)
      FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relpersistence <> 't' AND NOT (${readsSequence}) AND ${ofUsers('n', 'pg_class', 'c.oid')}
    UNION ALL SELECT format('large objects: %s', count(*)) FROM pg_catalog.pg_largeobject_metadata HAVING count(*) > 0
  ) o ${inOrder('what')}`;
