import { Client } from '@temporalio/client';
import { Context } from '@temporalio/activity';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { requestRecoveryPoint } from '../../src/activities/backup/requestRecoveryPoint';
import { type ProtectionActivities } from '../../src/activities/catalogue/lastProtected';
import { type HandingOver } from '../../src/activities/notify/alertContracts';
import { serviceLimitActivities } from '../../src/activities/limits/serviceLimit';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { type LifecycleState } from '../../src/core/backup/lifecycle';
import { type ProtectionPolicy } from '../../src/core/backup/policy';
import { messageNames } from '../../src/core/messageNames';
import {
  fleetTaskQueue,
  lifecycleWorkflowId,
  recoveryPointId,
  recoveryPointWorkflowId,
  serviceLimitTaskQueue,
} from '../../src/core/naming';
import { searchAttributes } from '../../src/core/searchAttributes';
import { workflowBundle } from '../../src/worker/workflowBundle';
import { FakeCloud } from '../../test/fakes/cloud';
import { onServerClock } from '../../test/fakes/serverClock';
import { benchFleet, lifecycleResources, workerBenchPolicy } from '../workerFleet';
import { continuedRuns } from './continuedRuns';
import { largestPayload } from './payloads';
import { backupsInMemory } from '../backupsInMemory';

export interface LongLifecycle {
  readonly years: number;
  readonly recoveryPoints: number;
  readonly failed: number;
  /** What people were told. */
  readonly notifications: number;
  readonly runs: number;
  /** What a run hands to the next, and the largest that stands in any history. */
  readonly largestInputBytes: number;
  readonly largestPayloadBytes: number;
  readonly largestHistoryEvents: number;
  /** What the last run was handed: it must not grow with the years. */
  readonly lastInputBytes: number;
  readonly minutes: number;
}

const hour = 3600 * 1000;
const day = 24 * hour;
/** Every so many days nothing can be read for three days, so that the RPO is missed and met again. */
const outageEveryDays = 61;
/** Every so many days somebody pauses it for a day. */
const pauseEveryDays = 97;
const outageDays = 3;

/** Short and seldom asked for: what is measured is the lifecycle, not its waiting. */
const milliseconds = { snapshot: 60_000, copy: 60_000, 'cross-region-copy': 120_000 } as const;
const policy: ProtectionPolicy = { ...workerBenchPolicy, polling: { shortestSeconds: 20, longestSeconds: 600 } };

/**
 * One lifecycle, backed up every day for years of virtual time: the time-skipping server, the real workflows and activities, AWS
 * in memory. There are outages that outlast the RPO, and days on which it is paused.
 *
 * @param testServer the time-skipping server's program
 */
export async function measureLifecycle(testServer: string, years: number): Promise<LongLifecycle> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: testServer } },
  });
  try {
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(
        Object.values(searchAttributes).map(({ name }) => [
          name,
          temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        ]),
      ),
    });
    const [resource] = lifecycleResources(1);
    if (resource === undefined) throw new Error('there is no resource');
    const cloud = new FakeCloud({
      now: () => Context.current().info.currentAttemptScheduledTimestampMs,
      duration: ({ type }) => milliseconds[type],
      capacity: () => 5,
      stock: () => 1_000_000,
    });
    cloud.addResource(resource);
    const kinds = cloud.kinds();
    let isOut = false;
    let notifications = 0;
    const backups = backupsInMemory(kinds, policy);
    const others: Pick<ProtectionActivities, 'lastProtected'> & HandingOver = {
      lastProtected: async () => null,
      handOverNotification: async () => {
        notifications += 1;
      },
    };
    const activities = onServerClock(env, {
      ...backups,
      ...serviceLimitActivities(kinds.all),
      ...others,
      planBackup: (identity: Parameters<typeof backups.planBackup>[0]) => {
        if (isOut) throw applicationFailure(failureTypes.configuration, 'the source role cannot be assumed');
        return backups.planBackup(identity);
      },
    });
    const shared = { connection: env.nativeConnection, workflowBundle: await workflowBundle() };
    const workers = await Promise.all([
      Worker.create({ ...shared, taskQueue: fleetTaskQueue(benchFleet), activities }),
      Worker.create({ ...shared, taskQueue: serviceLimitTaskQueue }),
    ]);
    const running = Promise.all(workers.map((worker) => worker.run()));
    const client = new Client({ connection: env.connection });
    const lifecycle = client.workflow.getHandle(lifecycleWorkflowId(resource));
    const startedAt = Date.now();
    const firstDay = await env.currentTimeMs();
    const days = Math.round(365.25 * years);
    let [recoveryPoints, failed] = [0, 0];
    for (let today = 0; today < days; today += 1) {
      isOut = today % outageEveryDays >= outageEveryDays - outageDays;
      const isPaused = today % pauseEveryDays === pauseEveryDays - 1;
      if (isPaused) await lifecycle.signal(messageNames.pause);
      const scheduledTime = new Date(await env.currentTimeMs()).toISOString();
      const answer = await requestRecoveryPoint(client, resource, {
        scheduledTime,
        policy,
        force: false,
      });
      if (answer.disposition === 'started' && answer.scheduledTime !== null) {
        const id = recoveryPointWorkflowId(recoveryPointId(resource, answer.scheduledTime));
        try {
          // Time goes on while this client waits.
          await env.client.workflow.getHandle(id).result();
          recoveryPoints += 1;
        } catch {
          failed += 1;
        }
      }
      if (isPaused) await lifecycle.signal(messageNames.resume);
      await env.sleep(Math.max(1, firstDay + (today + 1) * day - (await env.currentTimeMs())));
    }
    const { outcomes } = await lifecycle.query<LifecycleState>(messageNames.lifecycle);
    if (outcomes.length === 0) throw new Error('the lifecycle remembers nothing');
    const measured = await histories(client, lifecycle.workflowId);
    await lifecycle.signal(messageNames.retire);
    for (const worker of workers) worker.shutdown();
    await running;
    return { years, recoveryPoints, failed, notifications, ...measured, minutes: (Date.now() - startedAt) / 60_000 };
  } finally {
    await env.teardown();
  }
}

async function histories(client: Client, workflowId: string) {
  const found = { runs: 0, largestInputBytes: 0, largestPayloadBytes: 0, largestHistoryEvents: 0, lastInputBytes: 0 };
  for await (const { history, events, inputBytes } of continuedRuns(client, workflowId)) {
    if (found.runs === 0) found.lastInputBytes = inputBytes;
    found.runs += 1;
    found.largestInputBytes = Math.max(found.largestInputBytes, inputBytes);
    found.largestPayloadBytes = Math.max(found.largestPayloadBytes, largestPayload(history));
    found.largestHistoryEvents = Math.max(found.largestHistoryEvents, events);
  }
  return found;
}
