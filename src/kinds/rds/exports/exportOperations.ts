import { type ObjectStore } from '../../../clouds/objectStore';
import { type CopyRef, type Scope } from '../../../core/catalogue/copy';

export interface ExportRequest {
  /** The snapshot, in the account and region the export is made in. */
  readonly source: CopyRef;
  readonly scope: Scope;
  /** Deterministic, so that a second try finds the first one's: the identifier of the first task, and the beginning of the next ones'. */
  readonly marker: string;
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly prefix: string;
  /** ARN of the role the data service writes with. */
  readonly role: string;
  /** Alias, id or ARN in the scope. */
  readonly key: string;
}

/** `ended` has no more to come, complete or not. */
export type ExportStatus = 'starting' | 'in-progress' | 'complete' | 'failed' | 'cancelled' | 'other';

export interface ExportTask {
  readonly id: string;
  readonly status: ExportStatus;
  readonly rawStatus: string;
  /** 0–100. */
  readonly percent: number;
  readonly sourceArn: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly keyArn: string | null;
  /** What was extracted so far. */
  readonly sizeGiB: number;
  readonly failureCause: string | null;
  /** Set even on complete ones, when tables were left out. */
  readonly warning: string | null;
}

/** Exports of snapshots to a bucket. Every method throws failures of core/failure.ts only. */
export interface ExportOperations {
  /**
   * Idempotent: adopts the task of that marker if it exports the same snapshot to the same place; `Conflict` otherwise. One that
   * has failed, or that someone has cancelled, keeps its identifier for ever: the next is begun under the next one.
   */
  start(request: ExportRequest, signal?: AbortSignal): Promise<ExportTask>;
  /** `NotFound` when there is no such task. */
  progress(id: string, scope: Scope, signal?: AbortSignal): Promise<ExportTask>;
  /** Stops whatever task of the marker runs that exports the same snapshot to the same place. What it has written stays. */
  cancel(
    request: Pick<ExportRequest, 'source' | 'scope' | 'marker' | 'bucket' | 'prefix'>,
    signal?: AbortSignal,
  ): Promise<void>;
  /** A bucket that exports are written to, as the scope's role reaches it. */
  bucket(scope: Scope, name: string): ObjectStore;
  /** Of all tasks in progress, whoever started them: their markers, or else their ids. */
  inFlight(scope: Scope, signal?: AbortSignal): Promise<readonly string[]>;
}
