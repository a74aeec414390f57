import { type Client } from '@temporalio/client';
import { type temporal } from '@temporalio/proto';

/** One run of a workflow that continues as new. */
export interface ContinuedRun {
  readonly history: temporal.api.history.v1.IHistory;
  readonly events: number;
  /** What it was handed. */
  readonly inputBytes: number;
}

/** Every run of a workflow, the last first. */
export async function* continuedRuns(client: Client, workflowId: string): AsyncGenerator<ContinuedRun> {
  let runId: string | null | undefined;
  do {
    const history = await client.workflow.getHandle(workflowId, runId ?? undefined).fetchHistory();
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    const inputBytes = (started?.input?.payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    yield { history, events: history.events?.length ?? 0, inputBytes };
    runId = started?.continuedExecutionRunId;
  } while (runId);
}
