import { type Client } from '@temporalio/client';
import { type LimitName, type LimitRef } from '../../core/limits/limit';
import { messageNames, workflowNames } from '../../core/messageNames';
import { serviceLimitWorkflowId } from '../../core/naming';
import { type ShownPermits } from '../../core/limits/semaphore';
import { inParallel } from '../../core/inParallel';
import { InvalidRequestError } from '../invalidRequestError';
import { isRunningWorkflow } from '../isRunningWorkflow';

/** A service limit: who has a permit, and who waits, the next to be served first. */
export type ServiceLimitStatus = LimitRef & ShownPermits;

const width = 8;

/** Every service limit that Farcopy has met, of all fleets of the namespace: accounts belong to no fleet. */
export async function listServiceLimits(client: Client): Promise<ServiceLimitStatus[]> {
  const query = `WorkflowType = '${workflowNames.serviceLimit}' AND ExecutionStatus = 'Running'`;
  const refs: LimitRef[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) {
    const [, account, region, limit] = workflowId.split('/');
    if (account !== undefined && region !== undefined && limit !== undefined) refs.push({ account, region, limit });
  }
  refs.sort((a, b) => (serviceLimitWorkflowId(a) < serviceLimitWorkflowId(b) ? -1 : 1));
  return inParallel(refs, width, async (ref) => {
    const handle = client.workflow.getHandle(serviceLimitWorkflowId(ref));
    return { ...ref, ...(await handle.query<ShownPermits>(messageNames.permits)) };
  });
}

/** An override of a capacity as the command line takes it. */
export interface CapacitySetting extends LimitRef {
  /** A whole number from 0 (nothing starts), or null for what the fleet file says. */
  readonly capacity: number | null;
}

/**
 * Sets the capacities of limits until they are taken back. All limits are looked for first, so that one that is wrong leaves
 * the others as they are.
 *
 * @throws InvalidRequestError when nothing has met a limit yet.
 */
export async function overrideCapacities(client: Client, settings: readonly CapacitySetting[]): Promise<void> {
  const running = await inParallel(settings, width, (ref) => isRunningWorkflow(client, serviceLimitWorkflowId(ref)));
  const unmet = settings.filter((_, i) => running[i] !== true);
  if (unmet.length > 0)
    throw new InvalidRequestError(
      unmet.map((ref) => `${ref.account}/${ref.region}/${ref.limit}: no backup has met this limit yet`).join('\n'),
      'set its capacity in the fleet file (limits), or once it is in use; `farcopy limits` lists those that are',
    );
  for (const { capacity, ...ref } of settings)
    await client.workflow
      .getHandle(serviceLimitWorkflowId(ref))
      .executeUpdate<void, [number | null]>(messageNames.overrideCapacity, { args: [capacity] });
}

/**
 * Reads `account/region/limit=N`, or `=default` to take an override back.
 *
 * @param known the limits that there are
 * @throws InvalidRequestError
 */
export function parseCapacitySetting(text: string, known: readonly LimitName[]): CapacitySetting {
  const [place = '', value = '', ...more] = text.split('=');
  const [account = '', region = '', limit, ...rest] = place.split('/');
  if (more.length > 0 || rest.length > 0 || !/^\d{12}$/.test(account) || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new InvalidRequestError(
      `${text}: not a setting`,
      'write account/region/limit=N, or =default to take it back',
    );
  if (limit === undefined || !known.includes(limit))
    throw new InvalidRequestError(`${text}: ${limit ?? 'nothing'} is no limit`, `known: ${known.join(', ')}`);
  if (value === 'default') return { account, region, limit, capacity: null };
  if (!/^\d{1,5}$/.test(value) || Number(value) > 10_000)
    throw new InvalidRequestError(`${text}: a capacity is a whole number from 0 to 10000, or default`);
  return { account, region, limit, capacity: Number(value) };
}
