import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { inParallel } from '../../core/inParallel';
import { type Holder } from '../../core/limits/permit';
import { pendingSteps } from '../backup/pendingSteps';
import { readDescription } from '../backup/readDescription';
import { type StepTrouble } from '../backup/stepTrouble';

/** What the step meets that a permit was given to. */
export interface HolderTrouble extends StepTrouble {
  readonly step: string;
}

const width = 8;

/**
 * The troubles of those who have a permit, by the id of their request: a permit is given before the cloud has taken the operation, and
 * stays given while that is tried again. Temporal tells them, so no worker need answer.
 */
export async function holderTroubles(
  client: Client,
  holders: readonly Pick<Holder, 'requestId' | 'holderWorkflowId' | 'holderRunId' | 'grantedAt'>[],
): Promise<ReadonlyMap<string, HolderTrouble>> {
  const runs = new Map(holders.map((holder) => [holder.holderRunId, holder]));
  const pending = new Map(
    await inParallel([...runs.values()], width, async ({ holderWorkflowId, holderRunId }) => {
      try {
        const described = await client.workflow.getHandle(holderWorkflowId, holderRunId).describe();
        return [holderRunId, pendingSteps(client, await readDescription(client, described))] as const;
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        return [holderRunId, null] as const;
      }
    }),
  );
  const found = new Map<string, HolderTrouble>();
  for (const { requestId, holderRunId, grantedAt } of holders) {
    // As PermitRequest has it.
    const [, step = ''] = requestId.split('#');
    const trouble = pending.get(holderRunId)?.get(step)?.trouble;
    if (trouble === undefined) continue;
    // Temporal forgets when the first try was: it came with the permit.
    const since = trouble.attempts === null ? null : new Date(grantedAt).toISOString();
    found.set(requestId, { step, ...trouble, since });
  }
  return found;
}
