import { rhythmOf } from '../../../../src/config';

const now = Date.UTC(2026, 10, 21);
const hour = 3600;

describe('the rhythm of a schedule', () => {
  it.each([
    [['0 2 * * *'], 'UTC', 24, 24],
    [['0 0 * * *', '0 12 * * *'], 'UTC', 12, 12],
    // Twice a day, and never twice within half of it.
    [['0 1,2 * * *'], 'UTC', 23, 12],
    [['30 0 * * *'], 'Europe/Vienna', 25, 24],
    [['0 2 * * mon-fri'], 'UTC', 72, (7 * 24) / 5],
  ])('%j in %s fires after %d hours at the most, and after %d on the average', (schedule, timezone, longest, mean) => {
    const { longestSeconds, meanSeconds } = rhythmOf({ schedule, timezone, jitterSeconds: 0, blackout: [] }, now);
    expect(longestSeconds / hour).toBe(longest);
    expect(meanSeconds / hour).toBeCloseTo(mean, 1);
  });

  it('counts what blackouts leave', () => {
    const office = { days: [1, 2, 3, 4, 5], fromMinute: 8 * 60, toMinute: 18 * 60 };
    const times = { schedule: ['0 * * * *'], timezone: 'UTC', jitterSeconds: 0, blackout: [office] };
    const { longestSeconds, meanSeconds } = rhythmOf(times, now);
    expect(longestSeconds / hour).toBe(11);
    expect(meanSeconds / hour).toBeCloseTo((7 * 24) / (7 * 24 - 50), 2);
  });
});
