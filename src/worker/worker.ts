import { type ConnectionOptions } from '@temporalio/client';
import {
  type Logger,
  NativeConnection,
  type NativeConnectionOptions,
  Runtime,
  Worker,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import { createActivities } from '../activities';
import { openClouds } from '../activities/catalogue/fleetClouds';
import { retentionActivities } from '../activities/retention/retentionActivities';
import { type CallListener } from '../clouds/tellCalls';
import { type RetentionRole } from '../core/catalogue/copy';
import { fleetAccess } from '../activities/catalogue/fleetAccess';
import { type Fleet, heartbeatUse, unusableVariables, variablesOf } from '../config';
import { type Kind } from '../kinds/kind';
import { type Payloads } from '../payloads';
import { type Watching } from './health/watching';
import { type Traces } from '../traces';
import { WorkerTraces } from './traces/workerTraces';
import { pointInLog } from './pointInLog';
import { UnderWay } from './underWay';
import { traced, workflowBundle } from './workflowBundle';
import { deploymentOf, taskQueueOf, usualQueues, type WorkerQueue, type WorkerVersion } from './workerQueues';

export interface RunWorkerOptions {
  readonly fleet: Fleet;
  /** Those that the fleet file was read with. */
  readonly kinds: readonly Kind[];
  readonly connection: NativeConnectionOptions & ConnectionOptions;
  readonly namespace: string;
  /** How payloads of the namespace are read and written. */
  readonly payloads: Payloads;
  /** Default: the usual ones. */
  readonly queues?: readonly WorkerQueue[];
  /** Null: any worker of the queue takes any task. */
  readonly version?: WorkerVersion | null;
  /** Stops taking work and ends when what is under way has ended or the time for it is over. */
  readonly signal: AbortSignal;
  /** What is under way when a worker is stopped gets this long; what is not done by then is tried again by another worker. */
  readonly drainSeconds: number;
  /** Is told how the workers are; and their metrics. Null: nobody asks. */
  readonly watching: Pick<Watching, 'health' | 'metrics'> | null;
  /** Where spans go; null: there are none. */
  readonly traces: Traces | null;
  /** Called once all queues are polled. */
  readonly onReady?: () => void;
}

/** Temporal answers this call within milliseconds. */
const reachWithinMs = 5_000;

/**
 * How long one task of a workflow may compute. The SDK's five seconds do not do for thousands of signals that have come while no worker
 * ran, and a worker that is interrupted by them dies of Node's stack of asynchronous hooks. The SDK takes it, and types it not.
 */
export const patience: object = { isolateExecutionTimeout: '1 minute' };

/**
 * Enough for any fleet: activities are short calls (an hour-long copy occupies no slot while it is waited for), so a few
 * dozen at once keep AWS's API limits busy. A task of a workflow takes milliseconds of the one thread that all of them share: whoever
 * takes more of them than that thread gets done lets Temporal's ten seconds for each run out, when a round of hundreds begins.
 */
const atOnce = { maxConcurrentActivityTaskExecutions: 50, maxConcurrentWorkflowTaskExecutions: 10 };

/** Shards a process works on side by side; the second fills the gaps in which the first begins or ends. */
const transfersAtOnce = 2;
/** Else a shard would tell how far it is every 48 seconds, four fifths of its heartbeat timeout. */
const toldEvery = '15 seconds';

/**
 * Runs one worker process of a fleet until the signal: it serves the fleet's own queue, that of its transfers and, together
 * with the workers of all other fleets, that of the service limits, or those that are asked for. Any number of them
 * may run; none holds state.
 *
 * @throws VariableError where the environment lacks what the fleet file takes from it
 */
export async function runWorker({
  fleet,
  kinds,
  connection: connectionOptions,
  namespace,
  payloads,
  queues = usualQueues,
  version = null,
  signal,
  drainSeconds,
  watching,
  traces,
  onReady,
}: RunWorkerOptions): Promise<void> {
  if (queues.includes('fleet')) tellUnusable(fleet, Runtime.instance().logger);
  const isEncrypted = payloads.keys.writing !== null;
  const spans = traces === null ? null : new WorkerTraces(traces);
  const onCall = toAll([watching?.metrics.onCall, spans?.onCall]);
  const access = fleetAccess(fleet, onCall);
  const underWay = new UnderWay();
  const observers = [underWay.observe, ...(watching === null ? [] : [watching.metrics.observe])];
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    let own: ReturnType<typeof createActivities> | undefined;
    const activities = () => (own ??= createActivities(fleet, access, kinds, observers));
    const ofRetention = (role: RetentionRole) => () =>
      Promise.resolve({
        activities: retentionActivities(fleet, role, () => openClouds(fleet, kinds, role, onCall), observers),
        // Each lists the whole fleet.
        maxConcurrentActivityTaskExecutions: 1,
        // What is deleted must be told, however the worker ends.
        maxHeartbeatThrottleInterval: '1 second',
        defaultHeartbeatThrottleInterval: '1 second',
      });
    const makeBundle = async () => {
      const made = await workflowBundle({ versioned: version !== null, encrypted: isEncrypted });
      return spans === null ? made : traced(made);
    };
    let bundle: ReturnType<typeof makeBundle> | undefined;
    const workflowOptions = async () => ({
      workflowBundle: await (bundle ??= makeBundle()),
      workflowTaskPollerBehavior: { type: 'autoscaling' } as const,
      ...atOnce,
    });
    const optionsOf: Readonly<Record<WorkerQueue, () => Promise<Omit<WorkerOptions, 'taskQueue'>>>> = {
      fleet: async () => ({
        ...(await workflowOptions()),
        activities: activities(),
        activityTaskPollerBehavior: { type: 'autoscaling' },
      }),
      // Without workflow code, whose memory the bytes can use.
      transfer: () =>
        Promise.resolve({
          activities: activities(),
          maxConcurrentActivityTaskExecutions: transfersAtOnce,
          maxHeartbeatThrottleInterval: toldEvery,
        }),
      limits: async () => ({ ...(await workflowOptions()), maxCachedWorkflows: 200, ...patience }),
      mark: ofRetention('marker'),
      prune: ofRetention('pruner'),
    };
    const workers = await Promise.all(
      queues.map(async (queue) =>
        Worker.create({
          connection,
          namespace,
          dataConverter: payloads.dataConverter,
          shutdownGraceTime: drainSeconds * 1000,
          taskQueue: taskQueueOf[queue](fleet.name),
          ...(spans === null ? {} : { sinks: spans.sinks }),
          interceptors: {
            ...spans?.interceptors,
            activity: [pointInLog, ...(spans?.interceptors.activity ?? [])],
          },
          ...(version === null ? {} : { workerDeploymentOptions: versioned(queue, version) }),
          ...(await optionsOf[queue]()),
        }),
      ),
    );
    const { logger } = Runtime.instance();
    watching?.health.watch(
      {
        states: () => Object.fromEntries(queues.map((queue, i) => [queue, workers[i]?.getState() ?? 'missing'])),
        // The namespace's own: a server that is there and does not know it, or us, is of no use.
        reach: () =>
          connection.withDeadline(Date.now() + reachWithinMs, () =>
            connection.workflowService.describeNamespace({ namespace }),
          ),
      },
      logger,
    );
    let isStopping = false;
    const stop = () => {
      if (!isStopping) {
        isStopping = true;
        const until = Date.now() + drainSeconds * 1000;
        watching?.health.drain(until);
        tellDraining(logger, underWay, until);
      }
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    signal.addEventListener('abort', stop, { once: true });
    const running = Promise.all(workers.map((worker) => worker.run().finally(stop)));
    onReady?.();
    if (signal.aborted) stop();
    await running;
    signal.removeEventListener('abort', stop);
  } catch (error) {
    // A worker that was made and never ran holds the connection: that it stays open is not why this failed.
    await connection.close().catch(() => undefined);
    throw error;
  } finally {
    watching?.health.close();
    access.close();
  }
  await connection.close();
}

/** Undefined: nobody listens, and no call is measured. */
function toAll(listeners: readonly (CallListener | undefined)[]): CallListener | undefined {
  const all = listeners.filter((listener) => listener !== undefined);
  return all.length === 0 ? undefined : (call) => all.forEach((listener) => listener(call));
}

/** Nobody is to learn from an alert that was not told what its channel lacks; and no backup is to wait for a channel. */
function tellUnusable({ channels, heartbeat }: Fleet, logger: Logger): void {
  const variables = [...channels.flatMap(variablesOf), ...(heartbeat === null ? [] : [heartbeatUse(heartbeat)])];
  for (const { at, problem, env, holds } of unusableVariables(variables, process.env))
    logger.error(`${at}: ${problem}: it tells nobody until you set ${env} to ${holds}, and restart the worker`);
}

function tellDraining(logger: Logger, { count, words }: UnderWay, until: number): void {
  const message = `the worker takes no more work and ends: ${count} activities are under way`;
  if (count === 0) logger.info(message);
  else logger.info(message, { activities: words, until: new Date(until).toISOString() });
}

/** Work that ends within days stays with the build that began it; lifecycles and semaphores, which never end, move on. */
function versioned(queue: WorkerQueue, version: WorkerVersion): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName: deploymentOf(queue, version), buildId: version.buildId },
    defaultVersioningBehavior: queue === 'limits' ? 'AUTO_UPGRADE' : 'PINNED',
  };
}
