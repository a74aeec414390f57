import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { type Workflow, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import { type RecoveryPointRequest, type RequestAnswer } from '../../core/backup/lifecycle';
import { messageNames, workflowNames } from '../../core/messageNames';
import { fleetTaskQueue, lifecycleWorkflowId } from '../../core/naming';
import { type ResourceRef } from '../../core/resource';
import { resourceAttributes, searchAttributes } from '../../core/searchAttributes';
import { markdown } from '../../core/markdown';

/** A lifecycle answers at once, unless no worker runs or its code fails: then the others must not wait for it. */
const answerMilliseconds = 60_000;

/** Asks a resource's lifecycle for a recovery point, and brings the lifecycle to life if it is the first time. */
export async function requestRecoveryPoint(
  client: Client,
  resource: ResourceRef,
  request: RecoveryPointRequest,
): Promise<RequestAnswer> {
  const { policy } = request;
  const startWorkflowOperation = new WithStartWorkflowOperation(workflowNames.protectResource, {
    workflowId: lifecycleWorkflowId(resource),
    taskQueue: fleetTaskQueue(policy.fleet),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    args: [{ version: 1, resource, policy, state: null }],
    typedSearchAttributes: [...resourceAttributes(policy, resource), { key: searchAttributes.state, value: 'Idle' }],
    staticSummary: `${resource.id} · ${policy.tier}`,
    staticDetails: markdown`Backup lifecycle of ${resource.kind} **${resource.id}** in ${resource.account}/${resource.region}.`,
  });
  return client.withDeadline(Date.now() + answerMilliseconds, () =>
    client.workflow.executeUpdateWithStart<Workflow, RequestAnswer, [RecoveryPointRequest]>(
      messageNames.requestRecoveryPoint,
      {
        startWorkflowOperation,
        args: [request],
      },
    ),
  );
}
