import { type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { type DrillResult } from '../../core/drill/drillResult';
import { inParallel } from '../../core/inParallel';
import { workflowNames } from '../../core/messageNames';
import { searchAttributes } from '../../core/searchAttributes';
import { takeSteps, type WorkflowEnd, workflowEnd } from '../backup/followSteps';
import { listWithoutMemos } from '../listWithoutMemos';
import { notReadable } from '../notReadable';
import { type StepSnapshot } from '../backup/recoveryPointSnapshot';

/** A drill as Temporal remembers it. */
export interface DrillStatus {
  readonly workflowId: string;
  readonly runId: string;
  readonly tier: string;
  readonly drill: string;
  /** Identifier of the protected one, empty until it is known. */
  readonly resource: string;
  /** Empty until they are known. */
  readonly kind: string;
  readonly account: string;
  readonly region: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** `not-performed`: it ended without any, since it could not be done, or was cancelled or terminated. */
  readonly verdict: 'passed' | 'failed' | 'running' | 'not-performed';
  /** Somebody has cancelled or terminated it: it says nothing of what can be restored. */
  readonly isTakenBack: boolean;
  readonly rtoSeconds: number | null;
  readonly from: string | null;
  readonly recoveryPoint: string | null;
  readonly failures: readonly string[];
  /** Where one that runs stands. */
  readonly steps: readonly StepSnapshot[];
}

const width = 16;

/** The latest drills of a fleet, the newest first. @param limit 0 for all that Temporal remembers */
export async function latestDrills(client: Client, fleet: string, limit: number): Promise<DrillStatus[]> {
  const query = `WorkflowType = '${workflowNames.restoreDrill}' AND ${searchAttributes.fleet.name} = '${fleet}'`;
  const listed: WorkflowExecutionInfo[] = [];
  for await (const execution of listWithoutMemos(client, { query })) listed.push(execution);
  listed.sort((a, b) => b.startTime.getTime() - a.startTime.getTime());
  return inParallel(limit === 0 ? listed : listed.slice(0, limit), width, (execution) => statusOf(client, execution));
}

async function statusOf(client: Client, execution: WorkflowExecutionInfo): Promise<DrillStatus> {
  const { workflowId, runId, status, startTime, closeTime, typedSearchAttributes: shown } = execution;
  const common = {
    workflowId,
    runId,
    tier: shown.get(searchAttributes.tier) ?? '',
    // `drill/{kind}/{account}/{region}/{id}/{drill}`
    drill: workflowId.slice(workflowId.lastIndexOf('/') + 1),
    ...ownerOf(workflowId),
    resource: shown.get(searchAttributes.resource) ?? '',
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
    isTakenBack: status.name === 'CANCELLED' || status.name === 'TERMINATED',
  };
  const nothing = { rtoSeconds: null, from: null, recoveryPoint: null, failures: [], steps: [] };
  if (closeTime === undefined) {
    const steps = await takeSteps(client, client.workflow.getHandle(workflowId, runId));
    return { ...common, verdict: 'running', ...nothing, steps };
  }
  let end: WorkflowEnd<DrillResult>;
  try {
    end = await workflowEnd(client.workflow.getHandle(workflowId, runId, { firstExecutionRunId: runId }).result());
  } catch (error) {
    return { ...common, verdict: shownVerdict(execution), ...nothing, failures: [notReadable(error)] };
  }
  const result = end.state === 'completed' ? end.result : (end.details as DrillResult | null);
  if (result === null)
    return {
      ...common,
      verdict: 'not-performed',
      ...nothing,
      failures: end.state === 'completed' ? [] : [end.message],
    };
  const { verdict, tier, drill, resource, rtoSeconds, from, recoveryPoint, failures } = result;
  const { kind, account, region } = resource ?? common;
  return {
    ...common,
    ...{ tier, drill, resource: resource?.id ?? '', kind, account, region },
    ...{ verdict, rtoSeconds, from, recoveryPoint, failures, steps: [] },
  };
}

/** The verdict without the result. A drill that was performed shows its state, and only one that passed ends as completed. */
function shownVerdict({ status, typedSearchAttributes: shown }: WorkflowExecutionInfo): DrillStatus['verdict'] {
  if (status.name === 'COMPLETED') return 'passed';
  return shown.get(searchAttributes.state) === 'Failed' ? 'failed' : 'not-performed';
}

/** From `drill/{kind}/{account}/{region}/{id}/{drill}`; a person may have given it another id. */
function ownerOf(workflowId: string) {
  const [what, kind = '', account = '', region = '', id, drill, ...more] = workflowId.split('/');
  const isOurs = what === 'drill' && id !== undefined && drill !== undefined && more.length === 0;
  return isOurs ? { kind, account, region } : { kind: '', account: '', region: '' };
}
