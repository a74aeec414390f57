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

/** The rounds of a tier that run, and what they have asked for. */
export interface RoundsOfTier {
  readonly rounds: readonly RunningWork[];
  /** Recovery points that run, and that a round has asked for, be it one that has ended. */
  readonly points: readonly RunningWork[];
  /** The scheduled times of these rounds. */
  readonly times: ReadonlySet<string>;
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

/** A schedule starts its round at its time or later. */
const earlyMilliseconds = 600_000;

/** Everything of a fleet that runs and can be cancelled, all pages of it; the list may lag some seconds behind. */
export async function runningWork(client: Client, fleet: string): Promise<RunningWork[]> {
  const running: RunningWork[] = [];
  // By its queue: not all of them carry the fleet.
  const query = `TaskQueue = '${fleetTaskQueue(fleet)}' AND ExecutionStatus = 'Running'`;
  for await (const execution of listWithoutMemos(client, { query }))
    if (cancellable[execution.type] !== undefined) running.push(workOf(execution));
  return running;
}

/** Finds also what a round has left running that has ended itself. What somebody has asked for by hand is not among it. */
export async function roundsOfTier(client: Client, fleet: string, tier: string): Promise<RoundsOfTier> {
  const ofTier = (await runningWork(client, fleet)).filter((one) => one.tier === tier);
  const rounds = ofTier.filter(({ type }) => type === workflowNames.fleetBackup);
  const points = ofTier.filter(({ type }) => type === workflowNames.createRecoveryPoint);
  const times = new Set(rounds.map(timeOfRound));
  const [oldest] = points.map((point) => Date.parse(timeOfPoint(point))).sort((a, b) => a - b);
  if (oldest !== undefined) {
    const since = new Date(oldest - earlyMilliseconds).toISOString();
    const query =
      `WorkflowType = '${workflowNames.fleetBackup}' AND ${searchAttributes.fleet.name} = '${fleet}' AND ` +
      `${searchAttributes.tier.name} = '${tier}' AND StartTime >= '${since}'`;
    for await (const execution of listWithoutMemos(client, { query })) times.add(timeOfRound(workOf(execution)));
  }
  return { rounds, points: points.filter((point) => times.has(timeOfPoint(point))), times };
}

/** The scheduled time of a recovery point, as it stands in its id. */
export function timeOfPoint({ recoveryPoint }: Pick<RunningWork, 'recoveryPoint'>): string {
  return recoveryPoint?.split('/').pop() ?? '';
}

/** The scheduled time that a round's recovery points have: its schedule writes it into the id. */
export function timeOfRound({ workflowId, startedAt }: Pick<RunningWork, 'workflowId' | 'startedAt'>): string {
  const [time] = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.exec(workflowId) ?? [];
  return time ?? `${startedAt.slice(0, 19)}Z`;
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
