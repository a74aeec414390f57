import {
  ChildWorkflowCancellationType,
  defineQuery,
  executeChild,
  log,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { type FleetActivities } from '../activities/contracts';
import { type DrillTierActivities } from '../activities/drill/drillTierContracts';
import { type DiscoveredPage } from '../core/backup/fleetRound';
import { type DrillResult } from '../core/drill/drillResult';
import {
  drawn,
  DrillRound,
  type DrillTierInput,
  type DrillTierProgress,
  type DrillTierSummary,
  type PlannedDrill,
} from '../core/drill/drillRound';
import { failureTypes } from '../core/failure';
import { type FleetScope } from '../core/fleetScope';
import { messageNames } from '../core/messageNames';
import { drillWorkflowId } from '../core/naming';
import { type ResourceRef, resourcePath } from '../core/resource';
import { keyword, resourceAttributes, searchAttributes } from '../core/searchAttributes';
import { brief, listing } from './activityOptions';
import { describeFailure, isOurCancellation, orTell, resultIn } from './failures';
import { restoreDrill } from './restoreDrill';
import { VisibleProgress } from './visibleProgress';

export const drillRoundQuery = defineQuery<DrillTierProgress>(messageNames.progress);

const { listScopes, planDrill } = proxyActivities<Pick<FleetActivities, 'listScopes'> & DrillTierActivities>(brief);
const { discoverResources } = proxyActivities<FleetActivities>(listing);

/**
 * One round of a drill: draws resources of the tier and drills them one after the other, so that a scratch account has one
 * database at a time. One that fails does not keep the others from being drilled.
 *
 * @throws ApplicationFailure `DrillFailed` at the end, with the {@link DrillTierSummary}, where not all passed.
 */
export async function drillTier(input: DrillTierInput): Promise<DrillTierSummary> {
  const { fleet, tier } = input;
  const round = new DrillRound(input);
  const problem = (message: string) => round.problem(message);
  const visible = new VisibleProgress();
  setHandler(drillRoundQuery, () => ({ steps: round.steps }));

  const plan = async () => ({ ...(await planDrill(tier, input.drill)), resources: await resourcesOfTier() });
  const planned = await orTell(plan, problem);
  if (planned !== null) {
    const chosen = drawn(planned.resources, planned.drill.resources, Math.random);
    round.drew(planned.resources, chosen);
    visible.show('Running', round.lines);
    for (const resource of chosen) {
      await drill(planned, resource);
      visible.show('Running', round.lines);
    }
  }
  const { summary, reason } = round;
  visible.show(round.visibleState, round.lines, reason);
  if (summary.state === 'passed') return summary;
  throw ApplicationFailure.nonRetryable(keyword(reason), failureTypes.drillFailed, summary);

  /** The tier's resources as far as accounts can be read. They are sorted, since the order of answers must not decide who is drawn. */
  async function resourcesOfTier(): Promise<ResourceRef[]> {
    const found: ResourceRef[] = [];
    const look = async (scope: FleetScope) => {
      let after: string | null = null;
      do {
        const page: DiscoveredPage = await discoverResources(fleet, tier, scope, after);
        found.push(...page.resources);
        after = page.next;
      } while (after !== null);
    };
    const scopes = await listScopes(fleet);
    const told =
      ({ account, region }: FleetScope) =>
      (message: string) =>
        problem(`${account}/${region}: ${message}`);
    await Promise.all(scopes.map((scope) => orTell(() => look(scope), told(scope))));
    return found.sort((a, b) => (resourcePath(a) < resourcePath(b) ? -1 : 1));
  }

  async function drill({ drill: policy, connect, ledger }: PlannedDrill, resource: ResourceRef): Promise<void> {
    try {
      const result = await executeChild(restoreDrill, {
        workflowId: drillWorkflowId(resource, policy.name),
        // A drill under way tears down what it has made when its round is ended.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        args: [{ version: 1, fleet, tier, resource, drill: policy, connect, ...(ledger ? { ledger } : {}) }],
        typedSearchAttributes: [
          ...resourceAttributes({ fleet, tier }, resource),
          { key: searchAttributes.state, value: 'Running' },
        ],
        staticSummary: `${resource.id} · drill ${policy.name}`,
      });
      round.drilled(resource, result);
    } catch (error) {
      if (isOurCancellation(error)) throw error;
      if (error instanceof WorkflowExecutionAlreadyStartedError)
        return round.notPerformed(resource, 'it is being drilled already');
      const { message } = describeFailure(error);
      log.error('a drill failed', { resource: resourcePath(resource), problem: message });
      const result = resultIn<DrillResult>(error);
      if (result === null) round.notPerformed(resource, message);
      else round.drilled(resource, result);
    }
  }
}
