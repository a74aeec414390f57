import { type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { workflowNames } from '../../core/messageNames';
import { fleetTaskQueue, recoveryPointOfWorkflowId } from '../../core/naming';
import { searchAttributes } from '../../core/searchAttributes';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { listWithoutMemos } from '../listWithoutMemos';

/** A workflow of a fleet that can be cancelled. */
export interface RunningWork {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** For people: `recovery point`. */
  readonly what: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Null of what shows none. */
  readonly tier: string | null;
  /** Of a restore, what it makes; null of what its id does not tell. */
  readonly resource: NamedResource | null;
  /** `kind/account/region/id/scheduled time` of what makes or transfers one. */
  readonly recoveryPoint: string | null;
}

/** What can be cancelled, for people. */
export const cancellable: Readonly<Record<string, string>> = {
  [workflowNames.createRecoveryPoint]: 'recovery point',
  [workflowNames.drillTier]: 'round of a drill',
  [workflowNames.fleetBackup]: 'round',
  [workflowNames.restoreDrill]: 'drill',
  [workflowNames.restoreRecoveryPoint]: 'restore',
  [workflowNames.restoreToPostgres]: 'restore into PostgreSQL',
  [workflowNames.transferExport]: 'transfer',
};

/** The first word of the ids of those that are about one resource. */
const prefixes: Readonly<Record<string, string>> = {
  [workflowNames.createRecoveryPoint]: 'recovery-point',
  [workflowNames.restoreDrill]: 'drill',
  [workflowNames.restoreRecoveryPoint]: 'restore',
  [workflowNames.transferExport]: 'transfer',
};

/** Everything of a fleet that runs and can be cancelled, all pages of it; the list may lag some seconds behind. */
export async function runningWork(client: Client, fleet: string): Promise<RunningWork[]> {
  const running: RunningWork[] = [];
  // By its queue: not all of them carry the fleet.
  const query = `TaskQueue = '${fleetTaskQueue(fleet)}' AND ExecutionStatus = 'Running'`;
  for await (const execution of listWithoutMemos(client, { query }))
    if (cancellable[execution.type] !== undefined) running.push(workOf(execution));
  return running;
}

export function workOf({
  workflowId,
  runId,
  type,
  startTime,
  typedSearchAttributes: shown,
}: Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'type' | 'startTime' | 'typedSearchAttributes'>): RunningWork {
  return {
    ...{ workflowId, runId, type, what: cancellable[type] ?? type },
    startedAt: startTime.toISOString(),
    tier: shown.get(searchAttributes.tier) ?? null,
    resource: resourceOf(type, workflowId),
    recoveryPoint: recoveryPointOfWorkflowId(workflowId),
  };
}

function resourceOf(type: string, workflowId: string): NamedResource | null {
  const [prefix, kind, account, region, id] = workflowId.split('/');
  if (prefix === undefined || prefix !== prefixes[type]) return null;
  if (kind === undefined || account === undefined || region === undefined || id === undefined) return null;
  return { kind, account, region, id };
}
