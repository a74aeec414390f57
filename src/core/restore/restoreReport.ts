/** How a restore of an export into PostgreSQL ended. */
export interface RestoreReport {
  readonly version: 1;
  readonly database: string;
  readonly tables: number;
  readonly rows: number;
  /** Of the Parquet that was loaded. */
  readonly bytes: number;
  /** Every table holds what it must: see {@link comparedWith}. */
  readonly equal: boolean;
  /**
   * `recovery-point`: rows and checksums are those of a cluster restored from it. `export`: the rows are as many as the export
   * has; it has no checksums of its own.
   */
  readonly comparedWith: 'recovery-point' | 'export';
  /** Every byte was checked against the manifest. False for an export that none was made of. */
  readonly proven: boolean;
  /** Why no copy in a vault proves that the export is what was copied; absent where one does. */
  readonly unproven?: string;
  readonly differences: readonly TableDifference[];
  /** What does not come back from an export, for a person to read. */
  readonly notCarried: readonly string[];
  /** What the target would not make, and why. */
  readonly refused: readonly { readonly what: string; readonly reason: string }[];
  /** From the beginning to the last comparison; of a restore that went on after a pause, of the run that ended it. */
  readonly rtoSeconds: number;
}

export interface TableDifference {
  readonly table: string;
  readonly problem: string;
}
