import { type Client, type ScheduleHandle, ScheduleNotFoundError } from '@temporalio/client';
import { type Fleet } from '../../config';
import { searchAttributes } from '../../core/searchAttributes';
import { keyOf, writingKeyOf } from '../../payloads';
import { type FleetSchedule, ownerMemo, settingsMemo } from './fleetSchedule';
import { type ScheduleSettings } from '../schedule/scheduleSettings';
import { fleetSchedules } from './fleetSchedules';
import { InvalidRequestError } from '../invalidRequestError';
import { describeSchedule } from '../schedule/describeSchedule';
import { keptPause } from '../schedule/schedulePause';
import { type ExistingSchedule, type ScheduleChange, scheduleDifference } from './scheduleDifference';
import {
  lacksSearchAttribute,
  type OnWait,
  registerSearchAttributes,
  searchAttributeGap,
  SearchAttributeWait,
} from './searchAttributeRegistration';

/** What Temporal lacks of, or has beyond, what the fleet file says. */
export interface FleetDifference {
  /** Search attributes to be registered. */
  readonly searchAttributes: readonly string[];
  readonly schedules: readonly ScheduleChange[];
}

export interface ApplyOptions {
  /** True: changes nothing. */
  readonly dryRun?: boolean;
  /** Called with the difference before anything is changed. */
  readonly onDifference?: (difference: FleetDifference) => void;
  readonly onWait?: OnWait;
}

/**
 * Makes Temporal fit the fleet file: registers the search attributes, creates, updates and removes the schedules of the
 * fleet's tiers and drills. Doing it twice changes nothing the second time; schedules of others are not touched, and a schedule that a
 * person has paused stays paused.
 *
 * @returns what was (or would be) changed
 * @throws InvalidRequestError when a name of Farcopy's is taken by someone else, or the namespace does not take the search attributes.
 * @throws UnreachableError when the server does not know the search attributes within a minute.
 */
export async function applyFleet(client: Client, fleet: Fleet, options: ApplyOptions = {}): Promise<FleetDifference> {
  const difference = await fleetDifference(client, fleet);
  options.onDifference?.(difference);
  if (options.dryRun === true) return difference;
  await registerSearchAttributes(client, difference.searchAttributes);
  const wait = new SearchAttributeWait(options.onWait);
  await wait.untilKnown(client);
  const wanted = fleetSchedules(fleet, Date.now());
  for (const change of difference.schedules) await wait.onceKnown(() => applyChange(client, change, wanted));
  return difference;
}

/** What {@link applyFleet} would change. */
export async function fleetDifference(client: Client, fleet: Fleet): Promise<FleetDifference> {
  const { missing, wrongType } = await searchAttributeGap(client);
  if (wrongType.length > 0)
    throw new InvalidRequestError(
      `the namespace has ${wrongType.join(', ')} with another type than keyword`,
      'Farcopy cannot share a namespace with whatever registered them: use another namespace',
    );
  const wanted = fleetSchedules(fleet, Date.now());
  const existing = await existingSchedules(client, fleet.name, wanted, !missing.includes(searchAttributes.fleet.name));
  const payloadKey = writingKeyOf(client.options.loadedDataConverter.payloadCodecs);
  return { searchAttributes: missing, schedules: scheduleDifference(wanted, existing, payloadKey) };
}

/**
 * The wanted ones are asked for by name, since a list lags behind; what else the fleet has can only be listed.
 * @param listable false while the search attribute to list by is not even registered
 */
async function existingSchedules(
  client: Client,
  fleet: string,
  wanted: readonly FleetSchedule[],
  listable: boolean,
): Promise<ExistingSchedule[]> {
  const ids = new Set(wanted.map(({ scheduleId }) => scheduleId));
  if (listable) for (const id of await listedSchedules(client, fleet)) ids.add(id);
  const found = await Promise.all([...ids].map((id) => describeSchedule(client, id)));
  return found.flatMap((description) => {
    if (description === null) return [];
    const { scheduleId, memo, action, raw } = description;
    if (memo?.[ownerMemo] !== fleet)
      throw new InvalidRequestError(
        `schedule ${scheduleId} is there already and is not of fleet ${fleet}`,
        'remove it, or give the fleet, the tier or the drill another name',
      );
    const kept = raw.schedule?.action?.startWorkflow?.memo?.fields?.[settingsMemo];
    return [
      {
        scheduleId,
        settings: (action.memo?.[settingsMemo] as ScheduleSettings | undefined) ?? null,
        payloadKey: kept ? keyOf(kept) : null,
      },
    ];
  });
}

async function listedSchedules(client: Client, fleet: string): Promise<string[]> {
  const ids: string[] = [];
  try {
    for await (const { scheduleId, memo } of client.schedule.list({
      query: `${searchAttributes.fleet.name} = '${fleet}'`,
    }))
      if (memo?.[ownerMemo] === fleet) ids.push(scheduleId);
  } catch (error) {
    // What the server does not know yet, no schedule carries.
    if (!lacksSearchAttribute(error)) throw error;
  }
  return ids;
}

async function applyChange(client: Client, change: ScheduleChange, wanted: readonly FleetSchedule[]): Promise<void> {
  const handle = client.schedule.getHandle(change.scheduleId);
  if (change.change === 'remove') return removeSchedule(handle);
  for (const { scheduleId, options } of wanted) {
    if (scheduleId !== change.scheduleId) continue;
    if (change.change === 'create') return void (await client.schedule.create(options));
    const { spec, action, policies, state, typedSearchAttributes } = options;
    await handle.update((previous) => {
      const { startAt, memo } = keptPause(
        change.pauseChanged ? { ...previous, state: { ...previous.state, paused: false } } : previous,
        Date.now(),
      );
      return {
        spec: { ...spec, ...(startAt === undefined ? {} : { startAt }) },
        action: { ...action, memo: { ...action.memo, ...memo } },
        ...(policies === undefined ? {} : { policies }),
        ...(typedSearchAttributes === undefined ? {} : { typedSearchAttributes }),
        state: change.pauseChanged ? { ...state } : previous.state,
      };
    });
  }
}

async function removeSchedule(handle: ScheduleHandle): Promise<void> {
  try {
    await handle.delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
