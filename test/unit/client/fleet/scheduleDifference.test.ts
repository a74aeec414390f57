import { ScheduleOverlapPolicy } from '@temporalio/client';
import { type BackupScheduleSettings, catchupSeconds } from '../../../../src/client/backup/backupSchedule';
import { type FleetSchedule, settingsMemo } from '../../../../src/client/fleet/fleetSchedule';
import { fleetSchedules } from '../../../../src/client/fleet/fleetSchedules';
import { isForesightAlone, scheduleDifference } from '../../../../src/client/fleet/scheduleDifference';
import { changeText } from '../../../../src/client/cli/commands/apply';
import { fleetOf } from '../fleet';

const dayMs = 86_400_000;

type Backup = FleetSchedule<BackupScheduleSettings>;

const fleet = fleetOf(
  'polling: {shortest: 2s}',
  `  critical: {schedule: ["0 * * * *", "30 6 * * 1"], timezone: Asia/Kolkata, jitter: 5m, rpo: 2h, route: [secure], retention: {hourly: 24, minimum: 3}}
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure], retention: {daily: 14, minimum: 2}, paused: true}`,
);
const now = Date.UTC(2026, 10, 30);
const [critical, standard] = fleetSchedules(fleet, now) as [Backup, Backup];
const withSettings = (schedule: Backup, changed: Partial<BackupScheduleSettings>) => ({
  ...schedule,
  settings: { ...schedule.settings, ...changed },
});
/** As it comes back from Temporal: through JSON. */
const stored = ({ settings }: Backup) => JSON.parse(JSON.stringify(settings)) as BackupScheduleSettings;
const existing = (schedule: Backup) => ({
  scheduleId: schedule.scheduleId,
  settings: stored(schedule),
  payloadKey: null,
});

describe('the schedules of a fleet', () => {
  test('say all that the fleet file says of a tier', () => {
    expect(critical.settings).toEqual({
      fleet: 'panda',
      tier: 'critical',
      cron: ['0 * * * *', '30 6 * * 1'],
      timezone: 'Asia/Kolkata',
      jitterSeconds: 300,
      catchupSeconds: 7200,
      paused: false,
      pollSeconds: 2,
    });
    expect(standard.settings.paused).toBe(true);
  });

  test('a missed firing is made up for within the RPO, but not for ten minutes and less, nor after six hours', () => {
    expect([60, 7200, 26 * 3600].map(catchupSeconds)).toEqual([600, 7200, 21_600]);
  });

  test('start the round of their tier where the workers of the fleet are', () => {
    const { options } = critical;
    expect(options.scheduleId).toBe('fleet-backup-panda-critical');
    expect(options.spec).toEqual({
      cronExpressions: ['0 * * * *', '30 6 * * 1'],
      timezone: 'Asia/Kolkata',
      jitter: 300_000,
    });
    expect(options.action).toMatchObject({
      workflowType: 'fleetBackup',
      workflowId: 'fleet-backup/panda/critical',
      taskQueue: 'farcopy-panda',
      args: [{ version: 1, fleet: 'panda', tier: 'critical', pollSeconds: 2 }],
      memo: { [settingsMemo]: critical.settings },
    });
    expect(options.policies).toEqual({
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
      catchupWindow: 7_200_000,
      pauseOnFailure: false,
    });
    expect(standard.options.state?.paused).toBe(true);
  });

  test('are one more for each drill that has times, and one that clears up', () => {
    const drilled = fleetOf(
      '',
      `  critical:
    schedule: "0 * * * *"
    timezone: Asia/Kolkata
    rpo: 2h
    route: [secure]
    retention: {minimum: 3}
    connect: {authentication: iam}
    drills:
      weekly: {schedule: "0 6 * * 1", paused: true, to: {account: "333333333333", region: eu-west-1}}
      at-will: {to: {account: "333333333333", region: eu-west-1}}
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure], retention: {daily: 14, minimum: 2}}`,
    );
    const [, , drill, sweep] = fleetSchedules(drilled, now);
    expect(fleetSchedules(drilled, now).map(({ scheduleId }) => scheduleId)).toEqual([
      'fleet-backup-panda-critical',
      'fleet-backup-panda-standard',
      'drill-panda-critical-weekly',
      'sweep-panda',
    ]);
    expect(drill?.settings).toEqual({
      fleet: 'panda',
      tier: 'critical',
      drill: 'weekly',
      cron: ['0 6 * * 1'],
      timezone: 'Asia/Kolkata',
      jitterSeconds: 0,
      catchupSeconds: 21_600,
      paused: true,
    });
    expect(drill?.options.action).toMatchObject({
      workflowType: 'drillTier',
      taskQueue: 'farcopy-panda',
      args: [{ version: 1, fleet: 'panda', tier: 'critical', drill: 'weekly' }],
    });
    expect(sweep?.options.action).toMatchObject({
      workflowType: 'sweepRestores',
      args: [{ version: 1, fleet: 'panda', dryRun: false }],
    });
    expect([drill, sweep].map((schedule) => schedule?.options.policies?.overlap)).toEqual([
      ScheduleOverlapPolicy.SKIP,
      ScheduleOverlapPolicy.SKIP,
    ]);
  });
});

/** The rounds of a tier, with whatever is to be said of its times. */
const backupOf = (tier: string, at = now) =>
  fleetSchedules(
    fleetOf(
      'blackout: [{from: 2026-12-24, to: 2026-12-26}]',
      `  standard: {${tier}, rpo: 26h, route: [secure], retention: {minimum: 2}}`,
    ),
    at,
  )[0] as Backup;

describe('what holds firings back, and changes of clocks', () => {
  const berlin = backupOf(
    'schedule: {at: "02:30", days: [mon-sun]}, timezone: Europe/Berlin, blackout: [{from: "08:00", to: "18:30", days: [sat]}]',
  );

  test('stand in the settings of a schedule', () => {
    expect(berlin.settings).toMatchObject({
      cron: ['30 2 * * 0,1,2,3,4,5,6'],
      blackout: [
        { from: '2026-12-24T00:00', to: '2026-12-27T00:00' },
        { days: [6], fromMinute: 480, toMinute: 1110 },
      ],
      clockNights: { until: '2029-01-01' },
    });
  });

  test('are told to Temporal as what it skips, and as intervals of which one end is met within decades', () => {
    const { skip = [], intervals = [] } = berlin.options.spec;
    expect(skip.slice(0, 3)).toMatchObject([
      {
        dayOfWeek: ['SATURDAY'],
        hour: { start: 8, end: 17 },
        minute: { start: 0, end: 59 },
        second: { start: 0, end: 59 },
      },
      { dayOfWeek: ['SATURDAY'], hour: { start: 18, end: 18 }, minute: { start: 0, end: 29 } },
      { year: 2026, month: 'DECEMBER', dayOfMonth: { start: 24, end: 26 }, hour: { start: 0, end: 23 } },
    ]);
    expect(skip[3]).toMatchObject({ year: 2026, month: 'OCTOBER', dayOfMonth: { start: 25, end: 25 }, second: 0 });
    const metNext = intervals.map(({ every, offset }) => {
      const [period, phase] = [Number(every), Number(offset)];
      return new Date((Math.floor((Date.UTC(2026, 0, 1) - phase) / period) + 1) * period + phase).toISOString();
    });
    expect(metNext.slice(2, 4)).toEqual(['2027-03-28T01:00:00.000Z', '2027-10-31T00:30:01.000Z']);
  });

  test('are told in words when they differ', () => {
    const before = backupOf('schedule: "30 2 * * *", timezone: Europe/Berlin');
    const after = backupOf('schedule: {at: "12:00", months: jan-mar}, blackout: [{from: "22:00", to: "06:00"}]');
    expect(scheduleDifference([after], [existing(before)], null).map(changeText)).toEqual([
      'schedule: 02:30 → 12:00 in Jan–Mar; timezone: Europe/Berlin → UTC; ' +
        'blackout: 2026-12-24 00:00 – 2026-12-27 00:00 → 2026-12-24 00:00 – 2026-12-27 00:00 and 22:00–06:00; ' +
        'changes of clocks foreseen: until 2029-01-01 → none',
    ]);
    expect(scheduleDifference([after], [], null).map(changeText)).toEqual([
      '12:00 in Jan–Mar (UTC), not 2026-12-24 00:00 – 2026-12-27 00:00 and 22:00–06:00',
    ]);
  });

  test('that are taken out of the file are a difference', () => {
    const { blackout: _blackout, ...settings } = berlin.settings;
    expect(scheduleDifference([{ ...berlin, settings }], [existing(berlin)], null)).toMatchObject([
      { settings: [{ setting: 'blackout', to: undefined }] },
    ]);
  });

  test('need no apply while changes of clocks are foreseen for half a year', () => {
    const tier = 'schedule: "30 2 * * *", timezone: Europe/Berlin';
    const changeAt = (at: number) => scheduleDifference([backupOf(tier, at)], [existing(backupOf(tier))], null)[0];
    const isAlone = (at: number) => {
      const change = changeAt(at);
      return change === undefined ? null : isForesightAlone(change, at);
    };
    expect(isAlone(Date.UTC(2026, 11, 31))).toBeNull();
    expect(isAlone(Date.UTC(2027, 0, 1))).toBe(true);
    const end = Date.UTC(2029, 0, 1);
    expect([184, 182].map((days) => isAlone(end - days * dayMs))).toEqual([true, false]);
  });

  test('need an apply where a zone has changed its rules, or something else differs', () => {
    const tier = 'schedule: "30 2 * * *", timezone: Europe/Berlin';
    const nextYear = Date.UTC(2027, 0, 1);
    const there = existing(backupOf(tier));
    const { clockNights } = there.settings;
    const firings = (clockNights?.firings ?? []).filter((time) => !time.startsWith('2027-03'));
    const older = {
      ...there,
      settings: { ...there.settings, clockNights: { ...clockNights, firings } as typeof clockNights },
    };
    const [change] = scheduleDifference([backupOf(tier, nextYear)], [older], null);
    expect(change && isForesightAlone(change, nextYear)).toBe(false);
    const [more] = scheduleDifference([backupOf(`${tier}, jitter: 1m`, nextYear)], [there], null);
    expect(more && isForesightAlone(more, nextYear)).toBe(false);
  });
});

describe('the difference between the fleet file and Temporal', () => {
  test('is everything, where nothing is there', () => {
    const changes = scheduleDifference([critical, standard], [], null);
    expect(changes.map(({ change, scheduleId }) => `${change} ${scheduleId}`)).toEqual([
      'create fleet-backup-panda-critical',
      'create fleet-backup-panda-standard',
    ]);
    expect(changes.map(changeText)).toEqual([
      'every hour at :00 and 06:30 on Mon (Asia/Kolkata, up to 5m late)',
      '02:00 (UTC), paused',
    ]);
  });

  test('is nothing, where all is as the file says', () => {
    expect(scheduleDifference([critical, standard], [existing(critical), existing(standard)], null)).toEqual([]);
  });

  test('names what differs, and does not unpause what a person may have paused', () => {
    const [change] = scheduleDifference(
      [withSettings(critical, { cron: ['15 * * * *'], jitterSeconds: 0 })],
      [existing(critical)],
      null,
    );
    expect(change).toMatchObject({
      change: 'update',
      pauseChanged: false,
      settings: [
        { setting: 'cron', from: ['0 * * * *', '30 6 * * 1'], to: ['15 * * * *'] },
        { setting: 'jitterSeconds', from: 300, to: 0 },
      ],
    });
    expect(change && changeText(change)).toBe(
      'schedule: every hour at :00 and 06:30 on Mon → every hour at :15; jitter: 5m → 0s',
    );
  });

  test('writes anew what is under another key, or in the clear, so that no old key is needed for ever', () => {
    const key = 'arn:aws:kms:eu-west-1:222222222222:key/new';
    const changes = scheduleDifference([critical], [existing(critical)], key);
    expect(changes).toMatchObject([{ change: 'update', pauseChanged: false }]);
    expect(changes.map(changeText)).toEqual([`payloadKey: none → ${key}`]);
    expect(scheduleDifference([critical], [{ ...existing(critical), payloadKey: key }], key)).toEqual([]);
  });

  test('pauses and unpauses when the file changes its mind', () => {
    expect(scheduleDifference([withSettings(standard, { paused: false })], [existing(standard)], null)).toMatchObject([
      { pauseChanged: true },
    ]);
    expect(scheduleDifference([withSettings(critical, { paused: true })], [existing(critical)], null)).toMatchObject([
      { pauseChanged: true },
    ]);
  });

  test('removes the schedule of a tier that is no more', () => {
    expect(scheduleDifference([critical], [existing(critical), existing(standard)], null)).toEqual([
      { change: 'remove', scheduleId: 'fleet-backup-panda-standard' },
    ]);
  });

  test('mends a schedule that someone has made anew by hand, and leaves its pause alone', () => {
    const changes = scheduleDifference(
      [critical],
      [{ scheduleId: 'fleet-backup-panda-critical', settings: null, payloadKey: null }],
      null,
    );
    expect(changes).toMatchObject([{ change: 'update', settings: [], pauseChanged: false }]);
    expect(changes.map(changeText)).toEqual([expect.stringContaining('changed by hand')]);
  });
});
