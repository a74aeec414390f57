import { bucketOf, type OffsetMinutes, type Period, periods } from './calendar';
import { type Retention } from '../backup/policy';

/** A copy as the rules see it. */
export interface Dated {
  /** Unique among those that are judged together. */
  readonly id: string;
  /** When its data is from, epoch milliseconds. */
  readonly dataTime: number;
}

/** Kept for every one of the reasons; doomed by a rule where there is none. */
export type Judgement<T> =
  | { readonly copy: T; readonly reasons: readonly string[] }
  | { readonly copy: T; readonly reasons: readonly []; readonly rule: string };

/**
 * Which copies of one resource in one place a policy keeps (docs/retention.md). Every rule by itself walks from the newest copy to the
 * oldest, and keeps the newest of each period that has a copy, until it has used its number of periods. What any rule keeps is kept.
 * Periods without a copy use up nothing, so nothing goes while nothing comes in. While a rule still has periods to use, it keeps the
 * oldest copy too.
 *
 * @returns the newest copy first
 */
export function keepByRules<T extends Dated>(
  copies: readonly T[],
  policy: Retention,
  offset: OffsetMinutes,
): readonly Judgement<T>[] {
  const latestFirst = [...copies].sort((a, b) => b.dataTime - a.dataTime || (a.id < b.id ? -1 : a.id === b.id ? 0 : 1));
  const reasons: string[][] = latestFirst.map(() => []);
  const keep = (i: number, reason: string) => reasons[i]?.push(reason);

  latestFirst.slice(0, policy.minimum).forEach((_, i) => keep(i, `minimum: one of the newest ${policy.minimum}`));
  const newest = latestFirst[0];
  if (newest !== undefined && policy.keepDays !== undefined)
    latestFirst.forEach(({ dataTime }, i) => {
      if (newest.dataTime - dataTime <= (policy.keepDays ?? 0) * dayMilliseconds)
        keep(i, `keepDays: within ${policy.keepDays ?? 0} days of the newest copy`);
    });

  /** By the copy: why the rule that reaches back furthest lets it go. */
  const lettingGo = latestFirst.map(() =>
    policy.keepDays === undefined || policy.keepDays === 0
      ? `minimum: it is not one of the newest ${policy.minimum}`
      : `keepDays: more than ${policy.keepDays} days older than the newest copy`,
  );
  for (const period of periods) {
    const most = policy[period] ?? 0;
    if (most === 0) continue;
    const used = new Set<string>();
    latestFirst.forEach(({ dataTime }, i) => {
      const bucket = bucketOf(period, dataTime, offset);
      const isOldest = i === latestFirst.length - 1;
      if (!used.has(bucket) && used.size < most) {
        used.add(bucket);
        keep(i, `${period}: the newest of ${bucket}`);
      } else if (isOldest && used.size < most)
        keep(i, `${period}: the oldest, while only ${used.size} of ${most} ${nouns[period]} have a copy`);
      else
        lettingGo[i] = used.has(bucket)
          ? `${period}: ${bucket} has a newer copy`
          : `${period}: older than the newest ${most} ${nouns[period]} that have a copy`;
    });
  }
  return latestFirst.map((copy, i) => {
    const why = reasons[i] ?? [];
    return why.length > 0 ? { copy, reasons: why } : { copy, reasons: [], rule: lettingGo[i] ?? '' };
  });
}

const dayMilliseconds = 24 * 3600_000;

const nouns: Readonly<Record<Period, string>> = {
  hourly: 'hours',
  daily: 'days',
  weekly: 'weeks',
  monthly: 'months',
  yearly: 'years',
};

/** Whether a policy keeps nothing but a single copy: one that somebody has emptied by mistake reads so. */
export const isEmptyPolicy = (policy: Retention): boolean =>
  policy.minimum <= 1 && (policy.keepDays ?? 0) === 0 && periods.every((period) => (policy[period] ?? 0) === 0);
