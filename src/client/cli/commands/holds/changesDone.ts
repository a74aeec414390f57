import { messageOf } from '../../../../core/failure';
import { type HoldAct, holdEntries } from '../../../../core/ledger/holdEntries';
import { startEntries } from '../../../ledger/startEntries';
import { type HoldChange } from '../../../retention/changeHolds';
import { type CommandContext } from '../../commandContext';
import { type ExitCode, exitCodeOf, exitCodes } from '../../exitCodes';

/** @param undone what else was asked for and cannot be done, or cannot be seen */
export function exitCodeOfChanges(changes: readonly HoldChange[], undone: number): ExitCode {
  if (changes.length > 0 && changes.every(({ unreachable }) => unreachable)) return exitCodes.unreachable;
  const failed = changes.filter(({ state }) => state === 'failed').length;
  return exitCodeOf(changes.length - failed, failed + undone);
}

/** How many copies of how many recovery points, in words. */
export function countText(changes: readonly HoldChange[]): string {
  const points = new Set(changes.map(({ recoveryPoint }) => recoveryPoint)).size;
  const copies = changes.length === 1 ? '1 copy' : `${changes.length} copies`;
  return `${copies} of ${points === 1 ? '1 recovery point' : `${points} recovery points`}`;
}

/** Changes as `--json` tells them. */
export const documented = (changes: readonly HoldChange[]): readonly object[] =>
  changes.map(({ unreachable: _, ...change }) => change);

/**
 * Has the ledger told what was changed, if the fleet keeps one. Tags say it all by themselves, so nothing depends on Temporal.
 *
 * @returns null where there was nothing to tell; else whether it was told
 */
export async function tellLedger(
  context: CommandContext,
  act: HoldAct,
  changes: readonly HoldChange[],
): Promise<boolean | null> {
  const entries = context.fleet.state === null ? [] : holdEntries(act, changes);
  if (entries.length === 0) return null;
  try {
    await startEntries(await context.temporal(), entries);
    return true;
  } catch (error) {
    context.signal.throwIfAborted();
    context.out.note(`the ledger has not heard of it: ${messageOf(error)}`);
    return false;
  }
}
