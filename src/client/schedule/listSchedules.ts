import { type Client } from '@temporalio/client';
import { type Fleet } from '../../config';
import { inParallel } from '../../core/inParallel';
import { settingsMemo } from '../fleet/fleetSchedule';
import { fleetSchedules } from '../fleet/fleetSchedules';
import { describeSchedule } from './describeSchedule';
import { pauseOf } from './schedulePause';
import { type SchedulePause } from '../../core/schedulePause';
import { type ScheduleSettings } from './scheduleSettings';

/** A schedule of the fleet, as Temporal has it. */
export interface ListedSchedule {
  readonly scheduleId: string;
  /** Null for what concerns the whole fleet. */
  readonly tier: string | null;
  /** Null for what is no drill. */
  readonly drill: string | null;
  /** Null where Temporal has no such schedule yet, or where it does not tell what it was made of. */
  readonly settings: ScheduleSettings | null;
  readonly exists: boolean;
  readonly pause: SchedulePause | null;
  /** When it begins next, jitter included, at most ten: ISO 8601, UTC. None while it is paused without an end. */
  readonly next: readonly string[];
}

/** One that does not fire. */
export type PausedSchedule = Pick<ListedSchedule, 'scheduleId' | 'tier' | 'drill'> & { readonly pause: SchedulePause };

const width = 16;

/**
 * The schedules that the fleet file asks for, as Temporal has them.
 *
 * @param now milliseconds since the epoch
 */
export async function listSchedules(client: Client, fleet: Fleet, now: number): Promise<ListedSchedule[]> {
  return inParallel(fleetSchedules(fleet, now), width, async ({ scheduleId, settings: wanted }) => {
    const { tier = null, drill = null } = wanted as ScheduleSettings & {
      readonly tier?: string;
      readonly drill?: string;
    };
    const there = await describeSchedule(client, scheduleId);
    if (there === null) return { scheduleId, tier, drill, settings: null, exists: false, pause: null, next: [] };
    const pause = pauseOf(there, now);
    return {
      scheduleId,
      tier,
      drill,
      settings: (there.action.memo?.[settingsMemo] as ScheduleSettings | undefined) ?? null,
      exists: true,
      pause,
      next:
        pause?.until === null
          ? []
          : there.info.nextActionTimes.filter((time) => time.getTime() > now).map((time) => time.toISOString()),
    };
  });
}

/** Those of them that are paused. */
export async function pausedSchedules(client: Client, fleet: Fleet, now: number): Promise<PausedSchedule[]> {
  return (await listSchedules(client, fleet, now)).flatMap(({ scheduleId, tier, drill, pause }) =>
    pause === null ? [] : [{ scheduleId, tier, drill, pause }],
  );
}
