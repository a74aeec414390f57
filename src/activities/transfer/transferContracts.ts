import { type ManifestShard, type SkippedTable } from '../../core/catalogue/manifest';
import { type TransferPlan, type TransferRequest } from '../../core/transfer/transferRequest';

/** What a shard's transfer tells: its manifest lies in the target. */
export interface TransferredShard {
  readonly manifest: ManifestShard;
  /** What this try has sent; the rest was there. */
  readonly sentObjects: number;
  readonly sentBytes: number;
}

/** Heartbeats of `transferShard` and `verifyShard`. */
export interface ShardProgress {
  readonly shard: number;
  readonly objects: number;
  readonly bytes: number;
  readonly totalObjects: number;
  readonly totalBytes: number;
  /** Over the last half minute. */
  readonly bytesPerSecond: number;
  /** Null as long as nothing can be said. */
  readonly secondsLeft: number | null;
}

export interface FinishRequest extends TransferRequest {
  readonly shards: readonly ManifestShard[];
  readonly skippedTables: readonly SkippedTable[];
  /** Of the record: `farcopy:…`, without the proof, which is added. */
  readonly tags: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly verifiedAt: string;
}

export interface FinishedTransfer {
  readonly objects: number;
  readonly bytes: number;
  readonly manifestSha256: string;
  readonly bundleSha256: string | null;
}

/** What `transferExport` calls. Every one may be tried again at any time, also beside one that is thought dead. */
export interface TransferActivities {
  /** Lists the export, and writes lists of what each shard is to bring below `underway/`: histories hold but their number. */
  planTransfer(request: TransferRequest): Promise<TransferPlan>;
  /** Brings one shard, and writes its part of the manifest. Heartbeats {@link ShardProgress}. */
  transferShard(request: TransferRequest, shard: number): Promise<TransferredShard>;
  /** Proves one shard at the request's level, and answers how many objects it has proven. */
  verifyShard(request: TransferRequest, manifest: ManifestShard, shard: number): Promise<number>;
  /** Writes the manifest, copies the recovery bundle that lies beside the export, and writes the catalogue's record last. */
  finishTransfer(request: FinishRequest): Promise<FinishedTransfer>;
  /** Removes plan and parts: whole objects stay. */
  cleanUpTransfer(request: TransferRequest): Promise<void>;
}
