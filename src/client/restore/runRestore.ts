import { type Client } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
import { askedMemo, type AsToldByCaller } from '../../core/ledger/entry';
import { workflowNames } from '../../core/messageNames';
import { fleetTaskQueue, restoreWorkflowId } from '../../core/naming';
import { type RestorePlan } from '../../core/restore/restorePlan';
import { type RestoreRequest } from '../../core/restore/restoreRequest';
import { searchAttributes } from '../../core/searchAttributes';
import { type StartedWorkflow } from '../backup/followSteps';
import { markdown } from '../../core/markdown';

/**
 * Starts what was planned: the recovery point and the place that the plan has chosen, whatever else comes up meanwhile.
 *
 * @throws WorkflowExecutionAlreadyStartedError when a restore into this identifier is under way.
 */
export async function startRestore(
  client: Client,
  plan: RestorePlan,
  request: RestoreRequest,
  asked: AsToldByCaller,
): Promise<StartedWorkflow> {
  const { resource, target, id, source } = plan;
  const { at: _chosen, ...rest } = request;
  const chosen: RestoreRequest = {
    ...rest,
    resource: resource.arn,
    point: plan.recoveryPoint,
    from: source.place,
    to: `${target.account}/${target.region}`,
    as: id,
  };
  const workflowId = restoreWorkflowId({ kind: resource.kind, account: target.account, region: target.region, id });
  const handle = await client.workflow.start(workflowNames.restoreRecoveryPoint, {
    workflowId,
    taskQueue: fleetTaskQueue(plan.fleet),
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    args: [chosen],
    memo: { [askedMemo]: asked },
    typedSearchAttributes: [
      { key: searchAttributes.fleet, value: plan.fleet },
      { key: searchAttributes.state, value: 'Running' },
    ],
    staticSummary: `${resource.id} · ${plan.scheduledTime} → ${target.account}/${target.region}/${id}`,
    staticDetails: markdown`Restore of ${resource.kind} **${resource.id}** (${resource.account}/${resource.region}) from ${source.place} into **${id}** in ${target.account}/${target.region}.`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}
