import { isUnreachable } from '../../activities/catalogue/scopeProblem';
import { messageOf } from '../../core/failure';
import { type Unreadable } from '../../core/report/look';
import { UnreachableError } from '../unreachableError';

/** What is told of something that could not be looked at. */
export function unreadableAt(where: string, error: unknown): Unreadable {
  const unreachable = error instanceof UnreachableError || isUnreachable(error);
  return { kind: null, where, account: null, region: null, message: messageOf(error), unreachable };
}
