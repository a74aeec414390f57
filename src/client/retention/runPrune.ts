import { type Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { askedMemo, type AsToldByCaller } from '../../core/ledger/entry';
import { workflowNames } from '../../core/messageNames';
import { fleetTaskQueue, pruneWorkflowId } from '../../core/naming';
import { type PruneFleetInput } from '../../core/retention/pruneRun';
import { searchAttributes } from '../../core/searchAttributes';
import { type StartedWorkflow } from '../backup/followSteps';

/** Has a plan carried out that a person has seen. Started twice, it is one run. */
export async function startPrune(
  client: Client,
  fleet: string,
  plan: string,
  asked: AsToldByCaller,
): Promise<StartedWorkflow> {
  const input: PruneFleetInput = { version: 1, fleet, plan };
  const workflowId = `${pruneWorkflowId(fleet)}-${plan}`;
  const handle = await client.workflow.start(workflowNames.pruneFleet, {
    workflowId,
    taskQueue: fleetTaskQueue(fleet),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    args: [input],
    memo: { [askedMemo]: asked },
    typedSearchAttributes: [
      { key: searchAttributes.fleet, value: fleet },
      { key: searchAttributes.state, value: 'Running' },
    ],
    staticSummary: `${fleet} · prune · plan ${plan}`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}
