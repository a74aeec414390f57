import { plantResources } from '../sandbox/seed/emulatorControl';
import { scratchAccount, scratchNetwork, secondRegion, defaultRegion } from '../sandbox/seed/sandboxAccounts';
import { workflowNames } from '../src/core/messageNames';
import {
  fleetTaskQueue,
  recoveryPointId,
  recoveryPointWorkflowId,
  restoreWorkflowId,
  scheduledTimeLabel,
  transferWorkflowId,
} from '../src/core/naming';
import { cluster, type Database, resourceOf } from '../test/support/database';
import { eventually } from '../test/support/eventually';
import { tier } from '../test/support/fleetDocument';
import { type RunningFleet } from '../test/support/runningFleet';
import { type Run } from './normal';

export const fleetName = 'matrix';
export const account = '999999999999';
/** Of the fleet file: the way into the other cloud. */
export const otherCloudTier = 'other-cloud-tier';
export const otherCloudVault = 'other-cloud';

/** What restores take a copy of. */
export const origin = cluster(fleetName, account, 'origin');
/** What transfers take: it has tables. */
export const shop = cluster(fleetName, account, 'shop', { data: { database: 'shop', rows: 200 } });

/** One of a shape that is under way. */
export interface Begun {
  readonly run: Run;
  /** Of the workflows that do it, in the order in which their events are counted. */
  readonly workflows: readonly string[];
  /** How it has ended, in words. */
  readonly ended: Promise<unknown>;
}

export interface Stage {
  readonly fleet: RunningFleet;
  readonly awsEndpoint: string;
}

/** A shape: beginning it again makes another one of the same shape. */
export type Scenario = (stage: Stage) => Promise<Begun>;

let made = 0;
/** Names of one length, so that nothing that is cut to a length differs. */
const next = (name: string) => `${name}-${String((made += 1)).padStart(5, '0')}`;

const untilItHasEnded = 240;

/** Scheduled times are seconds: no two are alike in this process. */
let lastTime = 0;
function nextTime(): string {
  lastTime = Math.max(lastTime + 1000, Math.floor(Date.now() / 1000) * 1000);
  return scheduledTimeLabel(lastTime);
}

function recoveryPoint(encryption: Database['encryption']): Scenario {
  return async ({ fleet, awsEndpoint }) => {
    const subject = cluster(fleetName, account, next('subject'), { encryption });
    await plantResources(awsEndpoint, [{ ...subject, sizeGiB: 10, engine: 'aurora-postgresql', status: 'available' }]);
    return backUp(fleet, subject, tier);
  };
}

async function backUp(fleet: RunningFleet, subject: Database, of: string): Promise<Begun> {
  const scheduledTime = nextTime();
  await fleet.request(subject, scheduledTime, of);
  const id = recoveryPointId(resourceOf(subject), scheduledTime);
  const ended = eventually(
    `the recovery point of ${subject.id} ends`,
    async () => {
      // Nobody answers while no worker runs.
      const lifecycle = await fleet.lifecycle(subject).catch(() => null);
      if (lifecycle === null || lifecycle.inFlight !== null || lifecycle.waiting !== null) return undefined;
      const outcome = lifecycle.outcomes.find((one) => one.scheduledTime === scheduledTime);
      return outcome && { state: outcome.state, reason: outcome.reason };
    },
    untilItHasEnded,
  );
  return {
    run: { subject: subject.id, scheduledTime },
    workflows: [
      recoveryPointWorkflowId(id),
      ...(of === otherCloudTier ? [transferWorkflowId(id, otherCloudVault)] : []),
    ],
    ended,
  };
}

/** Its latest recovery point, over a copy in the second region, into an account that may not read it by itself. */
const restore: Scenario = async ({ fleet }) => {
  const id = next('restored');
  const region = secondRegion(defaultRegion);
  const { outcomes } = await fleet.lifecycle(origin);
  const workflowId = restoreWorkflowId({ kind: origin.kind, account: scratchAccount, region, id });
  const handle = await fleet.client.workflow.start(workflowNames.restoreRecoveryPoint, {
    workflowId,
    taskQueue: fleetTaskQueue(fleetName),
    args: [
      {
        ...{ resource: origin.id, from: 'secure', to: `${scratchAccount}/${region}`, as: id },
        options: { subnetGroup: scratchNetwork },
      },
    ],
  });
  return {
    run: { subject: id, scheduledTime: outcomes.at(-1)?.scheduledTime ?? '' },
    workflows: [workflowId],
    ended: eventually(
      'the restore ends',
      async () => {
        const { status } = await handle.describe();
        if (status.name === 'RUNNING') return undefined;
        return handle.result().then(
          (result: unknown) => ({ state: status.name, result }),
          (error: unknown) => ({ state: status.name, error: String(error), cause: String((error as Error).cause) }),
        );
      },
      untilItHasEnded,
    ),
  };
};

/** A recovery point that is exported and copied to the other cloud. */
const transfer: Scenario = ({ fleet }) => backUp(fleet, shop, otherCloudTier);

export const scenarios = {
  'recovery-point': recoveryPoint('cmk'),
  'default-key': recoveryPoint('default'),
  restore,
  transfer,
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;
