import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { transferActivities } from '../src/activities/transfer/transfer';
import { fleetTaskQueue, transferTaskQueue } from '../src/core/naming';
import { BufferPool } from '../src/transfer/bufferPool';
import { hashingThreads } from '../src/transfer/hashing/hashingThreads';
import { storesOf, storesWithCredentials } from './objectServers/stores';

/** What a worker is told, as JSON in its only argument. */
export interface TransferWorkerOrder {
  readonly address: string;
  readonly fleet: string;
  readonly source: string;
  readonly sink: string;
  /** Roles and tokens are asked for, and the source is found, where the environment says. */
  readonly withCredentials?: boolean;
  /** File of the workflows. */
  readonly codePath: string;
}

/** What it says: that it is there, and from then on how much memory it has taken at most. */
export type TransferWorkerReport =
  | 'ready'
  | {
      readonly peakMiB: number;
      /** What V8 has taken for its heap just now, and what lies outside it in buffers. */
      readonly heapMiB: number;
      readonly buffersMiB: number;
    };

const reportEveryMilliseconds = 500;
/** As in `farcopy worker`. */
const memoryBytes = 64 * 1024 * 1024;

/** One worker of transfers as `farcopy worker` makes it, but on a source and a sink that only benchmarks and tests know. */
async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? '') as TransferWorkerOrder;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { source, target } =
    order.withCredentials === true
      ? storesWithCredentials({ endpoint: order.sink })
      : storesOf({ endpoint: order.source }, { endpoint: order.sink });
  const activities = transferActivities({
    openSource: () => source,
    openTarget: () => target,
    memory: new BufferPool(memoryBytes),
    hashing: hashingThreads(),
  });
  const connection = await NativeConnection.connect({ address: order.address });
  const shared: Omit<WorkerOptions, 'taskQueue'> = { connection, activities };
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: fleetTaskQueue(order.fleet),
      workflowBundle: { codePath: order.codePath },
      // Whoever takes over from one that was killed need not wait for its cache.
      maxCachedWorkflows: 0,
    }),
    Worker.create({ ...shared, taskQueue: transferTaskQueue(order.fleet), maxConcurrentActivityTaskExecutions: 2 }),
  ]);
  const tell = (report: TransferWorkerReport) => process.send?.(report);
  tell('ready');
  setInterval(() => {
    const { heapTotal, external, arrayBuffers } = process.memoryUsage();
    tell({
      peakMiB: process.resourceUsage().maxRSS / 1024,
      heapMiB: heapTotal / 2 ** 20,
      buffersMiB: (external + arrayBuffers) / 2 ** 20,
    });
  }, reportEveryMilliseconds);
  process.once('disconnect', () => process.exit());
  await Promise.all(workers.map((worker) => worker.run()));
}

void main();
