import { type RecoveryPointIdentity, type Scope } from '../../core/catalogue/copy';
import { type ManifestShard, type SkippedTable } from '../../core/catalogue/manifest';

/** An export, and where it is to be copied. */
export interface TransferRequest {
  readonly identity: RecoveryPointIdentity;
  readonly source: {
    /** Opens the bucket: the vault account and the bucket's region. */
    readonly scope: Scope;
    /** URL: `s3://panda-exports/farcopy`. */
    readonly bucket: string;
    /**
     * What is copied; relative to the URL's prefix: `{dataPrefix}export/{task}/`. Keys of the manifest are relative to
     * `{dataPrefix}export/`.
     */
    readonly prefix: string;
  };
  /** URL: `gs://panda-backups/farcopy`. */
  readonly target: string;
  /** bucketLayout.dataPrefix, the same in both buckets. */
  readonly dataPrefix: string;
  /** Until when nobody may delete what is written (ISO 8601), null for no lock. */
  readonly lock: { readonly mode: 'governance' | 'compliance'; readonly until: string } | null;
  /** What one worker sends at most, null for no limit. */
  readonly bytesPerSecond: number | null;
  readonly verify: 'manifest' | 'sample' | 'full';
}

export interface TransferPlan {
  readonly shards: number;
  readonly objects: number;
  readonly bytes: number;
}

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
