import { type Client, DatabaseError, type QueryConfig } from 'pg';
import { type QualifiedName } from '../../core/catalogue/databaseSchema';
import { type DrillCheck } from '../../core/drill/drill';
import { type DrillAnswer } from '../../core/drill/drillJudgement';
import { escapeIdentifier, qualified } from '../../postgres/qualified';

const mostWords = 500;
/** One value of a gigabyte would be a gigabyte of a worker, whose process a text of more than half of one even ends. */
const mostMebibytes = 16;

/**
 * Makes a session one that only reads, and in which a value looks the same on every server. The search path stays what the
 * database says, since checks are written for it. A check that takes an hour is ended by PostgreSQL.
 */
export async function prepareSession(client: Client): Promise<void> {
  await client.query(`
    SET client_encoding = 'UTF8'; SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres';
    SET extra_float_digits = 1; SET default_transaction_read_only = on; SET row_security = off;
    SET max_parallel_workers_per_gather = 0; SET statement_timeout = '1h'; SET lock_timeout = '1min';
    SET idle_in_transaction_session_timeout = 0;
  `);
}

/** The databases of a cluster that are anyone's. `rdsadmin` is AWS's own. */
export async function databasesToRead(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    SELECT datname AS name FROM pg_catalog.pg_database
    WHERE datallowconn AND NOT datistemplate AND datname <> 'rdsadmin'
      AND pg_catalog.has_database_privilege(datname, 'CONNECT')
    ORDER BY datname COLLATE "C"`);
  return rows.map(({ name }) => name);
}

/** Everything that holds rows of users; tables of extensions only where they may be read. */
export async function tablesToRead(client: Client): Promise<QualifiedName[]> {
  const { rows } = await client.query<QualifiedName & { readonly schema: string }>(`
    SELECT n.nspname AS schema, c.relname AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`);
  return rows.map(({ schema, name }) => ({ schema, name }));
}

/**
 * Reads a table to its end, every value of it, also those that PostgreSQL keeps beside the rows (TOAST): a hash needs all of a
 * value. Nothing but the number of rows leaves the server.
 */
export async function readTable(client: Client, table: QualifiedName): Promise<number> {
  return reading(client, async () => {
    await client.query(`SET LOCAL statement_timeout = 0`);
    const columns = await client.query<{ name: string; bytes: boolean }>(
      `SELECT a.attname AS name, a.atttypid = 'pg_catalog.bytea'::pg_catalog.regtype AS bytes
       FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
      [table.schema, table.name],
    );
    const hashes = columns.rows.map(({ name, bytes }) => {
      const column = `t.${escapeIdentifier(name)}`;
      // As text, half a gigabyte of bytes would be too long for a value.
      return bytes
        ? `count(pg_catalog.sha256(${column}))`
        : `count(pg_catalog.hashtextextended(${column}::pg_catalog.text COLLATE "C", 0))`;
    });
    const { rows } = await client.query<{ rows: string }>(
      `SELECT ${['count(*) AS rows', ...hashes].join(', ')} FROM ONLY ${qualified(table)} t`,
    );
    return Number(rows[0]?.rows);
  });
}

/** What the query of a check gives. It is one query and reads: a cursor takes nothing else, and no more rows than are asked for. */
export async function answerOf(client: Client, check: DrillCheck): Promise<DrillAnswer> {
  const query = check.type === 'rows' ? `SELECT count(*) FROM ${check.table}` : check.query;
  return reading(client, async () => {
    await client.query(alone(`DECLARE farcopy_check NO SCROLL CURSOR FOR ${query}`));
    const answer = await withinBytes(client, mostMebibytes * 1024 * 1024, () =>
      client.query<(string | null)[]>({
        text: 'FETCH 2 FROM farcopy_check',
        rowMode: 'array',
        types: { getTypeParser: () => (value: string) => value },
      }),
    );
    if (answer === null) return { type: 'misshapen', what: `gives more than ${mostMebibytes} MiB` };
    const { rows, fields } = answer;
    if (fields.length !== 1) return { type: 'misshapen', what: `gives ${fields.length} columns instead of one` };
    const [first, second] = rows;
    if (first === undefined) return { type: 'misshapen', what: 'gives no row' };
    if (second !== undefined) return { type: 'misshapen', what: 'gives more than one row' };
    return { type: 'value', text: textOf(first[0] ?? null, fields[0]?.dataTypeID) };
  });
}

const boolean = 16;

function textOf(value: string | null, type: number | undefined): string | null {
  if (type !== boolean || value === null) return value;
  return value === 't' ? 'true' : 'false';
}

/** By the extended protocol, in which PostgreSQL takes one statement at a time. */
function alone(text: string): QueryConfig {
  return { text, queryMode: 'extended' } as QueryConfig;
}

/** Null for an answer that is longer, of which the rest is not taken: the connection is closed. */
async function withinBytes<T>(client: Client, most: number, ask: () => Promise<T>): Promise<T | null> {
  const { stream } = client.connection;
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) stream.destroy(new Error('the answer is too long'));
  };
  stream.on('data', count);
  try {
    return await ask();
  } catch (error) {
    if (bytes > most) return null;
    throw error;
  } finally {
    stream.off('data', count);
  }
}

async function reading<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN READ ONLY');
  try {
    return await work();
  } finally {
    // A connection that broke has no transaction left to end; the first error says why.
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

/** Whether the connection broke, rather than what was asked: PostgreSQL shuts down or crashed, or the network did. */
export function isConnectionLost(error: unknown): boolean {
  return !(error instanceof DatabaseError) || /^(08|57P0[1-3])/.test(error.code ?? '');
}

/** PostgreSQL's words; values of rows, which it quotes where a value is the matter, are left out: verdicts are kept in histories. */
export function wordsOf(error: unknown): string {
  const { message } = error as Error;
  const code = error instanceof DatabaseError ? (error.code ?? '') : '';
  const words = /^2[23]/.test(code) ? message.replace(/".*"/gs, '"…"') : message;
  return `${words}${code === '' ? '' : ` (${code})`}`.slice(0, mostWords);
}
