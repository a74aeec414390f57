import {
  type PostgresRestorePlan,
  type PostgresRestoreRequest,
  type RestoreUnit,
} from '../../core/restore/postgresRestore';
import { type RestoreReport } from '../../core/restore/restoreReport';

/** Details of the heartbeat of `loadExportTables`: what is in the target, in this try or an earlier one. */
export interface LoadProgress {
  readonly rows: number;
  readonly bytes: number;
}

/** What `restoreToPostgres` calls. Every one may be tried again at any time, and finds what is done. */
export interface LoadExportActivities {
  planPostgresRestore(request: PostgresRestoreRequest): Promise<PostgresRestorePlan>;
  makeRestoredTables(request: PostgresRestoreRequest): Promise<void>;
  loadExportTables(request: PostgresRestoreRequest, unit: RestoreUnit): Promise<LoadProgress>;
  completeRestoredTables(request: PostgresRestoreRequest): Promise<void>;
  /** Lists in the report are cut to a payload's size. */
  compareRestoredTables(request: PostgresRestoreRequest): Promise<Omit<RestoreReport, 'rtoSeconds'>>;
  /** Removes what the restore kept of itself in the target. */
  forgetPostgresRestore(request: PostgresRestoreRequest): Promise<void>;
}
