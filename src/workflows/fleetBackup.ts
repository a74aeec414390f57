import { log, patched, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type FleetActivities } from '../activities/contracts';
import { type FleetBackupInput, type FleetBackupSummary, FleetRound, scheduledTimeOf } from '../core/backup/fleetRound';
import { type FleetScope } from '../core/fleetScope';
import { type ResourceRef } from '../core/resource';
import { askedEvery, brief, listing } from './activityOptions';
import { orTell } from './failures';
import { notify } from './notify';
import { VisibleProgress } from './visibleProgress';

const { listScopes } = proxyActivities<FleetActivities>(brief);
const { discoverResources, requestRecoveryPoints } = proxyActivities<FleetActivities>(listing);

/**
 * One round of a tier: discovers its resources account by account, asks each one's lifecycle for a recovery point of the
 * scheduled time, waits for the outcomes, and ends with a summary. An account or a kind that cannot be read, or a resource that
 * fails, makes the round partially failed and touches nothing else.
 *
 * @throws ApplicationFailure `FleetBackupFailed` when nothing was backed up although something should have been.
 */
export async function fleetBackup(input: FleetBackupInput): Promise<FleetBackupSummary> {
  const { fleet, tier, pollSeconds } = input;
  const { searchAttributes, startTime } = workflowInfo();
  const scheduled = searchAttributes.TemporalScheduledStartTime?.[0];
  const round = new FleetRound(input, scheduledTimeOf(scheduled, startTime, Date.now()));
  const visible = new VisibleProgress();
  const { collectOutcomes } = proxyActivities<FleetActivities>({
    ...askedEvery(pollSeconds),
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '1 minute',
    scheduleToCloseTimeout: '3 days',
  });

  const noScopes = (message: string) => round.failed([`fleet ${fleet}`], message);
  const scopes = await orTell(() => listScopes(fleet), noScopes);
  await Promise.all((scopes ?? []).map((scope) => backUpScope(scope, null)));
  visible.show(round.visibleState, round.lines, round.reason);
  await notify(round.notification);
  const { summary } = round;
  if (summary.state === 'failed') throw ApplicationFailure.nonRetryable(round.reason, 'FleetBackupFailed', summary);
  return summary;

  async function backUpScope(scope: FleetScope, after: string | null): Promise<void> {
    const unreadable = (message: string) => {
      log.error('could not read an account', { ...scope, error: message });
      round.failed([`${scope.account}/${scope.region}`], message);
    };
    const page = await orTell(() => discoverResources(fleet, tier, scope, after), unreadable);
    if (page === null) return;
    round.discovered(scope, page);
    await Promise.all([backUpPage(page.resources), ...(page.next === null ? [] : [backUpScope(scope, page.next)])]);
  }

  async function backUpPage(resources: readonly ResourceRef[]): Promise<void> {
    if (resources.length === 0) return;
    let open = resources.map(({ arn }) => arn);
    const wait = round.letPass(resources.length, Date.now());
    const ask = async () => {
      // How long it waits decides whether it waits: other numbers there are a change of this workflow.
      if (wait > 0 && patched('rounds begin in turn')) await sleep(wait, { summary: 'lets those before begin' });
      const pending = round.answered(await requestRecoveryPoints(fleet, tier, resources, round.scheduledTime));
      visible.show('Running', round.lines);
      if (pending.length === 0) return;
      open = pending.map(({ resource }) => resource.arn);
      round.ended(await collectOutcomes(pending, pollSeconds));
    };
    await orTell(ask, (message) => round.failed(open, message));
    visible.show('Running', round.lines);
  }
}
