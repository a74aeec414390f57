import { type FleetLook } from '../../../../core/report/look';
import { printable } from '../../../../core/plainText';
import { type ExitCode, exitCodeOf, exitCodes } from '../../exitCodes';
import { type Output } from '../../output';

/**
 * Of a command that has looked at the whole fleet: 3 where something could not be read; where the clouds told nothing at all, 5 if nobody
 * answered, and 4 if somebody refused.
 */
export function lookExitCode(look: FleetLook): ExitCode {
  const { unreadable } = look;
  if (isBlind(look) && unreadable.every(({ unreachable }) => unreachable)) return exitCodes.unreachable;
  return exitCodeOf(isBlind(look) ? 0 : 1, unreadable.length);
}

/** Whether nothing of the clouds could be seen. */
export function isBlind({ resources, copies, index, unreadable }: FleetLook): boolean {
  return resources.length + copies.length + (index?.copies ?? 0) === 0 && unreadable.length > 0;
}

/** Says what could not be read. */
export function tellUnreadable({ unreadable }: FleetLook, out: Output): void {
  for (const { where, message } of unreadable) out.note(printable(`could not read ${where}: ${message}`));
}
