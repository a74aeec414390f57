import { isUnreachable } from '../../activities/catalogue/scopeProblem';
import { messageOf } from '../../core/failure';

/** `warning`: backups would work, or will once something is done that is done later anyway. */
export type FindingState = 'ok' | 'warning' | 'failed' | 'unreachable';

/** One thing that was looked at. */
export interface Finding {
  readonly check:
    | 'temporal'
    | 'payloads'
    | 'search-attributes'
    | 'unprotected'
    | 'schedules'
    | 'workers'
    | 'accounts'
    | 'role'
    | 'key'
    | 'bucket'
    | 'drill'
    | 'lending'
    | 'route'
    | 'stock'
    | 'resources'
    | 'state'
    | 'channel';
  /** What was looked at: a role's ARN, a key and its place. */
  readonly subject: string;
  readonly state: FindingState;
  /** What was found: where something is wrong, what is missing. */
  readonly message: string;
  /** What to do about it; null where there is nothing to do, or the message says it. */
  readonly mend: string | null;
}

export const unreachableAdvice = 'it does not answer: try again; are network, proxy and endpoint variables right?';

/** Looks, and makes a finding of what comes back or is thrown. */
export async function finding(
  check: Finding['check'],
  subject: string,
  mend: string | null,
  look: () => Promise<string>,
): Promise<Finding> {
  try {
    return { check, subject, state: 'ok', message: await look(), mend: null };
  } catch (error) {
    return failed(check, subject, error, mend);
  }
}

export function failed(check: Finding['check'], subject: string, error: unknown, mend: string | null): Finding {
  const state = isUnreachable(error) ? 'unreachable' : 'failed';
  const message = messageOf(error);
  // What does not answer is not known to be wrong.
  return { check, subject, state, message, mend: state === 'unreachable' ? unreachableAdvice : mend };
}
