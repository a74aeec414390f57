import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../src/core/duration';

describe('durations', () => {
  it.each([
    ['90m', 5_400],
    ['26h', 93_600],
    ['1d12h', 129_600],
    ['2w', 1_209_600],
    ['1w1d1h1m1s', 694_861],
    ['0s', 0],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '90', 'm', '-1h', '1.5h', '1h 30m', '30m1h', '1h1h', '1H', '1y', ' 1h', '1h\n', '٣h', '9999999h'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it('writes days and smaller, largest first', () => {
    expect([0, 61, 93_600, 129_600, 1_209_600].map(formatDuration)).toEqual(['0s', '1m1s', '1d2h', '1d12h', '14d']);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });

  it.each([-1, 0.5, NaN, Infinity])('%d seconds are no duration', (seconds) => {
    expect(() => formatDuration(seconds)).toThrow(RangeError);
  });
});
