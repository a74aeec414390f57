import { CancellationScope, continueAsNew, defineQuery, log, proxyActivities, setHandler } from '@temporalio/workflow';
import { type TransferActivities } from '../activities/transfer/transferContracts';
import { messageNames } from '../core/messageNames';
import { transferTaskQueue } from '../core/naming';
import { ShardedTransfer } from '../core/transfer/shardedTransfer';
import {
  type TransferExportInput,
  type TransferExportProgress,
  type TransferExportResult,
  transferRequest,
} from '../core/transfer/transferRequest';
import { patient } from './activityOptions';
import { allEnded } from './sideBySide';
import { describeFailure } from './failures';
import { VisibleProgress } from './visibleProgress';

export const transferProgressQuery = defineQuery<TransferExportProgress>(messageNames.progress);

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
 * writes the catalogue's record once all are proven. Parts and plan are removed, however it ends. Objects that are whole
 * stay, and the next try takes them as they are.
 */
export async function transferExport(input: TransferExportInput): Promise<TransferExportResult> {
  const { fleet, dataPrefix, skippedTables, tags } = input;
  const transfer = new ShardedTransfer(input, Date.now());
  const request = transferRequest(input, transfer.startedAt);
  const { transferShard, verifyShard } = proxyActivities<TransferActivities>({
    ...patient,
    taskQueue: transferTaskQueue(fleet),
  });
  const visible = new VisibleProgress();
  const show = () => visible.show('Running', transfer.lines(Date.now()));
  setHandler(transferProgressQuery, () => transfer.progress(Date.now()));

  let isContinued = false;
  try {
    show();
    if (!transfer.isPlanned) transfer.planned(await planTransfer(request));
    show();
    const { left } = transfer;
    await allEnded(left.slice(0, shardsPerRun), shardsAtOnce, bring);
    if (left.length > shardsPerRun) {
      isContinued = true;
      await continueAsNew<typeof transferExport>({ ...input, continued: transfer.continued });
    }
    const shards = transfer.whole;
    const verifiedAt = new Date().toISOString();
    const finished = await finishTransfer({ ...request, shards, skippedTables, tags, verifiedAt });
    return { ...finished, crc32cChecked: finished.objects, verifiedAt, skippedTables };
  } finally {
    if (!isContinued) await cleanUp();
  }

  async function bring(shard: number): Promise<void> {
    const label = transfer.labelOf(shard);
    const { manifest } = await transferShard.executeWithOptions({ summary: `send ${label}` }, [request, shard]);
    transfer.arrived(shard, manifest);
    show();
    await verifyShard.executeWithOptions({ summary: `verify ${label}` }, [request, manifest, shard]);
    transfer.verified(shard, manifest);
  }

  /** Nothing may be sent any more. */
  async function cleanUp(): Promise<void> {
    await CancellationScope.nonCancellable(() => cleanUpTransfer(request)).catch((error: unknown) =>
      log.warn('could not remove plan and parts', {
        target: request.target,
        dataPrefix,
        problem: describeFailure(error).message,
      }),
    );
  }
}
