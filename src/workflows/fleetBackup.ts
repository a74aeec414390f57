import {
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import {
  type DiscoveredPage,
  type FleetActivities,
  type FleetScope,
  type NotificationActivities,
} from '../activities/contracts';
import { scheduledTimeLabel } from '../core/naming';
import { type ResourceRef } from '../core/resource';
import { describeFailure } from './failures';
import { keyword, searchAttributes } from '../core/searchAttributes';

export interface FleetBackupInput {
  readonly version: 1;
  readonly fleet: string;
  readonly tier: string;
  /** How often outcomes are looked for, in seconds. */
  readonly pollSeconds: number;
}

export interface FleetBackupSummary {
  readonly state: 'completed' | 'partially-failed' | 'failed';
  readonly fleet: string;
  readonly tier: string;
  readonly scheduledTime: string;
  /** How many resources of the tier there are, and what became of their recovery points. */
  readonly resources: number;
  readonly completed: number;
  readonly partiallyFailed: number;
  readonly failed: number;
  /** Paused or retired: nothing was to be done. */
  readonly skipped: number;
  /** The first hundred that did not complete. */
  readonly problems: readonly { readonly resource: string; readonly message: string }[];
}

const { listScopes } = proxyActivities<FleetActivities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 hour',
});
const { discoverResources, requestRecoveryPoints } = proxyActivities<FleetActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  scheduleToCloseTimeout: '2 hours',
});
const { notify } = proxyActivities<NotificationActivities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 hour',
});

const mostProblems = 100;

/**
 * One round of a tier: discovers its resources account by account, asks each one's lifecycle for a recovery point of the
 * scheduled time, waits for the outcomes, and ends with a summary. An account that cannot be read, or a resource that
 * fails, makes the round partially failed and touches nothing else.
 *
 * @throws ApplicationFailure `FleetBackupFailed` when nothing was backed up although something should have been.
 */
export async function fleetBackup(input: FleetBackupInput): Promise<FleetBackupSummary> {
  const { fleet, tier } = input;
  const info = workflowInfo();
  const scheduled = info.searchAttributes.TemporalScheduledStartTime?.[0];
  const scheduledTime = scheduledTimeLabel(
    scheduled instanceof Date || typeof scheduled === 'string' ? scheduled : info.startTime,
  );
  const count = { resources: 0, completed: 0, partiallyFailed: 0, failed: 0, skipped: 0 };
  const problems: { resource: string; message: string }[] = [];
  const problem = (resource: string, message: string) => {
    if (problems.length < mostProblems) problems.push({ resource, message });
  };
  const show = () =>
    setCurrentDetails(
      [
        `**${count.completed} of ${count.resources}** completed, ${count.partiallyFailed} partially failed, ${count.failed} failed, ${count.skipped} skipped`,
        ...problems.map((p) => `- ${p.resource}: ${p.message}`),
      ].join('\n'),
    );
  const { collectOutcomes } = proxyActivities<FleetActivities>({
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '1 minute',
    scheduleToCloseTimeout: '3 days',
    retry: {
      initialInterval: input.pollSeconds * 1000,
      backoffCoefficient: 1,
      maximumInterval: input.pollSeconds * 1000,
    },
  });

  /** Of what is behind it, a failure takes nothing else with it; a cancellation takes everything. */
  const fail = (error: unknown, resources: readonly string[]) => {
    if (isCancellation(error)) throw error;
    const { message } = describeFailure(error);
    count.failed += resources.length;
    for (const resource of resources) problem(resource, message);
  };

  const backUpScope = async (scope: FleetScope, after: string | null): Promise<void> => {
    let page: DiscoveredPage;
    try {
      page = await discoverResources(fleet, tier, scope, after);
    } catch (error) {
      log.error('could not read an account', { ...scope, error: describeFailure(error).message });
      return fail(error, [`${scope.account}/${scope.region}`]);
    }
    count.resources += page.resources.length + page.problems.length;
    count.failed += page.problems.length;
    for (const { resource, message } of page.problems) problem(resource.arn, message);
    await Promise.all([backUpPage(page.resources), ...(page.next === null ? [] : [backUpScope(scope, page.next)])]);
  };

  const backUpPage = async (resources: readonly ResourceRef[]) => {
    if (resources.length === 0) return;
    const open = new Set(resources.map(({ arn }) => arn));
    try {
      const answers = await requestRecoveryPoints(fleet, tier, resources, scheduledTime);
      for (const { resource, error } of answers.filter((a) => a.scheduledTime === null)) {
        open.delete(resource.arn);
        count[error === null ? 'skipped' : 'failed'] += 1;
        if (error !== null) problem(resource.arn, error);
      }
      show();
      for (const { resource } of answers.filter((a) => a.disposition === 'done')) {
        open.delete(resource.arn);
        count.completed += 1;
      }
      const pending = answers.flatMap(({ resource, scheduledTime: time, disposition }) =>
        time === null || disposition === 'done' ? [] : [{ resource, scheduledTime: time }],
      );
      if (pending.length === 0) return;
      for (const { resource, state, reason } of await collectOutcomes(pending, input.pollSeconds)) {
        open.delete(resource.arn);
        count[state === 'completed' ? 'completed' : state === 'partially-failed' ? 'partiallyFailed' : 'failed'] += 1;
        if (state !== 'completed' || reason !== null) problem(resource.arn, reason ?? state);
      }
    } catch (error) {
      fail(error, [...open]);
    }
    show();
  };

  let scopes: readonly FleetScope[] = [];
  try {
    scopes = await listScopes(fleet);
  } catch (error) {
    fail(error, [`fleet ${fleet}`]);
  }
  await Promise.all(scopes.map((scope) => backUpScope(scope, null)));
  show();

  const bad = count.failed + count.partiallyFailed;
  const state = bad === 0 ? 'completed' : count.completed + count.partiallyFailed === 0 ? 'failed' : 'partially-failed';
  const summary: FleetBackupSummary = { state, fleet, tier, scheduledTime, ...count, problems };
  const reason = problems.map((p) => `${p.resource}: ${p.message}`).join('; ');
  upsertSearchAttributes([
    {
      key: searchAttributes.state,
      value: { completed: 'Completed', 'partially-failed': 'PartiallyFailed', failed: 'Failed' }[state],
    },
    { key: searchAttributes.reason, value: reason === '' ? null : keyword(reason) },
  ]);
  await notify({
    fleet,
    event: 'fleet-backup-ended',
    subject: `fleet ${fleet}, tier ${tier}, ${scheduledTime}: ${state}`,
    message: `${count.completed} of ${count.resources} completed, ${count.partiallyFailed} partially failed, ${count.failed} failed, ${count.skipped} skipped${reason === '' ? '' : `\n${reason}`}`,
  }).catch((error: unknown) => log.error('could not notify', { problem: describeFailure(error).message }));
  if (state === 'failed')
    throw ApplicationFailure.create({
      message: reason,
      type: 'FleetBackupFailed',
      nonRetryable: true,
      details: [summary],
    });
  return summary;
}
