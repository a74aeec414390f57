import { type TableSchema } from '../core/catalogue/databaseSchema';
import { inParallel } from '../core/inParallel';
import { type RestoreReport, type TableDifference } from '../core/restore/restoreReport';
import { applySchema, isRefusal } from './applySchema';
import { createSchema, type SchemaStatement } from './createSchema';
import { type ExportSource } from './exportSource';
import { type RestorePlan } from './planRestore';
import { label, qualified } from './qualified';
import { beginRestore, claimStatement, endRestore, loadedTables, noteRefused, refusedStatements } from './restoreState';
import { inTransaction } from './session';
import { tableChecksums } from './tableChecksums';
import { type TargetDatabase } from './targetDatabase';

/** What every step of a restore works with. Each may be done again at any time: it finds what is done. */
export interface RestoreContext {
  readonly source: ExportSource;
  readonly plan: RestorePlan;
  readonly target: TargetDatabase;
  /** Connections at once. */
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes everything that rows need.
 *
 * @throws `Conflict` where the target has a table of a name that is needed, or holds an unfinished restore of another copy;
 * `Configuration` where it refuses what rows cannot be loaded without.
 */
export async function makeTables({ source, plan, target, signal }: RestoreContext): Promise<void> {
  const { schema } = plan;
  await target.session('making the tables', plan.monetary, async (client) => {
    await inTransaction(client, () =>
      beginRestore(client, `${source.identity}, database ${plan.database}`, [...schema.tables, ...schema.views]),
    );
    await applySchema(client, createSchema(schema, 'before-data'), signal);
  });
}

/** Makes what is best made once the rows are there. What the target refuses is noted, and the rest made. */
export async function completeTables({ plan, target, parallel, signal }: RestoreContext): Promise<void> {
  const { schema } = plan;
  const statements = createSchema(schema, 'after-data');
  const run = (statement: SchemaStatement): Promise<string | null> =>
    target.session(`making the ${statement.what}`, plan.monetary, async (client) => {
      signal?.throwIfAborted();
      try {
        await inTransaction(client, async () => {
          if (!(await claimStatement(client, statement.what, statement.sql))) return;
          await client.query('SET LOCAL check_function_bodies = off');
          await client.query(statement.sql);
        });
        return null;
      } catch (error) {
        if (isRefusal(error)) return error.message;
        throw error;
      }
    });

  const lanes = new Map<string, SchemaStatement[]>();
  for (const statement of statements)
    if (statement.lane !== null) lanes.set(statement.lane, [...(lanes.get(statement.lane) ?? []), statement]);
  let refused: { readonly statement: SchemaStatement; readonly reason: string }[] = [];
  const attempt = async (statement: SchemaStatement) => {
    const reason = await run(statement);
    if (reason !== null) refused.push({ statement, reason });
  };
  await inParallel([...lanes.values()], parallel, async (lane) => {
    for (const statement of lane) await attempt(statement);
  });
  let waiting = statements.filter(({ lane }) => lane === null);
  // An index may need a function that needs a view: what was refused is tried again as long as that makes anything.
  for (let before = Infinity; waiting.length > 0;) {
    for (const statement of waiting) await attempt(statement);
    if (refused.length === 0 || refused.length >= before) break;
    before = refused.length;
    waiting = refused.map(({ statement }) => statement);
    refused = [];
  }
  await target.session('noting what was refused', plan.monetary, async (client) => {
    for (const { statement, reason } of refused) await noteRefused(client, statement.what, statement.sql, reason);
    await client.query('ANALYZE');
  });
}

/**
 * Compares what is in the target with what the export and the bundle say must be: the rows of every table, and where the
 * bundle was taken of the recovery point itself, their checksums.
 */
export async function compareTables({
  source,
  plan,
  target,
  parallel,
  signal,
}: RestoreContext): Promise<Omit<RestoreReport, 'rtoSeconds'>> {
  const { schema } = plan;
  const { loaded, refused } = await target.session('looking at what is loaded', plan.monetary, async (client) => ({
    loaded: await loadedTables(client),
    refused: await refusedStatements(client),
  }));
  const tables = schema.tables.filter(({ partitionOf }) => partitionOf === null);
  const exact = schema.takenFrom === 'recovery-point';
  const exportedRows = rowsByTable(schema.tables, loaded);
  const compared = await inParallel(tables, parallel, (table) =>
    target.session(`counting ${label(table)}`, 'C', async (client) => {
      const wantsChecksum = exact && table.checksum !== null;
      const options = { rowsOnly: !wantsChecksum, ...(signal === undefined ? {} : { signal }) };
      const [found] = await tableChecksums(client, [table], options);
      const rows = found?.rows ?? 0;
      const exported = exportedRows.get(qualified(table)) ?? 0;
      const differences: TableDifference[] = [];
      const differ = (problem: string) => differences.push({ table: label(table), problem });
      if (rows !== exported) differ(`${rows} rows, and ${exported} in the export`);
      if (exact && table.rows !== null && rows !== table.rows)
        differ(`${rows} rows, and ${table.rows} in the recovery point`);
      else if (wantsChecksum && found?.checksum !== table.checksum)
        differ('rows that are not those of the recovery point');
      return { rows, differences };
    }),
  );
  const differences = compared.flatMap((one) => one.differences);
  return {
    version: 1,
    database: plan.database,
    tables: tables.length,
    rows: compared.reduce((sum, { rows }) => sum + rows, 0),
    bytes: [...loaded.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    equal: differences.length === 0,
    comparedWith: exact ? 'recovery-point' : 'export',
    proven: source.proven,
    differences,
    notCarried: plan.notCarried,
    refused,
  };
}

/** What was loaded of each table, into it or into its partitions. */
function rowsByTable(
  tables: readonly TableSchema[],
  loaded: ReadonlyMap<string, { readonly rows: number }>,
): Map<string, number> {
  const byName = new Map(tables.map((table) => [qualified(table), table]));
  const rows = new Map<string, number>();
  for (const table of tables) {
    let whole = table;
    for (let up = whole.partitionOf; up !== null; up = whole.partitionOf) {
      const parent = byName.get(qualified(up.parent));
      if (parent === undefined) break;
      whole = parent;
    }
    const before = rows.get(qualified(whole)) ?? 0;
    rows.set(qualified(whole), before + (loaded.get(label(table))?.rows ?? 0));
  }
  return rows;
}

/** Removes what the restore kept of itself in the target. */
export async function forgetRestore({ plan, target }: RestoreContext): Promise<void> {
  await target.session('ending the restore', plan.monetary, (client) => endRestore(client));
}
