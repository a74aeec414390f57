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

/** A notification that not all topics and channels have heard. */
export interface Untold {
  /** When it was begun to be told, which sets it apart from others; absent in what an earlier build left. ISO 8601. */
  readonly begunAt?: string | undefined;
  /** When it could not be told for the first time, and for the last. ISO 8601. */
  readonly since: string;
  readonly triedAt: string;
  readonly tries: number;
  readonly problem: string;
  /** The topics and channels that have heard it, and are not told again. */
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

/** How far a notification has been told. */
export type Begun = Required<Pick<Untold, 'begunAt' | 'heard'>>;

/** How far the alert of this moment has been told already: it is another one once it is repeated. */
export function begunOfGap({ alertedAt, metAt, untold }: Alarm, now: number): Begun {
  const isRepeated = alertedAt !== null && now >= Date.parse(alertedAt) + day;
  return begun(metAt !== null || isRepeated ? null : untold, now);
}

/** The same of the telling that the RPO is met again. */
export function begunOfAllClear({ untold }: Alarm, now: number): Begun {
  return begun(untold, now);
}

function begun(untold: Untold | null, now: number): Begun {
  return { begunAt: untold?.begunAt ?? iso(now), heard: untold?.heard ?? [] };
}

/** After people were told of a gap that is still open. */
export function afterAlert(alarm: Alarm, before: Begun, telling: Telling, now: number): Alarm {
  const { alertedAt, metAt } = alarm;
  return {
    alertedAt: isHeard(before.heard, telling) ? iso(now) : alertedAt,
    metAt: null,
    untold: stillUntold(metAt === null ? alarm.untold : null, before, telling, now),
  };
}

/** After the gap was closed; `isHeard`: by an alert that was on its way. */
export function afterGap(alarm: Alarm, now: number, isHeard = false): Alarm {
  const { alertedAt, metAt } = alarm;
  if (alertedAt !== null || isHeard) return { ...silent, metAt: iso(now) };
  return metAt === null ? silent : alarm;
}

/** After people were told that the RPO is met again. `ages`: it is given up once it is no news any more. */
export function afterAllClear(alarm: Alarm, before: Begun, telling: Telling, now: number, ages: boolean): Alarm {
  const untold = stillUntold(alarm.untold, before, telling, now);
  const isOld = ages && alarm.metAt !== null && now >= Date.parse(alarm.metAt) + newsFor;
  return untold === null || isOld ? { ...alarm, metAt: null, untold: null } : { ...alarm, untold };
}

/** Whether anyone has heard it who had not before. */
export function isHeard(before: readonly string[], { problem, heard }: Telling): boolean {
  return problem === null || heard.some((name) => !before.includes(name));
}

function stillUntold(
  before: Untold | null,
  { begunAt }: Begun,
  { problem, heard }: Telling,
  now: number,
): Untold | null {
  if (problem === null) return null;
  const tries = (before?.tries ?? 0) + 1;
  return { begunAt, since: before?.since ?? iso(now), triedAt: iso(now), tries, problem, heard };
}

/** When people are told again what they could not be told, in epoch milliseconds. */
export function retryAt({ triedAt, tries }: Untold): number {
  return Date.parse(triedAt) + Math.min(longestPause, shortestPause * 2 ** (tries - 1));
}

const iso = (time: number) => new Date(time).toISOString();
