import { type QualifiedName } from '../core/catalogue/databaseSchema';
import { type RestoreReport } from '../core/restore/restoreReport';
import { type ExportLocation, ExportSource } from './exportSource';
import { loadParts } from './loadParts';
import { planRestore } from './planRestore';
import { compareTables, completeTables, forgetRestore, makeTables, type RestoreContext } from './restoreSteps';
import { TargetDatabase } from './targetDatabase';

/** `done` and `bytes` grow with every part, `of` is known from the beginning. */
export interface RestoreProgress {
  readonly step: 'plan' | 'tables' | 'rows' | 'keys-and-indexes' | 'compare';
  /** The table of the latest part. */
  readonly table: QualifiedName | null;
  readonly rows: number;
  readonly bytes: number;
  readonly ofBytes: number;
}

export interface RestoreExportOptions {
  readonly from: ExportLocation;
  readonly to: { readonly url: string; readonly password?: string | undefined };
  /** Needed where the export holds several. */
  readonly database?: string | undefined;
  /** Connections to the target, each loading one part at a time. Default: 4. */
  readonly parallel?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: RestoreProgress) => void;
}

/** Connections of a restore where nobody says: enough to keep two cores of a server busy, few enough for a small one. */
export const defaultParallel = 4;

/**
 * Restores the export of a recovery point into an empty PostgreSQL: needs the bucket and the target, and nothing else, neither
 * AWS nor Temporal. Stopped at any moment and called again with the same arguments, it goes on where it was.
 *
 * @throws failures of core/failure.ts: `Conflict` where the target holds tables of the same names, `VerificationFailed` where
 * the export is not what its manifest says, `Configuration` where the target lacks what the schema needs.
 */
export async function restoreExportToPostgres(options: RestoreExportOptions): Promise<RestoreReport> {
  const { from, to, database, parallel = defaultParallel, signal, onProgress } = options;
  const startedAt = Date.now();
  let progress: RestoreProgress = { step: 'plan', table: null, rows: 0, bytes: 0, ofBytes: 0 };
  const tell = (changes: Partial<RestoreProgress>) => {
    progress = { ...progress, ...changes };
    onProgress?.(progress);
  };
  const target = new TargetDatabase({ ...to, connections: parallel });
  try {
    tell({});
    const source = await ExportSource.open(from, signal);
    const plan = await planRestore(source, database, signal);
    const context: RestoreContext = { source, plan, target, parallel, signal };
    tell({ step: 'tables', ofBytes: plan.bytes });
    await makeTables(context);
    tell({ step: 'rows' });
    await loadParts({
      source,
      target,
      monetary: plan.monetary,
      tables: plan.tables,
      parallel,
      signal,
      onPart: ({ table, rows, bytes }) => tell({ table, rows: progress.rows + rows, bytes: progress.bytes + bytes }),
    });
    tell({ step: 'keys-and-indexes', table: null });
    await completeTables(context);
    tell({ step: 'compare' });
    const compared = await compareTables(context);
    const report = { ...compared, rtoSeconds: (Date.now() - startedAt) / 1000 };
    await forgetRestore(context);
    return report;
  } finally {
    await target.close();
  }
}
