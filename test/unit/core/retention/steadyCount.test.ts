import { type Retention } from '../../../../src/core/backup/policy';
import { keepByRules } from '../../../../src/core/retention/keepByRules';
import { steadyCount } from '../../../../src/core/retention/steadyCount';
import { Random } from '../../../../simulation/random';

const hour = 3600;
const day = 24 * hour;

test.each<[string, Retention, number, number]>([
  ['what the example keeps of hourly copies', { hourly: 24, daily: 14, weekly: 8, monthly: 12, minimum: 3 }, hour, 54],
  ['days of daily copies', { daily: 14, minimum: 2 }, day, 14],
  ['no more hours than there are copies', { hourly: 24, minimum: 1 }, day, 24],
  ['days back from the newest', { keepDays: 7, minimum: 1 }, 6 * hour, 29],
  ['a minimum', { minimum: 5 }, 7 * day, 5],
])('%s', (_, policy, interval, count) => {
  expect(steadyCount(policy, interval)).toBe(count);
});

test('two years of copies are never kept in a greater number', () => {
  const policy = { hourly: 24, daily: 14, weekly: 8, monthly: 12, yearly: 1, minimum: 3 };
  const most = steadyCount(policy, 4 * hour);
  const random = new Random('steady');
  for (let n = 0; n < 12; n += 1) {
    const end = Date.UTC(2026, 0, 1) + random.whole(0, 365) * day * 1000 + random.whole(0, 23) * hour * 1000;
    const copies = Array.from({ length: (2 * 365 * day) / (4 * hour) }, (__, i) => ({
      id: String(i),
      dataTime: end - i * 4 * hour * 1000,
    }));
    const kept = keepByRules(copies, policy, () => 0).filter(({ reasons }) => reasons.length > 0);
    expect(kept.length).toBeLessThanOrEqual(most);
  }
});
