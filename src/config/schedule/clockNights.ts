import { localMs, localText } from './blackout';
import { Firings, lateMinutesOf, type ScheduleTimes } from './firings';
import { type OffsetChange } from './timezone';

/**
 * What a schedule does where clocks change, told to Temporal firing by firing, since its own reading follows other rules: it
 * skips a time that does not exist, and fires at one that is repeated once or twice
 * (`service/worker/scheduler/calendar.go`).
 */
export interface ClockNights {
  /** Changes of clocks are foreseen until this date. */
  readonly until: string;
  /** Local times, the end exclusive, in which what Temporal reads of the expressions does not count. */
  readonly instead: readonly { readonly from: string; readonly to: string }[];
  /** What fires there. ISO 8601, UTC; within {@link instead} a second late, so that it is told apart from what does not count. */
  readonly firings: readonly string[];
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** This year and the next two: what is foreseen changes once a year, and reaches two years ahead at least. */
const yearsForeseen = 3;

/**
 * @param now milliseconds since the epoch
 * @returns null where Temporal's own reading is right all the time
 */
export function clockNights(times: ScheduleTimes, now: number): ClockNights | null {
  const year = new Date(now).getUTCFullYear();
  const [from, to] = [Date.UTC(year, 0, 1), Date.UTC(year + yearsForeseen, 0, 1)];
  const firings = new Firings(times, from, to);
  if (firings.offset.changes.length === 0) return null;
  const unheld = new Firings({ ...times, blackout: [] }, from, to);
  const nights = firings.offset.changes.map((change) => nightOf(change, firings, unheld, times));
  const result = {
    until: new Date(to).toISOString().slice(0, 10),
    instead: nights.flatMap(({ instead }) =>
      instead === null ? [] : [{ from: localText(instead.from), to: localText(instead.to) }],
    ),
    firings: nights.flatMap((night) =>
      night.firings.map((instant) => new Date(instant).toISOString().replace('.000', '')),
    ),
  };
  return result.instead.length + result.firings.length === 0 ? null : result;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function nightOf(
  change: OffsetChange,
  firings: Firings,
  unheld: Firings,
  { jitterSeconds }: ScheduleTimes,
): { readonly instead: Span | null; readonly firings: readonly number[] } {
  const { offset } = firings;
  const days = [-1, 0, 1].map((day) => Math.floor(offset.localOf(change.at) / dayMs) * dayMs + day * dayMs);
  const wanted = days.flatMap((day) => firings.onDay(day));
  // What Temporal would let through, though clocks jump into a blackout while its jitter runs.
  const late = days
    .flatMap((day) => unheld.onDay(day))
    .filter((at) => change.at - lateMinutesOf(jitterSeconds) * minuteMs <= at && at < change.at)
    .map((at) => ({ at, local: offset.localOf(at) }))
    .filter(({ at, local }) => !firings.blackout.holds(local) && !wanted.includes(at))
    .map(({ local }) => Math.floor(local / hourMs) * hourMs);

  const misread = misreadSpan(change, firings);
  const instead =
    misread === null && late.length === 0
      ? null
      : {
          from: Math.min(...late, misread?.from ?? Infinity),
          to: Math.max(...late.map((local) => local + hourMs), misread?.to ?? -Infinity),
        };
  return {
    instead,
    firings: wanted.flatMap((at) => {
      const local = offset.localOf(at);
      if (instead !== null && instead.from <= local && local < instead.to) return [at + 1000];
      // What was put off: where an expression names the time itself, Temporal fires.
      return at === change.at && firings.naming(local, local + minuteMs).length === 0 ? [at] : [];
    }),
  };
}

/**
 * Where Temporal misreads the expressions, beyond leaving out what does not exist; null where it does not. Found by comparing
 * what a server lists with {@link Firings}: where an hour is repeated it leaves times out and makes others up, from the hour before on.
 */
function misreadSpan({ at, beforeMinutes, afterMinutes }: OffsetChange, firings: Firings): Span | null {
  const [before, after] = [at + beforeMinutes * minuteMs, at + afterMinutes * minuteMs];
  const isGap = after > before;
  const [low, high] = isGap ? [before, after] : [after, before];
  const midnight = Math.floor((high - minuteMs) / dayMs) * dayMs;
  const span = spanOf();
  return span === null || firings.naming(span.from, span.to).length === 0 ? null : span;

  function spanOf(): Span | null {
    // It asks for the weekday of a midnight that does not exist, and is told that of the day before.
    if (isGap && midnight >= low && firings.goesByWeekdays) return { from: midnight, to: midnight + dayMs };
    // A gap of an hour, on the hour, it knows.
    if (isGap && high - low === hourMs && low % hourMs === 0) return null;
    return { from: Math.floor(low / hourMs) * hourMs - hourMs, to: Math.ceil(high / hourMs) * hourMs + hourMs };
  }
}

/** Until when (milliseconds since the epoch) changes of clocks are foreseen. */
export function foreseenUntil({ until }: ClockNights): number {
  return localMs(`${until}T00:00`);
}
