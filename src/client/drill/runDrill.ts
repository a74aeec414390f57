import { type Client } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
import { type Fleet, type Tier } from '../../config';
import { suggestion } from '../../config/reading/suggestion';
import { type DrillPolicy } from '../../core/drill/drill';
import { type RestoreDrillInput } from '../../core/drill/drillRequest';
import { type DrillTierInput } from '../../core/drill/drillRound';
import { askedMemo, type AsToldByCaller } from '../../core/ledger/entry';
import { workflowNames } from '../../core/messageNames';
import { drillTierWorkflowId, drillWorkflowId, fleetTaskQueue, scheduledTimeLabel } from '../../core/naming';
import { isBucketVault } from '../../core/backup/policy';
import { resourcePath } from '../../core/resource';
import { searchAttributes } from '../../core/searchAttributes';
import { type StartedWorkflow } from '../backup/followSteps';
import { InvalidRequestError } from '../invalidRequestError';
import { type NamedResource } from '../backup/recoveryPointSnapshot';

/** A drill of the fleet file. */
export interface ChosenDrill {
  readonly tier: Tier;
  readonly drill: DrillPolicy;
}

/** What a person wants otherwise than the fleet file says. */
export interface DrillChanges {
  readonly from?: string | undefined;
  readonly random?: boolean | undefined;
}

/**
 * The drill of that name; of several tiers that have one, the tier must be named.
 *
 * @throws InvalidRequestError naming what there is.
 */
export function chooseDrill({ tiers }: Pick<Fleet, 'tiers'>, name: string, tierName?: string): ChosenDrill {
  const ofTier = tierName === undefined ? tiers : tiers.filter((tier) => tier.name === tierName);
  if (ofTier.length === 0) {
    const known = tiers.map((tier) => tier.name);
    throw new InvalidRequestError(`there is no tier ${tierName ?? ''}`, suggestion(tierName ?? '', known));
  }
  const found = ofTier.flatMap((tier) =>
    tier.drills.filter((drill) => drill.name === name).map((drill) => ({ tier, drill })),
  );
  const [only] = found;
  if (only === undefined) {
    const known = [...new Set(ofTier.flatMap(({ drills }) => drills.map((drill) => drill.name)))];
    const where = tierName === undefined ? 'the fleet file' : `tier ${tierName}`;
    throw new InvalidRequestError(
      `there is no drill ${name} in ${where}`,
      known.length === 0 ? 'add one to a tier: docs/drills.md' : suggestion(name, known),
    );
  }
  if (found.length > 1)
    throw new InvalidRequestError(
      `${found.length} tiers have a drill ${name}`,
      `name one by --tier: ${found.map(({ tier }) => tier.name).join(', ')}`,
    );
  return only;
}

/**
 * The drill as a person wants it this time.
 *
 * @throws InvalidRequestError where that cannot be.
 */
export function changedDrill({ tier, drill }: ChosenDrill, { from, random }: DrillChanges): DrillPolicy {
  if (from !== undefined) {
    const places = ['source', ...tier.route.map(({ name }) => name)];
    if (!places.includes(from))
      throw new InvalidRequestError(`${from} is not on the route of tier ${tier.name}`, suggestion(from, places));
    const isBucket = tier.route.some((stop) => stop.name === from && isBucketVault(stop));
    if (isBucket !== (drill.to.type === 'postgres'))
      throw new InvalidRequestError(
        isBucket
          ? `drill ${drill.name} restores in AWS, and ${from} is a bucket`
          : `drill ${drill.name} restores to a server of PostgreSQL, and ${from} is no bucket`,
        'choose another place, or another drill',
      );
  }
  return { ...drill, from: from ?? drill.from, point: random === true ? 'random' : drill.point };
}

/**
 * Drills one resource.
 *
 * @throws WorkflowExecutionAlreadyStartedError when this very drill of it is under way.
 */
export async function startDrill(
  client: Client,
  { name: fleet, state }: Pick<Fleet, 'name' | 'state'>,
  resource: NamedResource,
  { tier, drill }: ChosenDrill,
  which: Pick<RestoreDrillInput, 'at' | 'point'>,
  asked: AsToldByCaller,
): Promise<StartedWorkflow> {
  const input: RestoreDrillInput = {
    version: 1,
    fleet,
    tier: tier.name,
    resource: resourcePath(resource),
    drill,
    connect: tier.connect,
    ...which,
    ...(state === null ? {} : { ledger: true }),
  };
  const workflowId = drillWorkflowId(resource, drill.name);
  const handle = await client.workflow.start(workflowNames.restoreDrill, {
    workflowId,
    taskQueue: fleetTaskQueue(fleet),
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    args: [input],
    memo: { [askedMemo]: asked },
    typedSearchAttributes: attributes(fleet, tier.name),
    staticSummary: `${resource.id} · drill ${drill.name}`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}

/** Has a round of a drill begin now, whatever its schedule says. */
export async function startDrillRound(
  client: Client,
  fleet: string,
  { tier, drill }: ChosenDrill,
  now: number,
): Promise<StartedWorkflow> {
  const input: DrillTierInput = { version: 1, fleet, tier: tier.name, drill: drill.name };
  const workflowId = `${drillTierWorkflowId(fleet, tier.name, drill.name)}-${scheduledTimeLabel(now)}`;
  const handle = await client.workflow.start(workflowNames.drillTier, {
    workflowId,
    taskQueue: fleetTaskQueue(fleet),
    args: [input],
    typedSearchAttributes: attributes(fleet, tier.name),
    staticSummary: `${fleet} · ${tier.name} · drill ${drill.name}`,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}

function attributes(fleet: string, tier: string) {
  return [
    { key: searchAttributes.fleet, value: fleet },
    { key: searchAttributes.tier, value: tier },
    { key: searchAttributes.state, value: 'Running' },
  ];
}
