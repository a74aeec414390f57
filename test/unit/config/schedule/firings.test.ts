import { Cron } from 'croner';
import fc from 'fast-check';
import { Firings, type ScheduleTimes } from '../../../../src/config';
import { longestGap } from '../../../../src/config/schedule/scheduleGap';
import { offsetChanges } from '../../../../src/config/schedule/timezone';

const dayMs = 86_400_000;
const [from, to] = [Date.UTC(2027, 0, 1), Date.UTC(2029, 0, 1)];
const berlin = 'Europe/Berlin';
const lordHowe = 'Australia/Lord_Howe';
const zones = [berlin, 'America/New_York', lordHowe, 'America/Santiago', 'America/St_Johns', 'UTC'];

const timesOf = (schedule: string | string[], timezone: string, more: Partial<ScheduleTimes> = {}): ScheduleTimes => ({
  schedule: [schedule].flat(),
  timezone,
  jitterSeconds: 0,
  blackout: [],
  ...more,
});

/** Firings about a date, as ISO 8601 without seconds. */
function firingsAbout(date: string, times: ScheduleTimes, days = 1): string[] {
  const firings = new Firings(times, from, to);
  const day = Date.parse(`${date}T00:00:00Z`);
  return Array.from({ length: days }, (_, i) => firings.onDay(day + i * dayMs))
    .flat()
    .map((instant) => new Date(instant).toISOString().slice(0, 16));
}

/** As croner walks it. Its rule `no-wildcard` is that of Debian's cron, and ours where no minute has a wildcard or a step. */
const walk = (text: string, timezone: string) =>
  new Cron(text, { timezone, domAndDow: true, fixedTimeRule: 'no-wildcard' });

describe('a fixed time', () => {
  test.each([
    ['30 2 * * *', berlin, '2027-03-28', ['2027-03-28T01:00']],
    ['30 2 * * *', 'America/New_York', '2027-03-14', ['2027-03-14T07:00']],
    ['15 2 * * *', lordHowe, '2027-10-03', ['2027-10-02T15:30']],
    ['0 0 * * sun', 'America/Santiago', '2027-09-05', ['2027-09-05T04:00']],
    // Two times that meet, and one that is there anyway.
    ['0,30 2,3 * * *', berlin, '2027-03-28', ['2027-03-28T01:00', '2027-03-28T01:30']],
    ['*/10 2 * * *', berlin, '2027-03-28', ['2027-03-28T01:00']],
  ])('%s in %s that clocks skip on %s runs as soon as they are past it', (text, timezone, date, expected) => {
    expect(firingsAbout(date, timesOf(text, timezone))).toEqual(expected);
  });

  test.each([
    ['30 2 * * *', berlin, '2027-10-31', ['2027-10-31T00:30']],
    ['30 1 * * *', 'America/New_York', '2027-11-07', ['2027-11-07T05:30']],
    ['45 1 * * *', lordHowe, '2027-04-04', ['2027-04-03T14:45']],
  ])('%s in %s that clocks repeat on %s runs the first time only', (text, timezone, date, expected) => {
    expect(firingsAbout(date, timesOf(text, timezone))).toEqual(expected);
  });
});

test.each([
  ['2027-03-28', ['2027-03-28T00:00', '2027-03-28T01:00', '2027-03-28T02:00']],
  ['2027-10-31', ['2027-10-31T00:00', '2027-10-31T01:00', '2027-10-31T02:00']],
])('an hour with a wildcard runs in real time on %s', (date, expected) => {
  expect(firingsAbout(date, timesOf('0 * * * *', berlin))).toHaveLength(date.includes('-03-') ? 23 : 25);
  expect(firingsAbout(date, timesOf('0 * * * *', berlin))).toEqual(expect.arrayContaining(expected));
});

test('whatever is scheduled fires about each change of clocks as croner walks it', () => {
  const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 });
  const hours = fc.oneof(
    fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }).map((all) => all.join()),
    fc.constantFrom('*', '23', '0'),
  );
  const weekdays = fc.constantFrom('*', '0', '6,0', '1-5');
  fc.assert(
    fc.property(minutes, hours, weekdays, fc.constantFrom(...zones), (minute, hour, weekday, timezone) => {
      const text = `${minute.join()} ${hour} * * ${weekday}`;
      const firings = new Firings(timesOf(text, timezone), from, to);
      for (const { at } of offsetChanges(timezone, from, to)) {
        const first = Math.floor(at / dayMs) * dayMs - 3 * dayMs;
        const days = Array.from({ length: 8 }, (_, i) => firings.onDay(first + i * dayMs)).flat();
        const walked = walk(text, timezone).nextRuns(days.length + 1, new Date((days[0] ?? first) - 1000));
        expect(walked.slice(0, days.length).map((one) => one.getTime())).toEqual(days);
      }
    }),
    { numRuns: 60 },
  );
});

describe('a blackout', () => {
  const night = { days: [0], fromMinute: 150, toMinute: 240 };

  test('holds back what clocks show within it, both times that they show it', () => {
    const about = firingsAbout('2027-10-31', timesOf('*/15 * * * *', berlin, { blackout: [night] }));
    // 02:30 is shown at 00:30 and at 01:30; in between clocks show 02:00 and 02:15 again.
    expect(about.filter((time) => '2027-10-31T00:15' <= time && time <= '2027-10-31T03:00')).toEqual([
      '2027-10-31T00:15',
      '2027-10-31T01:00',
      '2027-10-31T01:15',
      '2027-10-31T03:00',
    ]);
  });

  test('holds back a time that clocks skip, and one that they would put off into it', () => {
    const skipped = { days: [0], fromMinute: 120, toMinute: 170 };
    const after = { days: [0], fromMinute: 180, toMinute: 240 };
    expect(firingsAbout('2027-03-28', timesOf('30 2 * * *', berlin, { blackout: [skipped] }))).toEqual([]);
    expect(firingsAbout('2027-03-28', timesOf('30 2 * * *', berlin, { blackout: [after] }))).toEqual([]);
  });

  test('lets nothing begin within it that jitter makes late', () => {
    const morning = { days: [1], fromMinute: 480, toMinute: 600 };
    const times = (jitterSeconds: number) => timesOf('*/10 7,10 * * *', 'UTC', { jitterSeconds, blackout: [morning] });
    expect(firingsAbout('2027-06-07', times(600)).at(5)).toBe('2027-06-07T07:50');
    expect(firingsAbout('2027-06-07', times(601)).at(5)).toBe('2027-06-07T10:00');
  });

  test('is not entered by jitter where clocks jump towards it', () => {
    const afterGap = { days: [0], fromMinute: 180, toMinute: 240 };
    const times = timesOf('50 1 * * *', berlin, { jitterSeconds: 1200, blackout: [afterGap] });
    expect(firingsAbout('2027-03-21', times, 8)).toHaveLength(7);
    expect(firingsAbout('2027-03-28', times)).toEqual([]);
  });

  test('with dates holds back nothing on other days', () => {
    const freeze = { from: '2027-12-24T18:00', to: '2027-12-28T00:00' };
    const times = timesOf('0 0,12 * * *', berlin, { blackout: [freeze] });
    expect(firingsAbout('2027-12-24', times, 5)).toEqual([
      '2027-12-23T23:00',
      '2027-12-24T11:00',
      '2027-12-27T23:00',
      '2027-12-28T11:00',
    ]);
  });
});

/** The longest time between two firings within 800 days, as croner walks them. */
function longestStep(text: string, timezone: string, start: number): number {
  let longest = 0;
  let previous: number | null = null;
  for (const firing of walk(text, timezone).enumerate(new Date(start))) {
    if (firing.getTime() > start + 720 * dayMs) return longest / 1000;
    if (previous !== null) longest = Math.max(longest, firing.getTime() - previous);
    previous = firing.getTime();
  }
  return longest / 1000;
}

describe('the longest gap', () => {
  const start = Date.UTC(2026, 10, 21);

  test.each([
    ['30 2 * * *', 'Europe/Vienna', 25],
    ['30 1 * * *', 'Europe/London', 25],
    ['0 3 * * *', 'Europe/Vienna', 25],
    ['15 2,3 * * *', lordHowe, 23.5],
    ['30 1,2 * * *', 'America/New_York', 23],
    ['0 0 25-31 * sun', 'UTC', 63 * 24],
  ])('of %s in %s is the one that croner walks', (text, timezone, hours) => {
    expect(longestGap(timesOf(text, timezone), start).seconds).toBe(hours * 3600);
    expect(longestStep(text, timezone, start)).toBe(hours * 3600);
  });

  test('is the one that croner walks, at any time of the day', () => {
    const hours = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59 }), hours, fc.constantFrom(...zones), (minute, hoursOfDay, zone) => {
        const text = `${minute} ${hoursOfDay.join(',')} * * *`;
        expect(longestGap(timesOf(text, zone), start).seconds).toBe(longestStep(text, zone, start));
      }),
      { numRuns: 25 },
    );
  });

  test('is that of all expressions together, with what blackouts hold back', () => {
    const gapOf = (more: Partial<ScheduleTimes>) =>
      longestGap(timesOf(['0 */6 * * *', '0 3 * * *'], 'UTC', more), start).seconds / 3600;
    expect(gapOf({})).toBe(6);
    expect(gapOf({ blackout: [{ days: [2], fromMinute: 0, toMinute: 24 * 60 }] })).toBe(30);
    expect(gapOf({ blackout: [{ from: '2027-02-01T00:00', to: '2027-02-03T12:00' }] })).toBe(66);
  });
});
