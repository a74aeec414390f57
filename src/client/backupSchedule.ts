import {
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { type Workflow } from '@temporalio/common';
import { fleetBackupScheduleId, fleetTaskQueue } from '../core/naming';
import { workflowNames } from '../core/messageNames';
import { searchAttributes } from '../core/searchAttributes';

/** Everything about a tier's schedule that the fleet file decides: it is compared as a whole. */
export interface BackupSchedule {
  readonly fleet: string;
  readonly tier: string;
  readonly cron: readonly string[];
  readonly timezone: string;
  readonly jitterSeconds: number;
  /** A firing that was missed is made up for if it is not older than this. */
  readonly catchupSeconds: number;
  readonly paused: boolean;
  /** How often a round looks for outcomes. */
  readonly pollSeconds: number;
}

/** Where a schedule's settings stand: in the memo of its action, the only memo that an update can change. */
export const settingsMemo = 'farcopySchedule';
/** In the memo of the schedule itself: whose it is. */
export const ownerMemo = 'farcopyFleet';

const shortestCatchupSeconds = 600;
const longestCatchupSeconds = 6 * 3600;

/**
 * How old a missed firing may be and still be made up for: as old as the RPO, since the next firing may be that far off, but
 * within a working day's half: after a longer outage a flood of old rounds helps nobody.
 */
export function catchupSeconds(rpoSeconds: number): number {
  return Math.min(longestCatchupSeconds, Math.max(shortestCatchupSeconds, rpoSeconds));
}

type Action = ScheduleOptionsStartWorkflowAction<Workflow>;

/**
 * A schedule as Temporal takes it.
 *
 * Rounds of a tier may overlap: a round lasts as long as its slowest resource, and one database whose copy hangs for a day
 * must not keep all the others from their hourly recovery point. Nothing is done twice, since each resource's lifecycle has
 * one recovery point in flight and one waiting, and further requests join those.
 */
export function scheduleOptions(schedule: BackupSchedule): ScheduleOptions<Action> {
  const { fleet, tier } = schedule;
  const attributes = [
    { key: searchAttributes.fleet, value: fleet },
    { key: searchAttributes.tier, value: tier },
  ];
  return {
    scheduleId: fleetBackupScheduleId(fleet, tier),
    spec: {
      cronExpressions: [...schedule.cron],
      timezone: schedule.timezone,
      jitter: schedule.jitterSeconds * 1000,
    },
    action: {
      type: 'startWorkflow',
      workflowType: workflowNames.fleetBackup,
      workflowId: `fleet-backup/${fleet}/${tier}`,
      taskQueue: fleetTaskQueue(fleet),
      args: [{ version: 1, fleet, tier, pollSeconds: schedule.pollSeconds }],
      memo: { [settingsMemo]: schedule },
      typedSearchAttributes: [...attributes, { key: searchAttributes.state, value: 'Running' }],
      staticSummary: `${fleet} · ${tier}`,
      staticDetails: `One round of tier **${tier}** of fleet **${fleet}**: every resource of the tier gets a recovery point.`,
    },
    policies: {
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
      catchupWindow: schedule.catchupSeconds * 1000,
      pauseOnFailure: false,
    },
    memo: { [ownerMemo]: fleet },
    typedSearchAttributes: attributes,
    state: { paused: schedule.paused, ...(schedule.paused ? { note: 'paused by the fleet file' } : {}) },
  };
}
