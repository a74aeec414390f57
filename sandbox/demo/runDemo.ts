import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { applyFleet } from '../../src/client/applyFleet';
import { renderProgress } from '../../src/client/progress';
import { watchRecoveryPoints } from '../../src/client/watchRecoveryPoints';
import { loadFleet } from '../../src/config';
import { lifecycleWorkflowId } from '../../src/core/naming';
import { searchAttributes } from '../../src/core/searchAttributes';
import { plainLines } from '../provision';
import { type RunningSandbox } from '../cli/runningSandbox';
import { sandboxEnvironment, sandboxVariables } from '../cli/sandboxEnvironment';
import { type Seeded, seedSandbox } from '../cli/seedSandbox';
import { type OwnedSandbox, startSandbox } from '../cli/startSandbox';
import { type StateDirectory } from '../cli/stateDirectory';
import { defaultTimeScale } from '../cli/up';
import { changeSettings, countLimitErrors, limitUses } from '../seed/emulatorControl';
import { tierOf } from '../seed/fleetText';
import { loopbackConnection } from '../servers/loopbackConnection';
import { AwsClouds } from './awsClouds';
import { demoSeed } from './demoSeed';
import { type ExpectedCluster, type ExpectedRun, type Proof, proveRun } from './proof';
import { type DemoReport, limitsOf } from './report';
import { type ScheduledRun, triggerSchedule } from './triggerSchedule';

export interface DemoRun {
  readonly state: StateDirectory;
  readonly clusters?: number;
  readonly workers: number;
  readonly timeScale?: number;
  readonly signal: AbortSignal;
  /** Tells people what happens, in whole lines. */
  readonly say: (text: string) => void;
  /** Where the live picture goes. */
  readonly progress: NodeJS.WriteStream;
  readonly color: boolean;
}

export interface DemoResult {
  readonly report: DemoReport;
  /** What is not proven, one sentence each. */
  readonly missing: readonly string[];
}

const fleet = 'panda';

/**
 * Starts everything, has the schedules of the tiers start their fleet backups, watches it, and proves the result.
 *
 * @param onStarted Gets the sandbox as soon as it runs: whoever asked for the demo ends it, or keeps it.
 */
export async function runDemo(run: DemoRun, onStarted: (sandbox: OwnedSandbox) => void): Promise<DemoResult> {
  const { state, say } = run;
  const startedAt = Date.now();
  const sandbox = await startSandbox({
    state,
    timeScale: run.timeScale ?? defaultTimeScale,
    onProgress: plainLines(say),
    signal: run.signal,
  });
  onStarted(sandbox);
  const { servers } = sandbox;
  say(
    `Temporal runs (${seconds(startedAt)} s): ${servers.temporalUi}; so do emulators of AWS and GCS: ${servers.awsEndpoint} and ${servers.gcsEndpoint}`,
  );

  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  void sandbox.failure.catch((error: unknown) => over.abort(error));
  try {
    return await backUpAndProve({ ...run, signal }, sandbox, startedAt);
  } catch (error) {
    // What ended it says more than what failed because of it.
    signal.throwIfAborted();
    throw error;
  }
}

async function backUpAndProve(run: DemoRun, sandbox: OwnedSandbox, startedAt: number): Promise<DemoResult> {
  const { state, say, signal } = run;
  const { servers } = sandbox;
  const seeded = await seedFleet(run, servers);
  const { resources, accounts } = seeded.seed;
  say(`Seeded ${resources.length} Aurora clusters in ${accounts.join(' and ')}; the fleet file is ${state.fleetFile}`);
  const variables = sandboxVariables(state, servers, seeded, process.env);
  await sandbox.startWorkers(run.workers, sandboxEnvironment(variables, process.env));

  const connection = await Connection.connect({
    ...loopbackConnection(servers.temporalAddress),
    interceptors: [retryUntil(signal)],
  });
  try {
    const client = new Client({ connection, namespace: servers.temporalNamespace });
    await applyFleet(client, loadFleet(state.fleetFile));
    const tiers = [...new Set(resources.map(tierOf))];
    const runs = await Promise.all(
      tiers.map(async (tier) => [tier, await triggerSchedule(client, fleet, tier, signal)] as const),
    );
    const started = runs.map(([, { workflowId }]) => workflowId);
    say(`${run.workers} workers run; the schedules have started ${started.join(' and ')}`);
    say(`Watch it: ${uiLink(servers)}\n`);
    const scheduledTimes = new Map(runs.map(([tier, { scheduledTime }]) => [tier, scheduledTime]));
    const clusters = resources.map((resource, i) => ({
      account: resource.account,
      region: resource.region,
      id: resource.id,
      arn: seeded.arns[i] ?? '',
      tier: tierOf(resource),
      scheduledTime: scheduledTimes.get(tierOf(resource)) ?? new Date(startedAt),
    }));
    await watchRuns(
      client,
      runs.map(([, scheduled]) => scheduled),
      clusters,
      run,
    );
    const endedAt = new Date();
    say('\nAsking the clouds for the proof …');
    const proof = await prove({ fleet, clusters, endedAt }, servers, seeded);
    const report = await reportOf(proof, servers, startedAt);
    say(reportText(report));
    return { report, missing: proof.missing };
  } finally {
    await connection.close();
  }
}

/** The SDK's own way to try calls again, which otherwise goes on for a while although the server has been ended. */
function retryUntil(signal: AbortSignal) {
  const usual = defaultGrpcRetryOptions();
  return makeGrpcRetryInterceptor({
    ...usual,
    retryableDecider: (attempt, status) => !signal.aborted && usual.retryableDecider(attempt, status),
  });
}

/** Every account holds at most 100 manual snapshots unless AWS was asked for more, which the owner of a larger fleet does. */
const defaultStock = 100;

async function seedFleet({ state, clusters }: DemoRun, servers: RunningSandbox): Promise<Seeded> {
  const seed = demoSeed(clusters);
  const stock = Math.max(defaultStock, seed.resources.length);
  await changeSettings(servers.awsEndpoint, { limits: { 'manual-cluster-snapshots': stock } });
  return seedSandbox(state, servers, seed, fleet);
}

/** Shows where every cluster stands until all runs have ended, however it ends: the proof will tell. */
async function watchRuns(
  client: Client,
  runs: readonly ScheduledRun[],
  clusters: readonly ExpectedCluster[],
  demo: DemoRun,
): Promise<void> {
  const { say, signal } = demo;
  const failures: string[] = [];
  const endOf = async ({ workflowId, runId }: ScheduledRun) => {
    try {
      await client.withAbortSignal(signal, () => client.workflow.getHandle(workflowId, runId).result());
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      failures.push(`${workflowId} failed: ${error.cause?.message ?? error.message}`);
    }
  };
  const ended = Promise.all(runs.map(endOf));
  const over = new AbortController();
  const looking = AbortSignal.any([signal, over.signal]);
  const watching = picture(client, clusters, { ...demo, signal: looking }).catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  try {
    await Promise.race([ended, watching.then(() => ended)]);
    // The last look shows how it ended; where it never began there is nothing to show.
    await Promise.race([watching, delay(lastLookMilliseconds, undefined, { signal: looking })]);
  } finally {
    over.abort();
    await watching;
  }
  for (const failure of failures) say(failure);
}

const lastLookMilliseconds = 3000;

async function picture(
  client: Client,
  clusters: readonly ExpectedCluster[],
  { progress, color, signal }: DemoRun,
): Promise<void> {
  await lifecyclesExist(client, clusters, signal);
  const watched = clusters.map((cluster) => ({
    resource: { kind: 'aurora-cluster' as const, ...cluster },
    scheduledTime: cluster.scheduledTime.toISOString(),
  }));
  await renderProgress(watchRecoveryPoints(client, watched, { pollSeconds: 1, signal }), progress, { color });
}

/** A recovery point without a lifecycle counts as one that will never be: so the picture begins when all of them are there. */
async function lifecyclesExist(
  client: Client,
  clusters: readonly ExpectedCluster[],
  signal: AbortSignal,
): Promise<void> {
  for (const cluster of clusters) {
    const handle = client.workflow.getHandle(lifecycleWorkflowId({ kind: 'aurora-cluster', ...cluster }));
    while (!(await exists(() => handle.describe()))) await delay(100, undefined, { signal });
  }
}

async function exists(describe: () => Promise<unknown>): Promise<boolean> {
  try {
    await describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function prove(run: ExpectedRun, servers: RunningSandbox, seeded: Seeded): Promise<Proof> {
  const clouds = new AwsClouds(servers.awsEndpoint, seeded.credentials);
  try {
    return await proveRun(run, clouds);
  } finally {
    await clouds.close();
  }
}

async function reportOf(proof: Proof, servers: RunningSandbox, startedAt: number): Promise<DemoReport> {
  const [uses, limitErrors] = await Promise.all([
    limitUses(servers.awsEndpoint),
    countLimitErrors(servers.awsEndpoint),
  ]);
  return {
    ok: proof.missing.length === 0,
    seconds: seconds(startedAt),
    temporalUi: servers.temporalUi,
    resources: proof.resources,
    limits: limitsOf(uses),
    limitErrors,
  };
}

/** More clusters than this are told of one by one only where something is missing. */
const mostInDetail = 12;

function reportText({ ok, seconds: total, resources, limits, limitErrors }: DemoReport): string {
  const proven = resources.filter((resource) => resource.state === 'completed').length;
  const detailed = resources.filter(({ state }) => resources.length <= mostInDetail || state !== 'completed');
  return [
    ...detailed.flatMap(({ account, region, id, copies }) => [
      `${id} (${account}/${region})`,
      ...copies.map(
        (copy) =>
          `  ${copy.verified ? 'proven    ' : 'NOT PROVEN'}  ${copy.place.padEnd(9)}  ${`${copy.account}/${copy.region}`.padEnd(25)}  ${copy.status}, data of ${copy.dataTime ?? 'unknown time'}, ${keyText(copy.kmsKeyId)}`,
      ),
    ]),
    '',
    'Most operations in flight at once, by service limit:',
    ...limits.map(
      ({ account, region, limit, capacity, highWater }) =>
        `  ${highWater} of ${capacity}  ${account}/${region}  ${limit}`,
    ),
    `Calls that AWS answered with a limit error: ${limitErrors}`,
    '',
    `${ok ? 'Proven' : 'Not proven'}: ${proven} of ${resources.length} clusters have all their copies, after ${total} s.`,
  ].join('\n');
}

function keyText(arn: string | null): string {
  return arn === null ? 'not encrypted' : `key ${arn.slice(arn.lastIndexOf('/') + 1)}`;
}

/** The Temporal UI's list of workflows, filtered to this fleet's. */
function uiLink({ temporalUi, temporalNamespace }: RunningSandbox): string {
  const query = encodeURIComponent(`${searchAttributes.fleet.name}="${fleet}"`);
  return `${temporalUi}/namespaces/${temporalNamespace}/workflows?query=${query}`;
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 100) / 10;
}
