import { type Client } from '@temporalio/client';

/** `TASK_QUEUE_TYPE_WORKFLOW` of temporal.api.enums.v1. */
const workflowTasks = 1;

/** How many pollers of workflow tasks Temporal has seen on a task queue in the last minutes; 0 means that nothing will run. */
export async function pollingWorkers(
  { connection, options: { namespace } }: Client,
  taskQueue: string,
): Promise<number> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowTasks,
  });
  return pollers.length;
}
