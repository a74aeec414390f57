import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { Random } from '../simulation/random';
import { type ActivityFunctions } from '../simulation/temporal/activityService';
import { SimulatedClient } from '../simulation/temporal/client';
import { payloadsOf } from '../simulation/temporal/payloads';
import { type Run } from '../simulation/temporal/run';
import { TemporalService } from '../simulation/temporal/service';
import { WorkflowVms } from '../simulation/temporal/workflowVm';
import { liveIn, VirtualTime } from '../simulation/virtualTime';
import { type ServiceLimitStarter } from '../src/activities/contracts';
import { serviceLimitActivities } from '../src/activities/limits/serviceLimit';
import { type ProtectionPolicy } from '../src/core/backup/policy';
import { lowestMakespan } from '../src/core/limits/lowestMakespan';
import { workflowNames } from '../src/core/messageNames';
import { fleetTaskQueue, recoveryPointId, recoveryPointWorkflowId } from '../src/core/naming';
import { type ResourceRef } from '../src/core/resource';
import { builtBundlePath } from '../src/worker/workflowBundle';
import { FakeCloud, type FakeWork } from '../test/fakes/cloud';
import { withoutPath } from './firstInFirstOut';
import { median, normal, randomFrom, table } from './statistics';
import { costOfRun } from './temporalActions';
import { backupsInMemory } from './backupsInMemory';

/**
 * Makespan of one round of a large fleet against its lower bound, with the real workflows, the real activities and the
 * real permit queues. Temporal is the simulation's, in virtual time; AWS is in memory. Beside it the same fleet served first in,
 * first out: the same in everything, but no request for a permit says how long its path is. Nothing is learnt of any cluster
 * before. A seed decides everything, to the last event.
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
  readonly vms: WorkflowVms;
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
    longestPath: { vms: await WorkflowVms.load(builtBundlePath(), []), starter: (activities) => activities },
    firstIn: {
      vms: await WorkflowVms.of({ code, filename: 'first-in-first-out.js' }, []),
      starter: (activities) => ({
        startServiceLimit: (ref, request) => activities.startServiceLimit(ref, withoutPath(request)),
      }),
    },
  };
}

const scheduledTime = '2026-01-01T00:00:00Z';

/** One round: every job's recovery point starts at once, and no call fails. */
async function runRound(jobs: readonly Job[], crossRegionLimit: number, seed: number, policy: Policy): Promise<Round> {
  const random = new Random(`makespan ${seed}`);
  const startedAt = Date.parse(scheduledTime);
  const time = new VirtualTime(startedAt);
  const restore = liveIn(time, random.fork('activity code'), () => 0);
  try {
    const cloud = cloudOf(jobs, crossRegionLimit, time);
    const serving = {
      process: { number: 1, skew: 0, isLost: false },
      activities: activitiesOf(cloud, crossRegionLimit, policy),
    };
    const service: TemporalService = new TemporalService({
      time,
      random,
      vms: policy.vms,
      witness: {
        trace: () => undefined,
        violation(rule, message) {
          throw new Error(`${rule}: ${message}`);
        },
      },
      host: {
        serving: () => serving,
        clientOf: () => client,
        whenUp: (_taskQueue, work) => work(),
      },
    });
    const client = new SimulatedClient(service, time, random.fork('client'));
    const ended: Run[] = [];
    service.onClosed((run) => {
      if (run.type === workflowNames.createRecoveryPoint && run.status !== 'CONTINUED_AS_NEW') ended.push(run);
    });
    for (const { resource } of jobs)
      service.start({
        workflowId: recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime)),
        type: workflowNames.createRecoveryPoint,
        taskQueue: fleetTaskQueue(fleet),
        args: payloadsOf([
          {
            version: 1,
            identity: { fleet, tier: 'standard', resource, scheduledTime },
            policy: policyWith(crossRegionLimit),
            learned: {},
            paused: false,
          },
        ]),
      });
    await time.runUntil(Infinity, () => ended.length === jobs.length);
    const failed = ended.find(({ status }) => status !== 'COMPLETED');
    if (failed !== undefined) throw new Error(`${failed.workflowId}: ${failed.failure?.message ?? failed.status}`);
    if (ended.length < jobs.length) throw new Error(`${jobs.length - ended.length} recovery points never ended`);
    await service.dispose();
    return {
      makespanSeconds: (Math.max(...ended.map(({ closedAt }) => closedAt ?? NaN)) - startedAt) / 1000,
      limitErrors: cloud.limitErrors,
      awsCalls: [...cloud.calls.values()].reduce((a, b) => a + b, 0) / jobs.length,
      ...temporalCost(service.runs, jobs.length),
    };
  } finally {
    restore();
  }
}

function cloudOf(jobs: readonly Job[], crossRegionLimit: number, time: VirtualTime): FakeCloud {
  const byId = new Map(jobs.map((job) => [job.resource.id, job]));
  const seconds = ({ id, type }: FakeWork) => byId.get(/-(cluster-\d+)-/.exec(id)?.[1] ?? '')?.seconds[type] ?? 0;
  const cloud = new FakeCloud({
    now: () => Math.round(time.now),
    duration: (work) => seconds(work) * 1000,
    capacity: ({ limit }) => (limit === 'cluster-snapshot-cross-region-copies' ? crossRegionLimit : 5),
    stock: () => 100_000,
  });
  for (const { resource, sizeGiB } of jobs) cloud.addResource({ ...resource, sizeGiB });
  return cloud;
}

function activitiesOf(cloud: FakeCloud, crossRegionLimit: number, { starter }: Policy): ActivityFunctions {
  const kinds = cloud.kinds();
  const limitActivities = serviceLimitActivities(kinds.all);
  return {
    ...backupsInMemory(kinds, policyWith(crossRegionLimit)),
    ...limitActivities,
    ...starter(limitActivities),
  } as unknown as ActivityFunctions;
}

/** Actions and events of the recovery points and the service limits, per recovery point. */
function temporalCost(runs: readonly Run[], recoveryPoints: number): { actions: number; events: number } {
  let actions = 0;
  let events = 0;
  for (const run of runs) {
    const cost = costOfRun(run);
    events += cost.events;
    for (const count of cost.actions.values()) actions += count;
  }
  return { actions: actions / recoveryPoints, events: events / recoveryPoints };
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
  if (missing.length === 0) return print(results, clusters, crossRegionLimit);
  if (!existsSync(builtBundlePath())) throw new Error(`${builtBundlePath()} is missing: run npm run build`);
  const { longestPath, firstIn } = await policies();
  for (const seed of missing) {
    const jobs = makeJobs(clusters, seed);
    const wallStart = Date.now();
    const result: SeedResult = {
      seed,
      clusters,
      crossRegionLimit,
      boundSeconds: lowerBoundSeconds(jobs, crossRegionLimit),
      longestPath: await runRound(jobs, crossRegionLimit, seed, longestPath),
      firstIn: await runRound(jobs, crossRegionLimit, seed, firstIn),
      wallSeconds: Math.round((Date.now() - wallStart) / 1000),
    };
    results.push(result);
    if (values.results !== undefined) appendFileSync(values.results, `${JSON.stringify(result)}\n`);
    console.error(rowOf(result).join('  '));
  }
  await longestPath.vms.destroy();
  await firstIn.vms.destroy();
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
    `\nmedian (worst) of ${results.length}: longest path ${summary((r) => r.longestPath)}, first in ${summary((r) => r.firstIn)}; goal 0.985 (0.980)`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
