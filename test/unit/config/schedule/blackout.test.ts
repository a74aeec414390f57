import fc from 'fast-check';
import { Blackout, type BlackoutWindow, type TimesOfDays } from '../../../../src/config';

const minuteMs = 60_000;
const minutesOfDay = 1440;
const monday = Date.UTC(2027, 1, 22);

/** Whether a calendar of Temporal would match a local time. */
function matches({ days, hours, minutes }: TimesOfDays, local: number): boolean {
  const date = new Date(local);
  const isOfDay =
    'daysOfWeek' in days
      ? days.daysOfWeek.includes(date.getUTCDay())
      : days.year === date.getUTCFullYear() &&
        days.month === date.getUTCMonth() + 1 &&
        days.firstDay <= date.getUTCDate() &&
        date.getUTCDate() <= days.lastDay;
  const isWithin = (value: number, [first, last]: readonly [number, number]) => first <= value && value <= last;
  return isOfDay && isWithin(date.getUTCHours(), hours) && isWithin(date.getUTCMinutes(), minutes);
}

const weekly = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
  fromMinute: fc.integer({ min: 0, max: minutesOfDay - 1 }),
  length: fc.integer({ min: 1, max: minutesOfDay }),
});
const dated = fc.record({
  begin: fc.integer({ min: 0, max: 30 * minutesOfDay }),
  length: fc.integer({ min: 1, max: 70 * minutesOfDay }),
});
const text = (minute: number) => new Date(monday + minute * minuteMs).toISOString().slice(0, 16);
const windows = fc.array(
  fc.oneof(
    weekly.map(({ days, fromMinute, length }): BlackoutWindow => ({ days, fromMinute, toMinute: fromMinute + length })),
    dated.map(({ begin, length }): BlackoutWindow => ({ from: text(begin), to: text(begin + length) })),
  ),
  { minLength: 1, maxLength: 3 },
);

test('Temporal is told to skip what a blackout holds, and nothing else', () => {
  const moments = fc.array(fc.integer({ min: -minutesOfDay, max: 110 * minutesOfDay }), {
    minLength: 200,
    maxLength: 200,
  });
  fc.assert(
    fc.property(windows, fc.integer({ min: 0, max: 90 }), moments, (all, lateMinutes, minutes) => {
      const blackout = new Blackout(all, lateMinutes);
      const { times } = blackout;
      for (const minute of minutes) {
        const local = monday + minute * minuteMs;
        expect(times.some((one) => matches(one, local))).toBe(blackout.holds(local));
      }
    }),
    { numRuns: 100 },
  );
});

test('a window begins with its first minute, ends before its last, and goes on past midnight', () => {
  const blackout = new Blackout([{ days: [0], fromMinute: 22 * 60, toMinute: 30 * 60 }], 0);
  const heldAt = (time: string) => blackout.holds(Date.parse(`${time}:00Z`));
  expect(['2027-02-21T21:59', '2027-02-21T22:00', '2027-02-22T05:59', '2027-02-22T06:00'].map(heldAt)).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
