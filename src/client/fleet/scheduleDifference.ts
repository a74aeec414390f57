import { type ClockNights, foreseenUntil, localMs } from '../../config';
import { type FleetSchedule } from './fleetSchedule';
import { type ScheduleSettings } from '../schedule/scheduleSettings';

/** A setting that differs. */
export interface SettingChange {
  readonly setting: string;
  readonly from: unknown;
  readonly to: unknown;
}

export type ScheduleChange =
  | { readonly change: 'create'; readonly scheduleId: string; readonly schedule: ScheduleSettings }
  | {
      readonly change: 'update';
      readonly scheduleId: string;
      readonly schedule: ScheduleSettings;
      /** Empty where the schedule does not tell what it was made of: someone has changed it by hand. */
      readonly settings: readonly SettingChange[];
      /** Whether the fleet file changes its mind about pausing; otherwise a schedule paused by a person stays so. */
      readonly pauseChanged: boolean;
    }
  | { readonly change: 'remove'; readonly scheduleId: string };

/** A schedule of the fleet as Temporal has it; settings are null where it does not tell them. */
export interface ExistingSchedule {
  readonly scheduleId: string;
  readonly settings: ScheduleSettings | null;
  /** ARN of the key that its payloads are encrypted under; null: they are in the clear. */
  readonly payloadKey: string | null;
}

/**
 * What must be done so that the fleet's schedules are those of its file.
 *
 * @param payloadKey The key that their payloads are to be encrypted under: a schedule starts workflows with what it was given.
 */
export function scheduleDifference(
  wanted: readonly Pick<FleetSchedule, 'scheduleId' | 'settings'>[],
  existing: readonly ExistingSchedule[],
  payloadKey: string | null,
): ScheduleChange[] {
  const there = new Map(existing.map((e) => [e.scheduleId, e]));
  const kept = new Set<string>();
  const changes: ScheduleChange[] = [];
  for (const { scheduleId, settings: schedule } of wanted) {
    kept.add(scheduleId);
    const present = there.get(scheduleId);
    if (present === undefined) {
      changes.push({ change: 'create', scheduleId, schedule });
      continue;
    }
    const settings =
      present.settings === null
        ? []
        : [
            ...settingChanges(present.settings, schedule),
            ...(present.payloadKey === payloadKey
              ? []
              : [{ setting: 'payloadKey', from: present.payloadKey, to: payloadKey }]),
          ];
    if (present.settings !== null && settings.length === 0) continue;
    const pauseChanged = present.settings === null ? schedule.paused : present.settings.paused !== schedule.paused;
    changes.push({ change: 'update', scheduleId, schedule, settings, pauseChanged });
  }
  for (const { scheduleId } of existing) if (!kept.has(scheduleId)) changes.push({ change: 'remove', scheduleId });
  return changes;
}

function settingChanges(from: ScheduleSettings, schedule: ScheduleSettings): SettingChange[] {
  const before = new Map<string, unknown>(Object.entries(from));
  const after = new Map<string, unknown>(Object.entries(schedule));
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((setting) => ({ setting, from: before.get(setting), to: after.get(setting) }))
    .filter((change) => JSON.stringify(change.from) !== JSON.stringify(change.to));
}

/** Changes of clocks are to be foreseen for so long at the least, in days: `apply` may be run rarely. */
export const leastForesightDays = 183;

/**
 * True where nothing differs but that `apply` would foresee further changes of clocks, and those foreseen last for
 * {@link leastForesightDays} yet.
 *
 * @param now milliseconds since the epoch
 */
export function isForesightAlone(change: ScheduleChange, now: number): boolean {
  if (change.change !== 'update' || change.settings.length !== 1) return false;
  const [{ setting, from, to }] = change.settings as readonly [SettingChange];
  if (setting !== 'clockNights' || from === undefined || to === undefined) return false;
  const [there, wanted] = [from as ClockNights, to as ClockNights];
  const until = foreseenUntil(there);
  if (until < now + leastForesightDays * 86_400_000) return false;
  const ahead = ({ instead, firings }: ClockNights) => [
    ...firings.filter((time) => now < Date.parse(time) && Date.parse(time) < until),
    ...instead.map((span) => span.from).filter((time) => now < localMs(time) && localMs(time) < until),
  ];
  return JSON.stringify(ahead(there)) === JSON.stringify(ahead(wanted));
}
