import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { messageNames } from '../core/messageNames';
import { lifecycleWorkflowId } from '../core/naming';
import { type ResourceRef, resourcePath } from '../core/resource';
import { InvalidRequestError } from './invalidRequestError';

export type LifecycleSignal = 'pause' | 'resume' | 'force' | 'retire';

/**
 * Tells the lifecycle of a resource to pause its backups, go on, make a recovery point now, or end for good.
 *
 * @throws InvalidRequestError when no lifecycle of the resource runs.
 */
export async function signalLifecycle(
  client: Client,
  resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>,
  signal: LifecycleSignal,
): Promise<void> {
  try {
    await client.workflow.getHandle(lifecycleWorkflowId(resource)).signal(messageNames[signal]);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new InvalidRequestError(
        `${resourcePath(resource)} is not protected: no lifecycle of it runs`,
        'it begins with its first backup: `farcopy backup` makes one now',
      );
    throw error;
  }
}
