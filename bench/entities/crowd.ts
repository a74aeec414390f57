import { setTimeout as delay } from 'node:timers/promises';
import { type Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { serviceLimitActivities, workflowTaskTimeout } from '../../src/activities/limits/serviceLimit';
import { type PermitRequest } from '../../src/core/limits/permitQueue';
import { Semaphore, type ShownPermits } from '../../src/core/limits/semaphore';
import { inParallel } from '../../src/core/inParallel';
import { messageNames, workflowNames } from '../../src/core/messageNames';
import {
  fleetTaskQueue,
  recoveryPointId,
  recoveryPointWorkflowId,
  serviceLimitTaskQueue,
  serviceLimitWorkflowId,
} from '../../src/core/naming';
import { patience } from '../../src/worker/worker';
import { workflowBundle } from '../../src/worker/workflowBundle';
import { continuedRuns } from './continuedRuns';
import { withTemporal } from './withTemporal';

const ref = { account: '111111111111', region: 'eu-central-1', limit: 'cluster-snapshot-cross-region-copies' } as const;
const fleet = 'bench';
const capacity = 200;
const signalsAtOnce = 32;
/** Nobody polls for them: they only take what they are told, at most 10,000 signals each. */
const holders = 20;

export interface Crowd {
  readonly waiters: number;
  readonly served: number;
  readonly requests: number;
  readonly largestInputBytes: number;
  readonly largestHistoryEvents: number;
  readonly runs: number;
  readonly workflowTasks: number;
  readonly failedWorkflowTasks: number;
  readonly looks: number;
  /** Of the process: worker, client and the waiters. */
  readonly largestRssMiB: number;
  readonly minutes: number;
}

/**
 * What a semaphore carries when a crowd waits for its permits: real Temporal server, the real workflow and its real look, AWS in
 * memory. The waiters are the client's: each asks once, and again once half of those in the queue have been served, as one does
 * that was sent away, without the minutes in between. Whoever has a permit gives it back at once.
 */
export async function measureCrowd(temporalCli: string, waiters: number): Promise<Crowd> {
  return withTemporal(temporalCli, async (client, connection) => {
    const shared = { connection, workflowBundle: await workflowBundle() };
    const kind = { description: { limits: [{ name: ref.limit }] }, inFlight: () => Promise.resolve([]) };
    const activities = serviceLimitActivities([kind as never]);
    const workers = await Promise.all([
      Worker.create({ ...shared, taskQueue: fleetTaskQueue(fleet), activities }),
      Worker.create({ ...shared, taskQueue: serviceLimitTaskQueue, ...patience }),
    ]);
    const running = Promise.all(workers.map((worker) => worker.run()));
    const startedAt = Date.now();
    const driven = await drive(client, waiters).finally(async () => {
      for (const worker of workers) worker.shutdown();
      await running;
    });
    const minutes = (Date.now() - startedAt) / 60_000;
    return { waiters, ...driven, ...(await histories(client)), minutes };
  });
}

/** Every waiter asks, is served, and gives its permit back. */
async function drive(client: Client, waiters: number) {
  const workflowIds = Array.from({ length: holders }, (_, i) => `holder/${i}`);
  const runs = await inParallel(workflowIds, signalsAtOnce, async (workflowId) => {
    const started = await client.workflow.start('holder', { workflowId, taskQueue: 'nobody', args: [] });
    return { workflowId, runId: started.firstExecutionRunId };
  });
  await client.workflow.start(workflowNames.serviceLimit, {
    workflowId: serviceLimitWorkflowId(ref),
    taskQueue: serviceLimitTaskQueue,
    workflowTaskTimeout,
    args: [{ version: 1, ref, queue: Semaphore.empty(capacity) }],
  });
  const semaphore = client.workflow.getHandle(serviceLimitWorkflowId(ref));
  const unserved = new Map(
    Array.from({ length: waiters }, (_, i) => {
      const request = requestOf(i, runs[i % runs.length]);
      return [request.requestId, request] as const;
    }),
  );
  let [requests, largestRssMiB] = [0, 0];
  /** In lots, each once the last has been taken in: workers ask no faster than they work. */
  const ask = async (of: readonly PermitRequest[]) => {
    for (let from = 0; from < of.length; from += lot) {
      await inParallel(of.slice(from, from + lot), signalsAtOnce, (request) =>
        semaphore.signal(messageNames.requestPermit, request),
      );
      await semaphore.query(messageNames.permits);
    }
    requests += of.length;
  };
  await ask([...unserved.values()]);
  const released = new Set<string>();
  while (unserved.size > 0) {
    const shown = await semaphore.query<ShownPermits>(messageNames.permits);
    largestRssMiB = Math.max(largestRssMiB, process.memoryUsage().rss / 2 ** 20);
    const held = shown.holders.map(({ requestId }) => requestId).filter((id) => !released.has(id));
    for (const id of held) {
      released.add(id);
      unserved.delete(id);
    }
    await inParallel(held, signalsAtOnce, (id) => semaphore.signal(messageNames.releasePermit, id));
    if (shown.waiting < mostAskingAgain / 2) await ask([...unserved.values()].slice(0, mostAskingAgain));
    if (held.length === 0) await delay(50);
  }
  return { served: released.size, requests, largestRssMiB: Math.round(largestRssMiB) };
}

const lot = 200;
/** As many as there is room for. */
const mostAskingAgain = 1000;

function requestOf(i: number, holder: { workflowId: string; runId: string } | undefined): PermitRequest {
  const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: `panda-cluster-${i}` };
  const { workflowId = '', runId = '' } = holder ?? {};
  const asIfOf = recoveryPointWorkflowId(recoveryPointId(resource, '2026-11-21T02:00:00Z'));
  return {
    requestId: `${asIfOf}#copy:secure-dr#${runId}#1`,
    holderWorkflowId: workflowId,
    holderRunId: runId,
    resource,
    operationId: `farcopy-${resource.id}-20261121t020000z-0m4t58u4l6598`,
    taskQueue: fleetTaskQueue(fleet),
    access: 'vault',
    priority: 3,
    remainingSeconds: (i * 7919) % 20_000,
    capacity,
    observeSeconds: 20,
    since: Date.now(),
  };
}

async function histories(client: Client) {
  const found = { largestInputBytes: 0, largestHistoryEvents: 0, runs: 0 };
  const tasks = { workflowTasks: 0, failedWorkflowTasks: 0, looks: 0 };
  for await (const { history, events, inputBytes } of continuedRuns(client, serviceLimitWorkflowId(ref))) {
    found.runs += 1;
    found.largestHistoryEvents = Math.max(found.largestHistoryEvents, events);
    found.largestInputBytes = Math.max(found.largestInputBytes, inputBytes);
    for (const event of history.events ?? []) {
      if (event.workflowTaskCompletedEventAttributes) tasks.workflowTasks += 1;
      if (event.workflowTaskFailedEventAttributes) tasks.failedWorkflowTasks += 1;
      if (event.activityTaskScheduledEventAttributes) tasks.looks += 1;
    }
  }
  return { ...found, ...tasks };
}
