import { Cron } from 'croner';
import fc from 'fast-check';
import { parseCron } from '../../../../src/config/schedule/cron';
import { longestGap } from '../../../../src/config/schedule/scheduleGap';
import { offsetChanges } from '../../../../src/config/schedule/timezone';

const everyDay = [0, 1, 2, 3, 4, 5, 6];
const weekdaysOf = (field: string) => [...parseCron(`0 0 * * ${field}`).daysOfWeek].sort();

describe('a cron expression', () => {
  it.each([
    ['*', everyDay],
    ['7', [0]],
    ['5-7', [0, 5, 6]],
    ['5/2', [0, 5]],
    ['*/2', [0, 2, 4, 6]],
    ['sun-tue', [0, 1, 2]],
    ['MON-FRI/2', [1, 3, 5]],
    ['mon,Sat', [1, 6]],
  ])('fires on the weekdays that Temporal takes %s for', (field, days) => {
    expect(weekdaysOf(field)).toEqual(days);
  });

  it.each([
    ['15-59/20 1,3 * * *', [75, 95, 115, 195, 215, 235]],
    ['50/5 23 * * *', [1430, 1435]],
    ['0 20/3 * * *', [1200, 1380]],
    ['@daily', [0]],
  ])('fires in the minutes that Temporal takes %s for', (text, minutes) => {
    expect(parseCron(text).minutesOfDay).toEqual(minutes);
  });

  it('keeps both day fields: both must match', () => {
    const { daysOfMonth, daysOfWeek, months } = parseCron('0 0 1-3 feb/5 mon');
    expect([...daysOfMonth]).toEqual([1, 2, 3]);
    expect([...daysOfWeek]).toEqual([1]);
    expect([...months]).toEqual([2, 7, 12]);
  });

  it.each([
    ['0 25 * * *', 'hour 25 is not within 0–23'],
    ['0 1-24/2 * * *', 'hour 24 is not within 0–23'],
    ['0 0 0 * *', 'day of month 0 is not within 1–31'],
    ['0 0 * * fri-mon', 'day of week "fri-mon" is none: ranges run upwards'],
    ['0 0 * * fri-sun', 'Sunday at the end of a range is 7'],
    ['*/0 * * * *', 'minute "*/0" is none'],
    ['mon * * * *', 'minute "mon" is none'],
    ['1,,2 * * * *', 'minute "" is none'],
    ['0 0 L * *', 'day of month "L" is none'],
    ['0 0 15W * *', 'day of month "15W" is none'],
    ['0 0 ? * *', 'day of month "?" is none'],
    ['0 0 * * +mon', 'day of week "+mon" is none'],
    ['0 0 * * mon#2', 'day of week "mon#2" is none'],
    ['0 0 * * 5L', 'day of week "5L" is none'],
    ['0 0 * * * *', 'has five fields'],
    ['@Daily', 'knows @yearly'],
  ])('%s, which Temporal does not take, is refused: %s', (text, message) => {
    expect(() => parseCron(text)).toThrow(message);
  });
});

const start = Date.UTC(2026, 10, 21);
const dayMs = 86_400_000;

/** The longest time between two firings within 800 days, as croner walks them. */
function longestStep(text: string, timezone: string): number {
  // Written as a range with a step, it follows croner's rule for intervals at a clock change, which is Temporal's rule.
  const [minute = '', ...others] = text.split(' ');
  const pattern = [`${minute}-${minute}/1`, ...others].join(' ');
  const firings = new Cron(pattern, { timezone, domAndDow: true }).enumerate(new Date(start));
  let longest = 0;
  let previous: number | null = null;
  for (const firing of firings) {
    if (firing.getTime() > start + 800 * dayMs) return longest / 1000;
    if (previous !== null) longest = Math.max(longest, firing.getTime() - previous);
    previous = firing.getTime();
  }
  return longest / 1000;
}

describe('the longest gap', () => {
  it.each([
    ['30 2 * * *', 'Europe/Vienna', 47],
    ['30 1 * * *', 'Europe/London', 47],
    ['0 3 * * *', 'Europe/Vienna', 25],
    ['15 2,3 * * *', 'Australia/Lord_Howe', 23.5],
    ['30 1,2 * * *', 'America/New_York', 23],
    ['0 0 25-31 * sun', 'UTC', 63 * 24],
  ])('of %s in %s is the one that croner walks', (text, timezone, hours) => {
    expect(longestGap([parseCron(text)], timezone, start).seconds).toBe(hours * 3600);
    expect(longestStep(text, timezone)).toBe(hours * 3600);
  });

  it('is the one that croner walks, at any time of the day', () => {
    const timezone = fc.constantFrom('UTC', 'Europe/Vienna', 'America/St_Johns', 'Australia/Lord_Howe');
    const hours = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59 }), hours, timezone, (minute, hoursOfDay, zone) => {
        const text = `${minute} ${hoursOfDay.join(',')} * * *`;
        expect(longestGap([parseCron(text)], zone, start).seconds).toBe(longestStep(text, zone));
      }),
      { numRuns: 25 },
    );
  });
});

describe('the changes of a clock', () => {
  it('are found to the minute', () => {
    expect(offsetChanges('Europe/Vienna', Date.UTC(2027, 0, 1), Date.UTC(2028, 0, 1))).toEqual([
      { at: Date.UTC(2027, 2, 28, 1), beforeMinutes: 60, afterMinutes: 120 },
      { at: Date.UTC(2027, 9, 31, 1), beforeMinutes: 120, afterMinutes: 60 },
    ]);
  });

  it('are none in UTC', () => {
    expect(offsetChanges('UTC', Date.UTC(2027, 0, 1), Date.UTC(2028, 0, 1))).toEqual([]);
  });
});
