import { proxyActivities } from '@temporalio/workflow';

type Any = Record<string, (...args: readonly unknown[]) => Promise<unknown>>;

/** A stranger's own workflow, on a stranger's own worker, that has the workers of a fleet perform an activity. */
export async function order(taskQueue: string, activity: string, args: readonly unknown[]): Promise<unknown> {
  const activities = proxyActivities<Any>({
    taskQueue,
    startToCloseTimeout: '1 minute',
    retry: { maximumAttempts: 2 },
  });
  return activities[activity]?.(...args);
}
