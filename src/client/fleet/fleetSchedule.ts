import { type ScheduleOptions, type ScheduleOptionsStartWorkflowAction } from '@temporalio/client';
import { defaultPayloadConverter, RawValue, type Workflow } from '@temporalio/common';
import { fleetTaskQueue } from '../../core/naming';
import { readableByAll } from '../../core/payloadMarks';
import { searchAttributes } from '../../core/searchAttributes';
import { pausedByFile } from '../../core/schedulePause';
import { type ScheduleSettings } from '../schedule/scheduleSettings';
import { scheduleSpec } from '../schedule/scheduleSpec';

type Action = ScheduleOptionsStartWorkflowAction<Workflow>;

/** A schedule that a fleet file asks for. */
export interface FleetSchedule<Settings extends ScheduleSettings = ScheduleSettings> {
  readonly scheduleId: string;
  readonly settings: Settings;
  /** As Temporal takes it. */
  readonly options: ScheduleOptions<Action>;
}

/** Where a schedule's settings stand: in the memo of its action, the only memo that an update can change. */
export const settingsMemo = 'farcopySchedule';
/** In the memo of the schedule itself: whose it is. */
export const ownerMemo = 'farcopyFleet';

interface ScheduledWork<Settings> {
  readonly scheduleId: string;
  readonly settings: Settings;
  /** Null for what concerns the whole fleet. */
  readonly tier: string | null;
  readonly overlap: NonNullable<ScheduleOptions['policies']>['overlap'];
  readonly action: Pick<Action, 'workflowType' | 'workflowId' | 'args' | 'staticSummary' | 'staticDetails'>;
}

/** Has the workers of a fleet do something again and again. */
export function fleetSchedule<Settings extends ScheduleSettings>({
  scheduleId,
  settings,
  tier,
  overlap,
  action,
}: ScheduledWork<Settings>): FleetSchedule<Settings> {
  const { fleet, catchupSeconds, paused } = settings;
  const attributes = [
    { key: searchAttributes.fleet, value: fleet },
    ...(tier === null ? [] : [{ key: searchAttributes.tier, value: tier }]),
  ];
  return {
    scheduleId,
    settings,
    options: {
      scheduleId,
      spec: scheduleSpec(settings),
      action: {
        ...action,
        type: 'startWorkflow',
        taskQueue: fleetTaskQueue(fleet),
        memo: { [settingsMemo]: settings },
        typedSearchAttributes: [...attributes, { key: searchAttributes.state, value: 'Running' }],
      },
      policies: { overlap, catchupWindow: catchupSeconds * 1000, pauseOnFailure: false },
      memo: { [ownerMemo]: inTheClear(fleet) },
      typedSearchAttributes: attributes,
      state: { paused, ...(paused ? { note: pausedByFile } : {}) },
    },
  };
}

/** For what no update can write anew under another key. The name of the fleet stands in the search attributes, too. */
function inTheClear(text: string): RawValue {
  const { metadata, data } = defaultPayloadConverter.toPayload(text);
  return RawValue.fromPayload({ data: data ?? null, metadata: { ...metadata, [readableByAll]: new Uint8Array([1]) } });
}
