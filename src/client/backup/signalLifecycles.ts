import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { inParallel } from '../../core/inParallel';
import { messageNames } from '../../core/messageNames';
import { lifecycleWorkflowId } from '../../core/naming';
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
 * @throws InvalidRequestError when no lifecycle of a resource runs.
 */
export async function signalLifecycles(
  client: Client,
  resources: readonly NamedResource[],
  signal: LifecycleSignal,
): Promise<void> {
  const running = await inParallel(resources, width, (resource) =>
    isRunningWorkflow(client, lifecycleWorkflowId(resource)),
  );
  const unprotected = resources.filter((_, i) => running[i] !== true);
  if (unprotected.length > 0) throw notProtected(unprotected);
  for (const resource of resources)
    try {
      await client.workflow.getHandle(lifecycleWorkflowId(resource)).signal(messageNames[signal]);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw notProtected([resource]);
      throw error;
    }
}

function notProtected(resources: readonly NamedResource[]): InvalidRequestError {
  return new InvalidRequestError(
    resources.map((resource) => `${resourcePath(resource)} is not protected: no lifecycle of it runs`).join('\n'),
    'it begins with its first backup: `farcopy backup` makes one now',
  );
}
