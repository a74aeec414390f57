import { Worker } from '@temporalio/worker';
import { AskingPace } from '../../src/activities/backup/askingPace';
import { fleetActivities } from '../../src/activities/backup/fleet';
import { type PlanActivities } from '../../src/activities/backup/planContracts';
import { type ProtectionActivities } from '../../src/activities/catalogue/lastProtected';
import { type HandingOver } from '../../src/activities/notify/alertContracts';
import { type FleetBackupInput, type FleetBackupSummary } from '../../src/core/backup/fleetRound';
import { workflowNames } from '../../src/core/messageNames';
import { fleetTaskQueue } from '../../src/core/naming';
import { workflowBundle } from '../../src/worker/workflowBundle';
import { knownKinds } from '../../src/kinds/registry';
import { benchFleet, lifecycleResources, workerBenchPolicy } from '../workerFleet';
import { costOf } from '../temporalActions';
import { largestPayload } from './payloads';
import { withTemporal } from './withTemporal';

export interface LargeRound {
  readonly resources: number;
  readonly completed: number;
  /** Of the round's own workflow: what it carries in one payload, and how long its history is. */
  readonly largestPayloadBytes: number;
  readonly historyEvents: number;
  readonly historyMiB: number;
  readonly actions: number;
  readonly activities: number;
  /** Of the process: worker and client. */
  readonly largestRssMiB: number;
  readonly minutes: number;
}

const tier = workerBenchPolicy.tier;
const listedAtOnce = 100;

/**
 * A round of a tier that has very many resources: real Temporal server, the real round, its real activities, and a real lifecycle
 * and recovery point for each resource. All of them rest, as stopped databases do whose copies are current: what is measured is
 * the round, not the copying.
 */
export async function measureRound(temporalCli: string, count: number): Promise<LargeRound> {
  return withTemporal(temporalCli, async (client, connection) => {
    const worker = await Worker.create({
      connection,
      workflowBundle: await workflowBundle(),
      taskQueue: fleetTaskQueue(benchFleet),
      activities: activitiesOf(count),
    });
    let largestRssMiB = 0;
    const sampling = setInterval(() => {
      largestRssMiB = Math.max(largestRssMiB, process.memoryUsage().rss / 2 ** 20);
    }, 500);
    const startedAt = Date.now();
    const input: FleetBackupInput = { version: 1, fleet: benchFleet, tier, pollSeconds: 10 };
    const { summary, handle } = await worker.runUntil(async () => {
      const started = await client.workflow.start(workflowNames.fleetBackup, {
        workflowId: 'round',
        taskQueue: fleetTaskQueue(benchFleet),
        args: [input],
      });
      return { handle: started, summary: (await started.result()) as FleetBackupSummary };
    });
    clearInterval(sampling);
    const history = await handle.fetchHistory();
    const cost = costOf(history.events ?? []);
    const actions = [...cost.actions.values()].reduce((a, b) => a + b, 0);
    const { historySize } = await handle.describe();
    return {
      resources: count,
      completed: summary.completed,
      largestPayloadBytes: largestPayload(history),
      historyEvents: cost.events,
      historyMiB: (historySize ?? NaN) / 2 ** 20,
      actions,
      activities: cost.actions.get('schedule activity') ?? 0,
      largestRssMiB: Math.round(largestRssMiB),
      minutes: (Date.now() - startedAt) / 60_000,
    };
  });
}

function activitiesOf(
  count: number,
): PlanActivities & Pick<ProtectionActivities, 'lastProtected'> & HandingOver & ReturnType<typeof fleetActivities> {
  const resources = lifecycleResources(count);
  const scopes = [...new Set(resources.map(({ account, region }) => `${account} ${region}`))].map((scope) => {
    const [account = '', region = ''] = scope.split(' ');
    return { account, region };
  });
  return {
    ...fleetActivities({
      kinds: [
        {
          description: knownKinds.get('aurora-cluster'),
          async *discover({ account, region }) {
            const found = resources.filter((one) => one.account === account && one.region === region);
            for (let from = 0; from < found.length; from += listedAtOnce)
              yield await Promise.resolve(
                found
                  .slice(from, from + listedAtOnce)
                  .map((one) => ({ ...one, tags: {}, engine: '', status: '', sizeGiB: 0, keyArn: null })),
              );
          },
        },
      ],
      unprotectedIn: () => Promise.resolve([]),
      scopes: () => Promise.resolve(scopes),
      tierOf: () => ({ tier }),
      policyOf: () => workerBenchPolicy,
      pace: new AskingPace(),
    }),
    planBackup: () => Promise.resolve({ steps: [], sizeGiB: 0, resting: 'it is stopped; its last copy is current' }),
    lastProtected: () => Promise.resolve(null),
    handOverNotification: () => Promise.resolve(),
  };
}
