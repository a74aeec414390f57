import { type Client, WorkflowNotFoundError } from '@temporalio/client';

/** Whether the latest execution of a workflow is open. */
export async function isRunningWorkflow(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).closeTime === undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
