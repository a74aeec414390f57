import { type Client, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { copyTags, temporaryRetention } from '../../src/core/catalogue/copy';
import { type FleetBackupSummary } from '../../src/core/backup/fleetRound';
import { type CreateRecoveryPointResult } from '../../src/core/backup/recoveryPointResult';
import { workflowNames } from '../../src/core/messageNames';
import { type SimulatedClouds } from '../clouds/simulatedClouds';

/** How a scenario has ended, without times and names: lines that two worlds must agree about. */
export interface Ending {
  readonly copies: readonly string[];
  readonly recoveryPoints: readonly string[];
  readonly rounds: readonly string[];
  readonly alerts: readonly string[];
}

/** Reads it from the clouds, and from Temporal by its client, whichever of the two Temporal is. */
export async function endingOf(client: Client, clouds: SimulatedClouds): Promise<Ending> {
  const ended = async <T>(type: string, line: (workflowId: string, outcome: Outcome<T>) => string) => {
    const lines: string[] = [];
    for await (const { workflowId, status } of client.workflow.list({ query: `WorkflowType = '${type}'` }))
      lines.push(line(workflowId, { status: status.name, value: await valueOf<T>(client, workflowId) }));
    return lines.sort();
  };
  return {
    copies: copiesIn(clouds),
    recoveryPoints: await ended<CreateRecoveryPointResult>(workflowNames.createRecoveryPoint, recoveryPointLine),
    rounds: await ended<FleetBackupSummary>(workflowNames.fleetBackup, roundLine),
    // One whose answer was lost is sent again.
    alerts: [...new Set(clouds.published.map(({ subject }) => subject.replace(/\d{4}-\S+Z/g, 'a time')))].sort(),
  };
}

/** What one world says and the other does not. */
export function differences(simulated: Ending, real: Ending): string[] {
  return (Object.keys(simulated) as (keyof Ending)[]).flatMap((part) => [
    ...lacking(simulated[part], real[part]).map((line) => `${part}: only simulated: ${line}`),
    ...lacking(real[part], simulated[part]).map((line) => `${part}: only on the server: ${line}`),
  ]);
}

/** Of equal lines as many as there are more of. */
function lacking(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}

interface Outcome<T> {
  readonly status: string;
  /** The result, or what the failure tells besides; null where it tells nothing. */
  readonly value: T | null;
}

async function valueOf<T>(client: Client, workflowId: string): Promise<T | null> {
  try {
    return (await client.workflow.getHandle(workflowId).result()) as T;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return error.cause instanceof ApplicationFailure ? ((error.cause.details?.[0] ?? null) as T | null) : null;
  }
}

function copiesIn({ cloud }: SimulatedClouds): string[] {
  const { snapshots, buckets, grants } = cloud.state;
  const lent = [...grants.values()].map(({ GranteePrincipal }) => `a key lent to ${GranteePrincipal}`);
  const objects = [...buckets].flatMap(([name, { objects: there }]) =>
    there.size === 0 ? [] : [`objects in ${name}: ${there.size}`],
  );
  const copies = snapshots.byPlace.values().map((copy) => {
    const { account, region, tags, sharedWith } = copy;
    const [kind, , , resource] = (tags[copyTags.recoveryPoint] ?? '').split('/');
    return [
      `${kind ?? ''} ${resource ?? ''} in ${account}/${region} as ${tags[copyTags.place] ?? ''}: ${snapshots.statusOf(copy)}`,
      ...(tags[copyTags.verified] === undefined ? [] : ['proven']),
      ...(tags[copyTags.retention] === temporaryRetention ? ['temporary'] : []),
      ...(sharedWith.size === 0 ? [] : [`shared with ${[...sharedWith].sort().join(' ')}`]),
    ].join(', ');
  });
  return [...copies, ...objects, ...lent].sort();
}

function recoveryPointLine(workflowId: string, { status, value }: Outcome<CreateRecoveryPointResult>): string {
  const copies = (value?.copies ?? []).map(({ place }) => place).sort();
  const failures = (value?.failures ?? []).map(({ step, type }) => `${step} ${type}`).sort();
  const resource = workflowId.split('/').slice(1, -1).join('/');
  return `${resource}: ${status} ${value?.state ?? ''} [${copies.join(' ')}] failed [${failures.join(', ')}]`;
}

function roundLine(workflowId: string, { status, value }: Outcome<FleetBackupSummary>): string {
  const tier = workflowId.replace(/-\d{4}-.*$/, '');
  if (value === null) return `${tier}: ${status}`;
  const { state, resources, completed, partiallyFailed, failed, problems } = value;
  return `${tier}: ${status} ${state}, of ${resources}: ${completed} completed, ${partiallyFailed} partly, ${failed} failed, ${problems.length} problems`;
}
