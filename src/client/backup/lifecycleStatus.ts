import { type Client } from '@temporalio/client';
import { Lifecycle, type LifecycleState } from '../../core/backup/lifecycle';
import { messageNames, workflowNames } from '../../core/messageNames';
import { lifecycleWorkflowId } from '../../core/naming';
import { searchAttributes } from '../../core/searchAttributes';
import { inParallel } from '../../core/inParallel';
import { type FleetBackupSummary } from '../../core/backup/fleetRound';
import { PayloadError } from '../../payloads';
import { workflowEnd } from './followSteps';
import { type ListedLifecycle } from './listLifecycles';
import { type RecoveryPointSnapshot } from './recoveryPointSnapshot';
import { takeSnapshot } from './takeSnapshot';

/** How well one resource is protected now. */
export interface LifecycleStatus extends ListedLifecycle {
  /** Null when no worker answers: then only what the list shows is known. */
  readonly lifecycle: LifecycleState | null;
  /** When the next RPO alert is due (ISO 8601, UTC). */
  readonly nextAlertAt: string | null;
  /** True when no complete recovery point is within the tier's RPO. */
  readonly rpoMissed: boolean | null;
  /** The recovery point in flight. */
  readonly inFlight: RecoveryPointSnapshot | null;
}

const width = 16;
const queryMilliseconds = 5_000;

/** Asks lifecycles how they are. */
export async function lifecycleStatuses(
  client: Client,
  lifecycles: readonly ListedLifecycle[],
  now: number = Date.now(),
): Promise<LifecycleStatus[]> {
  return inParallel(lifecycles, width, async (listed) => {
    const lifecycle = await askLifecycle(client, listed);
    if (lifecycle === null) return { ...listed, lifecycle, nextAlertAt: null, rpoMissed: null, inFlight: null };
    const { inFlight, protectedSince, policy } = lifecycle;
    return {
      ...listed,
      lifecycle,
      nextAlertAt: new Date(new Lifecycle(lifecycle).nextAlertAt).toISOString(),
      rpoMissed: now - Date.parse(protectedSince) > policy.rpoSeconds * 1000,
      inFlight: inFlight === null ? null : await takeSnapshot(client, lifecycle.resource, inFlight),
    };
  });
}

/** The state of a lifecycle; null where no worker answers. */
export async function askLifecycle(client: Client, listed: ListedLifecycle): Promise<LifecycleState | null> {
  const handle = client.workflow.getHandle(lifecycleWorkflowId(listed));
  try {
    return await client.withDeadline(Date.now() + queryMilliseconds, () =>
      handle.query<LifecycleState>(messageNames.lifecycle),
    );
  } catch (error) {
    if (error instanceof PayloadError) throw error;
    return null;
  }
}

/** The latest round of one tier. */
export interface RoundStatus {
  readonly tier: string;
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: string;
  readonly reason: string | null;
  /** What it found that no rule of the fleet file can reach; null where it has not ended, or does not tell. */
  readonly unprotected: FleetBackupSummary['unprotected'] | null;
}

/** The latest round of each tier that has had one. */
export async function latestRounds(client: Client, fleet: string, tiers: readonly string[]): Promise<RoundStatus[]> {
  const rounds = await inParallel(tiers, width, async (tier) => {
    const query = `WorkflowType = '${workflowNames.fleetBackup}' AND ${searchAttributes.fleet.name} = '${fleet}' AND ${searchAttributes.tier.name} = '${tier}'`;
    for await (const round of client.workflow.list({ query, pageSize: 1 }))
      return [
        {
          tier,
          workflowId: round.workflowId,
          runId: round.runId,
          startedAt: round.startTime.toISOString(),
          endedAt: round.closeTime?.toISOString() ?? null,
          state: round.typedSearchAttributes.get(searchAttributes.state) ?? round.status.name,
          reason: round.typedSearchAttributes.get(searchAttributes.reason) ?? null,
          unprotected: round.closeTime === undefined ? null : await unprotectedOf(client, round),
        },
      ];
    return [];
  });
  return rounds.flat();
}

/** A round that failed carries its summary in the details of its failure. */
async function unprotectedOf(
  client: Client,
  { workflowId, runId }: Pick<RoundStatus, 'workflowId' | 'runId'>,
): Promise<RoundStatus['unprotected']> {
  try {
    const end = await workflowEnd<FleetBackupSummary>(client.workflow.getHandle(workflowId, runId).result());
    const summary = end.state === 'completed' ? end.result : (end.details as FleetBackupSummary | null);
    return summary?.unprotected ?? null;
  } catch (error) {
    if (error instanceof PayloadError) throw error;
    return null;
  }
}
