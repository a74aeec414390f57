import { fleetBackupScheduleId } from '../core/naming';
import { type BackupSchedule } from './backupSchedule';

type SettingValue = BackupSchedule[keyof BackupSchedule];

/** A setting that differs. */
export interface SettingChange {
  readonly setting: keyof BackupSchedule;
  /** Undefined where an older Farcopy did not write it down. */
  readonly from: SettingValue | undefined;
  readonly to: SettingValue;
}

export type ScheduleChange =
  | { readonly change: 'create'; readonly scheduleId: string; readonly schedule: BackupSchedule }
  | {
      readonly change: 'update';
      readonly scheduleId: string;
      readonly schedule: BackupSchedule;
      /** Empty where the schedule does not tell what it was made of: someone has changed it by hand. */
      readonly settings: readonly SettingChange[];
      /** Whether the fleet file changes its mind about pausing; otherwise a schedule paused by a person stays so. */
      readonly pauseChanged: boolean;
    }
  | { readonly change: 'remove'; readonly scheduleId: string };

/** A schedule of the fleet as Temporal has it; settings are null where it does not tell them. */
export interface ExistingSchedule {
  readonly scheduleId: string;
  readonly settings: BackupSchedule | null;
}

/** What must be done so that the fleet's schedules are those of its file. */
export function scheduleDifference(
  wanted: readonly BackupSchedule[],
  existing: readonly ExistingSchedule[],
): ScheduleChange[] {
  const there = new Map(existing.map((e) => [e.scheduleId, e]));
  const kept = new Set<string>();
  const changes: ScheduleChange[] = [];
  for (const schedule of wanted) {
    const scheduleId = fleetBackupScheduleId(schedule.fleet, schedule.tier);
    kept.add(scheduleId);
    const present = there.get(scheduleId);
    if (present === undefined) {
      changes.push({ change: 'create', scheduleId, schedule });
      continue;
    }
    const settings = present.settings === null ? [] : settingChanges(present.settings, schedule);
    if (present.settings !== null && settings.length === 0) continue;
    const pauseChanged = present.settings === null ? schedule.paused : present.settings.paused !== schedule.paused;
    changes.push({ change: 'update', scheduleId, schedule, settings, pauseChanged });
  }
  for (const { scheduleId } of existing) if (!kept.has(scheduleId)) changes.push({ change: 'remove', scheduleId });
  return changes;
}

function settingChanges(from: BackupSchedule, to: BackupSchedule): SettingChange[] {
  const settings = Object.keys(to) as (keyof BackupSchedule)[];
  return settings
    .filter((setting) => JSON.stringify(from[setting]) !== JSON.stringify(to[setting]))
    .map((setting) => ({ setting, from: from[setting], to: to[setting] }));
}
