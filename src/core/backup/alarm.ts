import { type Telling } from '../notification';

/** What people were told of gaps in the protection of a resource, and what they are still to be told. */
export interface Alarm {
  /** When the last RPO alert was raised for the present gap, else null. ISO 8601. */
  readonly alertedAt: string | null;
  /** Since when there is no gap any more, as long as those who were alerted are to be told so; else null. ISO 8601. */
  readonly metAt: string | null;
  /** What keeps people from being told; null where nothing does. */
  readonly untold: Untold | null;
}

/** A notification that not all topics have heard. */
export interface Untold {
  /** When it could not be told for the first time, and for the last. ISO 8601. */
  readonly since: string;
  readonly triedAt: string;
  readonly tries: number;
  readonly problem: string;
  /** The topics that have heard it, and are not told again. */
  readonly heard: readonly string[];
}

export const silent: Alarm = { alertedAt: null, metAt: null, untold: null };

const minute = 60 * 1000;
const day = 24 * 60 * minute;
/** After a failure people are told again; this is doubled with each failure that follows. */
const shortestPause = 15 * minute;
const longestPause = 6 * 60 * minute;

/** What has not been heard for a day is no news: nobody is told of the end of a gap any more. */
const newsFor = day;

/** When the alert is due for a gap that begins at `gapAt`, in epoch milliseconds. A gap that stays is brought up again after a day. */
export function alertDueAt({ alertedAt, metAt, untold }: Alarm, gapAt: number): number {
  if (metAt === null && untold !== null) return Math.max(gapAt, retryAt(untold));
  return alertedAt === null ? gapAt : Math.max(gapAt, Date.parse(alertedAt) + day);
}

/** When people are to be told that the RPO is met again, in epoch milliseconds; null: there is nothing to tell. */
export function allClearDueAt({ metAt, untold }: Alarm): number | null {
  if (metAt === null) return null;
  return untold === null ? Date.parse(metAt) : retryAt(untold);
}

/** The topics that have heard the alert of this moment already. */
export function heardOfGap({ alertedAt, metAt, untold }: Alarm, now: number): readonly string[] {
  const isRepeated = alertedAt !== null && now >= Date.parse(alertedAt) + day;
  return metAt !== null || untold === null || isRepeated ? [] : untold.heard;
}

/** After people were told of a gap that is still open. */
export function afterAlert(alarm: Alarm, before: readonly string[], telling: Telling, now: number): Alarm {
  const { alertedAt, metAt } = alarm;
  return {
    alertedAt: isHeard(before, telling) ? iso(now) : alertedAt,
    metAt: null,
    untold: stillUntold(metAt === null ? alarm.untold : null, telling, now),
  };
}

/** After the gap was closed; `isHeard`: by an alert that was on its way. */
export function afterGap(alarm: Alarm, now: number, isHeard = false): Alarm {
  const { alertedAt, metAt } = alarm;
  if (alertedAt !== null || isHeard) return { ...silent, metAt: iso(now) };
  return metAt === null ? silent : alarm;
}

/** After people were told that the RPO is met again. */
export function afterAllClear(alarm: Alarm, telling: Telling, now: number): Alarm {
  const untold = stillUntold(alarm.untold, telling, now);
  const isOld = alarm.metAt !== null && now >= Date.parse(alarm.metAt) + newsFor;
  return untold === null || isOld ? { ...alarm, metAt: null, untold: null } : { ...alarm, untold };
}

/** Whether anyone has heard it who had not before. */
export function isHeard(before: readonly string[], { problem, heard }: Telling): boolean {
  return problem === null || heard.some((topic) => !before.includes(topic));
}

function stillUntold(before: Untold | null, { problem, heard }: Telling, now: number): Untold | null {
  if (problem === null) return null;
  return { since: before?.since ?? iso(now), triedAt: iso(now), tries: (before?.tries ?? 0) + 1, problem, heard };
}

/** When people are told again what they could not be told, in epoch milliseconds. */
export function retryAt({ triedAt, tries }: Untold): number {
  return Date.parse(triedAt) + Math.min(longestPause, shortestPause * 2 ** (tries - 1));
}

const iso = (time: number) => new Date(time).toISOString();
