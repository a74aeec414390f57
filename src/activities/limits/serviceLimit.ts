import { Context, log } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import { inParallel } from '../../core/inParallel';
import { messageNames, workflowNames } from '../../core/messageNames';
import { serviceLimitTaskQueue, serviceLimitWorkflowId } from '../../core/naming';
import { type PermitHolder } from '../../core/limits/permitQueue';
import { Semaphore } from '../../core/limits/semaphore';
import { type LimitName } from '../../core/limits/limit';
import { type KindOperations } from '../../kinds/kind';
import { serverTime } from '../serverTime';
import { type ServiceLimitActivities, type ServiceLimitStarter } from '../contracts';
import { markdown } from '../../core/markdown';

/** Of a semaphore: thousands of requests that have come while no worker ran are one task. */
export const workflowTaskTimeout = '30 seconds';

/**
 * A start call of a workflow that has ended may still be on its way to AWS for as long as its activity may run (50 s):
 * before that its permit counts.
 */
const startMayBeUnderwayMilliseconds = 60_000;

/** How many workflows are looked at at once. */
const concurrency = 16;

/** The activities behind `serviceLimit` and those who ask it for permits. */
export function serviceLimitActivities(
  kinds: readonly Pick<KindOperations, 'description' | 'inFlight'>[],
): ServiceLimitActivities & ServiceLimitStarter {
  return {
    async observeLimit(ref, access, permits) {
      const { client, cancellationSignal } = Context.current();
      const scope = { account: ref.account, region: ref.region, access };
      const [inFlight, ended] = await Promise.all([
        kindUnder(ref.limit).inFlight(scope, ref.limit, cancellationSignal),
        inParallel(permits, concurrency, async (permit) =>
          (await hasEnded(client, permit)) ? [permit.requestId] : [],
        ),
      ]);
      return { inFlight, ended: ended.flat() };
    },

    async startServiceLimit(ref, request) {
      await Context.current().client.workflow.signalWithStart(workflowNames.serviceLimit, {
        workflowId: serviceLimitWorkflowId(ref),
        taskQueue: serviceLimitTaskQueue,
        workflowTaskTimeout,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        args: [{ version: 1, ref, queue: Semaphore.empty(request.capacity) }],
        signal: messageNames.requestPermit,
        signalArgs: [request],
        staticSummary: `${ref.limit} · ${ref.account}/${ref.region}`,
        staticDetails: markdown`Permits for work in flight under the AWS service limit **${ref.limit}** of account ${ref.account} in ${ref.region}.`,
      });
    },
  };

  /** Any kind that works under a limit sees all operations that count against it. */
  function kindUnder(limit: LimitName): Pick<KindOperations, 'description' | 'inFlight'> {
    const found = kinds.find(({ description }) => description.limits.some(({ name }) => name === limit));
    if (found === undefined) throw new Error(`no kind of resource works under ${limit}`);
    return found;
  }
}

/** One that cannot be asked about has not ended: it costs no other its look. */
async function hasEnded(client: Client, { holderWorkflowId, holderRunId }: PermitHolder): Promise<boolean> {
  try {
    const { closeTime } = await client.workflow.getHandle(holderWorkflowId, holderRunId).describe();
    return closeTime !== undefined && serverTime() - closeTime.getTime() > startMayBeUnderwayMilliseconds;
  } catch (error) {
    // Temporal forgets a workflow only long after it has ended.
    if (error instanceof WorkflowNotFoundError) return true;
    log.warn('could not see whether the holder of a permit has ended', { holderWorkflowId, error: String(error) });
    return false;
  }
}
