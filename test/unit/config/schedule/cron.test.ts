import { parseCron } from '../../../../src/config/schedule/cron';
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
    ['0 * * * *', true],
    ['@hourly', true],
    ['0 */2 * * *', true],
    ['*/10 2 * * *', false],
    ['0 0-23 * * *', false],
    ['@daily', false],
  ])('%s goes by real time where clocks change: %s', (text, expected) => {
    expect(parseCron(text).runsInRealTime).toBe(expected);
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
