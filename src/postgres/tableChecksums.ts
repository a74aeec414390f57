import { type QualifiedName } from '../core/catalogue/databaseSchema';
import { escapeIdentifier, label, qualified } from './qualified';
import { type Session } from './session';

export interface TableChecksum extends QualifiedName {
  readonly rows: number;
  /** Equal for equal rows in any order, of columns in any order. Null where only rows were counted. */
  readonly checksum: string | null;
}

/** Object identifiers name things of one server; AWS does not export them (docs/restore-to-postgresql.md#not-carried). */
export const objectIdentifierTypes: ReadonlySet<string> = new Set([
  'oid',
  'regclass',
  'regcollation',
  'regconfig',
  'regdictionary',
  'regnamespace',
  'regoper',
  'regoperator',
  'regproc',
  'regprocedure',
  'regrole',
  'regtype',
]);

/**
 * Counts the rows of tables and sums a 64-bit hash of each row's text: two databases hold the same rows in a table if and,
 * but for a chance of one in 10¹⁹, only if the two are equal. The session must be fixed (`fixSession`), which makes texts the
 * same on every server; `hashtextextended` gives the same for the same text from PostgreSQL 11 on, on machines of one
 * endianness. Columns of object identifiers are left out. One that can overflow nothing: the sum is a `numeric`.
 *
 * Reads every row. A partitioned table is measured with its partitions, one that others inherit from without them.
 */
export async function tableChecksums(
  session: Session,
  tables: readonly QualifiedName[],
  { rowsOnly = false, signal }: { readonly rowsOnly?: boolean; readonly signal?: AbortSignal } = {},
): Promise<TableChecksum[]> {
  const sums: TableChecksum[] = [];
  for (const { schema, name } of tables) {
    signal?.throwIfAborted();
    const columns = await session.query<{ column: string; partitioned: boolean }>(
      `SELECT a.attname AS column, c.relkind = 'p' AS partitioned
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         AND format_type(a.atttypid, NULL) <> ALL ($3)
       WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') ORDER BY a.attname::text COLLATE "C"`,
      [schema, name, [...objectIdentifierTypes]],
    );
    const [first] = columns.rows;
    if (first === undefined) throw new Error(`there is no table ${label({ schema, name })}`);
    // A table without columns gives one row here, of a null.
    const list = columns.rows.flatMap(({ column }) =>
      (column as string | null) === null ? [] : [`t.${escapeIdentifier(column)}`],
    );
    const hash = `hashtextextended(ROW(${list.join(', ')})::text COLLATE "C", 0)`;
    const { rows } = await session.query<{ rows: string; checksum: string | null }>(
      `SELECT count(*) AS rows, ${rowsOnly ? 'NULL' : `coalesce(sum(${hash}), 0)::text`} AS checksum
       FROM ${first.partitioned ? '' : 'ONLY '}${qualified({ schema, name })} t`,
    );
    sums.push({ schema, name, rows: Number(rows[0]?.rows), checksum: rows[0]?.checksum ?? null });
  }
  return sums;
}
