import { type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { glanceMemo, type LifecycleGlance, readGlance } from '../../core/backup/lifecycleGlance';
import { workflowNames } from '../../core/messageNames';
import { type ResourceKind } from '../../core/resource';
import { searchAttributes } from '../../core/searchAttributes';
import { listWithoutMemos, readMemo } from '../listWithoutMemos';

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

/** A lifecycle, and how well it protects by its memo. */
export interface GlancedLifecycle extends ListedLifecycle {
  /** Null where no recovery point of it has ended yet, or its memo cannot be read. */
  readonly glance: LifecycleGlance | null;
}

/** The running lifecycles of a fleet, in no particular order. */
export async function* listLifecycles(client: Client, fleet: string): AsyncGenerator<ListedLifecycle> {
  for await (const execution of executions(client, fleet)) {
    const listed = lifecycleOf(execution);
    if (listed !== null) yield listed;
  }
}

/** The same, and how well each protects: what no worker has to be asked for. */
export async function* glanceLifecycles(client: Client, fleet: string): AsyncGenerator<GlancedLifecycle> {
  for await (const execution of executions(client, fleet)) {
    const listed = lifecycleOf(execution);
    if (listed !== null) yield { ...listed, glance: readGlance(await readMemo(client, execution, glanceMemo)) };
  }
}

function executions(client: Client, fleet: string): AsyncIterable<WorkflowExecutionInfo> {
  const query = `WorkflowType = '${workflowNames.protectResource}' AND ExecutionStatus = 'Running' AND ${searchAttributes.fleet.name} = '${fleet}'`;
  return listWithoutMemos(client, { query });
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
