import { type Fleet, FleetFileError, parseFleet } from '../../../../src/config';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetText, fleetWith } from '../fleetText';
import { thrownBy } from '../thrownBy';

const now = Date.UTC(2026, 10, 21);

function warningsOf(tier: string): Fleet['warnings'] {
  const text = fleetWith('schedule: "0 * * * *"\n    rpo: 2h', tier);
  return parseFleet(text, 'fleet.yaml', { kinds: knownKinds, now }).warnings;
}

describe('a schedule', () => {
  it.each([
    ['schedule: "0 * * * *"', '1h'],
    ['schedule: "@hourly"', '1h'],
    ['schedule: "0 * * * *"\n    timezone: Europe/Vienna', '1h'],
    ['schedule: ["0 0 * * *", "0 12 * * *"]', '12h'],
    ['schedule: "0 1,3,7 * * *"', '18h'],
    ['schedule: "*/20 * * * *"', '20m'],
    ['schedule: "10/25 * * * *"', '35m'],
    ['schedule: "0 8-18 * * MON-FRI"', '62h'],
    // Both fields must match, as in Temporal: the first Monday of a month.
    ['schedule: "0 0 1-7 * mon"', '35d'],
    ['schedule: "0 0 29 2 *"', '1461d'],
    ['schedule: "30 0 * * *"\n    timezone: Europe/Vienna', '25h'],
    ['schedule: "30 0 * * 5-7"\n    timezone: UTC', '5d'],
  ])('%s keeps an rpo of %s and no shorter one', (schedule, rpo) => {
    expect(warningsOf(`${schedule}\n    rpo: ${rpo}`)).toEqual([]);
    const shorter = rpo.replace(/^\d+/, (count) => String(Number(count) - 1));
    if (shorter !== '0h') {
      expect(warningsOf(`${schedule}\n    rpo: ${shorter}`)).toMatchObject([{ path: 'tiers.critical.rpo' }]);
    }
  });

  it('at a time that clocks skip fires after the gap, so that only the longer day counts', () => {
    expect(warningsOf('schedule: "0 2 * * *"\n    timezone: Europe/Vienna\n    rpo: 25h')).toEqual([]);
    const [warning] = warningsOf('schedule: "0 2 * * *"\n    timezone: Europe/Vienna\n    rpo: 24h');
    expect(warning).toEqual({
      file: 'fleet.yaml',
      line: 14,
      column: 10,
      path: 'tiers.critical.rpo',
      message: 'shorter than the 1d1h without a firing after 2027-10-31T00:00Z, since clocks in Europe/Vienna change',
      hint: 'choose the zone UTC, or a longer rpo',
    });
  });

  it.each(['Etc/UTC', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata', 'Etc/GMT+5'])('may be in %s', (timezone) => {
    expect(warningsOf(`schedule: "0 2 * * *"\n    timezone: ${timezone}\n    rpo: 26h`)).toEqual([]);
  });
});

const tierWith = (lines: string) => fleetWith('schedule: "0 * * * *"', lines);
const read = (text: string) => parseFleet(text, 'fleet.yaml', { kinds: knownKinds, now });
const errorsOf = (text: string) => {
  const error = thrownBy(() => read(text));
  return error instanceof FleetFileError ? error.issues : [];
};

describe('a calendar', () => {
  it('stands beside cron expressions', () => {
    const schedule = '["@hourly", {at: ["02:30", "14:30"], days: [mon-wed, sat]}, {at: 03:00, daysOfMonth: 1}]';
    const [tier] = read(tierWith(`schedule: ${schedule}`)).tiers;
    expect(tier?.schedule).toEqual(['@hourly', '30 2,14 * * 1,2,3,6', '0 3 1 * *']);
    expect(read(tierWith('schedule: {at: "02:30"}').replace('rpo: 2h', 'rpo: 1d')).tiers[0]?.schedule).toEqual([
      '30 2 * * *',
    ]);
  });

  it.each([
    ['{at: "2:30"}', '12:20', 'tiers.critical.schedule.at', '`2:30`: not a time like `02:30`'],
    ['{at: 230}', '12:20', 'tiers.critical.schedule.at', 'must be a time like `02:30`, or a list of them'],
    [
      '{at: "02:30", days: [mo]}',
      '12:36',
      'tiers.critical.schedule.days[0]',
      '`mo`: not a day like `mon` or `mon-fri`',
    ],
    ['{at: "02:30", daysOfMonth: 32}', '12:42', 'tiers.critical.schedule.daysOfMonth', 'must be at most 31'],
    ['{at: "02:30", daysOfMonth: "7-1"}', '12:42', 'tiers.critical.schedule.daysOfMonth', '`7-1`: runs backwards'],
    ['{at: "02:30", months: [may, juno]}', '12:43', 'tiers.critical.schedule.months[1]', '`juno`: not a month'],
    ['{at: "02:30", daysOfMonth: 31, months: [feb, apr]}', '12:5', 'tiers.critical.schedule', 'never fires'],
    ['["@hourly", {days: [mon]}]', '12:27', 'tiers.critical.schedule[1].at', 'is missing'],
    [
      '["@hourly", {at: "02:30"}, 5]',
      '12:42',
      'tiers.critical.schedule[2]',
      'must be a cron expression, or a calendar',
    ],
    [
      '5',
      '12:15',
      'tiers.critical.schedule',
      'must be a cron expression, a calendar like {at: "02:30"}, or a list of them',
    ],
  ])('like %s is refused at %s', (schedule, position, path, message) => {
    expect(errorsOf(tierWith(`schedule: ${schedule}`))).toMatchObject([
      { path, message: expect.stringContaining(message) as string },
    ]);
    const [{ line, column } = { line: 0, column: 0 }] = errorsOf(tierWith(`schedule: ${schedule}`));
    expect(`${line}:${column}`).toBe(position);
  });

  it('suggests what a misspelt key may be', () => {
    expect(errorsOf(tierWith('schedule: {at: "02:30", dayOfMonth: 1}'))).toMatchObject([
      { message: 'unknown key `dayOfMonth`', hint: 'did you mean `daysOfMonth`?' },
    ]);
    expect(errorsOf(tierWith('schedule: [{at: "02:30", day: mon}]'))).toMatchObject([
      { path: 'tiers.critical.schedule[0].day', hint: 'did you mean `days`?' },
    ]);
  });
});

describe('a blackout', () => {
  const withBlackout = (window: string, schedule = 'schedule: "0 * * * *"') =>
    tierWith(`${schedule}\n    blackout: [${window}]`);

  it('of the fleet holds for every tier, beside its own', () => {
    const text = `${withBlackout('{from: "22:00", to: "06:00", days: [fri-sun]}')}blackout: [{from: 2026-12-24, to: 2026-12-26 12:00}]\n`;
    expect(read(text).tiers[0]?.blackout).toEqual([
      { from: '2026-12-24T00:00', to: '2026-12-26T12:00' },
      { days: [0, 5, 6], fromMinute: 22 * 60, toMinute: 30 * 60 },
    ]);
    expect(read(withBlackout('{from: 2026-12-24, to: 2026-12-24}')).tiers[0]?.blackout).toEqual([
      { from: '2026-12-24T00:00', to: '2026-12-25T00:00' },
    ]);
  });

  it.each([
    ['{from: "8:00", to: "18:00"}', 'from', 'neither a time like `08:00` nor a date'],
    ['{from: "08:00", to: "2026-12-24"}', 'to', 'is a date, but `from` is a time of the day'],
    ['{from: "2026-12-24", to: "18:00"}', 'to', 'is a time of the day, but `from` is a date'],
    ['{from: "08:00", to: "08:00"}', 'to', 'the whole day is 00:00 to 24:00'],
    ['{from: "2026-02-30", to: "2026-03-05"}', 'from', 'no such date'],
    ['{from: "2026-12-24", to: "2026-12-23"}', 'to', 'is not after `from`'],
    ['{from: "2026-12-24", to: "2028-01-01"}', 'to', 'is more than 366 days after `from`'],
    ['{from: "2026-12-24", to: "2026-12-27", days: mon}', 'days', 'goes with times of the day, not with dates'],
  ])('like %s is refused', (window, key, message) => {
    expect(errorsOf(withBlackout(window))).toMatchObject([
      { line: 13, path: `tiers.critical.blackout[0].${key}`, message: expect.stringContaining(message) as string },
    ]);
  });

  it('that leaves no firing is refused, also where jitter takes the last one', () => {
    const nightly = 'schedule: "30 2 * * *"\n    jitter: 1h';
    expect(errorsOf(withBlackout('{from: "03:00", to: "02:00"}', nightly))).toMatchObject([
      {
        line: 14,
        path: 'tiers.critical.blackout',
        message: 'leaves no firing of the schedule of tier `critical`',
        hint: 'what its jitter of 1h could let begin within a window does not fire either',
      },
    ]);
    const text = `${fleetText}blackout: [{from: "00:00", to: "24:00"}]\n`;
    expect(errorsOf(text)).toMatchObject([{ path: 'blackout', hint: 'make a window shorter' }]);
  });

  it('that leaves no firing of a drill is refused', () => {
    const drill = `    connect: {authentication: iam}
    drills:
      weekly: {schedule: {at: "06:00", days: mon}, to: {account: "333333333333", region: eu-west-1}}
`;
    expect(errorsOf(`${withBlackout('{from: "05:00", to: "07:00", days: [mon]}')}${drill}`)).toMatchObject([
      { message: 'leaves no firing of the schedule of drill `weekly` of tier `critical`' },
    ]);
  });

  it('that holds back more than Temporal can pass by is refused', () => {
    const everyMinute = 'schedule: "* * * * *"';
    expect(() => read(withBlackout('{from: 2027-06-01, to: 2027-06-06}', everyMinute))).not.toThrow();
    expect(errorsOf(withBlackout('{from: 2027-06-01, to: 2027-06-09}', everyMinute))).toMatchObject([
      { message: expect.stringContaining('holds back more than 10000 firings in a row') as string },
    ]);
  });

  it('that leaves a longer gap than the rpo is warned of', () => {
    const warnings = read(withBlackout('{from: "08:00", to: "18:00", days: [mon-fri]}')).warnings;
    expect(warnings).toMatchObject([
      {
        path: 'tiers.critical.rpo',
        message: 'shorter than the 11h without a firing after 2026-11-23T07:00Z, since blackouts hold firings back',
        hint: 'make a window shorter, fire just before and after it, or allow a longer rpo',
      },
    ]);
    expect(read(withBlackout('{from: "08:00", to: "09:00"}')).warnings).toEqual([]);
  });
});
