import { type Client } from '@temporalio/client';
import { messageNames, workflowNames } from '../core/messageNames';
import { type RestorePlan } from '../core/restorePlan';
import { searchAttributes } from '../core/searchAttributes';

/** What restores of a fleet had planned, as Temporal remembers it. */
export interface PlansOfRestores {
  readonly plans: readonly RestorePlan[];
  /** Ids of those that gave no answer. */
  readonly silent: readonly string[];
}

const answerMilliseconds = 10_000;

/**
 * Asks restores for their plans; what has ended answers as long as Temporal keeps its history.
 *
 * @param which `endedSince`: those that did not complete, since what completes has given back what it was lent
 */
export async function plansOfRestores(
  client: Client,
  fleet: string,
  which: 'running' | { readonly endedSince: Date },
): Promise<PlansOfRestores> {
  const query = [
    `WorkflowType = '${workflowNames.restoreRecoveryPoint}'`,
    `${searchAttributes.fleet.name} = '${fleet}'`,
    which === 'running'
      ? `ExecutionStatus = 'Running'`
      : // Not every visibility store leaves out what has no CloseTime yet.
        `ExecutionStatus != 'Running' AND ExecutionStatus != 'Completed' AND CloseTime > '${which.endedSince.toISOString()}'`,
  ].join(' AND ');
  const plans: RestorePlan[] = [];
  const silent: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const handle = client.workflow.getHandle(workflowId, runId);
    try {
      const { plan } = await client.withDeadline(Date.now() + answerMilliseconds, () =>
        handle.query<{ readonly plan: RestorePlan | null }>(messageNames.progress),
      );
      if (plan !== null) plans.push(plan);
    } catch {
      silent.push(workflowId);
    }
  }
  return { plans, silent };
}
