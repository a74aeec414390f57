import { type FleetLook } from '../../../../core/report/look';
import { type ExitCode, exitCodeOf, exitCodes } from '../../exitCodes';
import { type Output } from '../../output';

/** Of a command that has looked at the whole fleet: 3 where something could not be read, 5 where nothing answered. */
export function lookExitCode({ resources, copies, temporal, unreadable }: FleetLook): ExitCode {
  const isNothing = temporal === null && resources.length + copies.length === 0;
  if (isNothing && unreadable.length > 0 && unreadable.every(({ unreachable }) => unreachable))
    return exitCodes.unreachable;
  return exitCodeOf(1, unreadable.length);
}

/** Says what could not be read. */
export function tellUnreadable({ unreadable }: FleetLook, out: Output): void {
  for (const { where, message } of unreadable) out.note(`could not read ${where}: ${message}`);
}
