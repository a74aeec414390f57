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
import { type RecoveryPointProgress } from '../../core/backup/recoveryPointPlan';
import { type CreateRecoveryPointResult } from '../../core/backup/recoveryPointResult';
import { toldText } from '../../core/steps/stepText';
import { PayloadError } from '../../payloads';
import { isRunningWorkflow } from '../isRunningWorkflow';
import {
  type NamedResource,
  type RecoveryPointSnapshot,
  type SnapshotState,
  type StepSnapshot,
  withPending,
} from './recoveryPointSnapshot';
import { pendingSteps } from './pendingSteps';
import { readDescription } from './readDescription';
import { takeTransferSnapshot } from './transferSnapshot';

/** A query needs a worker; without one the picture is what Temporal itself knows. */
const queryMilliseconds = 5_000;

/**
 * Where a recovery point stands now.
 *
 * @param before the snapshot taken before this one: its steps stand in where no worker answers.
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
    description = await readDescription(client, await handle.describe());
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const waits = await isRunningWorkflow(client, lifecycleWorkflowId(resource));
    return waits
      ? { ...identity, state: 'queued', percent: 0, steps: [] }
      : { ...identity, state: 'unknown', percent: 0, steps: [], reason: 'its lifecycle was ended before it began' };
  }
  const progress = await queryProgress(client, () => handle.query<RecoveryPointProgress>(messageNames.progress));
  const steps = progress?.steps ?? before?.steps ?? [];
  if (description.closeTime === undefined)
    return {
      ...identity,
      state: stateOfRunning(description, progress),
      percent: progress?.percent ?? before?.percent ?? 0,
      ...(progress?.expectedEnd ? { expectedEnd: progress.expectedEnd } : {}),
      steps: await withTransfers(
        client,
        recoveryPointId(resource, scheduledTime),
        withPending(steps, pendingSteps(client, description)),
      ),
    };
  const { state, reason } = await outcome(() => handle.result() as Promise<CreateRecoveryPointResult>);
  return {
    ...identity,
    state,
    percent: state === 'completed' ? 100 : (progress?.percent ?? before?.percent ?? 0),
    steps: settled(steps, state),
    ...(reason === undefined ? {} : { reason }),
  };
}

async function queryProgress<T>(client: Client, query: () => Promise<T>): Promise<T | undefined> {
  try {
    return await client.withDeadline(Date.now() + queryMilliseconds, query);
  } catch (error) {
    if (error instanceof PayloadError) throw error;
    return undefined;
  }
}

function stateOfRunning(
  { typedSearchAttributes }: WorkflowExecutionDescription,
  progress: RecoveryPointProgress | undefined,
): SnapshotState {
  if (progress !== undefined) {
    const states = progress.steps.map((step) => step.state);
    if (states.includes('running') || states.includes('starting')) return 'running';
    if (progress.paused) return 'paused';
    return states.includes('waiting') ? 'waiting' : 'running';
  }
  const visible = typedSearchAttributes.get(searchAttributes.state);
  return visible === 'Waiting' ? 'waiting' : visible === 'Paused' ? 'paused' : 'running';
}

/** A transfer is a workflow of its own, which knows its bytes. */
async function withTransfers(
  client: Client,
  recoveryPoint: string,
  steps: readonly StepSnapshot[],
): Promise<readonly StepSnapshot[]> {
  return Promise.all(
    steps.map(async (step) => {
      const [, vault] = /^transfer:(.+)$/.exec(step.step) ?? [];
      if (vault === undefined || step.state !== 'running') return step;
      const found = await takeTransferSnapshot(client, transferWorkflowId(recoveryPoint, vault));
      if (found === undefined) return step;
      const { trouble, ...transfer } = found;
      const { bytes, totalBytes } = transfer;
      const percent = totalBytes === null || totalBytes === 0 ? 0 : Math.floor((100 * bytes) / totalBytes);
      return { ...step, percent, transfer, ...(trouble === undefined ? {} : { trouble }) };
    }),
  );
}

async function outcome(
  result: () => Promise<CreateRecoveryPointResult>,
): Promise<{ state: SnapshotState; reason?: string }> {
  try {
    const { state, failures, notes } = await result();
    const reason = toldText(state === 'unchanged' ? notes : failures);
    return { state, ...(reason === '' ? {} : { reason }) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) return { state: 'cancelled', reason: 'it was cancelled' };
    const why = cause instanceof ApplicationFailure ? cause.message : (cause?.message ?? error.message);
    return { state: 'failed', reason: why };
  }
}

/** The steps of one that has ended: the last picture may be older than its end. */
function settled(steps: readonly StepSnapshot[], state: SnapshotState): StepSnapshot[] {
  return steps.map(({ percent: _, transfer: __, trouble: ___, ...step }) =>
    state === 'completed' ? { step: step.step, state: 'done' } : step,
  );
}
