import { type Client } from '@temporalio/client';
import { inParallel } from '../../core/inParallel';
import { messageNames, workflowNames } from '../../core/messageNames';
import { type RestorePlan } from '../../core/restore/restorePlan';
import { type RestoreProgress } from '../../core/restore/restoreResult';
import { searchAttributes } from '../../core/searchAttributes';

/** What restores of a fleet had planned, as Temporal remembers it. */
export interface PlansOfRestores {
  readonly restores: readonly {
    readonly workflowId: string;
    readonly plan: RestorePlan;
    readonly steps: RestoreProgress['steps'];
  }[];
  /** Ids of those that gave no answer. */
  readonly silent: readonly string[];
  /** Ids of those that have no plan yet. */
  readonly planning: readonly string[];
}

/** As long as a workflow may take to answer. */
export const answerMilliseconds = 10_000;
const width = 16;

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
    which === 'running'
      ? `ExecutionStatus = 'Running'`
      : // Not every visibility store leaves out what has no CloseTime yet.
        `ExecutionStatus != 'Running' AND ExecutionStatus != 'Completed' AND CloseTime > '${which.endedSince.toISOString()}'`,
  ].join(' AND ');
  const listed: { readonly workflowId: string; readonly runId: string }[] = [];
  for await (const { workflowId, runId, typedSearchAttributes } of client.workflow.list({ query }))
    // One that a person has started in the Temporal UI bears no fleet before it has planned.
    if ((typedSearchAttributes.get(searchAttributes.fleet) ?? fleet) === fleet) listed.push({ workflowId, runId });
  const silent: string[] = [];
  const planning: string[] = [];
  // A worker that has died keeps a question waiting: not one after the other.
  const answers = await inParallel(listed, width, async ({ workflowId, runId }) => {
    const handle = client.workflow.getHandle(workflowId, runId);
    try {
      const { plan, steps } = await client.withDeadline(Date.now() + answerMilliseconds, () =>
        handle.query<Pick<RestoreProgress, 'plan' | 'steps'>>(messageNames.progress),
      );
      if (plan !== null) return { workflowId, plan, steps };
      planning.push(workflowId);
      return null;
    } catch {
      silent.push(workflowId);
      return null;
    }
  });
  return { restores: answers.filter((answer) => answer !== null), silent, planning };
}
