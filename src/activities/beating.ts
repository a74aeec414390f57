import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';

const beatMilliseconds = 5000;

/** Beats while work goes on, so that a cancellation arrives and a dead worker is noticed. */
export async function beating<T>(work: () => Promise<T>, details: () => unknown = () => undefined): Promise<T> {
  const context = Context.current();
  // Every request that is on its way listens for it.
  setMaxListeners(0, context.cancellationSignal);
  const timer = setInterval(() => context.heartbeat(details()), beatMilliseconds);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
