import { timeLeftText } from '../../../../src/core/steps/timeLeft';

test.each([
  ['2026-11-21T12:00:41.2Z', 'about 42s left'],
  ['2026-11-21T13:20:10Z', 'about 1h21m left'],
  ['2026-11-21T12:00:00Z', 'takes longer than before'],
  ['2026-11-21T11:00:00Z', 'takes longer than before'],
])('what ends at %s at noon: %s', (end, text) => {
  expect(timeLeftText(end, Date.parse('2026-11-21T12:00:00Z'))).toBe(text);
});
