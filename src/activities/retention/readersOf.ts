import { type Client } from '@temporalio/client';
import { type CataloguedCopy } from '../../core/catalogue/catalogue';
import { messageNames, workflowNames } from '../../core/messageNames';
import { searchAttributes } from '../../core/searchAttributes';
import { answerMilliseconds, plansOfRestores } from '../sweep/plansOfRestores';

/** Who reads copies, of restores and drills that are under way. */
export interface Readers {
  /** In words for people; null of what nobody reads. */
  readonly whoReads: (listed: CataloguedCopy) => string | null;
  /** The id of one that does not say what it reads, which may be any copy; null: all say it. */
  readonly unclear: string | null;
}

export async function readersOf(client: Client, fleet: string): Promise<Readers> {
  const { restores, silent, planning } = await plansOfRestores(client, fleet, 'running');
  const read = new Map(restores.map(({ plan, workflowId }) => [plan.source.arn, workflowId]));
  const drills = new Map<string, string>();
  const unclear = [...silent, ...planning];
  const query = [
    `WorkflowType = '${workflowNames.restoreDrill}'`,
    `${searchAttributes.fleet.name} = '${fleet}'`,
    `ExecutionStatus = 'Running'`,
  ].join(' AND ');
  for await (const { workflowId, runId } of client.workflow.list({ query }))
    try {
      const handle = client.workflow.getHandle(workflowId, runId);
      const { recoveryPoint } = await client.withDeadline(Date.now() + answerMilliseconds, () =>
        handle.query<{ readonly recoveryPoint: string | null }>(messageNames.progress),
      );
      if (recoveryPoint === null) unclear.push(workflowId);
      else drills.set(recoveryPoint, workflowId);
    } catch {
      unclear.push(workflowId);
    }
  return {
    whoReads: ({ copy, recoveryPoint }) => {
      const reader = read.get(copy.arn) ?? drills.get(recoveryPoint);
      return reader === undefined ? null : `${reader} reads them`;
    },
    unclear: unclear[0] ?? null,
  };
}
