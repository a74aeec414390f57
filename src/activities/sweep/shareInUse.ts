import { Context } from '@temporalio/activity';
import { isSameShare, type LentShare, sharesStillRead } from '../../core/restore/lentShares';
import { plansOfRestores } from './plansOfRestores';

/** Whether another restore under way needs what this one gives back. */
export interface ShareUse {
  /** Ids of the workflows that read it, or will. */
  readonly readers: readonly string[];
  /** Ids of those that gave no answer, and may. */
  readonly silent: readonly string[];
}

/** Asks every other restore of the fleet that is under way; called within an activity of the one that gives back. */
export async function shareInUse(fleet: string, share: Pick<LentShare, 'copy' | 'account'>): Promise<ShareUse> {
  const { client, info } = Context.current();
  const own = info.workflowExecution?.workflowId;
  const { restores, silent } = await plansOfRestores(client, fleet, 'running');
  const readers = restores.filter(({ plan, steps }) =>
    sharesStillRead(plan, steps).some((one) => isSameShare(one, share)),
  );
  return {
    readers: readers.map(({ workflowId }) => workflowId).filter((id) => id !== own),
    silent: silent.filter((id) => id !== own),
  };
}
