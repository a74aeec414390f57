import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { type RunState } from '../../core/sweep/sweep';

/** A run, by the first of its ids. */
export interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

const runIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether an id may be asked for: what stands in a tag, anyone may have written. */
export function isRunId(text: string): boolean {
  return runIdPattern.test(text);
}

/**
 * Where a run stands. One that a person has reset goes on under another id of its own, with the same first one; and a tag has
 * not every character of a workflow's id, so that at last the run's id alone is looked for.
 */
export async function runState(client: Client, { workflowId, runId }: Run): Promise<RunState> {
  const known = await described(client.workflow.getHandle(workflowId, runId));
  if (known !== null && known.closeTime === undefined) return 'running';
  const latest = await described(client.workflow.getHandle(workflowId));
  const firstRunId = latest?.raw.workflowExecutionInfo?.firstRunId;
  if (latest !== null && latest.closeTime === undefined && firstRunId === runId) return 'running';
  if (known !== null) return 'ended';
  for await (const { closeTime } of client.workflow.list({ query: `RunId = '${runId}'`, pageSize: 1 }))
    return closeTime === undefined ? 'running' : 'ended';
  return 'unknown';
}

/** Where the latest run of a workflow stands, of one whose id says what it is for. */
export async function workflowState(client: Client, workflowId: string): Promise<RunState> {
  const latest = await described(client.workflow.getHandle(workflowId));
  if (latest === null) return 'unknown';
  return latest.closeTime === undefined ? 'running' : 'ended';
}

async function described(handle: WorkflowHandle) {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
