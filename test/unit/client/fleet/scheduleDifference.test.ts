import { ScheduleOverlapPolicy } from '@temporalio/client';
import { type BackupScheduleSettings, catchupSeconds } from '../../../../src/client/backup/backupSchedule';
import { type FleetSchedule, settingsMemo } from '../../../../src/client/fleet/fleetSchedule';
import { fleetSchedules } from '../../../../src/client/fleet/fleetSchedules';
import { scheduleDifference } from '../../../../src/client/fleet/scheduleDifference';
import { changeText } from '../../../../src/client/cli/commands/apply';
import { fleetOf } from '../fleet';

type Backup = FleetSchedule<BackupScheduleSettings>;

const fleet = fleetOf(
  'polling: {shortest: 2s}',
  `  critical: {schedule: ["0 * * * *", "30 6 * * 1"], timezone: Europe/Vienna, jitter: 5m, rpo: 2h, route: [secure], retention: {hourly: 24, minimum: 3}}
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure], retention: {daily: 14, minimum: 2}, paused: true}`,
);
const [critical, standard] = fleetSchedules(fleet) as [Backup, Backup];
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
      timezone: 'Europe/Vienna',
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
      timezone: 'Europe/Vienna',
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
    timezone: Europe/Vienna
    rpo: 2h
    route: [secure]
    retention: {minimum: 3}
    connect: {authentication: iam}
    drills:
      weekly: {schedule: "0 6 * * 1", paused: true, to: {account: "333333333333", region: eu-west-1}}
      at-will: {to: {account: "333333333333", region: eu-west-1}}
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure], retention: {daily: 14, minimum: 2}}`,
    );
    const [, , drill, sweep] = fleetSchedules(drilled);
    expect(fleetSchedules(drilled).map(({ scheduleId }) => scheduleId)).toEqual([
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
      timezone: 'Europe/Vienna',
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

describe('the difference between the fleet file and Temporal', () => {
  test('is everything, where nothing is there', () => {
    const changes = scheduleDifference([critical, standard], [], null);
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
    expect(change && changeText(change)).toBe('cron: 0 * * * * and 30 6 * * 1 → 15 * * * *; jitterSeconds: 300 → 0');
  });

  test('writes anew what is under another key, or in the clear, so that no old key is needed for ever', () => {
    const key = 'arn:aws:kms:eu-west-1:222222222222:key/new';
    const changes = scheduleDifference([critical], [existing(critical)], key);
    expect(changes).toMatchObject([{ change: 'update', pauseChanged: false }]);
    expect(changes.map(changeText)).toEqual([`payloadKey: null → ${key}`]);
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
