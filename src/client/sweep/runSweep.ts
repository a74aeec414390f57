import { type Client } from '@temporalio/client';
import { workflowNames } from '../../core/messageNames';
import { fleetTaskQueue, sweepWorkflowId } from '../../core/naming';
import { searchAttributes } from '../../core/searchAttributes';
import { type SweepInput } from '../../core/sweep/sweep';
import { type StartedWorkflow } from '../backup/followSteps';

/** Has the workers of a fleet look for what was left behind, beside their hourly look. */
export async function startSweep(
  client: Client,
  fleet: string,
  dryRun: boolean,
  now: number,
): Promise<StartedWorkflow> {
  const input: SweepInput = { version: 1, fleet, dryRun };
  const workflowId = `${sweepWorkflowId(fleet)}-${new Date(now).toISOString()}`;
  const handle = await client.workflow.start(workflowNames.sweepRestores, {
    workflowId,
    taskQueue: fleetTaskQueue(fleet),
    args: [input],
    typedSearchAttributes: [
      { key: searchAttributes.fleet, value: fleet },
      { key: searchAttributes.state, value: 'Running' },
    ],
    staticSummary: `${fleet} · sweep`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}
