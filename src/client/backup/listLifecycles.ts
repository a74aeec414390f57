import { type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { workflowNames } from '../../core/messageNames';
import { type ResourceKind } from '../../core/resource';
import { searchAttributes } from '../../core/searchAttributes';

/** A lifecycle as a list of workflows shows it; the list may lag some seconds behind. */
export interface ListedLifecycle {
  readonly kind: ResourceKind;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly tier: string;
  /** One of `VisibleState`. */
  readonly state: string;
}

/** The running lifecycles of a fleet, in no particular order. */
export async function* listLifecycles(client: Client, fleet: string): AsyncGenerator<ListedLifecycle> {
  const query = `WorkflowType = '${workflowNames.protectResource}' AND ExecutionStatus = 'Running' AND ${searchAttributes.fleet.name} = '${fleet}'`;
  for await (const execution of client.workflow.list({ query })) {
    const listed = lifecycleOf(execution);
    if (listed !== null) yield listed;
  }
}

/** From `protect/{kind}/{account}/{region}/{id}`. */
export function lifecycleOf({
  workflowId,
  typedSearchAttributes,
}: Pick<WorkflowExecutionInfo, 'workflowId' | 'typedSearchAttributes'>): ListedLifecycle | null {
  const [, kind, account, region, id] = workflowId.split('/');
  if (kind === undefined || account === undefined || region === undefined || id === undefined) return null;
  return {
    kind,
    account,
    region,
    id,
    tier: typedSearchAttributes.get(searchAttributes.tier) ?? '',
    state: typedSearchAttributes.get(searchAttributes.state) ?? '',
  };
}
