import { setTimeout as sleep } from 'node:timers/promises';
import { type Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../../src/activities';
import { parseFleet, policyOf } from '../../src/config';
import { type ShownAlerts } from '../../src/core/alerts/alert';
import { messageNames, workflowNames } from '../../src/core/messageNames';
import { alertsWorkflowId, fleetBackupScheduleId, fleetTaskQueue, scheduledTimeLabel } from '../../src/core/naming';
import { searchAttributes } from '../../src/core/searchAttributes';
import { kinds, knownKinds } from '../../src/kinds/registry';
import { builtBundlePath } from '../../src/worker/workflowBundle';
import { taskQueueOf, workerQueues } from '../../src/worker/workerQueues';
import { provision } from '../../sandbox/provision';
import { SimulatedClouds } from '../clouds/simulatedClouds';
import { Random } from '../random';
import { fleetName, fleetText } from '../scenario';
import { type Witness } from '../temporal/service';
import { type Clock } from '../virtualTime';
import { type BriefScenario } from './briefScenario';
import { type Ending, endingOf } from './ending';
import { Turns } from './turns';

const realTime: Clock = {
  get now() {
    return Date.now();
  },
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
  sleep: (milliseconds) => sleep(milliseconds),
};

const silent: Witness = { trace: () => undefined, violation: () => undefined };

/** Lets a scenario run on a real server of its own, with real workers, above the same clouds; then all has ended. */
export async function runOnServer(scenario: BriefScenario): Promise<Ending> {
  quieten();
  const { 'temporal-cli': cli } = await provision(['temporal-cli']);
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: cli.path },
      searchAttributes: Object.values(searchAttributes),
    },
  });
  try {
    return await within(environment, scenario);
  } finally {
    await environment.teardown();
  }
}

async function within({ client, nativeConnection }: TestWorkflowEnvironment, scenario: BriefScenario): Promise<Ending> {
  const random = new Random(`server ${scenario.seed}`);
  const clouds: SimulatedClouds = new SimulatedClouds(scenario, realTime, random, silent, {
    before: () => undefined,
    after: () => turns.after(),
  });
  const turns = new Turns(scenario, clouds, (workflowId) => client.workflow.getHandle(workflowId).cancel());
  for (const resource of scenario.resources) clouds.cloud.addResource(resource);
  const fleet = parseFleet(fleetText(scenario), 'fleet.yaml', { kinds: knownKinds });
  const activities = createActivities(fleet, clouds.access, kinds);
  const workers = await Promise.all(
    workerQueues.map((queue) =>
      Worker.create({
        connection: nativeConnection,
        taskQueue: taskQueueOf[queue](fleet.name),
        workflowBundle: { codePath: builtBundlePath() },
        activities,
        maxHeartbeatThrottleInterval: '200 ms',
        shutdownForceTime: '5 seconds',
      }),
    ),
  );
  const running = Promise.all(workers.map((worker) => worker.run()));
  const rounds = scenario.rounds.map(async ({ tier, at }) => {
    await sleep(at * 1000);
    const handle = await client.workflow.start(workflowNames.fleetBackup, {
      workflowId: `${fleetBackupScheduleId(fleetName, tier)}-${scheduledTimeLabel(new Date())}`,
      taskQueue: fleetTaskQueue(fleetName),
      args: [{ version: 1, fleet: fleetName, tier, pollSeconds: policyOf(fleet, tier).polling.shortestSeconds }],
    });
    await handle.result().catch(() => undefined);
  });
  try {
    await Promise.all(rounds);
    await allHeard(client);
    return await endingOf(client, clouds);
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
  }
}

/** What is to be told is gathered for half a minute. */
const heardWithin = 120_000;

/** Waits until people have heard of all that is open. */
async function allHeard(client: Client): Promise<void> {
  const handle = client.workflow.getHandle(alertsWorkflowId(fleetName));
  for (const until = Date.now() + heardWithin; Date.now() < until; await sleep(1000)) {
    const { open, underWay } = await handle.query<ShownAlerts, [number]>(messageNames.alerts, 0);
    if (underWay.length === 0 && open.every(({ heard }) => heard.length > 0)) return;
  }
  throw new Error(`nobody has heard of what is open within ${heardWithin} ms`);
}

let isQuiet = false;

/** Failures are what scenarios are made of: nobody reads of each. */
function quieten(): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
}
