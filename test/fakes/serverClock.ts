import { Context } from '@temporalio/activity';
import { type TestWorkflowEnvironment } from '@temporalio/testing';
import { aroundEach } from '../../src/activities/aroundEach';

/**
 * Lets activities see the time at which they run. The time-skipping server stamps a retried activity with the time of the
 * try before, where the real server stamps it with its own (io.temporal:temporal-test-server 1.38.0).
 */
export function onServerClock<T extends object>(env: TestWorkflowEnvironment, activities: T): T {
  return aroundEach(activities, async (_name, _args, run) => {
    Object.assign(Context.current().info, { currentAttemptScheduledTimestampMs: await env.currentTimeMs() });
    return run();
  });
}
