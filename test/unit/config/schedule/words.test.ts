import fc from 'fast-check';
import { cronWords, windowWords } from '../../../../src/config';
import { calendarCrons } from '../../../../src/config/schedule/calendar';
import { parseCron } from '../../../../src/config/schedule/cron';

test.each([
  ['0 * * * *', 'every hour at :00'],
  ['0,30 * * * *', 'every 30 minutes'],
  ['5,20 * * * *', 'every hour at :05 and :20'],
  ['*/5 * * * *', 'every 5 minutes'],
  ['* * * * *', 'every minute'],
  ['30 2 * * 1-5', '02:30 on Mon–Fri'],
  ['30 2 * * 0,6', '02:30 on Sat and Sun'],
  ['30 2,14 1-7,15 1,6 *', '02:30 and 14:30 on 1–7 and 15 of the month in Jan and Jun'],
  ['@daily', '00:00'],
  // Words would be longer.
  ['*/7 2-5 * * *', '*/7 2-5 * * *'],
  ['0 8-18 * * 1-5', '0 8-18 * * 1-5'],
])('%s is %s in words', (cron, words) => {
  expect(cronWords(cron)).toBe(words);
});

test.each([
  [{ days: [1, 2, 3, 4, 5], fromMinute: 480, toMinute: 1080 }, '08:00–18:00 on Mon–Fri'],
  [{ days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 1320, toMinute: 1800 }, '22:00–06:00'],
  [{ days: [0], fromMinute: 0, toMinute: 1440 }, '00:00–24:00 on Sun'],
  [{ from: '2026-12-24T18:00', to: '2026-12-28T00:00' }, '2026-12-24 18:00 – 2026-12-28 00:00'],
])('a window %j is %s in words', (window, words) => {
  expect(windowWords(window)).toBe(words);
});

test.each([
  [{ at: '02:30', days: ['mon', 'wed'] }, ['30 2 * * 1,3']],
  [{ at: '03:00', daysOfMonth: 1 }, ['0 3 1 * *']],
  [{ at: ['02:30', '14:30', '08:00'], days: 'fri-mon' }, ['30 2,14 * * 0,1,5,6', '0 8 * * 0,1,5,6']],
  [{ at: '00:00', daysOfMonth: ['1-3', 15], months: 'nov-jan' }, ['0 0 1,2,3,15 1,11,12 *']],
])('the calendar %j is %j', (calendar, crons) => {
  expect(calendarCrons(calendar)).toEqual(crons);
});

test('a calendar of any times fires at these and no other', () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 1439 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(times, (minutes) => {
      const text = (minute: number) => new Date(minute * 60_000).toISOString().slice(11, 16);
      const read = calendarCrons({ at: minutes.map(text) }).flatMap((cron) => parseCron(cron).minutesOfDay);
      expect([...read].sort((a, b) => a - b)).toEqual([...minutes].sort((a, b) => a - b));
    }),
  );
});
