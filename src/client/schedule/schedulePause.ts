import { type Client, type ScheduleDescription } from '@temporalio/client';
import { fileAuthor, pausedByFile, pauseText, type SchedulePause } from '../../core/schedulePause';
import { writingKeyOf } from '../../payloads';
import { InvalidRequestError } from '../invalidRequestError';
import { describeSchedule } from './describeSchedule';

/**
 * Where a pause stands: in the memo of the schedule's action, beside its settings. An end is the spec's start as well: Temporal
 * fires nothing before it, and needs nobody to go on then.
 */
export const pauseMemo = 'farcopyPause';

type Description = Pick<ScheduleDescription, 'action' | 'spec' | 'state'>;

/**
 * The pause that is in force; null: it fires.
 *
 * @param now milliseconds since the epoch
 */
export function pauseOf({ action, spec, state }: Description, now: number): SchedulePause | null {
  const told = toldPause(action.memo?.[pauseMemo]);
  if (state.paused) {
    if (told?.until === null) return told;
    return {
      by: state.note === pausedByFile ? fileAuthor : null,
      reason: state.note ?? '',
      since: null,
      until: null,
    };
  }
  const { startAt } = spec;
  if (startAt === undefined || startAt.getTime() <= now) return null;
  const until = startAt.toISOString();
  return told?.until === until ? told : { by: null, reason: state.note ?? '', since: null, until };
}

/** What an update of a schedule has to keep of a pause that a person has asked for. */
export function keptPause(description: Description, now: number): { startAt?: Date; memo: Record<string, unknown> } {
  const pause = pauseOf(description, now);
  const told = description.action.memo?.[pauseMemo];
  return {
    ...(pause === null || pause.until === null ? {} : { startAt: new Date(pause.until) }),
    memo: pause === null || told === undefined ? {} : { [pauseMemo]: told },
  };
}

/**
 * Has a schedule fire nothing, until its end or until somebody resumes it. What runs goes on.
 *
 * @throws InvalidRequestError where there is no such schedule
 */
export async function pauseSchedule(client: Client, scheduleId: string, pause: SchedulePause): Promise<void> {
  await requireSchedule(client, scheduleId);
  // The note is for the Temporal UI, and is never encrypted.
  const isSecret = writingKeyOf(client.options.loadedDataConverter.payloadCodecs) !== null;
  await client.schedule.getHandle(scheduleId).update(({ spec, action, state, policies, typedSearchAttributes }) => ({
    action: { ...action, memo: { ...action.memo, [pauseMemo]: pause } },
    policies,
    typedSearchAttributes,
    spec: { ...spec, startAt: pause.until === null ? undefined : new Date(pause.until) },
    state: {
      ...state,
      // One that has an end takes the place of one that had none.
      paused: pause.until === null,
      note: isSecret ? 'paused by `farcopy pause`; `farcopy schedules` tells why' : pauseText(pause, String),
    },
  }));
}

/**
 * Ends a pause, whoever has begun it.
 *
 * @returns false where there was none
 * @throws InvalidRequestError where there is no such schedule
 */
export async function resumeSchedule(client: Client, scheduleId: string, now: number): Promise<boolean> {
  const there = await requireSchedule(client, scheduleId);
  if (pauseOf(there, now) === null) return false;
  await client.schedule.getHandle(scheduleId).update(({ spec, action, state, policies, typedSearchAttributes }) => {
    const { [pauseMemo]: _ended, ...memo } = action.memo ?? {};
    return {
      action: { ...action, memo },
      policies,
      typedSearchAttributes,
      spec: { ...spec, startAt: undefined },
      state: { ...state, paused: false, note: '' },
    };
  });
  return true;
}

async function requireSchedule(client: Client, scheduleId: string): Promise<ScheduleDescription> {
  const there = await describeSchedule(client, scheduleId);
  if (there !== null) return there;
  throw new InvalidRequestError(`Temporal has no schedule ${scheduleId} yet`, 'run `farcopy apply`');
}

/** A memo is what anybody who may use the namespace has written. */
function toldPause(memo: unknown): SchedulePause | null {
  if (typeof memo !== 'object' || memo === null) return null;
  const { by, reason, since, until } = memo as Record<string, unknown>;
  const isTime = (value: unknown) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
  if (typeof by !== 'string' || typeof reason !== 'string' || !isTime(since)) return null;
  return until === null || isTime(until) ? (memo as SchedulePause) : null;
}
