import { type Client, type WorkflowExecutionStatusName, WorkflowNotFoundError } from '@temporalio/client';
import { type ShownAlerts, type ShownDelivery, type ShownEpisode } from '../../core/alerts/alert';
import { messageNames } from '../../core/messageNames';
import { alertsWorkflowId } from '../../core/naming';
import { PayloadError } from '../../payloads';
import { readDescription } from '../backup/readDescription';

/** A message that a receiver has not taken yet. */
export interface PendingDelivery extends ShownDelivery {
  readonly tries: number;
  /** Why the last try came to nothing; null: none has. */
  readonly problem: string | null;
  /** When it is tried again (ISO 8601, UTC); null: now. */
  readonly next: string | null;
}

/** What is open of a fleet, and who could not be told. */
export interface AlertsStatus extends Omit<ShownAlerts, 'from' | 'underWay'> {
  /** How the workflow that tells people stands, as Temporal says it; null: nobody was ever told anything. */
  readonly state: WorkflowExecutionStatusName | null;
  readonly underWay: readonly PendingDelivery[];
}

const queryMilliseconds = 5_000;
const nothing: AlertsStatus = { state: null, total: 0, open: [], ended: [], underWay: [], lost: [], beyond: 0 };

/**
 * What is open of a fleet; null where no worker answers.
 *
 * @param most how much of what is open, the oldest first
 */
export async function listAlerts(client: Client, fleet: string, most: number): Promise<AlertsStatus | null> {
  const handle = client.workflow.getHandle(alertsWorkflowId(fleet));
  const page = (from: number) =>
    client.withDeadline(Date.now() + queryMilliseconds, () =>
      handle.query<ShownAlerts, [number]>(messageNames.alerts, from),
    );
  try {
    const { from: _, underWay, ...first } = await page(0);
    const open: ShownEpisode[] = [...first.open];
    for (let more = first.open; more.length > 0 && open.length < Math.min(most, first.total);) {
      more = (await page(open.length)).open;
      open.push(...more);
    }
    const description = await client.withDeadline(Date.now() + queryMilliseconds, () => handle.describe());
    const described = await readDescription(client, description);
    const pending = new Map(described.raw.pendingActivities?.map((one) => [one.activityId, one]));
    return {
      ...first,
      state: described.status.name,
      open: open.slice(0, most),
      underWay: underWay.map((delivery) => {
        const { attempt, lastFailure, nextAttemptScheduleTime } = pending.get(delivery.id) ?? {};
        const seconds = Number(nextAttemptScheduleTime?.seconds ?? 0);
        return {
          ...delivery,
          tries: Math.max(0, (attempt ?? 1) - 1),
          problem: lastFailure?.message ?? delivery.problem,
          next: seconds === 0 ? delivery.next : new Date(seconds * 1000).toISOString(),
        };
      }),
    };
  } catch (error) {
    // Nobody has ever been told anything.
    if (error instanceof WorkflowNotFoundError) return nothing;
    if (error instanceof PayloadError) throw error;
    return null;
  }
}
