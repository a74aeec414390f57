import { copyTags, temporaryRetention } from '../../src/core/catalogue/copy';
import { type FleetBackupInput } from '../../src/core/backup/fleetRound';
import { type ShownAlerts } from '../../src/core/alerts/alert';
import { type LifecycleState, type ProtectResourceInput } from '../../src/core/backup/lifecycle';
import { type PermitQueueState } from '../../src/core/limits/permitQueue';
import { messageNames, workflowNames } from '../../src/core/messageNames';
import { alertsWorkflowId, recoveryPointWorkflowId } from '../../src/core/naming';
import { resourcePath } from '../../src/core/resource';
import { type FakeSnapshot } from '../../test/fakes/aws/snapshots';
import { valuesOf } from '../temporal/payloads';
import { type Run } from '../temporal/run';
import { type Scenario } from '../scenario';
import { type World } from '../world';
import { forgedPrefix, isOurs } from './callRules';
import { comesOffInTheEnd, isWhole } from './mendingRule';
import { inputOf, standing } from './runRules';

const hour = 3600_000;
/** A notice is tried for an hour, and a recovery point's end takes a while to be known. */
const alertGraceHours = 3;

/** What holds once all has ended and been quiet for a while. */
export async function endRules(world: World, untilQuiet: () => Promise<void>): Promise<void> {
  const { service, witness } = world;
  for (const run of service.runs)
    if (run.isOpen && !run.options.taskQueue.endsWith('-another') && !standing.includes(run.type))
      witness.violation('never-ends', `${run.workflowId} still runs after ${hoursSince(world, run.startedAt)} hours`);
  copiesAreInOrder(world);
  await comesOffInTheEnd(world, untilQuiet);
  copiesAreInOrder(world);
  for (const run of service.runs) {
    if (!run.isOpen) continue;
    if (run.type === workflowNames.serviceLimit) await permitsAreBack(world, run);
    if (run.type === workflowNames.protectResource) await gapIsTold(world, run);
  }
  if (world.scenario.faults.length === 0 && world.scenario.happenings.length === 0) everythingCameOff(world);
  if (world.scenario.seed % replayedOneIn === 0) for (const run of service.runs) await service.replay(run);
}

/** Replays cost as much as the runs did. */
const replayedOneIn = 20;

function copiesAreInOrder({ clouds, witness, happenings, service }: World): void {
  const { snapshots } = clouds.cloud.state;
  const places = new Map<string, FakeSnapshot>();
  // The sweeper takes back later what a restore could not.
  const restoresLeave = [...service.leaves].some((workflowId) => workflowId.startsWith('restore/'));
  for (const copy of snapshots.byPlace.values()) {
    if (!isOurs(copy) || copy.id.startsWith(forgedPrefix)) continue;
    const { tags, arn } = copy;
    const status = snapshots.statusOf(copy);
    const recoveryPoint = tags[copyTags.recoveryPoint] ?? '';
    const place = `${recoveryPoint} in ${tags[copyTags.place] ?? ''}`;
    const twin = places.get(place);
    if (twin !== undefined) witness.violation('twins', `${place}: ${arn} beside ${twin.arn}`);
    places.set(place, copy);
    const isProven = tags[copyTags.verified] !== undefined;
    if (isProven && status !== 'available')
      witness.violation('catalogue', `${arn} is proven by its tags, and ${status}`);
    const workflowId = recoveryPointWorkflowId(recoveryPoint);
    const mayLeave = happenings.excused.has(`leftovers of ${workflowId}`) || service.leaves.has(workflowId);
    if (mayLeave) continue;
    if (tags[copyTags.retention] === temporaryRetention)
      witness.violation('left-behind', `${arn} was on its way only, and is still there`);
    else if (!isProven && !wasWhole(copy, service.latest(workflowId)))
      witness.violation('orphan', `${arn} (${status}) is proven by nobody, and removed by nobody`);
    if (copy.sharedWith.size > 0 && !restoresLeave)
      witness.violation('left-behind', `${arn} is still shared with ${[...copy.sharedWith].join(', ')}`);
  }
  if (restoresLeave) return;
  for (const { Name, GranteePrincipal } of clouds.cloud.state.grants.values())
    witness.violation('left-behind', `the key of ${Name} is still lent to ${GranteePrincipal}`);
}

/**
 * Whether it was whole before its recovery point failed by itself: it may be the only copy of its time, and is proven when that is asked
 * for once more.
 */
function wasWhole({ endsAt }: FakeSnapshot, run: Run | undefined): boolean {
  const hasFailed = run?.status === 'FAILED' || (run?.status === 'COMPLETED' && !isWhole(run));
  return hasFailed && endsAt <= (run.closedAt ?? 0);
}

async function permitsAreBack({ service, witness, time }: World, run: Run): Promise<void> {
  if (run.told.has('workflow-task')) return;
  const answer = await time.whileAwaiting(service.query(run, messageNames.permits, []));
  const { holders, waiters } = valuesOf(answer === null ? [] : [answer])[0] as PermitQueueState;
  for (const { requestId } of holders)
    witness.violation('permit-leaked', `${run.workflowId}: ${requestId} holds a permit`);
  for (const { requestId } of waiters) witness.violation('starved', `${run.workflowId}: ${requestId} still waits`);
}

/** Whoever has had no copy for longer than the RPO was told so, again each day. */
async function gapIsTold(world: World, run: Run): Promise<void> {
  const { service, witness, time, scenario } = world;
  if (
    run.told.has('workflow-task') ||
    scenario.faults.some(
      ({ command, effect }) => command === null || command === 'Publish' || effect === 'no-credentials',
    )
  )
    return;
  const answer = await time.whileAwaiting(service.query(run, messageNames.lifecycle, []));
  const { policy, protectedSince, alertedAt, retired } = valuesOf(answer === null ? [] : [answer])[0] as LifecycleState;
  const due = Math.max(Date.parse(protectedSince) + policy.rpoSeconds * 1000, run.startedAt);
  if (retired || time.now < due + alertGraceHours * hour) return;
  const { resource } = inputOf<ProtectResourceInput>(run);
  const told = alertedAt === null ? -Infinity : Date.parse(alertedAt);
  if (time.now - told > (24 + alertGraceHours) * hour)
    witness.violation(
      'silent',
      `${run.workflowId}: no copy since ${protectedSince}, and nobody was told within its RPO`,
    );
  else if (!(await isHeardOf(world, `rpo/${resourcePath(resource)}`, policy.fleet)))
    witness.violation('silent', `${run.workflowId}: no copy since ${protectedSince}, and no topic has heard of it`);
}

/** Whether the fleet's alerts have it open, and somebody has heard of it. */
async function isHeardOf({ service, time }: World, key: string, fleet: string): Promise<boolean> {
  const alerts = service.latest(alertsWorkflowId(fleet));
  if (alerts === undefined) return false;
  if (alerts.told.has('workflow-task')) return true;
  const answer = await time.whileAwaiting(service.query(alerts, messageNames.alerts, []));
  const { open } = valuesOf(answer === null ? [] : [answer])[0] as ShownAlerts;
  return open.some((one) => one.key === key && one.heard.length > 0);
}

/** Where nothing goes wrong, every round is whole; AWS copies no snapshots of Multi-AZ clusters. */
function everythingCameOff({ service, scenario, witness }: World): void {
  const copied = scenario.resources.filter(({ kind }) => kind !== 'multi-az-cluster');
  const isOfTier = (resources: Scenario['resources'], run: Run) =>
    resources.some(({ tags }) => tags?.['tier'] === inputOf<FleetBackupInput>(run).tier);
  const isOfNothing = (run: Run) =>
    run.type === workflowNames.fleetBackup && isOfTier(scenario.resources, run) && !isOfTier(copied, run);
  for (const run of service.runs)
    if (
      !run.isOpen &&
      run.status !== 'COMPLETED' &&
      run.status !== 'CONTINUED_AS_NEW' &&
      !run.workflowId.includes('/multi-az-cluster/') &&
      !isOfNothing(run) &&
      !wasTooSlowForRound(service.runs, run)
    )
      witness.violation('undisturbed', `${run.workflowId} ended as ${run.status}: ${run.failure?.message ?? ''}`);
}

/**
 * A round waits 48 hours. Where the clouds take up to 16 hours for each step and a recovery point waits for the one
 * before it, the round rightly says that it has not ended, and the recovery point comes off later.
 */
function wasTooSlowForRound(runs: readonly Run[], round: Run): boolean {
  const { closedAt, failure } = round;
  if (round.type !== workflowNames.fleetBackup || closedAt === null) return false;
  if (!failure?.message?.includes('had not ended 48 hours after')) return false;
  const scheduledTime = round.workflowId.slice(-'2026-11-21T02:10:00Z'.length);
  return runs.some(
    ({ type, workflowId, status, closedAt: endedAt }) =>
      type === workflowNames.createRecoveryPoint &&
      workflowId.endsWith(`/${scheduledTime}`) &&
      status === 'COMPLETED' &&
      endedAt !== null &&
      endedAt > closedAt &&
      closedAt - Date.parse(scheduledTime) >= 48 * hour,
  );
}

const hoursSince = ({ time }: World, at: number) => Math.round((time.now - at) / hour);
