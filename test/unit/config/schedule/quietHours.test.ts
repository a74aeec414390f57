import { quietUntil } from '../../../../src/config';

const night = { fromMinute: 22 * 60, toMinute: 31 * 60, timezone: 'Europe/Vienna' };

test.each([
  ['2026-11-21T20:59:00Z', null],
  ['2026-11-21T21:00:00Z', '2026-11-22T06:00:00.000Z'],
  ['2026-11-22T00:30:10Z', '2026-11-22T06:00:00.000Z'],
  ['2026-11-22T05:59:59Z', '2026-11-22T06:00:00.000Z'],
  ['2026-11-22T06:00:00Z', null],
  // Clocks go back at 3:00, and forth at 2:00.
  ['2026-10-24T21:00:00Z', '2026-10-25T06:00:00.000Z'],
  ['2026-03-28T22:00:00Z', '2026-03-29T05:00:00.000Z'],
])('quiet hours from 22:00 to 07:00 in Vienna, at %s, last until %s', (now, until) => {
  const found = quietUntil(night, Date.parse(now));
  expect(found === null ? null : new Date(Math.floor(Date.parse(found) / 60_000) * 60_000).toISOString()).toBe(until);
});

test('a day may be quiet as a whole, and none is where there are none', () => {
  const whole = { fromMinute: 0, toMinute: 1440, timezone: 'UTC' };
  expect(quietUntil(whole, Date.parse('2026-11-21T12:00:00Z'))).toBe('2026-11-22T00:00:00.000Z');
  expect(quietUntil(null, 0)).toBeNull();
});
