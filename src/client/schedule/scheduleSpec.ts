import { type CalendarSpec, type IntervalSpec, type ScheduleSpec } from '@temporalio/client';
import { Blackout, datedTimes, lateMinutesOf, localMs, type TimesOfDays } from '../../config';
import { type ScheduleSettings } from './scheduleSettings';

/** An interval that is as long as this names one moment within a century's half. Temporal counts none before its phase. */
const onceSeconds = 40 * 365.25 * 86_400;

/** When a schedule fires, as Temporal takes it. */
export function scheduleSpec({
  cron,
  timezone,
  jitterSeconds,
  blackout = [],
  clockNights,
}: Pick<ScheduleSettings, 'cron' | 'timezone' | 'jitterSeconds' | 'blackout' | 'clockNights'>): ScheduleSpec {
  const { times } = new Blackout(blackout, lateMinutesOf(jitterSeconds));
  const instead = (clockNights?.instead ?? []).flatMap(({ from, to }) =>
    datedTimes({ from: localMs(from), to: localMs(to) }),
  );
  const skip = [
    ...times.map((time) => calendar(time, { start: 0, end: 59 }, 'blackout')),
    ...instead.map((time) => calendar(time, 0, 'clocks change: the firings of these hours stand among the intervals')),
  ];
  const intervals = (clockNights?.firings ?? []).map(once);
  return {
    cronExpressions: [...cron],
    timezone,
    jitter: jitterSeconds * 1000,
    ...(skip.length === 0 ? {} : { skip }),
    ...(intervals.length === 0 ? {} : { intervals }),
  };
}

const months = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const weekdays = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

function calendar(
  { days, hours, minutes }: TimesOfDays,
  second: CalendarSpec['second'],
  comment: string,
): CalendarSpec {
  const times = {
    hour: { start: hours[0], end: hours[1] },
    minute: { start: minutes[0], end: minutes[1] },
    second: second ?? 0,
    comment,
  };
  if ('daysOfWeek' in days) return { ...times, dayOfWeek: days.daysOfWeek.map((day) => weekdays[day] ?? 'SUNDAY') };
  return {
    ...times,
    year: days.year,
    month: months[days.month - 1] ?? 'JANUARY',
    dayOfMonth: { start: days.firstDay, end: days.lastDay },
  };
}

function once(time: string): IntervalSpec {
  return { every: onceSeconds * 1000, offset: ((Date.parse(time) / 1000) % onceSeconds) * 1000 };
}
