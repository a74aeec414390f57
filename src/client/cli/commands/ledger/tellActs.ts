import { messageOf } from '../../../../core/failure';
import { type ClientAct, recordActs } from '../../../ledger/recordActs';
import { type CommandContext } from '../../commandContext';

/**
 * Has the ledger told what was done, if the fleet keeps one. It is done already, so a ledger that does not hear of it is told, and fails nothing.
 *
 * @returns null where there is no ledger, or nothing to tell; else whether it was told
 */
export async function tellActs(context: CommandContext, acts: readonly ClientAct[]): Promise<boolean | null> {
  const { fleet, out, signal } = context;
  if (fleet.state === null || acts.length === 0) return null;
  try {
    await recordActs(await context.temporal(), fleet.name, acts);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    out.note(`the ledger has not heard of it: ${messageOf(error)}`);
    return false;
  }
}
