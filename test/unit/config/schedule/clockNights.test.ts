import { clockNights, type ScheduleTimes } from '../../../../src/config';

const now = Date.UTC(2026, 10, 30);
const timesOf = (schedule: string[], timezone: string, more: Partial<ScheduleTimes> = {}): ScheduleTimes => ({
  schedule,
  timezone,
  jitterSeconds: 0,
  blackout: [],
  ...more,
});

test('what clocks skip and repeat is told to Temporal for this year and the next two', () => {
  expect(clockNights(timesOf(['30 2 * * *'], 'Europe/Berlin'), now)).toEqual({
    until: '2029-01-01',
    instead: [
      { from: '2026-10-25T01:00', to: '2026-10-25T04:00' },
      { from: '2027-10-31T01:00', to: '2027-10-31T04:00' },
      { from: '2028-10-29T01:00', to: '2028-10-29T04:00' },
    ],
    firings: [
      '2026-03-29T01:00:00Z',
      '2026-10-25T00:30:01Z',
      '2027-03-28T01:00:00Z',
      '2027-10-31T00:30:01Z',
      '2028-03-26T01:00:00Z',
      '2028-10-29T00:30:01Z',
    ],
  });
});

test('what is told stays the same all year long, so that a second apply finds nothing to do', () => {
  const times = timesOf(['0 * * * *', '30 2 * * 0'], 'Australia/Lord_Howe');
  const [january, december] = [Date.UTC(2027, 0, 1), Date.UTC(2027, 11, 31, 23)];
  expect(clockNights(times, january)).toEqual(clockNights(times, december));
});

test.each([
  ['a zone whose clocks never change', timesOf(['30 2 * * *'], 'UTC')],
  ['times that no change touches', timesOf(['0 12 * * *', '30 23 * * *'], 'Europe/Berlin')],
  ['a gap alone that a wildcard goes across', timesOf(['0 5 * * *', '30 0 * 3 *'], 'Europe/Berlin')],
])('%s: nothing is told', (_, times) => {
  expect(clockNights(times, now)).toBeNull();
});

test('where a midnight does not exist, the whole day is told: Temporal takes it for the day before', () => {
  const nights = clockNights(timesOf(['0 0,12 * * sun'], 'America/Santiago'), now);
  expect(nights?.instead).toContainEqual({ from: '2027-09-05T00:00', to: '2027-09-06T00:00' });
  expect(nights?.firings).toEqual(expect.arrayContaining(['2027-09-05T04:00:01Z', '2027-09-05T15:00:01Z']));
});

test('a firing whose jitter could let it begin in a blackout, since clocks jump, is taken out', () => {
  const afterGap = { days: [0], fromMinute: 180, toMinute: 240 };
  const nights = clockNights(
    timesOf(['50 1 * * *'], 'Europe/Berlin', { jitterSeconds: 1200, blackout: [afterGap] }),
    now,
  );
  expect(nights?.instead).toContainEqual({ from: '2027-03-28T01:00', to: '2027-03-28T02:00' });
  expect(nights?.firings.filter((time) => time.startsWith('2027-03'))).toEqual([]);
});
