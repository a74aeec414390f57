import {
  ActivityCancellationType,
  CancellationScope,
  continueAsNew,
  defineQuery,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import {
  type TransferActivities,
  type TransferPlan,
  type TransferRequest,
} from '../activities/transfer/transferContracts';
import { type RecoveryPointIdentity, type Scope } from '../core/catalogue/copy';
import { failureTypes } from '../core/failure';
import { inParallel } from '../core/inParallel';
import { type ManifestShard, type SkippedTable } from '../core/catalogue/manifest';
import { messageNames } from '../core/messageNames';
import { transferTaskQueue } from '../core/naming';
import { type TransferFigures, transferFigures, transferText } from '../core/transfer/transferText';
import { describeFailure } from './failures';

export interface TransferExportInput {
  readonly version: 1;
  readonly fleet: string;
  readonly identity: RecoveryPointIdentity;
  /** Opens the source's bucket: the vault account and the bucket's region. */
  readonly sourceScope: Scope;
  /** URL: `s3://panda-exports/farcopy`. */
  readonly sourceBucket: string;
  /** What is copied, relative to the URL's prefix: `{dataPrefix}export/{task}/`. */
  readonly sourcePrefix: string;
  /** URL: `gs://panda-backups/farcopy`. */
  readonly targetBucket: string;
  /** bucketLayout.dataPrefix. */
  readonly dataPrefix: string;
  readonly lock: { readonly mode: 'governance' | 'compliance'; readonly days: number } | null;
  readonly bytesPerSecond: number | null;
  readonly verify: 'manifest' | 'sample' | 'full';
  readonly skippedTables: readonly SkippedTable[];
  /** Objects that the export was proven to have: one that has fewer by now is not whole. Unknown to older recovery points. */
  readonly exported?: number | undefined;
  /** Of the record in the catalogue: `farcopy:…`, without the proof, which is added. */
  readonly tags: Readonly<Record<string, string>>;
  /** Set by a run for the one that continues it. */
  readonly continued?: Continued;
}

interface Continued {
  readonly startedAt: number;
  readonly lockUntil: string | null;
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

export const transferProgressQuery = defineQuery<TransferExportProgress>(messageNames.progress);

const patient = {
  scheduleToCloseTimeout: '7 days',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;
const { planTransfer, finishTransfer } = proxyActivities<TransferActivities>({
  ...patient,
  startToCloseTimeout: '6 hours',
});
const { cleanUpTransfer } = proxyActivities<TransferActivities>({
  ...patient,
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '4 hours',
});

/** On their way at once, over all transfer workers. */
const shardsAtOnce = 8;
/** About six events each: a run's history stays far below what makes replay slow. */
const shardsPerRun = 200;

/**
 * Copies an export from S3 to another cloud: plans shards, brings and proves each on the queue of the transfer workers, and
 * writes the catalogue's record once all are proven. Whatever ends it, parts and plan are removed; objects that are whole
 * stay, and are taken as they are by the next try.
 */
export async function transferExport(input: TransferExportInput): Promise<TransferExportResult> {
  const { fleet, identity, dataPrefix, continued } = input;
  const startedAt = continued?.startedAt ?? Date.now();
  const lockUntil =
    continued === undefined
      ? input.lock === null
        ? null
        : new Date(startedAt + input.lock.days * 24 * 3_600_000).toISOString()
      : continued.lockUntil;
  const request: TransferRequest = {
    identity,
    source: { scope: input.sourceScope, bucket: input.sourceBucket, prefix: input.sourcePrefix },
    target: input.targetBucket,
    dataPrefix,
    lock: input.lock === null || lockUntil === null ? null : { mode: input.lock.mode, until: lockUntil },
    bytesPerSecond: input.bytesPerSecond,
    verify: input.verify,
  };
  const onTransferWorkers = { ...patient, taskQueue: transferTaskQueue(fleet) };
  const { transferShard } = proxyActivities<TransferActivities>({
    ...onTransferWorkers,
    startToCloseTimeout: '2 days',
  });
  const { verifyShard } = proxyActivities<TransferActivities>({ ...onTransferWorkers, startToCloseTimeout: '2 days' });

  let plan = continued?.plan;
  const shards = new Map<number, ManifestShard>(continued?.shards.map((shard, index) => [index, shard]));
  /** Whole in the target, proven or not yet. */
  const sent = new Map(shards);
  const progress = (): TransferExportProgress => {
    const arrived = [...sent.values()];
    const bytes = arrived.reduce((sum, shard) => sum + shard.bytes, 0);
    return {
      objects: arrived.reduce((sum, shard) => sum + shard.objects, 0),
      totalObjects: plan?.objects ?? null,
      ...transferFigures(bytes, plan?.bytes ?? null, (Date.now() - startedAt) / 1000),
    };
  };
  setHandler(transferProgressQuery, progress);
  const show = () => setCurrentDetails(describeProgress(progress(), sent.size, plan?.shards));

  const bring = async (shard: number) => {
    const label = `shard ${shard + 1} of ${plan?.shards ?? 0}`;
    const { manifest } = await transferShard.executeWithOptions({ summary: `send ${label}` }, [request, shard]);
    sent.set(shard, manifest);
    show();
    await verifyShard.executeWithOptions({ summary: `verify ${label}` }, [request, manifest, shard]);
    shards.set(shard, manifest);
  };

  let isContinued = false;
  try {
    show();
    plan ??= await planTransfer(request);
    if (plan.objects < (input.exported ?? 0))
      throw incomplete(`${plan.objects} of ${input.exported} objects of the export are left in ${input.sourceBucket}`);
    show();
    const left = Array.from({ length: plan.shards - shards.size }, (_, i) => shards.size + i);
    await bringAll(left.slice(0, shardsPerRun), bring);
    const proven = [...shards].sort(([a], [b]) => a - b).map(([, shard]) => shard);
    if (left.length > shardsPerRun) {
      isContinued = true;
      await continueAsNew<typeof transferExport>({
        ...input,
        continued: { startedAt, lockUntil, plan, shards: proven },
      });
    }
    const objects = proven.reduce((sum, shard) => sum + shard.objects, 0);
    if (objects !== plan.objects)
      throw incomplete(`${objects} of ${plan.objects} objects were proven in ${input.targetBucket}`);
    const verifiedAt = new Date().toISOString();
    const finished = await finishTransfer({
      ...request,
      shards: proven,
      skippedTables: input.skippedTables,
      tags: input.tags,
      verifiedAt,
    });
    return { ...finished, crc32cChecked: finished.objects, verifiedAt, skippedTables: input.skippedTables };
  } finally {
    if (!isContinued)
      await CancellationScope.nonCancellable(() => cleanUpTransfer(request)).catch((problem: unknown) =>
        log.warn('could not remove plan and parts', {
          target: request.target,
          dataPrefix,
          problem: describeFailure(problem).message,
        }),
      );
  }
}

const incomplete = (message: string) => ApplicationFailure.nonRetryable(message, failureTypes.verificationFailed);

/** One that fails ends the others, and all have ended before it is told: nothing may be sent while parts are removed. */
async function bringAll(shards: readonly number[], bring: (shard: number) => Promise<void>): Promise<void> {
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const failures: unknown[] = [];
    await inParallel(shards, shardsAtOnce, async (shard) => {
      if (failures.length === 0)
        await bring(shard).catch((error: unknown) => {
          failures.push(error);
          scope.cancel();
        });
    });
    if (failures.length > 0) throw failures[0];
  });
}

function describeProgress(progress: TransferExportProgress, shards: number, of: number | undefined): string {
  if (of === undefined) return 'Listing the export';
  return [
    `- **shards**: ${shards} of ${of}`,
    `- **objects**: ${progress.objects} of ${progress.totalObjects}`,
    `- **bytes**: ${transferText(progress)}`,
    ...(shards === of ? [] : ['', 'What is on its way: heartbeats of the pending activities.']),
  ].join('\n');
}
