import { type Client } from '@temporalio/client';

/** `TASK_QUEUE_TYPE_…` of temporal.api.enums.v1. */
const taskTypes = { workflow: 1, activity: 2 } as const;

/** How many pollers Temporal has seen on a task queue in the last minutes; 0 means that nothing will run. */
export async function pollingWorkers(
  { connection, options: { namespace } }: Client,
  taskQueue: string,
  of: keyof typeof taskTypes = 'workflow',
): Promise<number> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: taskTypes[of],
  });
  return pollers.length;
}
