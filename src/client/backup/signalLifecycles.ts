import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { inParallel } from '../../core/inParallel';
import { type AsToldByCaller, untold } from '../../core/ledger/entry';
import { messageNames, workflowNames } from '../../core/messageNames';
import { lifecycleWorkflowId, recoveryPointWorkflowId } from '../../core/naming';
import { resourcePath } from '../../core/resource';
import { InvalidRequestError } from '../invalidRequestError';
import { isRunningWorkflow } from '../isRunningWorkflow';
import { type NamedResource } from './recoveryPointSnapshot';

export type LifecycleSignal = 'pause' | 'resume' | 'force' | 'retire';

const width = 16;

/**
 * Tells the lifecycles of resources to pause their backups, go on, make a recovery point now, or end for good. All are looked
 * for first, so that a name that is wrong leaves the others as they are.
 *
 * To go on, recovery points in flight are told as well: those of a lifecycle that somebody has terminated hear it from nobody else.
 *
 * @param told who asks and why: it is kept in the ledger
 * @throws InvalidRequestError when no lifecycle of a resource runs.
 */
export async function signalLifecycles(
  client: Client,
  resources: readonly NamedResource[],
  signal: LifecycleSignal,
  told: AsToldByCaller = untold,
): Promise<void> {
  const running = await inParallel(resources, width, (resource) =>
    isRunningWorkflow(client, lifecycleWorkflowId(resource)),
  );
  const ended = resources.filter((_, i) => running[i] !== true);
  const left = signal === 'resume' && ended.length > 0 ? await openRecoveryPoints(client, ended) : [];
  const unprotected = ended.filter((resource) => !left.some((workflowId) => isOf(resource, workflowId)));
  if (unprotected.length > 0) throw notProtected(unprotected);
  for (const [i, resource] of resources.entries())
    try {
      if (running[i] === true)
        await client.workflow.getHandle(lifecycleWorkflowId(resource)).signal(messageNames[signal], told);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw notProtected([resource]);
      throw error;
    }
  if (signal !== 'resume') return;
  for (const workflowId of await openRecoveryPoints(client, resources))
    try {
      await client.workflow.getHandle(workflowId).signal(messageNames[signal]);
    } catch (error) {
      // It has ended since it was listed.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
}

/** One that brings a step in flight to its end may be paused, and shows itself as running. */
async function openRecoveryPoints(client: Client, resources: readonly NamedResource[]): Promise<string[]> {
  const query = `WorkflowType = '${workflowNames.createRecoveryPoint}' AND ExecutionStatus = 'Running'`;
  const open: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query }))
    if (resources.some((resource) => isOf(resource, workflowId))) open.push(workflowId);
  return open;
}

const isOf = (resource: NamedResource, workflowId: string) =>
  workflowId.startsWith(recoveryPointWorkflowId(`${resourcePath(resource)}/`));

function notProtected(resources: readonly NamedResource[]): InvalidRequestError {
  return new InvalidRequestError(
    resources.map((resource) => `${resourcePath(resource)} is not protected: no lifecycle of it runs`).join('\n'),
    'it begins with its first backup: `farcopy backup` makes one now',
  );
}
