import {
  fleetTaskQueue,
  markTaskQueue,
  pruneTaskQueue,
  serviceLimitTaskQueue,
  transferTaskQueue,
} from '../core/naming';

/** What a worker serves by itself: workflows and short calls, the bytes of transfers, the semaphores of all fleets. */
export const usualQueues = ['fleet', 'transfer', 'limits'] as const;
/** What only a worker serves that is told to: it has a role of retention, and so none of the others'. */
export const retentionQueues = ['mark', 'prune'] as const;
export const workerQueues = [...usualQueues, ...retentionQueues] as const;
export type WorkerQueue = (typeof workerQueues)[number];

/** The task queue of Temporal's that is meant. */
export const taskQueueOf: Readonly<Record<WorkerQueue, (fleet: string) => string>> = {
  fleet: fleetTaskQueue,
  transfer: transferTaskQueue,
  limits: () => serviceLimitTaskQueue,
  mark: markTaskQueue,
  prune: pruneTaskQueue,
};

/** A build of the workers of a deployment, as Temporal's Worker Versioning tells them apart. */
export interface WorkerVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

/** The deployment that a queue's workers belong to: the semaphores are served by the workers of all fleets, so theirs is one. */
export function deploymentOf(queue: WorkerQueue, { deploymentName }: WorkerVersion): string {
  return queue === 'limits' ? serviceLimitTaskQueue : deploymentName;
}
