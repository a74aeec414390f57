import { proxyActivities } from '@temporalio/workflow';
import { type StepActivities } from '../../activities/steps/stepContracts';
import { identityOf, type RestorePlan } from '../../core/restore/restorePlan';
import { askedEvery, quick } from '../activityOptions';

/**
 * Takes back what another execution has made by its plan, the latest first: everything, or all but what it was only lent and has
 * given back by itself.
 */
export async function undoPlan(
  plan: RestorePlan,
  ownership: Readonly<Record<string, string>>,
  which: 'all' | 'made',
): Promise<void> {
  const { polling, source, steps } = plan;
  const identity = identityOf(plan);
  const { undoStep } = proxyActivities<StepActivities>({ ...quick, ...askedEvery(polling.shortestSeconds) });
  for (const step of [...steps].reverse()) {
    if (which === 'made' && step.temporary) continue;
    const request = { identity, step, choice: null, results: {}, ownership, handle: null, polling };
    await undoStep.executeWithOptions({ summary: `undo ${step.id}` }, [
      { ...request, source: step.reads === null ? source : null },
    ]);
  }
}
