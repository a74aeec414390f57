import { ApplicationFailure } from '@temporalio/common';
import { recoveryPointTags } from '../backup/recoveryPointTags';
import { bucketLayout } from '../catalogue/bucket';
import { type RecoveryPointIdentity, type Scope } from '../catalogue/copy';
import { type ManifestShard, type SkippedTable } from '../catalogue/manifest';
import { type Step } from '../steps/step';
import { type VerifiedCopy } from '../steps/stepResult';
import { transferInput } from './transferInput';
import { type TransferFigures } from './transferText';

/** Input of the workflow `transferExport`. */
export interface TransferExportInput {
  readonly version: 1;
  readonly fleet: string;
  readonly identity: RecoveryPointIdentity;
  /** Opens the source's bucket: the vault account and the bucket's region. */
  readonly sourceScope: Scope;
  /** URL: `s3://panda-exports/farcopy`. */
  readonly sourceBucket: string;
  /** The folder to copy, relative to the URL's prefix: `{dataPrefix}export/{task}/`. */
  readonly sourcePrefix: string;
  /** URL: `gs://panda-backups/farcopy`. */
  readonly targetBucket: string;
  /** bucketLayout.dataPrefix. */
  readonly dataPrefix: string;
  readonly lock: { readonly mode: 'governance' | 'compliance'; readonly days: number } | null;
  readonly bytesPerSecond: number | null;
  readonly verify: 'manifest' | 'sample' | 'full';
  readonly skippedTables: readonly SkippedTable[];
  /** Objects that the export was proven to have: one that has fewer by now is not whole. */
  readonly exported: number;
  /** Tags of the record in the catalogue: `farcopy:…`, without the proof, which is added. */
  readonly tags: Readonly<Record<string, string>>;
  /** Set by a run for the one that continues it. */
  readonly continued?: ContinuedTransfer;
}

/** A run hands this on to the next. */
export interface ContinuedTransfer {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly plan: TransferPlan;
  /** Whole and proven, in the order of the shards. */
  readonly shards: readonly ManifestShard[];
}

export interface TransferExportResult {
  readonly objects: number;
  readonly bytes: number;
  /** Objects whose CRC32C in the target is that of what was read. */
  readonly crc32cChecked: number;
  readonly manifestSha256: string;
  /** Null where no recovery bundle lay beside the export. */
  readonly bundleSha256: string | null;
  readonly verifiedAt: string;
  readonly skippedTables: readonly SkippedTable[];
}

/** How far it is, in whole shards; between them the heartbeats of pending activities tell (`ShardProgress`). */
export interface TransferExportProgress extends TransferFigures {
  readonly objects: number;
  /** Null until the export has been listed. */
  readonly totalObjects: number | null;
}

/** An export, and where it is to be copied, as activities are told. */
export interface TransferRequest {
  readonly identity: RecoveryPointIdentity;
  readonly source: {
    /** Opens the bucket: the vault account and the bucket's region. */
    readonly scope: Scope;
    /** URL: `s3://panda-exports/farcopy`. */
    readonly bucket: string;
    /**
     * The folder to copy, relative to the URL's prefix: `{dataPrefix}export/{task}/`. Keys of the manifest are relative to
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
  /** One worker sends at most so much; null for no limit. */
  readonly bytesPerSecond: number | null;
  readonly verify: 'manifest' | 'sample' | 'full';
}

export interface TransferPlan {
  readonly shards: number;
  readonly objects: number;
  readonly bytes: number;
}

/**
 * The input for a step `transfer`.
 *
 * @param source the export
 * @throws ApplicationFailure where the step's plan does not fit the export.
 */
export function transferExportInput(
  identity: RecoveryPointIdentity,
  { input, place, scope }: Pick<Step, 'input' | 'place' | 'scope'>,
  source: VerifiedCopy,
): TransferExportInput {
  const { from, to, ...how } = transferInput(input);
  return {
    version: 1,
    fleet: identity.fleet,
    identity,
    sourceScope: scope,
    sourceBucket: from,
    sourcePrefix: keyBelow(source.arn, from),
    targetBucket: to,
    dataPrefix: bucketLayout.dataPrefix(identity.resource, identity.scheduledTime),
    ...how,
    skippedTables: source.skippedTables ?? [],
    exported: source.objects ?? 0,
    tags: recoveryPointTags(identity, place ?? '', source.dataTime),
  };
}

/** Where an export lies, relative to the URL of its bucket: `{dataPrefix}export/{task}/`. */
function keyBelow(arn: string, bucket: string): string {
  const base = bucket.endsWith('/') ? bucket : `${bucket}/`;
  if (!arn.startsWith(base)) throw ApplicationFailure.nonRetryable(`${arn} does not lie in ${bucket}`);
  return arn.slice(base.length);
}

/** @param startedAt epoch milliseconds; the same in every run, so that all of an export is locked for as long */
export function transferRequest(input: TransferExportInput, startedAt: number): TransferRequest {
  const { identity, sourceScope, sourceBucket, sourcePrefix, targetBucket, dataPrefix, lock } = input;
  return {
    identity,
    source: { scope: sourceScope, bucket: sourceBucket, prefix: sourcePrefix },
    target: targetBucket,
    dataPrefix,
    lock:
      lock === null ? null : { mode: lock.mode, until: new Date(startedAt + lock.days * 24 * 3_600_000).toISOString() },
    bytesPerSecond: input.bytesPerSecond,
    verify: input.verify,
  };
}
