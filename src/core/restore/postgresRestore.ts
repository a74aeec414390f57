/** Says what is restored, and into which database. It is small and without secrets, since histories keep it. */
export interface PostgresRestoreRequest {
  readonly from: {
    /** `gs://panda-backups/farcopy`: the bucket's URL as the fleet file has it. */
    readonly bucket: string;
    /** `data/<kind>/999999999999/eu-west-1/shop/20261121t020000z/` */
    readonly dataPrefix: string;
    /** Needed where the export holds several. */
    readonly database?: string;
  };
  readonly to: {
    /** `postgres://user@host:5432/database?sslmode=verify-full`, without a password. */
    readonly url: string;
    /**
     * ARN of a secret whose JSON has `password` and `host`, as AWS writes it: no password goes to another host. Without one
     * the worker's PGPASSWORD is sent, if the fleet file names the server.
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

/** Input of the workflow `restoreToPostgres`. */
export interface RestoreToPostgresInput extends PostgresRestoreRequest {
  readonly version: 1;
}

/** The answer to its query. */
export interface RestoreToPostgresProgress {
  readonly step: 'plan' | 'tables' | 'rows' | 'keys-and-indexes' | 'compare' | 'done';
  readonly tables: number;
  /** Bytes of the units that are done. A unit under way beats in its activity. */
  readonly bytes: number;
  readonly ofBytes: number;
}

/** Before it is planned. */
export const postgresRestoreBegun: RestoreToPostgresProgress = { step: 'plan', tables: 0, bytes: 0, ofBytes: 0 };

/** Where it stands, in a line of Markdown for the Temporal UI. */
export function postgresRestoreLine({ step, tables, bytes, ofBytes }: RestoreToPostgresProgress): string {
  const percent = ofBytes === 0 ? 100 : Math.floor((100 * bytes) / ofBytes);
  return step === 'rows' ? `**rows** of ${tables} tables: ${percent} %` : `**${step}**`;
}
