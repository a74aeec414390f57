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
    const { longestSeconds, meanSeconds } = rhythmOf({ schedule, timezone }, now);
    expect(longestSeconds / hour).toBe(longest);
    expect(meanSeconds / hour).toBeCloseTo(mean, 1);
  });
});
