import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import { inParallel } from '../../core/inParallel';
import { messageNames, workflowNames } from '../../core/messageNames';
import { serviceLimitTaskQueue, serviceLimitWorkflowId } from '../../core/naming';
import { PermitQueue } from '../../core/limits/permitQueue';
import { type Scope } from '../../core/catalogue/copy';
import { type LimitName } from '../../core/limits/limit';
import { type ResourceProvider } from '../../kinds/resourceProvider';
import { serverTime } from '../serverTime';
import { type PermitHolder, type ServiceLimitActivities, type ServiceLimitStarter } from '../contracts';

/**
 * A start call of a workflow that has ended may still be on its way to AWS for as long as its activity may run (50 s):
 * before that its permit counts.
 */
const startMayBeUnderwayMilliseconds = 60_000;

/** How many workflows are looked at at once. */
const concurrency = 16;

/** The activities behind `serviceLimit` and those who ask it for permits. */
export function serviceLimitActivities(
  providers: readonly ResourceProvider[],
): ServiceLimitActivities & ServiceLimitStarter {
  return {
    async observeLimit(ref, access, permits) {
      const { client, cancellationSignal } = Context.current();
      const scope = { account: ref.account, region: ref.region, access };
      const [arns, ended] = await Promise.all([
        inFlight(ref.limit, scope, cancellationSignal),
        inParallel(permits, concurrency, async (permit) =>
          (await hasEnded(client, permit)) ? [permit.requestId] : [],
        ),
      ]);
      return { inFlight: arns.map(identifierOf), ended: ended.flat() };
    },

    async startServiceLimit(ref, request) {
      await Context.current().client.workflow.signalWithStart(workflowNames.serviceLimit, {
        workflowId: serviceLimitWorkflowId(ref),
        taskQueue: serviceLimitTaskQueue,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        args: [{ version: 1, ref, queue: PermitQueue.empty(request.capacity).state }],
        signal: messageNames.requestPermit,
        signalArgs: [request],
        staticSummary: `${ref.limit} · ${ref.account}/${ref.region}`,
        staticDetails: `Permits for work in flight under the AWS service limit **${ref.limit}** of account ${ref.account} in ${ref.region}.`,
      });
    },
  };

  function inFlight(limit: LimitName, scope: Scope, signal: AbortSignal): Promise<readonly string[]> {
    if (limit !== 'export-tasks') return providerUnder(limit).inFlight(scope, limit, signal);
    const exports = providers.find((provider) => provider.exports !== undefined)?.exports;
    if (exports === undefined) throw new Error('no resource kind is exported');
    return exports.inFlight(scope, signal);
  }

  function providerUnder(limit: LimitName): ResourceProvider {
    const found = providers.find(
      ({ capabilities: c }) => c.snapshotLimit === limit || c.crossRegionCopyLimit === limit,
    );
    if (found === undefined) throw new Error(`no resource kind works under ${limit}`);
    return found;
  }
}

/** The last part of the ARN of a snapshot or export task. */
function identifierOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

async function hasEnded(client: Client, { holderWorkflowId, holderRunId }: PermitHolder): Promise<boolean> {
  try {
    const { closeTime } = await client.workflow.getHandle(holderWorkflowId, holderRunId).describe();
    return closeTime !== undefined && serverTime() - closeTime.getTime() > startMayBeUnderwayMilliseconds;
  } catch (error) {
    // Temporal forgets a workflow only long after it has ended.
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}
