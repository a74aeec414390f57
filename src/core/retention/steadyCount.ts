import { type Retention } from '../backup/policy';
import { keepByRules } from './keepByRules';

const hourMilliseconds = 3600_000;
const dayMilliseconds = 24 * hourMilliseconds;

/** Ends of a week, of months, of a leap February and of a year: how many days two rules share differs from day to day. */
const ends = ['2027-01-31', '2027-02-14', '2027-12-31', '2028-02-29', '2028-05-21', '2028-10-11'];

/**
 * How many copies a policy keeps of a resource in a place once all its periods are full: the most of several days of the year.
 *
 * @param intervalSeconds between two recovery points
 */
export function steadyCount(policy: Retention, intervalSeconds: number): number {
  const counts = ends.map((end) => {
    const copies = timeline(policy, intervalSeconds * 1000, Date.parse(`${end}T23:59:59Z`));
    return keepByRules(copies, policy, () => 0).filter(({ reasons }) => reasons.length > 0).length;
  });
  return Math.max(...counts);
}

/** Recovery points up to a day's end: all of them where hours count, the last of each day where only days do. */
function timeline(policy: Retention, interval: number, end: number) {
  const { hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0, keepDays = 0, minimum } = policy;
  const periods = (count: number, days: number) => count * Math.max(days * dayMilliseconds, interval);
  const dense = Math.max(hourly * Math.max(hourMilliseconds, interval), keepDays * dayMilliseconds, minimum * interval);
  const sparse = Math.max(periods(daily, 1), periods(weekly, 7), periods(monthly, 31), periods(yearly, 366));
  const times = new Set<number>();
  for (let age = 0; age <= dense; age += interval) times.add(end - age);
  const step = Math.max(dayMilliseconds, interval);
  for (let age = Math.ceil(dense / step) * step; age <= sparse + step; age += step) times.add(end - age);
  return [...times].map((dataTime) => ({ id: String(dataTime), dataTime }));
}
