import { parseArgs } from 'node:util';
import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { provision } from '../sandbox/provision';
import { recoveryPointActivities } from '../src/activities/recoveryPoint';
import { serviceLimitActivities } from '../src/activities/serviceLimit';
import { workflowNames } from '../src/core/messageNames';
import { fleetTaskQueue, recoveryPointId, recoveryPointWorkflowId, serviceLimitTaskQueue } from '../src/core/naming';
import { type ProtectionPolicy } from '../src/core/policy';
import { type ResourceRef } from '../src/core/resource';
import { searchAttributes } from '../src/core/searchAttributes';
import { workflowBundle } from '../src/worker/workflowBundle';
import { fakeKeyArn, FakeCloud, type FakeWork } from '../test/fakes/cloud';
import { onServerClock } from '../test/fakes/serverClock';
import { median, normal, randomFrom, table } from './statistics';

/**
 * Makespan of one round of a large fleet against its lower bound, on virtual time with the real workflows, the real
 * activities and the real permit queues; AWS is in memory. Beside it the same fleet served first in, first out.
 *
 *   npm run bench:makespan -- [--clusters 200] [--seeds 20] [--cross-region-limit 5]
 */

const accounts = Array.from({ length: 10 }, (_, i) => String(100000000001 + i));
const regions = ['eu-west-1', 'eu-central-1'] as const;
const vaultAccount = '111111111111';
const fleet = 'bench';

interface Job {
  readonly resource: ResourceRef;
  readonly sizeGiB: number;
  /** Seconds each stage really takes. */
  readonly seconds: { readonly snapshot: number; readonly copy: number; readonly 'cross-region-copy': number };
}

/** Log-normal sizes (median 100 GB, σ = 1, at most 2 TB) in ten accounts and two regions; a stage is up to a third off what its size says. */
function makeJobs(count: number, seed: number): Job[] {
  const random = randomFrom(seed);
  const off = () => Math.exp(Math.max(-1, Math.min(1, normal(random))) * 0.3);
  return Array.from({ length: count }, (_, i) => {
    const account = accounts[Math.floor(random() * accounts.length)] ?? '';
    const region = regions[Math.floor(random() * regions.length)] ?? regions[0];
    const sizeGiB = Math.max(1, Math.round(Math.min(2000, 100 * Math.exp(normal(random)))));
    const id = `cluster-${i}`;
    const arn = `arn:aws:rds:${region}:${account}:cluster:${id}`;
    return {
      resource: { kind: 'aurora-cluster', account, region, id, arn },
      sizeGiB,
      seconds: {
        snapshot: (180 + 0.5 * sizeGiB) * off(),
        copy: (240 + 7 * sizeGiB) * off(),
        'cross-region-copy': (600 + 12 * sizeGiB) * off(),
      },
    };
  });
}

/**
 * No schedule is shorter than the longest job, nor than what one limit's slots must do: its work, after the shortest ways
 * to it and before the shortest ways from it (docs/performance.md).
 */
function lowerBoundSeconds(jobs: readonly Job[], crossRegionLimit: number): number {
  const whole = (j: Job) => j.seconds.snapshot + j.seconds.copy + j.seconds['cross-region-copy'];
  const bound = (
    under: readonly Job[],
    slots: number,
    head: (j: Job) => number,
    work: (j: Job) => number,
    tail: (j: Job) => number,
  ) => {
    const smallest = (f: (j: Job) => number) =>
      under
        .map(f)
        .sort((a, b) => a - b)
        .slice(0, slots)
        .reduce((a, b) => a + b, 0);
    return (smallest(head) + under.reduce((sum, j) => sum + work(j), 0) + smallest(tail)) / slots;
  };
  const bounds = [Math.max(...jobs.map(whole))];
  for (const region of regions) {
    const copied = jobs.filter((j) => j.resource.region === region);
    bounds.push(
      bound(
        copied,
        crossRegionLimit,
        (j) => j.seconds.snapshot + j.seconds.copy,
        (j) => j.seconds['cross-region-copy'],
        () => 0,
      ),
    );
    for (const account of accounts) {
      const snapshotted = copied.filter((j) => j.resource.account === account);
      if (snapshotted.length >= 5)
        bounds.push(
          bound(
            snapshotted,
            5,
            () => 0,
            (j) => j.seconds.snapshot,
            (j) => j.seconds.copy + j.seconds['cross-region-copy'],
          ),
        );
    }
  }
  return Math.max(...bounds);
}

const policyWith = (crossRegionLimit: number): ProtectionPolicy => ({
  fleet,
  tier: 'standard',
  priority: 3,
  rpoSeconds: 48 * 3600,
  route: [
    { name: 'secure', account: vaultAccount, region: null, key: 'alias/farcopy' },
    {
      name: 'secure-dr',
      account: vaultAccount,
      region: { [regions[0]]: regions[1], [regions[1]]: regions[0] },
      key: 'alias/farcopy',
    },
  ],
  retention: { minimum: 1 },
  shareableKey: null,
  singleStepCopy: false,
  limits: [{ limit: 'cluster-snapshot-cross-region-copies', capacity: crossRegionLimit }],
  polling: { shortestSeconds: 20, longestSeconds: 600 },
});

interface Round {
  readonly makespanSeconds: number;
  readonly limitErrors: number;
}

/** One round: every job's recovery point starts at once. First in, first out is the same queue told nothing about paths. */
async function runRound(
  jobs: readonly Job[],
  crossRegionLimit: number,
  order: 'longest path' | 'first in',
  server: string,
  bundle: WorkflowBundleOption,
): Promise<Round> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: server } },
  });
  try {
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(
        Object.values(searchAttributes).map(({ name }) => [name, temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD]),
      ),
    });
    const byId = new Map(jobs.map((job) => [job.resource.id, job]));
    const seconds = ({ id, type }: FakeWork) => byId.get(/-(cluster-\d+)-/.exec(id)?.[1] ?? '')?.seconds[type] ?? 0;
    const cloud = new FakeCloud({
      now: () => Context.current().info.currentAttemptScheduledTimestampMs,
      duration: (work) => seconds(work) * 1000,
      capacity: ({ limit }) => (limit === 'cluster-snapshot-cross-region-copies' ? crossRegionLimit : 5),
      stock: () => 100_000,
    });
    for (const { resource, sizeGiB } of jobs) cloud.addResource({ ...resource, sizeGiB });
    const providers = cloud.providers();
    const activities = onServerClock(env, {
      ...recoveryPointActivities({ providers, keyArn: async (scope, key) => fakeKeyArn(scope, key) }),
      ...serviceLimitActivities(Object.values(providers)),
    });
    const client = new Client({ connection: env.connection });
    const shared = { connection: env.nativeConnection, workflowBundle: bundle, maxCachedWorkflows: 1000 };
    const workers = await Promise.all([
      Worker.create({ ...shared, taskQueue: fleetTaskQueue(fleet), activities }),
      Worker.create({ ...shared, taskQueue: serviceLimitTaskQueue }),
    ]);
    const running = Promise.all(workers.map((worker) => worker.run()));
    const scheduledTime = '2026-01-01T00:00:00Z';
    const policy = policyWith(crossRegionLimit);
    const startedAt = await env.currentTimeMs();
    const learned =
      order === 'first in' ? { snapshot: 0, 'share:secure': 0, 'copy:secure': 0, 'copy:secure-dr': 0 } : {};
    const handles = await Promise.all(
      jobs.map(({ resource }) =>
        client.workflow.start(workflowNames.createRecoveryPoint, {
          workflowId: recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime)),
          taskQueue: fleetTaskQueue(fleet),
          args: [
            {
              version: 1,
              identity: { fleet, tier: 'standard', resource, scheduledTime },
              policy,
              learned,
              paused: false,
            },
          ],
        }),
      ),
    );
    await env.connection.testService?.unlockTimeSkipping({});
    await Promise.all(handles.map((handle) => handle.result()));
    const ends = await Promise.all(
      handles.map(async (handle) => (await handle.describe()).closeTime?.getTime() ?? NaN),
    );
    for (const worker of workers) worker.shutdown();
    await running;
    return { makespanSeconds: (Math.max(...ends) - startedAt) / 1000, limitErrors: cloud.limitErrors };
  } finally {
    await env.teardown();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clusters: { type: 'string', default: '200' },
      seeds: { type: 'string', default: '20' },
      'cross-region-limit': { type: 'string', default: '5' },
    },
  });
  const [clusters, seeds, limit] = [
    Number(values.clusters),
    Number(values.seeds),
    Number(values['cross-region-limit']),
  ];
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { 'test-server': server } = await provision(['test-server'], {});
  const bundle = await workflowBundle();
  const rows: (string | number)[][] = [['seed', 'bound h', 'longest path', 'first in', 'limit errors', 'wall s']];
  const shares = { ours: [] as number[], fifo: [] as number[] };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const jobs = makeJobs(clusters, seed);
    const bound = lowerBoundSeconds(jobs, limit);
    const wallStart = Date.now();
    const ours = await runRound(jobs, limit, 'longest path', server.path, bundle);
    const fifo = await runRound(jobs, limit, 'first in', server.path, bundle);
    shares.ours.push(bound / ours.makespanSeconds);
    shares.fifo.push(bound / fifo.makespanSeconds);
    rows.push([
      seed,
      (bound / 3600).toFixed(2),
      (bound / ours.makespanSeconds).toFixed(3),
      (bound / fifo.makespanSeconds).toFixed(3),
      ours.limitErrors + fifo.limitErrors,
      Math.round((Date.now() - wallStart) / 1000),
    ]);
    console.error(`seed ${seed}: ${rows.at(-1)?.slice(1).join('  ') ?? ''}`);
  }
  console.log(`${clusters} clusters, 10 accounts, 2 regions, cross-region limit ${limit}: lower bound / makespan\n`);
  console.log(table(rows));
  console.log(
    `\nmedian (worst): longest path ${median(shares.ours).toFixed(3)} (${Math.min(...shares.ours).toFixed(3)}), first in ${median(shares.fifo).toFixed(3)} (${Math.min(...shares.fifo).toFixed(3)})`,
  );
}

void main();
