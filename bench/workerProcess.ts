import { parseArgs } from 'node:util';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { serviceLimitActivities } from '../src/activities/limits/serviceLimit';
import { fleetTaskQueue, serviceLimitTaskQueue } from '../src/core/naming';
import { workflowBundle } from '../src/worker/workflowBundle';
import { FakeCloud } from '../test/fakes/cloud';
import { benchFleet, lifecycleResources, workerBenchPolicy } from './workerFleet';
import { backupsInMemory } from './backupsInMemory';

/** What the worker under measurement tells its parent. */
export type WorkerReport =
  { readonly type: 'ready' } | { readonly type: 'sample'; readonly rssBytes: number; readonly cpuSeconds: number };

const sampleEveryMilliseconds = 500;

/** Seconds the operations take: short, since what is measured is the worker, and a copy that is waited for costs it nothing. */
const operationSeconds = { snapshot: 3, copy: 5, 'cross-region-copy': 10 } as const;

/**
 * One worker process as `farcopy worker` makes it, with clouds in memory instead of AWS; started by `bench/worker.ts`, which
 * alone asks for recovery points. Samples go to the parent until it says stop.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      address: { type: 'string', default: '' },
      metrics: { type: 'string', default: '' },
      lifecycles: { type: 'string', default: '' },
      cached: { type: 'string' },
    },
  });
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { filter: 'ERROR', forward: {} },
      metrics: { prometheus: { bindAddress: values.metrics } },
    },
  });
  const cloud = new FakeCloud({
    duration: ({ type }) => operationSeconds[type] * 1000,
    capacity: () => 100_000,
    stock: () => 100_000,
  });
  for (const resource of lifecycleResources(Number(values.lifecycles))) cloud.addResource(resource);
  const kinds = cloud.kinds();
  const connection = await NativeConnection.connect({ address: values.address });
  const shared: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    workflowBundle: await workflowBundle(),
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    maxConcurrentActivityTaskExecutions: 50,
    maxConcurrentWorkflowTaskExecutions: 40,
    ...(values.cached === undefined ? {} : { maxCachedWorkflows: Number(values.cached) }),
  };
  const activities = {
    ...backupsInMemory(kinds, workerBenchPolicy),
    ...serviceLimitActivities(kinds.all),
  };
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: fleetTaskQueue(benchFleet),
      activities,
      activityTaskPollerBehavior: { type: 'autoscaling' },
    }),
    Worker.create({ ...shared, taskQueue: serviceLimitTaskQueue }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const tell = (report: WorkerReport) => process.send?.(report);
  tell({ type: 'ready' });
  const sampling = setInterval(() => {
    const { user, system } = process.cpuUsage();
    tell({ type: 'sample', rssBytes: process.memoryUsage().rss, cpuSeconds: (user + system) / 1e6 });
  }, sampleEveryMilliseconds);
  await new Promise((stop) => process.once('message', stop));
  clearInterval(sampling);
  for (const worker of workers) worker.shutdown();
  await running;
  await connection.close();
  process.disconnect?.();
}

void main();
