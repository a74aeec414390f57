import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { messageOf } from '../../core/failure';
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
/** Of more holders nobody reads what each of them meets. */
const mostAsked = 200;

/**
 * The troubles of those who have a permit, by the id of their request: a permit is given before the cloud has taken the operation, and
 * stays given while that is tried again. Temporal tells them, so no worker need answer.
 *
 * @param tell hears what cannot be known: who holds what is worth showing without it
 */
export async function holderTroubles(
  client: Client,
  holders: readonly Pick<Holder, 'requestId' | 'holderWorkflowId' | 'holderRunId' | 'grantedAt'>[],
  tell: (problem: string) => void,
): Promise<ReadonlyMap<string, HolderTrouble>> {
  const runs = new Map(holders.map((holder) => [holder.holderRunId, holder]));
  const asked = [...runs.values()].slice(0, mostAsked);
  const failures: unknown[] = [];
  const pending = new Map(
    await inParallel(asked, width, async ({ holderWorkflowId, holderRunId }) => {
      try {
        const described = await client.workflow.getHandle(holderWorkflowId, holderRunId).describe();
        return [holderRunId, pendingSteps(client, await readDescription(client, described))] as const;
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) failures.push(error);
        return [holderRunId, null] as const;
      }
    }),
  );
  if (failures.length > 0)
    tell(`could not ask what ${failures.length} of ${asked.length} holders meet: ${messageOf(failures[0])}`);
  if (asked.length < runs.size) tell(`asked what ${asked.length} of ${runs.size} holders meet`);
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
