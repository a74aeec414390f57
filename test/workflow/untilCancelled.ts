import { Context } from '@temporalio/activity';

/** Within an activity: runs until it is cancelled. */
export async function untilCancelled(): Promise<void> {
  const context = Context.current();
  const heart = setInterval(() => context.heartbeat(), 50);
  await context.cancelled.finally(() => clearInterval(heart));
}
