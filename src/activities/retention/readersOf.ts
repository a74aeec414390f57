import { type Client } from '@temporalio/client';
import { type CataloguedCopy } from '../../core/catalogue/catalogue';
import { messageNames, workflowNames } from '../../core/messageNames';
import { searchAttributes } from '../../core/searchAttributes';
import { answerMilliseconds, plansOfRestores } from '../sweep/plansOfRestores';

/**
 * Who reads a copy, in words for people, of restores and drills that are under way. Where one does not say what it reads, it may be any.
 *
 * @returns null of what nobody reads
 */
export async function readersOf(client: Client, fleet: string): Promise<(listed: CataloguedCopy) => string | null> {
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
  return ({ copy, recoveryPoint }) => {
    const reader = read.get(copy.arn) ?? drills.get(recoveryPoint);
    if (reader !== undefined) return `${reader} reads them`;
    return unclear[0] === undefined ? null : `${unclear[0]} does not say what it reads`;
  };
}
