import { type Client } from '@temporalio/client';
import { Lifecycle, type LifecycleState } from '../../core/backup/lifecycle';
import { messageNames, workflowNames } from '../../core/messageNames';
import { lifecycleWorkflowId } from '../../core/naming';
import { resourcePath } from '../../core/resource';
import { searchAttributes } from '../../core/searchAttributes';
import { inParallel } from '../../core/inParallel';
import { type FleetBackupSummary } from '../../core/backup/fleetRound';
import { PayloadError } from '../../payloads';
import { workflowEnd } from './followSteps';
import { type GlancedLifecycle } from './listLifecycles';
import { listWithoutMemos } from '../listWithoutMemos';
import { notReadable } from '../notReadable';
import { runningRecoveryPoints } from '../runningRecoveryPoints';
import { type NamedResource, type RecoveryPointSnapshot } from './recoveryPointSnapshot';
import { takeSnapshot } from './takeSnapshot';

/** How well one resource is protected now. */
export interface LifecycleStatus extends GlancedLifecycle {
  /** Null when it was not asked, or no worker answers: then only what Temporal shows is known. */
  readonly lifecycle: LifecycleState | null;
  /** When the next RPO alert is due (ISO 8601, UTC). */
  readonly nextAlertAt: string | null;
  /** True when no complete recovery point is within the tier's RPO. */
  readonly rpoMissed: boolean | null;
  /** The recovery point in flight, of a lifecycle that was asked. */
  readonly inFlight: RecoveryPointSnapshot | null;
  /** What its recovery point in flight waits for, as Temporal shows it, of a lifecycle that was not asked; else null. */
  readonly waitsFor: string | null;
}

const width = 16;
const queryMilliseconds = 5_000;

/** Asks lifecycles how they are. */
export async function lifecycleStatuses(
  client: Client,
  lifecycles: readonly GlancedLifecycle[],
  now: number = Date.now(),
): Promise<LifecycleStatus[]> {
  return inParallel(lifecycles, width, async (listed) => {
    const lifecycle = await askLifecycle(client, listed);
    if (lifecycle === null) return statusAtAGlance(listed, now);
    const { inFlight, protectedSince, policy } = lifecycle;
    return {
      ...listed,
      lifecycle,
      nextAlertAt: new Date(new Lifecycle(lifecycle).nextAlertAt).toISOString(),
      rpoMissed: isMissed(protectedSince, policy.rpoSeconds, now),
      inFlight: inFlight === null ? null : await takeSnapshot(client, lifecycle.resource, inFlight),
      waitsFor: null,
    };
  });
}

/** What Temporal shows by itself, whoever is busy: it may lag some seconds behind. */
export async function statusesAtAGlance(
  client: Client,
  fleet: string,
  lifecycles: readonly GlancedLifecycle[],
  now: number,
): Promise<LifecycleStatus[]> {
  const running = new Map<string, Pick<LifecycleStatus, 'state' | 'waitsFor'>>();
  for await (const { resource, state, waitsFor } of runningRecoveryPoints(client, fleet))
    running.set(resourcePath(resource), { state, waitsFor });
  return lifecycles.map((listed) => statusAtAGlance({ ...listed, ...running.get(resourcePath(listed)) }, now));
}

/** Of one that nobody has asked. */
export function statusAtAGlance(listed: GlancedLifecycle & Partial<LifecycleStatus>, now: number): LifecycleStatus {
  const { glance, waitsFor = null } = listed;
  return {
    ...listed,
    lifecycle: null,
    nextAlertAt: null,
    rpoMissed: glance === null ? null : isMissed(glance.protectedSince, glance.rpoSeconds, now),
    inFlight: null,
    waitsFor,
  };
}

function isMissed(protectedSince: string, rpoSeconds: number, now: number): boolean {
  return now - Date.parse(protectedSince) > rpoSeconds * 1000;
}

/** The state of a lifecycle; null where no worker answers in time. */
export async function askLifecycle(
  client: Client,
  resource: NamedResource,
  withinMilliseconds: number = queryMilliseconds,
): Promise<LifecycleState | null> {
  const handle = client.workflow.getHandle(lifecycleWorkflowId(resource));
  try {
    return await client.withDeadline(Date.now() + withinMilliseconds, () =>
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
  /** What it found that no rule of the fleet file can reach, or that this cannot be read; null where it has not ended, or does not tell. */
  readonly unprotected: FleetBackupSummary['unprotected'] | null;
}

/** The latest round of each tier that has had one. */
export async function latestRounds(client: Client, fleet: string, tiers: readonly string[]): Promise<RoundStatus[]> {
  const rounds = await inParallel(tiers, width, async (tier) => {
    const query = `WorkflowType = '${workflowNames.fleetBackup}' AND ${searchAttributes.fleet.name} = '${fleet}' AND ${searchAttributes.tier.name} = '${tier}'`;
    for await (const round of listWithoutMemos(client, { query, pageSize: 1 }))
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
    return error instanceof PayloadError ? { count: 0, first: [`${workflowId}: ${notReadable(error)}`] } : null;
  }
}
