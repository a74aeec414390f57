import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { provision } from '../sandbox/provision';
import { backupActivities } from '../src/activities/backup/backupActivities';
import { serviceLimitActivities } from '../src/activities/limits/serviceLimit';
import { workflowNames } from '../src/core/messageNames';
import {
  fleetTaskQueue,
  recoveryPointId,
  recoveryPointWorkflowId,
  serviceLimitTaskQueue,
  serviceLimitWorkflowId,
} from '../src/core/naming';
import { type ProtectionPolicy } from '../src/core/backup/policy';
import { type ResourceRef } from '../src/core/resource';
import { searchAttributes } from '../src/core/searchAttributes';
import { workflowBundle } from '../src/worker/workflowBundle';
import { type ServiceLimitStarter } from '../src/activities/contracts';
import { type LimitRef } from '../src/core/limits/limit';
import { lowestMakespan } from '../src/core/limits/lowestMakespan';
import { FakeCloud, type FakeWork } from '../test/fakes/cloud';
import { onServerClock } from '../test/fakes/serverClock';
import { withoutPath } from './firstInFirstOut';
import { median, normal, randomFrom, table } from './statistics';
import { costOf } from './temporalActions';

/**
 * Makespan of one round of a large fleet against its lower bound, on virtual time with the real workflows, the real
 * activities and the real permit queues; AWS is in memory. Beside it the same fleet served first in, first out: the same in
 * everything, but no request for a permit says how long its path is. Nothing is learnt of any cluster before.
 *
 *   npm run bench:makespan -- [--clusters 200] [--seeds 20] [--cross-region-limit 5] [--results FILE] [--first-seed 1]
 *
 * What a seed gave is appended to FILE, and seeds that are there already are not run again: a long run may be stopped and
 * taken up, or shared by two processes.
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
  const bounds = [Math.max(...jobs.map(whole))];
  for (const region of regions) {
    const copied = jobs.filter((j) => j.resource.region === region);
    bounds.push(
      lowestMakespan(
        copied.map(({ seconds }) => ({
          head: seconds.snapshot + seconds.copy,
          work: seconds['cross-region-copy'],
          tail: 0,
        })),
        crossRegionLimit,
      ),
    );
    for (const account of accounts) {
      const snapshotted = copied.filter((j) => j.resource.account === account);
      if (snapshotted.length >= 5)
        bounds.push(
          lowestMakespan(
            snapshotted.map(({ seconds }) => ({
              head: 0,
              work: seconds.snapshot,
              tail: seconds.copy + seconds['cross-region-copy'],
            })),
            5,
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
  verify: 'manifest',
  connect: null,
  limits: [{ limit: 'cluster-snapshot-cross-region-copies', capacity: crossRegionLimit }],
  polling: { shortestSeconds: 20, longestSeconds: 600 },
});

interface Round {
  readonly makespanSeconds: number;
  readonly limitErrors: number;
  /** Per recovery point: the fleet backup and the lifecycle are not part of this benchmark. */
  readonly awsCalls: number;
  readonly actions: number;
  readonly events: number;
}

interface SeedResult {
  readonly seed: number;
  readonly clusters: number;
  readonly crossRegionLimit: number;
  readonly boundSeconds: number;
  readonly longestPath: Round;
  readonly firstIn: Round;
  readonly wallSeconds: number;
}

interface Policy {
  readonly bundle: WorkflowBundleOption;
  /** The first request of a semaphore is handed over by an activity. */
  readonly starter: (activities: ServiceLimitStarter) => ServiceLimitStarter;
}

async function policies(): Promise<{ longestPath: Policy; firstIn: Policy }> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../src/workflows'),
    workflowInterceptorModules: [require.resolve('./firstInFirstOut')],
    logger: new DefaultLogger('ERROR'),
  });
  return {
    longestPath: { bundle: await workflowBundle(), starter: (activities) => activities },
    firstIn: {
      bundle: { code },
      starter: (activities) => ({
        startServiceLimit: (ref, request) => activities.startServiceLimit(ref, withoutPath(request)),
      }),
    },
  };
}

/** One round: every job's recovery point starts at once. */
async function runRound(
  jobs: readonly Job[],
  crossRegionLimit: number,
  { bundle, starter }: Policy,
  server: string,
): Promise<Round> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: server } },
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
    const byId = new Map(jobs.map((job) => [job.resource.id, job]));
    const seconds = ({ id, type }: FakeWork) => byId.get(/-(cluster-\d+)-/.exec(id)?.[1] ?? '')?.seconds[type] ?? 0;
    const cloud = new FakeCloud({
      now: () => Context.current().info.currentAttemptScheduledTimestampMs,
      duration: (work) => seconds(work) * 1000,
      capacity: ({ limit }) => (limit === 'cluster-snapshot-cross-region-copies' ? crossRegionLimit : 5),
      stock: () => 100_000,
    });
    for (const { resource, sizeGiB } of jobs) cloud.addResource({ ...resource, sizeGiB });
    const kinds = cloud.kinds();
    const limitActivities = serviceLimitActivities(kinds.all);
    const activities = onServerClock(env, {
      ...backupActivities({
        kinds,
        general: {},
        shareInUse: async () => ({ readers: [], silent: [] }),
        lastWhole: async () => null,
        vaults: { verified: async () => [] },
        policyOf: () => policyWith(crossRegionLimit),
      }),
      ...limitActivities,
      ...starter(limitActivities),
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
              learned: {},
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
    return {
      makespanSeconds: (Math.max(...ends) - startedAt) / 1000,
      limitErrors: cloud.limitErrors,
      awsCalls: [...cloud.calls.values()].reduce((a, b) => a + b, 0) / jobs.length,
      ...(await temporalCost(env.address, jobs, scheduledTime)),
    };
  } finally {
    await env.teardown();
  }
}

/** Actions and events of the recovery points and the service limits, per recovery point. */
async function temporalCost(
  address: string,
  jobs: readonly Job[],
  scheduledTime: string,
): Promise<{ actions: number; events: number }> {
  // The test server sends a history in one piece.
  const connection = await Connection.connect({ address, channelArgs: { 'grpc.max_receive_message_length': -1 } });
  const client = new Client({ connection });
  const limits: LimitRef[] = [
    ...regions.map((region) => ({
      account: vaultAccount,
      region,
      limit: 'cluster-snapshot-cross-region-copies' as const,
    })),
    ...new Set(jobs.map(({ resource }) => `${resource.account} ${resource.region}`)),
  ].map((limit) => {
    if (typeof limit !== 'string') return limit;
    const [account = '', region = ''] = limit.split(' ');
    return { account, region, limit: 'cluster-snapshots-in-progress' };
  });
  let actions = 0;
  let events = 0;
  const add = async (workflowId: string, runId?: string): Promise<void> => {
    const { events: history } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const cost = costOf(history ?? []);
    events += cost.events;
    for (const count of cost.actions.values()) actions += count;
    const before = history?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (before) await add(workflowId, before);
  };
  for (const limit of limits) await add(serviceLimitWorkflowId(limit));
  for (const { resource } of jobs) await add(recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime)));
  await connection.close();
  return { actions: actions / jobs.length, events: events / jobs.length };
}

function readResults(file: string | undefined): SeedResult[] {
  if (file === undefined || !existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SeedResult);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clusters: { type: 'string', default: '200' },
      seeds: { type: 'string', default: '20' },
      'cross-region-limit': { type: 'string', default: '5' },
      'first-seed': { type: 'string', default: '1' },
      results: { type: 'string' },
    },
  });
  const [clusters, seeds, crossRegionLimit] = [
    Number(values.clusters),
    Number(values.seeds),
    Number(values['cross-region-limit']),
  ];
  const results = readResults(values.results).filter(
    (r) => r.clusters === clusters && r.crossRegionLimit === crossRegionLimit && r.seed <= seeds,
  );
  const missing = Array.from(
    { length: Math.max(0, seeds - Number(values['first-seed']) + 1) },
    (_, i) => i + Number(values['first-seed']),
  ).filter((seed) => !results.some((r) => r.seed === seed));
  // The runtime, once there, ends only with its last worker.
  if (missing.length === 0) return print(results, clusters, crossRegionLimit);
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const { 'test-server': server } = await provision(['test-server'], {});
  const { longestPath, firstIn } = await policies();
  for (const seed of missing) {
    const jobs = makeJobs(clusters, seed);
    const wallStart = Date.now();
    const result: SeedResult = {
      seed,
      clusters,
      crossRegionLimit,
      boundSeconds: lowerBoundSeconds(jobs, crossRegionLimit),
      longestPath: await runRound(jobs, crossRegionLimit, longestPath, server.path),
      firstIn: await runRound(jobs, crossRegionLimit, firstIn, server.path),
      wallSeconds: Math.round((Date.now() - wallStart) / 1000),
    };
    results.push(result);
    if (values.results !== undefined) appendFileSync(values.results, `${JSON.stringify(result)}\n`);
    console.error(rowOf(result).join('  '));
  }
  print(results, clusters, crossRegionLimit);
}

const share = (result: SeedResult, round: Round) => result.boundSeconds / round.makespanSeconds;

function rowOf(result: SeedResult): (string | number)[] {
  const { seed, boundSeconds, longestPath, firstIn, wallSeconds } = result;
  return [
    seed,
    (boundSeconds / 3600).toFixed(2),
    share(result, longestPath).toFixed(3),
    share(result, firstIn).toFixed(3),
    longestPath.limitErrors + firstIn.limitErrors,
    longestPath.awsCalls.toFixed(1),
    longestPath.actions.toFixed(1),
    longestPath.events.toFixed(0),
    wallSeconds,
  ];
}

function print(results: readonly SeedResult[], clusters: number, crossRegionLimit: number): void {
  console.log(
    `${clusters} clusters, 10 accounts, 2 regions, cross-region limit ${crossRegionLimit}: lower bound / makespan; AWS calls, actions and events per recovery point, longest path first\n`,
  );
  console.log(
    table([
      ['seed', 'bound h', 'longest path', 'first in', 'limit errors', 'AWS calls', 'actions', 'events', 'wall s'],
      ...results.map(rowOf),
    ]),
  );
  const summary = (round: (result: SeedResult) => Round) => {
    const shares = results.map((result) => share(result, round(result)));
    return `${median(shares).toFixed(3)} (${Math.min(...shares).toFixed(3)})`;
  };
  console.log(
    `\nmedian (worst) of ${results.length}: longest path ${summary((r) => r.longestPath)}, first in ${summary((r) => r.firstIn)}; goal 0.940 (0.870)`,
  );
}

void main();
