import { type RestoreReport } from '../../core/restore/restoreReport';

/** What is restored, and into which database. Small and without secrets: it is kept in histories. */
export interface PostgresRestoreRequest {
  readonly from: {
    /** `gs://panda-backups/farcopy`: the bucket's URL as the fleet file has it. */
    readonly bucket: string;
    /** `data/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z/` */
    readonly dataPrefix: string;
    /** Needed where the export holds several. */
    readonly database?: string;
  };
  readonly to: {
    /** `postgres://user@host:5432/database?sslmode=verify-full`, without a password. */
    readonly url: string;
    /**
     * ARN of a secret whose JSON has a `password`, as RDS writes it. Without one the worker's own password file (PGPASSFILE) or
     * PGPASSWORD decides.
     */
    readonly secret?: string;
  };
  /** Connections of one activity. Default: 4. */
  readonly parallel?: number;
}

/** Tables that one activity loads: neighbours in the order of the manifest. */
export interface RestoreUnit {
  /** Positions in the plan's tables: [from, to). */
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  /** For people: `sales.customers … sales.orders`. */
  readonly label: string;
}

export interface PostgresRestorePlan {
  readonly database: string;
  readonly tables: number;
  readonly bytes: number;
  readonly units: readonly RestoreUnit[];
}

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
