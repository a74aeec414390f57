import { createHash } from 'node:crypto';
import { applicationFailure } from '../core/applicationFailure';
import { type QualifiedName } from '../core/catalogue/databaseSchema';
import { failureTypes } from '../core/failure';
import { type SchemaStatement } from './createSchema';
import { label } from './qualified';
import { type Session } from './session';

/**
 * What a restore has done so far, kept in the target itself and changed in the transactions that do it: so a second run knows
 * what is there, and whoever it was that stopped the first one. Dropped at the end.
 */
export const stateSchema = 'farcopy_restore';

/** Makes two restores into one database wait for each other where they would make the same. The number says "farcopy" to nobody else. */
export const lockRestore = `SELECT pg_advisory_xact_lock(7093746115031190)`;

/**
 * Begins a restore, or finds that it had begun, in the caller's transaction.
 *
 * @param source which database of which copy it is: the tables of two may have the same names
 * @throws `Conflict` where another copy is being restored into this database, or a table of a name it needs exists.
 */
export async function beginRestore(session: Session, source: string, tables: readonly QualifiedName[]): Promise<void> {
  await session.query(lockRestore);
  const { rows: states } = await session.query<{ there: boolean }>(
    `SELECT to_regclass('${stateSchema}.restore') IS NOT NULL AS there`,
  );
  if (states[0]?.there === true) {
    const { rows } = await session.query<{ source: string }>(`SELECT source FROM ${stateSchema}.restore`);
    if (rows[0]?.source === source) return;
    throw applicationFailure(
      failureTypes.conflict,
      `the target holds an unfinished restore of ${rows[0]?.source}; finish that one, or drop the database and create it anew`,
    );
  }
  const { rows: existing } = await session.query<QualifiedName & Record<string, unknown>>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN unnest($1::text[], $2::text[]) AS wanted (schema, name) ON wanted.schema = n.nspname AND wanted.name = c.relname
     ORDER BY 1, 2`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  if (existing.length > 0)
    throw applicationFailure(
      failureTypes.conflict,
      `the target already has ${existing.slice(0, 5).map(label).join(', ')}${existing.length > 5 ? ` and ${existing.length - 5} more` : ''}; a restore never overwrites: give it an empty database`,
    );
  await session.query(`
    CREATE SCHEMA ${stateSchema};
    CREATE TABLE ${stateSchema}.restore (
      only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), source text NOT NULL,
      started_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE ${stateSchema}.progress (
      "table" text, part text, rows bigint NOT NULL, bytes bigint NOT NULL, checksum text, PRIMARY KEY ("table", part));
    CREATE TABLE ${stateSchema}.statements (hash text PRIMARY KEY, what text NOT NULL, refused text)`);
  await session.query(`INSERT INTO ${stateSchema}.restore (source) VALUES ($1)`, [source]);
}

/** Of statements that come before the rows, those that the target has not taken yet. */
export async function statementsLeft(
  session: Session,
  statements: readonly SchemaStatement[],
): Promise<SchemaStatement[]> {
  const { rows } = await session.query<{ hash: string }>(
    `SELECT hash FROM ${stateSchema}.statements WHERE refused IS NULL AND hash = ANY ($1)`,
    [statements.map(hashBefore)],
  );
  const taken = new Set(rows.map(({ hash }) => hash));
  return statements.filter((statement) => !taken.has(hashBefore(statement)));
}

/** Notes what became of statements that come before the rows, in the transaction that ran them. */
export async function noteStatements(
  session: Session,
  statements: readonly { readonly statement: SchemaStatement; readonly reason: string | null }[],
): Promise<void> {
  const byHash = new Map(statements.map((one) => [hashBefore(one.statement), one]));
  await session.query(
    `INSERT INTO ${stateSchema}.statements SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
     ON CONFLICT (hash) DO UPDATE SET refused = EXCLUDED.refused`,
    [
      [...byHash.keys()],
      [...byHash.values()].map(({ statement }) => statement.what),
      [...byHash.values()].map(({ reason }) => reason),
    ],
  );
}

export interface LoadedPart {
  readonly table: string;
  readonly part: string;
  readonly rows: number;
  readonly bytes: number;
  readonly checksum: string | null;
}

/**
 * Notes a part as loaded, in the transaction that loads it; false where it was already. A second worker that has the same
 * part in its hands waits here for the first one's end.
 */
export async function claimPart(
  session: Session,
  { table, part, rows, bytes, checksum }: LoadedPart,
): Promise<boolean> {
  const { rowCount } = await session.query(
    `INSERT INTO ${stateSchema}.progress VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [table, part, rows, bytes, checksum],
  );
  return rowCount === 1;
}

export async function loadedParts(
  session: Session,
  table: string,
): Promise<Map<string, { rows: number; bytes: number }>> {
  const { rows } = await session.query<{ part: string; rows: string; bytes: string }>(
    `SELECT part, rows, bytes FROM ${stateSchema}.progress WHERE "table" = $1`,
    [table],
  );
  return new Map(rows.map((row) => [row.part, { rows: Number(row.rows), bytes: Number(row.bytes) }]));
}

/** Rows and bytes of all parts, by table. */
export async function loadedTables(session: Session): Promise<Map<string, { rows: number; bytes: number }>> {
  const { rows } = await session.query<{ table: string; rows: string; bytes: string }>(
    `SELECT "table", sum(rows) AS rows, sum(bytes) AS bytes FROM ${stateSchema}.progress GROUP BY 1`,
  );
  return new Map(rows.map((row) => [row.table, { rows: Number(row.rows), bytes: Number(row.bytes) }]));
}

/** Notes a statement as run; false where it was already, refused or not. */
export async function claimStatement(session: Session, what: string, sql: string): Promise<boolean> {
  const { rowCount } = await session.query(
    `INSERT INTO ${stateSchema}.statements VALUES ($1, $2, NULL) ON CONFLICT DO NOTHING`,
    [statementHash(`after ${sql}`), what],
  );
  return rowCount === 1;
}

export async function noteRefused(session: Session, what: string, sql: string, reason: string): Promise<void> {
  await session.query(
    `INSERT INTO ${stateSchema}.statements VALUES ($1, $2, $3) ON CONFLICT (hash) DO UPDATE SET refused = EXCLUDED.refused`,
    [statementHash(`after ${sql}`), what, reason],
  );
}

/** A statement that the target refused, and what it said. */
export interface RefusedStatement {
  readonly what: string;
  readonly reason: string;
}

/** What the target refused of the schema; a function that was refused before the data and made after it is not. */
export async function refusedStatements(session: Session): Promise<RefusedStatement[]> {
  const { rows } = await session.query<{ what: string; reason: string }>(
    `SELECT what, min(refused) AS reason FROM ${stateSchema}.statements
     GROUP BY what HAVING bool_and(refused IS NOT NULL) ORDER BY what COLLATE "C"`,
  );
  return rows.map(({ what, reason }) => ({ what, reason }));
}

/** Done when there is none. */
export async function endRestore(session: Session): Promise<void> {
  await session.query(`DROP SCHEMA IF EXISTS ${stateSchema} CASCADE`);
}

const hashBefore = ({ sql }: SchemaStatement) => statementHash(`before ${sql}`);

const statementHash = (text: string) => createHash('sha256').update(text).digest('hex');
