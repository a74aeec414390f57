import {
  ChildWorkflowCancellationType,
  defineQuery,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { ApplicationFailure, ChildWorkflowFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { type DiscoveredPage, type FleetActivities, type FleetScope } from '../activities/contracts';
import { type DrillTierActivities } from '../activities/drill/drillTierContracts';
import { type DrillResult } from '../core/drill/drillResult';
import {
  drawn,
  type DrillTierInput,
  type DrillTierSummary,
  type DrillVerdict,
  type PlannedDrill,
} from '../core/drill/drillRound';
import { failureTypes } from '../core/failure';
import { messageNames } from '../core/messageNames';
import { drillWorkflowId } from '../core/naming';
import { type ResourceRef, resourcePath } from '../core/resource';
import { type RestoreStep, RestoreSteps } from '../core/restore/restoreSteps';
import { keyword, resourceAttributes, searchAttributes } from '../core/searchAttributes';
import { describeFailure } from './failures';
import { restoreDrill } from './restoreDrill';

/** A step for each resource that was drawn. */
export const drillRoundQuery = defineQuery<{ readonly steps: readonly RestoreStep[] }>(messageNames.progress);

const { listScopes, planDrill } = proxyActivities<Pick<FleetActivities, 'listScopes'> & DrillTierActivities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 hour',
});
const { discoverResources } = proxyActivities<FleetActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  scheduleToCloseTimeout: '2 hours',
});

/**
 * One round of a drill: draws resources of the tier and drills them one after the other, so that a scratch account has one
 * database at a time. One that fails does not keep the others from being drilled.
 *
 * @throws ApplicationFailure `DrillFailed` at the end, with the {@link DrillTierSummary}, where not all passed.
 */
export async function drillTier(input: DrillTierInput): Promise<DrillTierSummary> {
  const { fleet, tier } = input;
  const problems: string[] = [];
  const verdicts: DrillVerdict[] = [];
  let planned: PlannedDrill | null = null;
  let resources: readonly ResourceRef[] = [];
  let steps = new RestoreSteps([]);
  setHandler(drillRoundQuery, () => ({ steps: steps.report }));
  const show = (chosen: number) =>
    setCurrentDetails(
      [
        `**${verdicts.length} of ${chosen}** drilled, ${verdicts.filter(({ verdict }) => verdict === 'passed').length} passed`,
        ...verdicts.map(({ resource, verdict, failures }) =>
          [`- ${resource}: ${verdict}`, ...failures.slice(0, 1)].join(' — '),
        ),
        ...problems.map((problem) => `- ${problem}`),
      ].join('\n'),
    );

  try {
    planned = await planDrill(tier, input.drill);
    resources = await resourcesOf(fleet, tier, problems);
  } catch (error) {
    if (isCancellation(error)) throw error;
    problems.push(describeFailure(error).message);
  }
  if (planned !== null) {
    const chosen = drawn(resources, planned.drill.resources, Math.random);
    steps = new RestoreSteps(chosen.map(resourcePath));
    show(chosen.length);
    for (const resource of chosen) {
      const path = resourcePath(resource);
      steps.run(path, Date.now());
      const verdict = await drilled(input, planned, resource);
      verdicts.push(verdict);
      if (verdict.verdict === 'passed') steps.done(path, Date.now());
      else steps.fail(verdict.failures.join('; '));
      show(chosen.length);
    }
  }

  const passed = verdicts.filter(({ verdict }) => verdict === 'passed').length;
  const failed = verdicts.length - passed;
  const state = failed + problems.length === 0 ? 'passed' : 'failed';
  const summary: DrillTierSummary = {
    state,
    fleet,
    tier,
    drill: input.drill,
    resources: resources.length,
    passed,
    failed,
    verdicts,
    problems,
  };
  const reason = [
    ...problems,
    ...verdicts.flatMap(({ resource, failures: [first] }) => (first === undefined ? [] : [`${resource}: ${first}`])),
  ].join('; ');
  upsertSearchAttributes([
    {
      key: searchAttributes.state,
      value: state === 'passed' ? 'Completed' : passed > 0 ? 'PartiallyFailed' : 'Failed',
    },
    { key: searchAttributes.reason, value: reason === '' ? null : keyword(reason) },
  ]);
  if (state === 'passed') return summary;
  throw ApplicationFailure.create({
    message: keyword(reason),
    type: failureTypes.drillFailed,
    nonRetryable: true,
    details: [summary],
  });
}

/** What can be read of the tier; an account that cannot be is told. */
async function resourcesOf(fleet: string, tier: string, problems: string[]): Promise<ResourceRef[]> {
  const found: ResourceRef[] = [];
  const look = async (scope: FleetScope): Promise<void> => {
    try {
      let after: string | null = null;
      do {
        const page: DiscoveredPage = await discoverResources(fleet, tier, scope, after);
        found.push(...page.resources);
        after = page.next;
      } while (after !== null);
    } catch (error) {
      if (isCancellation(error)) throw error;
      problems.push(`${scope.account}/${scope.region}: ${describeFailure(error).message}`);
    }
  };
  await Promise.all((await listScopes(fleet)).map(look));
  // In an order of their own: which account answered first must not decide who is drawn.
  return found.sort((a, b) => (resourcePath(a) < resourcePath(b) ? -1 : 1));
}

async function drilled(
  { fleet, tier }: DrillTierInput,
  { drill, connect }: PlannedDrill,
  resource: ResourceRef,
): Promise<DrillVerdict> {
  const path = resourcePath(resource);
  try {
    const result = await executeChild(restoreDrill, {
      workflowId: drillWorkflowId(resource, drill.name),
      // What is under way when a round is ended tears down what it has made.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      args: [{ version: 1, fleet, tier, resource, drill, connect }],
      typedSearchAttributes: [
        ...resourceAttributes({ fleet, tier }, resource),
        { key: searchAttributes.state, value: 'Running' },
      ],
      staticSummary: `${resource.id} · drill ${drill.name}`,
    });
    return verdictOf(path, result);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const nothing = { recoveryPoint: null, from: null, rtoSeconds: null };
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      return { resource: path, verdict: 'not-performed', ...nothing, failures: ['it is being drilled already'] };
    log.error('a drill failed', { resource: path, problem: describeFailure(error).message });
    const result = resultOf(error);
    if (result !== null) return verdictOf(path, result);
    return {
      resource: path,
      verdict: 'not-performed',
      ...nothing,
      failures: [keyword(describeFailure(error).message)],
    };
  }
}

function verdictOf(
  resource: string,
  { verdict, recoveryPoint, from, rtoSeconds, failures }: DrillResult,
): DrillVerdict {
  return { resource, verdict, recoveryPoint, from, rtoSeconds, failures: failures.slice(0, mostFailures).map(keyword) };
}

/** A round of a thousand drills that fail must fit into one payload. */
const mostFailures = 3;

/** A drill that failed carries how in its details. */
function resultOf(error: unknown): DrillResult | null {
  const { cause } = error as { cause?: unknown };
  if (!(error instanceof ChildWorkflowFailure) || !(cause instanceof ApplicationFailure)) return null;
  return (cause.details?.[0] as DrillResult | undefined) ?? null;
}
