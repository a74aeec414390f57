import { type Client, type WorkflowClient, WorkflowNotFoundError } from '@temporalio/client';
import { PayloadError } from '../payloads';
import { withoutMemos } from './listWithoutMemos';

/** Whether the latest execution of a workflow is open. Nobody needs the key of its memo for that. */
export async function isRunningWorkflow(client: Client, workflowId: string): Promise<boolean> {
  const isOpen = async (by: Pick<WorkflowClient, 'getHandle'>) =>
    (await by.getHandle(workflowId).describe()).closeTime === undefined;
  try {
    return await isOpen(client.workflow);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    if (error instanceof PayloadError) return isOpen(withoutMemos(client));
    throw error;
  }
}
