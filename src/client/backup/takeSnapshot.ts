import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { messageNames } from '../../core/messageNames';
import { lifecycleWorkflowId, recoveryPointId, recoveryPointWorkflowId, transferWorkflowId } from '../../core/naming';
import { searchAttributes } from '../../core/searchAttributes';
import { type LegProgress } from '../../activities/contracts';
import { type CreateRecoveryPointResult } from '../../workflows/createRecoveryPoint';
import { type RecoveryPointProgress } from '../../workflows/messages';
import { isRunningWorkflow } from '../isRunningWorkflow';
import {
  type LegSnapshot,
  type NamedResource,
  type RecoveryPointSnapshot,
  type SnapshotState,
} from './recoveryPointSnapshot';
import { takeTransferSnapshot } from './transferSnapshot';

/** A query needs a worker; without one the picture is what Temporal itself knows. */
const queryMilliseconds = 5_000;

/**
 * Where a recovery point stands now.
 *
 * @param before the snapshot taken before this one: its legs stand in where no worker answers.
 */
export async function takeSnapshot(
  client: Client,
  resource: NamedResource,
  scheduledTime: string,
  before?: RecoveryPointSnapshot,
): Promise<RecoveryPointSnapshot> {
  const identity = { resource, scheduledTime };
  const handle = client.workflow.getHandle(recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime)));
  let description: WorkflowExecutionDescription;
  try {
    description = await handle.describe();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const waits = await isRunningWorkflow(client, lifecycleWorkflowId(resource));
    return waits
      ? { ...identity, state: 'queued', percent: 0, legs: [] }
      : { ...identity, state: 'unknown', percent: 0, legs: [], reason: 'its lifecycle was ended before it began' };
  }
  const progress = await queryProgress(client, () => handle.query<RecoveryPointProgress>(messageNames.progress));
  const legs = progress?.legs ?? before?.legs ?? [];
  if (description.closeTime === undefined)
    return {
      ...identity,
      state: stateOfRunning(description, progress),
      percent: progress?.percent ?? before?.percent ?? 0,
      legs: await withTransfers(
        client,
        recoveryPointId(resource, scheduledTime),
        withPercentages(legs, percentages(client, description)),
      ),
    };
  const { state, reason } = await outcome(() => handle.result() as Promise<CreateRecoveryPointResult>);
  return {
    ...identity,
    state,
    percent: state === 'completed' ? 100 : (progress?.percent ?? before?.percent ?? 0),
    legs: settled(legs, state),
    ...(reason === undefined ? {} : { reason }),
  };
}

async function queryProgress<T>(client: Client, query: () => Promise<T>): Promise<T | undefined> {
  try {
    return await client.withDeadline(Date.now() + queryMilliseconds, query);
  } catch {
    return undefined;
  }
}

function stateOfRunning(
  { typedSearchAttributes }: WorkflowExecutionDescription,
  progress: RecoveryPointProgress | undefined,
): SnapshotState {
  if (progress !== undefined) {
    const states = progress.legs.map((leg) => leg.state);
    if (states.includes('running')) return 'running';
    if (progress.paused) return 'paused';
    return states.includes('waiting') ? 'waiting' : 'running';
  }
  const visible = typedSearchAttributes.get(searchAttributes.state);
  return visible === 'Waiting' ? 'waiting' : visible === 'Paused' ? 'paused' : 'running';
}

/** AWS's percentages, by leg, as the activities that wait have found them last. */
function percentages(client: Client, { raw }: WorkflowExecutionDescription): ReadonlyMap<string, number> {
  const { payloadConverter } = client.options.loadedDataConverter;
  const found = new Map<string, number>();
  for (const { lastFailure } of raw.pendingActivities ?? [])
    for (const payload of lastFailure?.applicationFailureInfo?.details?.payloads ?? []) {
      const { leg, percent } = payloadConverter.fromPayload<Partial<LegProgress> | null>(payload) ?? {};
      if (typeof leg === 'string' && typeof percent === 'number') found.set(leg, percent);
    }
  return found;
}

function withPercentages(legs: readonly LegSnapshot[], percent: ReadonlyMap<string, number>): LegSnapshot[] {
  return legs.map((leg) => {
    const known = percent.get(leg.leg);
    return leg.state !== 'running' || known === undefined ? leg : { ...leg, percent: known };
  });
}

/** A transfer is a workflow of its own, which knows its bytes. */
async function withTransfers(
  client: Client,
  recoveryPoint: string,
  legs: readonly LegSnapshot[],
): Promise<readonly LegSnapshot[]> {
  return Promise.all(
    legs.map(async (leg) => {
      const [, vault] = /^transfer:(.+)$/.exec(leg.leg) ?? [];
      if (vault === undefined || leg.state !== 'running') return leg;
      const transfer = await takeTransferSnapshot(client, transferWorkflowId(recoveryPoint, vault));
      if (transfer === undefined) return leg;
      const { bytes, totalBytes } = transfer;
      const percent = totalBytes === null || totalBytes === 0 ? 0 : Math.floor((100 * bytes) / totalBytes);
      return { ...leg, percent, transfer };
    }),
  );
}

async function outcome(
  result: () => Promise<CreateRecoveryPointResult>,
): Promise<{ state: SnapshotState; reason?: string }> {
  try {
    const { state, failures } = await result();
    const reason = failures.map((failure) => `${failure.leg}: ${failure.message}`).join('; ');
    return { state, ...(reason === '' ? {} : { reason }) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) return { state: 'cancelled', reason: 'it was cancelled' };
    const why = cause instanceof ApplicationFailure ? cause.message : (cause?.message ?? error.message);
    return { state: 'failed', reason: why };
  }
}

/** The legs of one that has ended: the last picture may be older than its end. */
function settled(legs: readonly LegSnapshot[], state: SnapshotState): LegSnapshot[] {
  return legs.map(({ percent: _, transfer: __, ...leg }) =>
    state === 'completed' ? { leg: leg.leg, state: 'verified' } : leg,
  );
}
