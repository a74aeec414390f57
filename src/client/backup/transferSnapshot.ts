import { type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { type ShardProgress } from '../../activities/transfer/transferContracts';
import { messageNames } from '../../core/messageNames';
import { type TransferExportProgress } from '../../core/transfer/transferRequest';
import { secondsLeft, type TransferFigures } from '../../core/transfer/transferText';
import { PayloadError } from '../../payloads';
import { otherTrouble } from './pendingSteps';
import { readDescription } from './readDescription';
import { type StepTrouble } from './stepTrouble';

/** How far a transfer is. */
export interface TransferSnapshot extends TransferFigures {
  readonly objects: number;
  readonly totalObjects: number | null;
}

const queryMilliseconds = 5_000;

/**
 * How far a transfer is: whole shards as its workflow knows them, and those on their way as their workers have told last; and
 * what a shard meets that is sent again.
 * Undefined where it does not run, or no worker answers.
 */
export async function takeTransferSnapshot(
  client: Client,
  workflowId: string,
): Promise<(TransferSnapshot & { readonly trouble?: StepTrouble }) | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const [description, progress] = await client.withDeadline(Date.now() + queryMilliseconds, () =>
      Promise.all([
        handle.describe().then((described) => readDescription(client, described)),
        handle.query<TransferExportProgress>(messageNames.progress),
      ]),
    );
    if (description.closeTime !== undefined) return undefined;
    const trouble = otherTrouble(description);
    return {
      ...withShards(progress, shardsOnTheirWay(client, description)),
      ...(trouble === undefined ? {} : { trouble }),
    };
  } catch (error) {
    if (error instanceof PayloadError) throw error;
    return undefined;
  }
}

/** What heartbeats tell of shards that are being sent; that they are verified is told by none, and costs no transfer. */
function shardsOnTheirWay(client: Client, { raw }: WorkflowExecutionDescription): ShardProgress[] {
  const { payloadConverter } = client.options.loadedDataConverter;
  return (raw.pendingActivities ?? []).flatMap(({ activityType, heartbeatDetails }) => {
    const [payload] = heartbeatDetails?.payloads ?? [];
    if (activityType?.name !== 'transferShard' || payload === undefined) return [];
    return [payloadConverter.fromPayload<ShardProgress>(payload)];
  });
}

/** @param shards On their way. The speed is theirs, or else the one since the beginning. */
export function withShards(progress: TransferExportProgress, shards: readonly ShardProgress[]): TransferSnapshot {
  const sum = (of: (shard: ShardProgress) => number) => shards.reduce((total, shard) => total + of(shard), 0);
  const { totalObjects, totalBytes } = progress;
  const objects = Math.min(progress.objects + sum((shard) => shard.objects), totalObjects ?? Infinity);
  const bytes = Math.min(progress.bytes + sum((shard) => shard.bytes), totalBytes ?? Infinity);
  const bytesPerSecond = sum((shard) => shard.bytesPerSecond) || progress.bytesPerSecond;
  return {
    objects,
    totalObjects,
    bytes,
    totalBytes,
    bytesPerSecond,
    secondsLeft: secondsLeft(bytes, totalBytes, bytesPerSecond),
  };
}
