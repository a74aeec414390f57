/** What the tag `farcopy:delete-after` says of a copy that retention has let go. Whoever deletes plans anew, and trusts no mark alone. */
export interface Mark {
  /** ISO 8601, UTC: nothing deletes it earlier. */
  readonly notBefore: string;
  /** Of the policy that let it go: once that has changed, the wait begins anew. */
  readonly policy: string;
  /** A person has named the plan that lets it go. */
  readonly approved: boolean;
}

/** How long a copy stays once retention has let it go: a person has a weekend to see it. */
export const graceMilliseconds = 72 * 3600_000;

const approvedWord = 'approved';

/** `2026-12-03T02:00:00Z 0m4t58u4l6598`, and ` approved` where a person has said so. */
export function formatMark({ notBefore, policy, approved }: Mark): string {
  return [notBefore, policy, ...(approved ? [approvedWord] : [])].join(' ');
}

/** Null of what is no mark. */
export function parseMark(text: string | null): Mark | null {
  const [, notBefore = '', policy = '', approved] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z) (\w+)( approved)?$/.exec(text ?? '') ?? [];
  return Number.isNaN(Date.parse(notBefore)) ? null : { notBefore, policy, approved: approved !== undefined };
}
