import { fleetTaskQueue, serviceLimitTaskQueue, transferTaskQueue } from '../core/naming';

/** What a worker can serve: workflows and short calls, the bytes of transfers, the semaphores of all fleets. */
export const workerQueues = ['fleet', 'transfer', 'limits'] as const;
export type WorkerQueue = (typeof workerQueues)[number];

/** The task queue of Temporal's that is meant. */
export const taskQueueOf: Readonly<Record<WorkerQueue, (fleet: string) => string>> = {
  fleet: fleetTaskQueue,
  transfer: transferTaskQueue,
  limits: () => serviceLimitTaskQueue,
};
