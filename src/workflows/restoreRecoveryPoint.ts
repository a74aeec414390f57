import { defineQuery, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type RestoreActivities } from '../activities/restore/restoreContracts';
import { restoreEntry } from '../core/ledger/entries';
import { messageNames } from '../core/messageNames';
import { ownershipTags } from '../core/restore/restoreOwnership';
import { type RestorePlan, restoreWalk } from '../core/restore/restorePlan';
import { type RestoreRequest } from '../core/restore/restoreRequest';
import {
  differenceLines,
  keptText,
  type RestoreProgress,
  type RestoreResult,
  restoreResult,
} from '../core/restore/restoreResult';
import { looking } from './activityOptions';
import { describeFailure, isOurCancellation } from './failures';
import { record, recorder } from './ledger/record';
import { StepRunner } from './steps/stepRunner';
import { nameRecoveryPoint } from './visibleProgress';

export const restoreProgressQuery = defineQuery<RestoreProgress>(messageNames.progress);

const { planRestore } = proxyActivities<RestoreActivities>(looking);

/**
 * Brings one recovery point back as a new resource: copies and shares on the way where they are needed, the thing itself, its
 * settings. Nothing is overwritten. Cancelling, and a failure before the data is back, remove what was created; what is only
 * lent (copies and shares on the way) goes in any case.
 *
 * Its input is made for people (docs/restore.md); `{"resource": "panda-cluster-1"}` is enough.
 *
 * @throws ApplicationFailure `InvalidInput`, `NotFound`, `Conflict` or `Configuration`, which tell what to change.
 */
export async function restoreRecoveryPoint(request: RestoreRequest): Promise<RestoreResult> {
  const { workflowId, originalExecutionRunId, startTime } = workflowInfo();
  const own = ownershipTags(workflowId, originalExecutionRunId);
  let plan: RestorePlan | null = null;
  const runner = new StepRunner({ moreLines: () => (plan === null ? [] : differenceLines(plan)) });
  setHandler(restoreProgressQuery, () => ({ state: runner.state, plan, steps: runner.graph.report }));

  try {
    plan = await planRestore(request, own);
    nameRecoveryPoint(plan, plan.resource, plan.recoveryPoint);
    await runner.walk(restoreWalk(plan, own, request.drill ?? null));
    runner.show('Completed');
    const result = restoreResult(plan, runner.graph, { begun: startTime.getTime(), ended: Date.now() });
    await record(restoreEntry(plan, request, 'completed', result, recorder()));
    return result;
  } catch (error) {
    const isCancelled = isOurCancellation(error);
    const { type, message } = describeFailure(error);
    const kept = plan !== null && runner.graph.isDone(plan.keeps) && !isCancelled && !request.drill ? plan : null;
    runner.graph.giveUp(isCancelled ? 'cancelled' : message, Date.now());
    await runner.takeBack(kept === null ? 'all' : 'temporary');
    if (isCancelled) {
      runner.show('Cancelled');
      await record(restoreEntry(plan, request, 'cancelled', { reason: '' }, recorder()));
      throw error;
    }
    const reason = kept === null ? message : keptText(message, kept);
    runner.show('Failed', reason);
    await record(restoreEntry(plan, request, 'failed', { reason }, recorder()));
    throw ApplicationFailure.nonRetryable(reason, type);
  }
}
