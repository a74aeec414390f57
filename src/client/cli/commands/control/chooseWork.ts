import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type LifecycleState } from '../../../../core/backup/lifecycle';
import { workflowNames } from '../../../../core/messageNames';
import { fleetTaskQueue, lifecycleWorkflowId, recoveryPointId, recoveryPointWorkflowId } from '../../../../core/naming';
import { resourcePath } from '../../../../core/resource';
import { PayloadError } from '../../../../payloads';
import { askLifecycle } from '../../../backup/lifecycleStatus';
import { type NamedResource } from '../../../backup/recoveryPointSnapshot';
import {
  matches,
  parseResourceArgument,
  type ResourceArgument,
  resolveResources,
} from '../../../catalogue/resourceArgument';
import { endState } from '../../../control/cancelWork';
import { cancellable, type RunningWork, runningWork, workOf } from '../../../control/runningWork';
import { isRunningWorkflow } from '../../../isRunningWorkflow';
import { withoutMemos } from '../../../listWithoutMemos';
import { type CommandContext } from '../../commandContext';
import { CommandFailure } from '../../commandFailure';
import { exitCodes } from '../../exitCodes';
import { listedLifecycles } from '../status';

/** What is to be cancelled, and what is not. */
export interface Choice {
  readonly running: readonly RunningWork[];
  /** Names of which nothing runs, and why. */
  readonly ended: readonly EndedWork[];
  /** What people should know before. */
  readonly notes: readonly string[];
  /** Why nobody knows whether something of a name runs; null where all of it is known. */
  readonly unknown: string | null;
  /** Names of resources that stand for things of several types. */
  readonly several: readonly string[];
}

export interface EndedWork {
  readonly what: string;
  readonly state: string;
}

/**
 * Finds what is named: ids of workflows first, then resources. Temporal's list lags some seconds behind, so lifecycles are asked as well what
 * they have just begun.
 *
 * @throws CommandFailure of a workflow that is not cancelled by this
 * @throws InvalidRequestError of a name that is neither that of a workflow nor of a resource
 */
export async function chooseWork(context: CommandContext, client: Client, names: readonly string[]): Promise<Choice> {
  const { fleet } = context;
  const all = await runningWork(client, fleet.name);
  const running = new Map<string, RunningWork>();
  const ended: EndedWork[] = [];
  const notes: string[] = [];
  const several: string[] = [];
  let unknown: string | null = null;
  for (const name of new Set(names)) {
    const listed = all.find(({ workflowId }) => workflowId === name) ?? null;
    // An id of ours has parts. Anything else may be that of somebody else's workflow.
    const named = listed ?? (name.includes('/') ? await describedWork(client, fleet.name, name) : null);
    if (named !== null) {
      if ('state' in named) ended.push(named);
      else running.set(named.runId, named);
      continue;
    }
    const resource = await namedResource(context, client, all, name);
    const lifecycle = await lifecycleOf(client, resource);
    const found = await workOfResource(client, fleet.name, all, resource, lifecycle);
    for (const one of found) running.set(one.runId, one);
    if (new Set(found.map(({ type }) => type)).size > 1) several.push(name);
    const isSilent = lifecycle === null && (await isRunningWorkflow(client, lifecycleWorkflowId(resource)));
    if (isSilent) unknown = `the lifecycle of ${name} does not answer, so what has just begun is not known`;
    if (found.length === 0 && !isSilent) ended.push({ what: name, state: 'nothing of it runs' });
    if (lifecycle !== null && lifecycle.waiting !== null)
      notes.push(
        `${name}: the recovery point of ${lifecycle.waiting.scheduledTime} waits behind it, and begins next; ` +
          `\`farcopy pause ${name}\` before keeps it from that, unless it was asked for by name`,
      );
  }
  return { running: [...running.values()], ended, notes, unknown, several };
}

/** The state of a lifecycle; null where there is none, or nobody can tell. */
export async function lifecycleOf(client: Client, resource: NamedResource): Promise<LifecycleState | null> {
  try {
    return await askLifecycle(client, resource);
  } catch (error) {
    if (error instanceof PayloadError) return null;
    throw error;
  }
}

/** A workflow by its id, which no list need show yet; null: there is none of it. */
async function describedWork(
  client: Client,
  fleet: string,
  workflowId: string,
): Promise<RunningWork | EndedWork | null> {
  try {
    const found = await withoutMemos(client).getHandle(workflowId).describe();
    const what = cancellable[found.type];
    if (what === undefined || found.taskQueue !== fleetTaskQueue(fleet))
      throw new CommandFailure(
        `${workflowId} is no recovery point, restore, drill, transfer or round of fleet ${fleet}`,
        exitCodes.usage,
        '`temporal workflow cancel` cancels any workflow',
      );
    if (found.closeTime === undefined) return workOf(found);
    return { what: `${what} ${workflowId}`, state: `has ended already: ${endState(found.status.name)}` };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The resource that a name means, among those that are protected, and those that something runs of. */
async function namedResource(
  context: CommandContext,
  client: Client,
  all: readonly RunningWork[],
  name: string,
): Promise<NamedResource> {
  const argument = parseResourceArgument(name, context.kinds);
  const whole = wholeResource(argument);
  // No list need show it yet.
  if (whole !== null && (await isRunningWorkflow(client, lifecycleWorkflowId(whole)))) return whole;
  const busy = all.flatMap(({ resource }) => (resource !== null && matches(argument, resource) ? [resource] : []));
  const known = [...busy, ...(await listedLifecycles(client, context.fleet.name))];
  const unique = new Map(
    known.map(({ kind, account, region, id }) => [
      resourcePath({ kind, account, region, id }),
      { kind, account, region, id },
    ]),
  );
  const where = `what fleet ${context.fleet.name} protects or restores now; name anything else by the id of its workflow`;
  const [only] = resolveResources([argument], [...unique.values()], where);
  if (only === undefined) throw new Error(`${name} was neither found nor refused`);
  return only;
}

function wholeResource({ ids, account, region }: ResourceArgument): NamedResource | null {
  const [[kind, id] = ['', ''], ...others] = Object.entries(ids);
  return others.length > 0 || account === undefined || region === undefined ? null : { kind, account, region, id };
}

async function workOfResource(
  client: Client,
  fleet: string,
  all: readonly RunningWork[],
  wanted: NamedResource,
  lifecycle: LifecycleState | null,
): Promise<readonly RunningWork[]> {
  const path = resourcePath(wanted);
  const found = all.filter(({ resource }) => resource !== null && resourcePath(resource) === path);
  const inFlight = lifecycle?.inFlight ?? null;
  if (inFlight !== null) {
    const workflowId = recoveryPointWorkflowId(recoveryPointId(wanted, inFlight));
    if (!found.some((one) => one.workflowId === workflowId)) {
      const begun = await describedWork(client, fleet, workflowId);
      if (begun !== null && !('state' in begun)) found.push(begun);
    }
  }
  // A transfer ends with its recovery point.
  const points = new Set(found.flatMap(({ type, recoveryPoint }) => (isPoint(type) ? [recoveryPoint] : [])));
  return found.filter(
    ({ type, recoveryPoint }) => isPoint(type) || recoveryPoint === null || !points.has(recoveryPoint),
  );
}

const isPoint = (type: string) => type === workflowNames.createRecoveryPoint;
