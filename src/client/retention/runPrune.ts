import { type Client } from '@temporalio/client';
import { type Fleet, revisionOf } from '../../config';
import { askedMemo, type AsToldByCaller } from '../../core/ledger/entry';
import { workflowNames } from '../../core/messageNames';
import { fleetTaskQueue, pruneWorkflowId } from '../../core/naming';
import { type PruneFleetInput } from '../../core/retention/pruneRun';
import { searchAttributes } from '../../core/searchAttributes';
import { type StartedWorkflow } from '../backup/followSteps';

/** Has the workers mark and delete now, as the schedule would, by the fleet file as it is here. */
export async function startPrune(
  client: Client,
  fleet: Fleet,
  asked: AsToldByCaller,
  now: number,
): Promise<StartedWorkflow> {
  const { name } = fleet;
  const input: PruneFleetInput = { version: 1, fleet: name, revision: revisionOf(fleet) };
  const workflowId = `${pruneWorkflowId(name)}-${new Date(now).toISOString()}`;
  const handle = await client.workflow.start(workflowNames.pruneFleet, {
    workflowId,
    taskQueue: fleetTaskQueue(name),
    args: [input],
    memo: { [askedMemo]: asked },
    typedSearchAttributes: [
      { key: searchAttributes.fleet, value: name },
      { key: searchAttributes.state, value: 'Running' },
    ],
    staticSummary: `${name} · prune`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}
