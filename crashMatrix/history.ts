import { type Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { EventType } = temporal.api.enums.v1;

/** What the events of a workflow's history are, `WORKFLOW_TASK_COMPLETED`, in their order. */
export async function eventsOf(client: Client, workflowId: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).map(({ eventType }) => (EventType[eventType ?? 0] ?? '').replace('EVENT_TYPE_', ''));
}

/**
 * Waits until the history of a workflow, which may not have begun yet, has so many events.
 *
 * @returns false: it ended with fewer
 */
export async function untilEvents(
  client: Client,
  workflowId: string,
  count: number,
  over: AbortSignal,
): Promise<boolean> {
  const { namespace } = client.options;
  let seen = 0;
  let nextPageToken: Uint8Array | undefined;
  while (!over.aborted) {
    try {
      const found = await client.withDeadline(Date.now() + 60_000, () =>
        client.workflowService.getWorkflowExecutionHistory({
          namespace,
          execution: { workflowId },
          waitNewEvent: true,
          ...(nextPageToken === undefined ? {} : { nextPageToken }),
        }),
      );
      seen += found.history?.events?.length ?? 0;
      if (seen >= count) return true;
      if (found.nextPageToken.length === 0) return false;
      nextPageToken = found.nextPageToken;
    } catch (error) {
      if (!isNotThereYet(error)) throw error;
      await new Promise((later) => setTimeout(later, 20));
    }
  }
  return false;
}

const notFound = 5;
const isNotThereYet = (error: unknown) => (error as { readonly code?: number }).code === notFound;
