import { ScheduleOverlapPolicy } from '@temporalio/client';
import { type BackupSchedule, catchupSeconds, scheduleOptions, settingsMemo } from '../../../src/client/backupSchedule';
import { fleetSchedules } from '../../../src/client/fleetSchedules';
import { scheduleDifference } from '../../../src/client/scheduleDifference';
import { changeText } from '../../../src/client/cli/commands/apply';
import { fleetOf } from './fleet';

const fleet = fleetOf(
  'polling: {shortest: 2s}',
  `  critical: {schedule: ["0 * * * *", "30 6 * * 1"], timezone: Europe/Vienna, jitter: 5m, rpo: 2h, route: [secure], retention: {hourly: 24, minimum: 3}}
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure], retention: {daily: 14, minimum: 2}, paused: true}`,
);
const [critical, standard] = fleetSchedules(fleet) as [BackupSchedule, BackupSchedule];
/** As it comes back from Temporal: through JSON. */
const stored = (schedule: BackupSchedule) => JSON.parse(JSON.stringify(schedule)) as BackupSchedule;
const existing = (schedule: BackupSchedule) => ({
  scheduleId: `fleet-backup-panda-${schedule.tier}`,
  settings: stored(schedule),
});

describe('the schedules of a fleet', () => {
  test('say all that the fleet file says of a tier', () => {
    expect(critical).toEqual({
      fleet: 'panda',
      tier: 'critical',
      cron: ['0 * * * *', '30 6 * * 1'],
      timezone: 'Europe/Vienna',
      jitterSeconds: 300,
      catchupSeconds: 7200,
      paused: false,
      pollSeconds: 2,
    });
    expect(standard.paused).toBe(true);
  });

  test('a missed firing is made up for within the RPO, but not for ten minutes and less, nor after six hours', () => {
    expect([60, 7200, 26 * 3600].map(catchupSeconds)).toEqual([600, 7200, 21_600]);
  });

  test('start the round of their tier where the workers of the fleet are', () => {
    const options = scheduleOptions(critical);
    expect(options.scheduleId).toBe('fleet-backup-panda-critical');
    expect(options.spec).toEqual({
      cronExpressions: ['0 * * * *', '30 6 * * 1'],
      timezone: 'Europe/Vienna',
      jitter: 300_000,
    });
    expect(options.action).toMatchObject({
      workflowType: 'fleetBackup',
      workflowId: 'fleet-backup/panda/critical',
      taskQueue: 'farcopy-panda',
      args: [{ version: 1, fleet: 'panda', tier: 'critical', pollSeconds: 2 }],
      memo: { [settingsMemo]: critical },
    });
    expect(options.policies).toEqual({
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
      catchupWindow: 7_200_000,
      pauseOnFailure: false,
    });
    expect(scheduleOptions(standard).state?.paused).toBe(true);
  });
});

describe('the difference between the fleet file and Temporal', () => {
  test('is everything, where nothing is there', () => {
    const changes = scheduleDifference([critical, standard], []);
    expect(changes.map(({ change, scheduleId }) => `${change} ${scheduleId}`)).toEqual([
      'create fleet-backup-panda-critical',
      'create fleet-backup-panda-standard',
    ]);
    expect(changes.map(changeText)).toEqual([
      '0 * * * * and 30 6 * * 1 (Europe/Vienna, up to 5m late)',
      '0 2 * * * (UTC), paused',
    ]);
  });

  test('is nothing, where all is as the file says', () => {
    expect(scheduleDifference([critical, standard], [existing(critical), existing(standard)])).toEqual([]);
  });

  test('names what differs, and does not unpause what a person may have paused', () => {
    const [change] = scheduleDifference(
      [{ ...critical, cron: ['15 * * * *'], jitterSeconds: 0 }],
      [existing(critical)],
    );
    expect(change).toMatchObject({
      change: 'update',
      pauseChanged: false,
      settings: [
        { setting: 'cron', from: ['0 * * * *', '30 6 * * 1'], to: ['15 * * * *'] },
        { setting: 'jitterSeconds', from: 300, to: 0 },
      ],
    });
    expect(change && changeText(change)).toBe('cron: 0 * * * * and 30 6 * * 1 → 15 * * * *; jitterSeconds: 300 → 0');
  });

  test('pauses and unpauses when the file changes its mind', () => {
    expect(scheduleDifference([{ ...standard, paused: false }], [existing(standard)])).toMatchObject([
      { pauseChanged: true },
    ]);
    expect(scheduleDifference([{ ...critical, paused: true }], [existing(critical)])).toMatchObject([
      { pauseChanged: true },
    ]);
  });

  test('removes the schedule of a tier that is no more', () => {
    expect(scheduleDifference([critical], [existing(critical), existing(standard)])).toEqual([
      { change: 'remove', scheduleId: 'fleet-backup-panda-standard' },
    ]);
  });

  test('mends a schedule that someone has made anew by hand, and leaves its pause alone', () => {
    const changes = scheduleDifference([critical], [{ scheduleId: 'fleet-backup-panda-critical', settings: null }]);
    expect(changes).toMatchObject([{ change: 'update', settings: [], pauseChanged: false }]);
    expect(changes.map(changeText)).toEqual([expect.stringContaining('changed by hand')]);
  });

  test('takes a setting that an older version did not write down as a change', () => {
    const { pollSeconds: _, ...older } = stored(critical);
    const settings = older as BackupSchedule;
    const changes = scheduleDifference([critical], [{ scheduleId: 'fleet-backup-panda-critical', settings }]);
    expect(changes.map(changeText)).toEqual(['pollSeconds: none → 2']);
  });
});
