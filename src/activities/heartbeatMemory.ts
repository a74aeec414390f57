import { Context } from '@temporalio/activity';

/** What one try of an activity has said since it began: its information tells only what the tries before it said. */
const said = new WeakMap<Context, object>();

/** What earlier tries of this activity have left in its heartbeat, and this one. */
export function remembered<T extends object>(): Partial<T> {
  const context = Context.current();
  const details: unknown = said.get(context) ?? context.info.heartbeatDetails;
  return typeof details === 'object' && details !== null && !Array.isArray(details) ? details : {};
}

/** Leaves something to the next try in the heartbeat, beside what stands there. */
export function remember(details: object): void {
  const context = Context.current();
  const all = { ...remembered(), ...details };
  said.set(context, all);
  context.heartbeat(all);
}
