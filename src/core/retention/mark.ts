import { type DoomedCopy } from './prunePlan';

/** What the tag `farcopy:delete-after` says of a copy that retention has let go. Whoever deletes plans anew, and trusts no mark alone. */
export interface Mark {
  /** ISO 8601, UTC: nothing deletes it earlier. */
  readonly notBefore: string;
  /** Of the policy that let it go: once that has changed, the wait begins anew. */
  readonly policy: string;
  /** The plan by which a person has let it go, brakes or not; null: no person has. */
  readonly approvedBy: string | null;
}

const hour = 3600_000;
/** How long a copy stays once retention has let it go: a person has a weekend to see it. */
export const graceMilliseconds = 72 * hour;
/** A mark that nobody has acted upon for so long after its time is none: what is deleted was marked lately. */
const goodForMilliseconds = 14 * 24 * hour;

/** What {@link Mark} is overwritten with where a copy stays: tags are never taken away. */
export const noMark = 'none';

/** `2026-12-03T02:00:00Z 0m4t58u4l6598`, and ` approved:3f2a90c1b7d4` where a person has said so. */
export function formatMark({ notBefore, policy, approvedBy }: Mark): string {
  return [notBefore, policy, ...(approvedBy === null ? [] : [`approved:${approvedBy}`])].join(' ');
}

/** Null of what is no mark. */
export function parseMark(text: string | null | undefined): Mark | null {
  if (text === null || text === undefined) return null;
  const [, notBefore = '', policy = '', approvedBy = null] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z) (\w+)(?: approved:(\w+))?$/.exec(text) ?? [];
  return Number.isNaN(Date.parse(notBefore)) ? null : { notBefore, policy, approvedBy };
}

/**
 * A mark that still counts: made by this policy, and not forgotten since.
 *
 * @param now epoch milliseconds
 */
export function goodMark(text: string | null | undefined, policy: string, now: number): Mark | null {
  const mark = parseMark(text);
  return mark?.policy === policy && now < Date.parse(mark.notBefore) + goodForMilliseconds ? mark : null;
}

/**
 * When a copy that retention lets go may be deleted: `marked`: after a time; `braked`: once a person says so; `stored`: never, since it lies in a
 * bucket, where Farcopy deletes nothing yet; `unmarked`: not before it is marked.
 */
export type Departure =
  { readonly type: 'marked'; readonly after: string } | { readonly type: 'braked' | 'stored' | 'unmarked' };

/** @param now epoch milliseconds */
export function departureOf({ copy, policy, brake }: Omit<DoomedCopy, 'notBefore'>, now: number): Departure {
  if (!copy.id.startsWith('arn:')) return { type: 'stored' };
  const mark = goodMark(copy.mark, policy, now);
  if (brake !== null && typeof mark?.approvedBy !== 'string') return { type: 'braked' };
  return mark === null ? { type: 'unmarked' } : { type: 'marked', after: mark.notBefore };
}

/** `goes after 2026-12-03 02:00`. */
export function departureText(departure: Departure, timeText: (time: string) => string): string {
  switch (departure.type) {
    case 'marked':
      return `goes after ${timeText(departure.after)}`;
    case 'braked':
      return 'a person must say so';
    case 'stored':
      return 'stays: nothing is deleted in buckets yet';
    case 'unmarked':
      return 'not marked yet';
  }
}
