import { metricMeter, proxyActivities, setHandler } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type PlanActivities } from '../activities/backup/planContracts';
import { type BackupPlan, backupWalk, type CreateRecoveryPointInput } from '../core/backup/recoveryPointPlan';
import {
  type CreateRecoveryPointResult,
  reasonOf,
  type RecoveryPointState,
  recoveryPointResult,
  unchangedResult,
  visibleRecoveryPoint,
} from '../core/backup/recoveryPointResult';
import { quick } from './activityOptions';
import { describeFailure, isOurCancellation } from './failures';
import { pauseSignal, progressQuery, resumeSignal } from './messages';
import { StepRunner } from './steps/stepRunner';
import { transferStep } from './steps/transferStep';

/** Its name in Prometheus ends in `_total` (docs/metrics.md). */
const endedCounter = 'farcopy_recovery_points_ended';

const { planBackup } = proxyActivities<PlanActivities>(quick);

/**
 * One recovery point of one resource: its kind plans the steps, which are walked, each under its permit, each start → durable
 * timer → wait → proof. `pause` takes effect between steps. Cancelling removes what is half done. A failing step fails what
 * depends on it and nothing else.
 *
 * @throws ApplicationFailure with the type of the first failure when no copy is safe.
 */
export async function createRecoveryPoint(input: CreateRecoveryPointInput): Promise<CreateRecoveryPointResult> {
  const { identity, paused } = input;
  const runner = new StepRunner({ paused });
  setHandler(pauseSignal, () => runner.pause());
  setHandler(resumeSignal, () => runner.resume());
  setHandler(progressQuery, () => ({
    scheduledTime: identity.scheduledTime,
    paused: runner.isPaused,
    percent: runner.percent,
    expectedEnd: runner.expectedEnd,
    steps: runner.graph.report,
  }));

  let plan: BackupPlan | undefined;
  // Only a plan proves that the fleet file has the tier: labels of metrics never go away.
  const count = (outcome: RecoveryPointState) =>
    metricMeter
      .createCounter(endedCounter, undefined, 'Recovery points that have ended.')
      .add(1, { tier: plan === undefined ? '' : identity.tier, outcome });
  try {
    plan = await planBackup(identity);
    if (plan.resting !== null) {
      runner.show('Completed', plan.resting);
      count('unchanged');
      return unchangedResult(plan.resting);
    }
    const walk = backupWalk(input, plan);
    await runner.walk(walk, { transfer: transferStep(walk.identity) });
  } catch (error) {
    if (isOurCancellation(error)) {
      await runner.takeBack('temporary');
      runner.show('Cancelled');
      count('cancelled');
      throw error;
    }
    const { type, message } = describeFailure(error);
    runner.show('Failed', message);
    count('failed');
    throw ApplicationFailure.nonRetryable(message, type);
  }

  const result = recoveryPointResult(plan, runner.graph, runner.seconds);
  const reason = reasonOf(result);
  runner.show(visibleRecoveryPoint[result.state], reason);
  count(result.state);
  if (result.state !== 'failed') return result;
  throw ApplicationFailure.nonRetryable(reason, result.failures[0]?.type ?? 'Unknown', result);
}
