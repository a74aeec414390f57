import { pipeline } from 'node:stream/promises';
import { DatabaseError, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { applicationFailure } from '../core/applicationFailure';
import { type QualifiedName } from '../core/catalogue/databaseSchema';
import { failureTypes } from '../core/failure';
import { CopyText } from './copyText';
import { type TargetColumn, valueWriter } from './columnMapping';
import { exportObject } from './exportLayout';
import { type ExportEntry, type ExportSource } from './exportSource';
import { type PlannedTable } from './planRestore';
import { escapeIdentifier, label, qualified } from './qualified';
import { decodeMemory } from './parquet/decodeMemory';
import { openParquet, type ParquetFile } from './parquet/readParquet';
import { claimPart, loadedParts, noteRefused } from './restoreState';
import { inTransaction, type Session } from './session';
import { objectIdentifierTypes } from './tableChecksums';
import { type TargetDatabase } from './targetDatabase';

export interface LoadPartsOptions {
  readonly source: ExportSource;
  readonly target: TargetDatabase;
  /** `lc_monetary` of the source. */
  readonly monetary: string;
  /** Neighbours in the order of their folders, so that few shards of the manifest are read. */
  readonly tables: readonly PlannedTable[];
  /** Parts at once; each takes a connection, and memory for its content and one decoded page of each column. */
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
  /** Called for every part that is in the target, also if an earlier run had loaded it. */
  readonly onPart?: (part: { readonly table: QualifiedName; readonly rows: number; readonly bytes: number }) => void;
}

/** Enough for COPY to be busy while the next rows are written, and little beside a part. */
const copyBufferBytes = 256 * 1024;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const notNullViolation = '23502';

/** Another worker may have done so already. */
async function allowNull(session: Session, table: QualifiedName, column: string): Promise<void> {
  const sql = `ALTER TABLE ${qualified(table)} ALTER COLUMN ${escapeIdentifier(column)} DROP NOT NULL`;
  await session.query(sql);
  await noteRefused(session, `NOT NULL of ${label(table)}.${column}`, sql, 'there are rows without a value');
}

/**
 * Loads the parts of tables: each fetched, proven, decoded and copied in one transaction that also notes it as done, so that
 * it is in the target once, however often this is stopped and begun anew.
 */
export async function loadParts(options: LoadPartsOptions): Promise<void> {
  const { source, target, monetary, tables, parallel, signal, onPart } = options;
  const byFolder = new Map(tables.map((table) => [table.folder, table]));
  const first = Math.min(...tables.map(({ shards }) => shards.from));
  const last = Math.max(...tables.map(({ shards }) => shards.to));
  const session = <T>(table: QualifiedName, work: (client: PoolClient) => Promise<T>) =>
    target.session(`loading ${label(table)}`, monetary, work);

  /** Of the table that is being read, and of those whose parts are still on their way. */
  const known = new Map<string, ReturnType<typeof lookAtTable>>();
  const lookAtTable = (table: QualifiedName) =>
    session(table, async (client) => ({
      columns: await targetColumns(client, table),
      done: await loadedParts(client, label(table)),
    }));

  const loadOne = async (planned: PlannedTable, entry: ExportEntry) => {
    const looked = known.get(planned.folder) ?? lookAtTable(planned.table);
    known.set(planned.folder, looked);
    const { columns, done } = await looked;
    const before = done.get(entry.key);
    const loaded = before ?? (await loadWhatIsThere(entry, planned.table, columns));
    onPart?.({ table: planned.table, ...loaded });
  };

  /**
   * A description may be younger than the rows: a column that must have a value by now may have had none. The rows are what
   * is to be saved, so it is let have none, and that is told.
   */
  const loadWhatIsThere = async (entry: ExportEntry, table: QualifiedName, columns: readonly TargetColumn[]) => {
    for (const freed = new Set<string>(); ;) {
      let without: string | undefined;
      try {
        return await decodeMemory.decoding(
          () => loadPart(entry, table, columns, (column) => (without = column)),
          signal,
        );
      } catch (error) {
        const column = without;
        if (column === undefined || freed.has(column)) throw error;
        freed.add(column);
        await session(table, (client) => inTransaction(client, () => allowNull(client, table, column)));
      }
    }
  };

  const loadPart = async (
    entry: ExportEntry,
    table: QualifiedName,
    columns: readonly TargetColumn[],
    onMissing: (column: string) => void,
  ) => {
    const file = await openParquet(await source.read(entry, signal));
    const writers = file.columns.map((column) => {
      const into = columns.find(({ name }) => name === column.name);
      if (into === undefined) throw misfit(table, entry, `has a column ${column.name} that the table has not`);
      return into.skipped ? null : valueWriter(column, into);
    });
    const names = file.columns.filter((_, i) => writers[i] !== null).map(({ name }) => escapeIdentifier(name));
    await session(table, (client) =>
      inTransaction(client, async () => {
        const part = {
          table: label(table),
          part: entry.key,
          rows: file.rows,
          bytes: entry.bytes,
          checksum: entry.proof?.sha256 ?? null,
        };
        if (!(await claimPart(client, part)) || file.rows === 0) return;
        const copy = client.query(copyFrom(`COPY ${qualified(table)} (${names.join(', ')}) FROM STDIN`));
        await pipeline(copyRows(file, writers), copy, signal === undefined ? {} : { signal });
        if (copy.rowCount !== file.rows)
          throw misfit(table, entry, `says it has ${file.rows} rows, and gave ${copy.rowCount}`);
      }).catch((error: unknown) => {
        if (error instanceof DatabaseError && error.code === notNullViolation && error.column !== undefined)
          onMissing(error.column);
        throw error;
      }),
    );
    return { rows: file.rows, bytes: entry.bytes };
  };

  const abort = new AbortController();
  const entries = source.entries({ from: first, to: last }, signal);
  /** Parts one after the other; lanes take them as they get free. */
  const lane = async () => {
    for (;;) {
      if (abort.signal.aborted) return;
      signal?.throwIfAborted();
      const next = await entries.next();
      if (next.done === true) return;
      const { entry } = next.value;
      const object = exportObject(entry.key);
      const planned = object.kind === 'part' ? byFolder.get(`${object.database}/${object.folder}`) : undefined;
      if (planned !== undefined) await loadOne(planned, entry);
    }
  };
  const lanes = Array.from({ length: parallel }, () =>
    lane().catch((error: unknown) => {
      abort.abort();
      throw error;
    }),
  );
  // What is under way ends before a failure is told: nothing writes to the target behind its back.
  const ended = await Promise.allSettled(lanes);
  await entries.return(undefined);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function* copyRows(file: ParquetFile, writers: readonly (ReturnType<typeof valueWriter> | null)[]): Generator<Buffer> {
  const out = new CopyText();
  for (const { rows, columns } of file.batches()) {
    const written = columns.flatMap((values, i) => {
      const write = writers[i];
      return write === null || write === undefined ? [] : [{ values, write }];
    });
    for (let row = 0; row < rows; row++) {
      let first = true;
      for (const { values, write } of written) {
        if (first) first = false;
        else out.tab();
        const value = values(row);
        if (value === null) out.null();
        else write(value, out);
      }
      out.endRow();
      if (out.byteLength >= copyBufferBytes) yield out.take();
    }
  }
  if (out.byteLength > 0) yield out.take();
}

/** The columns of a table with what is behind their domains, which decides how COPY reads them. */
async function targetColumns(session: Session, { schema, name }: QualifiedName): Promise<TargetColumn[]> {
  const { rows } = await session.query<TargetColumn & Record<string, unknown>>(
    `SELECT a.attname AS name, t.typtype = 'd' AS domain, a.attgenerated <> '' OR format_type(a.atttypid, NULL) = ANY ($3) AS skipped,
       (WITH RECURSIVE base AS (
          SELECT t.oid, t.typtype, t.typbasetype
          UNION ALL SELECT b.oid, b.typtype, b.typbasetype FROM pg_catalog.pg_type b JOIN base ON b.oid = base.typbasetype
            WHERE base.typtype = 'd')
        SELECT format_type(oid, NULL) FROM base WHERE typtype <> 'd') AS type
     FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [schema, name, [...objectIdentifierTypes]],
  );
  return rows;
}

function misfit(table: QualifiedName, entry: ExportEntry, why: string): Error {
  return applicationFailure(failureTypes.verificationFailed, `${label(table)}: part ${entry.key} ${why}`);
}
