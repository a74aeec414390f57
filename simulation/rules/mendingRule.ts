import { type Client } from '@temporalio/client';
import { requestRecoveryPoint } from '../../src/activities/backup/requestRecoveryPoint';
import { type CreateRecoveryPointInput } from '../../src/core/backup/recoveryPointPlan';
import { workflowNames } from '../../src/core/messageNames';
import { type Run } from '../temporal/run';
import { type World } from '../world';
import { inputOf, resultOf } from './runRules';

/**
 * Whatever did not come off does, when it is asked for once more and nothing goes wrong any more: nothing that has happened stands
 * in its way for good.
 *
 * @param untilQuiet lets time go by until all that is under way has ended
 */
export async function comesOffInTheEnd(world: World, untilQuiet: () => Promise<void>): Promise<void> {
  const { service, client, clouds, happenings, time, witness, scenario } = world;
  // Operations that take longer than anyone waits for may fail again.
  if (scenario.operations.slowShare > 0) return;
  const resources = clouds.cloud.state.databases.resources.values();
  const latest = new Map<string, Run>();
  for (const run of service.runs) {
    if (run.type !== workflowNames.createRecoveryPoint || service.latest(run.workflowId) !== run) continue;
    const { arn, kind } = inputOf<CreateRecoveryPointInput | undefined>(run)?.identity.resource ?? {};
    // AWS copies no snapshots of Multi-AZ clusters.
    if (kind === 'multi-az-cluster' || !resources.some((one) => one.arn === arn && one.status === 'available'))
      continue;
    // What is there under its name is another one.
    if (scenario.prune !== null && happenings.excused.has(arn ?? '')) continue;
    if (!isWhole(run)) latest.set(arn ?? '', run);
  }
  if (latest.size === 0) return;
  await time.runUntil(faultsAreOver(world));
  happenings.end();
  for (const run of latest.values()) {
    const { identity, policy } = inputOf<CreateRecoveryPointInput>(run);
    const { resource, scheduledTime } = identity;
    witness.trace(`asks once more: ${run.workflowId}`);
    void requestRecoveryPoint(client as unknown as Client, resource, { scheduledTime, policy, force: true }).catch(
      (error: unknown) => witness.violation('not-mended', `${run.workflowId} is refused: ${(error as Error).message}`),
    );
  }
  await untilQuiet();
  for (const { workflowId } of latest.values()) {
    const run = service.latest(workflowId);
    if (run === undefined || isWhole(run)) continue;
    const reason = run.result === null ? (run.failure?.message ?? run.status) : JSON.stringify(resultOf(run.result));
    witness.violation('not-mended', `${workflowId} was asked for once more, nothing went wrong, and yet: ${reason}`);
  }
}

export function isWhole(run: Run): boolean {
  if (run.status !== 'COMPLETED') return false;
  const { state } = resultOf(run.result);
  return state === 'completed' || state === 'unchanged';
}

/** Nobody is told anything where the topic is gone; everything else comes back. */
export function faultsAreOver({ scenario, begunAt, time }: World): number {
  const ends = scenario.faults.filter(({ command }) => command !== 'Publish').map(({ to }) => begunAt + to * 1000);
  return Math.max(time.now, ...ends);
}
