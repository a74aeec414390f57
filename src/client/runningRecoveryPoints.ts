import { type Client } from '@temporalio/client';
import { workflowNames } from '../core/messageNames';
import { recoveryPointOfWorkflowId } from '../core/naming';
import { searchAttributes } from '../core/searchAttributes';
import { listWithoutMemos } from './listWithoutMemos';
import { type NamedResource } from './backup/recoveryPointSnapshot';

/** A recovery point that is being made, as a list of workflows shows it; the list may lag some seconds behind. */
export interface RunningRecoveryPoint {
  readonly resource: NamedResource;
  readonly scheduledTime: string;
  /** One of `VisibleState`. */
  readonly state: string;
  /** What it waits for; null: nothing. */
  readonly waitsFor: string | null;
}

/** What a fleet makes now, in no particular order. */
export async function* runningRecoveryPoints(client: Client, fleet: string): AsyncGenerator<RunningRecoveryPoint> {
  const query = `WorkflowType = '${workflowNames.createRecoveryPoint}' AND ExecutionStatus = 'Running' AND ${searchAttributes.fleet.name} = '${fleet}'`;
  for await (const { workflowId, typedSearchAttributes: shown } of listWithoutMemos(client, { query })) {
    const [kind, account, region, id, scheduledTime] = (recoveryPointOfWorkflowId(workflowId) ?? '').split('/');
    if (kind === undefined || account === undefined || region === undefined) continue;
    if (id === undefined || scheduledTime === undefined) continue;
    yield {
      resource: { kind, account, region, id },
      scheduledTime,
      state: shown.get(searchAttributes.state) ?? 'Running',
      waitsFor: shown.get(searchAttributes.reason) ?? null,
    };
  }
}
