import { setTimeout as delay } from 'node:timers/promises';
import { type Client, ScheduleOverlapPolicy } from '@temporalio/client';
import { fleetBackupScheduleId } from '../../src/core/naming';

/** One run that a schedule has started. */
export interface ScheduledRun {
  readonly workflowId: string;
  readonly runId: string;
  /** The time the run is for. */
  readonly scheduledTime: Date;
}

const startsWithinMilliseconds = 30_000;
const lookEveryMilliseconds = 100;

/** Has a tier's schedule fire now, and waits until it has started its run. */
export async function triggerSchedule(
  client: Client,
  fleet: string,
  tier: string,
  signal: AbortSignal,
): Promise<ScheduledRun> {
  const handle = client.schedule.getHandle(fleetBackupScheduleId(fleet, tier));
  const actionsBefore = (await handle.describe()).info.numActionsTaken;
  await handle.trigger(ScheduleOverlapPolicy.SKIP);
  for (const latest = Date.now() + startsWithinMilliseconds; Date.now() < latest;) {
    const { recentActions, numActionsTaken } = (await handle.describe()).info;
    const last = recentActions.at(-1);
    if (numActionsTaken > actionsBefore && last?.action.type === 'startWorkflow') {
      const { workflowId, firstExecutionRunId } = last.action.workflow;
      return { workflowId, runId: firstExecutionRunId, scheduledTime: last.scheduledAt };
    }
    await delay(lookEveryMilliseconds, undefined, { signal });
  }
  throw new Error(`the schedule ${handle.scheduleId} was triggered but started nothing`);
}
