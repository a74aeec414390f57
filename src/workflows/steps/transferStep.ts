import { ChildWorkflowCancellationType, executeChild, ParentClosePolicy } from '@temporalio/workflow';
import { ApplicationFailure, WorkflowIdReusePolicy } from '@temporalio/common';
import { formatBucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { type RecoveryPointIdentity } from '../../core/catalogue/copy';
import { workflowNames } from '../../core/messageNames';
import { recoveryPointId, transferWorkflowId } from '../../core/naming';
import { transferExportInput } from '../../core/transfer/transferRequest';
import { type transferExport } from '../transferExport';
import { type Performer } from './stepOperations';

/**
 * The step `transfer`: a child of its own, which brings any number of objects, on a task queue of its own. Cancelling goes
 * through to it.
 */
export function transferStep(identity: RecoveryPointIdentity): Performer {
  const { resource, scheduledTime } = identity;
  const recoveryPoint = recoveryPointId(resource, scheduledTime);
  return async (step, source) => {
    const place = step.place ?? '';
    if (source === null) throw ApplicationFailure.nonRetryable(`there is nothing to transfer to ${place}`);
    const input = transferExportInput(identity, step, source);
    const target = parseBucketUrl(input.targetBucket);
    if (target === null) throw ApplicationFailure.nonRetryable(`${input.targetBucket} is no bucket`);
    const result = await executeChild<typeof transferExport>(workflowNames.transferExport, {
      workflowId: transferWorkflowId(recoveryPoint, place),
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `${step.id} · ${resource.account}/${resource.region}/${resource.id}`,
      args: [input],
    });
    const { manifestSha256, bundleSha256, objects, bytes, verifiedAt } = result;
    const arn = formatBucketUrl(target, input.dataPrefix);
    return {
      copy: { ...source, id: recoveryPoint, arn, place, keyArn: null, verifiedAt, objects, bytes },
      facts: { manifestSha256, bundleSha256 },
    };
  };
}
