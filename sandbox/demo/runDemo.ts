import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { applyFleet } from '../../src/client/fleet/applyFleet';
import { renderProgress } from '../../src/client/backup/progress';
import { watchRecoveryPoints } from '../../src/client/backup/watchRecoveryPoints';
import { loadFleet } from '../../src/config';
import { lifecycleWorkflowId } from '../../src/core/naming';
import { searchAttributes } from '../../src/core/searchAttributes';
import { knownKinds } from '../../src/kinds/registry';
import { plainLines } from '../provision';
import { type RunningSandbox } from '../cli/runningSandbox';
import { sandboxEnvironment, sandboxVariables } from '../cli/sandboxEnvironment';
import { type Seeded, seedSandbox } from '../cli/seedSandbox';
import { type OwnedSandbox, startSandbox } from '../cli/startSandbox';
import { type StateDirectory } from '../cli/stateDirectory';
import { changeSettings, countLimitErrors, limitUses } from '../seed/emulatorControl';
import { databaseUrl } from '../seed/databaseUrl';
import { tierOf } from '../seed/fleetText';
import { criticalTier } from '../seed/sandboxAccounts';
import { type SeedResource } from '../seed/seed';
import { loopbackConnection } from '../servers/loopbackConnection';
import { BothClouds } from './bothClouds';
import { demoSeed } from './demoSeed';
import { type ExpectedCluster, type ExpectedRun, type Proof } from './proof';
import { type DemoReport, limitsOf } from './report';
import { reportText } from './reportText';
import { removeCluster } from './removeCluster';
import { restoreCluster, restoredCluster, type RestoredDatabase, type Restores } from './restoreCluster';
import { proveRoute } from './routeProof';
import { type ScheduledRun, triggerSchedule } from './triggerSchedule';
import { writeFleetReport } from './writeFleetReport';

export interface DemoRun {
  readonly state: StateDirectory;
  readonly clusters?: number;
  readonly workers: number;
  readonly timeScale?: number;
  /** Leaves what was restored. */
  readonly keep?: boolean;
  /** Where the report of the fleet is written, for a browser to open. */
  readonly reportFile: string;
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
  /** What stays, to look into. */
  readonly restored: readonly RestoredDatabase[];
}

const fleet = 'panda';

/** Shorter than a sandbox has it: the whole route, there and back, takes less than a minute. */
export const demoTimeScale = 0.015;

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
    timeScale: run.timeScale ?? demoTimeScale,
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
  const environment = sandboxEnvironment(variables, process.env);
  await sandbox.startWorkers(run.workers, environment);
  const returning = resources.some(comesBack);
  // It is there by the time it is needed.
  const postgres = returning ? sandbox.startPostgres() : null;
  postgres?.catch(() => undefined);

  const connection = await Connection.connect({
    ...loopbackConnection(servers.temporalAddress),
    interceptors: [retryUntil(signal)],
  });
  try {
    const client = new Client({ connection, namespace: servers.temporalNamespace });
    await applyFleet(client, loadFleet(state.fleetFile, { kinds: knownKinds }));
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
    const clouds = new BothClouds(servers, seeded.credentials);
    try {
      const restores = new Map<string, Restores>();
      if (postgres !== null)
        await Promise.all(
          clusters
            .filter((_, i) => comesBack(resources[i]))
            .map(async (cluster) => {
              const sourceUrl = await databaseUrl(servers.awsEndpoint, cluster);
              const around = {
                fleet,
                clouds,
                sourceUrl,
                postgres: await postgres,
                environment,
                logs: state.logs,
                signal,
                say,
                gcsEndpoint: servers.gcsEndpoint,
              };
              restores.set(cluster.arn, await restoreCluster(cluster, around));
            }),
        );
      const proof = await prove({ fleet, clusters, endedAt }, restores, clouds, run);
      const proven = await reportOf(proof, servers, startedAt);
      const report = { ...proven, fleetReport: await writeFleetReport(run, environment) };
      say(reportText(report));
      const restored = run.keep ? [...restores.values()].flatMap(({ databases }) => databases) : [];
      return { report, missing: proof.missing, restored };
    } finally {
      await clouds.close();
    }
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

/** Whose copies are restored: what is in the critical tier and has something in it to compare. */
function comesBack(resource: SeedResource | undefined): boolean {
  return resource?.data !== undefined && tierOf(resource) === criticalTier;
}

async function prove(
  run: ExpectedRun,
  restores: ReadonlyMap<string, Restores>,
  clouds: BothClouds,
  { keep = false, say, signal }: DemoRun,
): Promise<Proof> {
  const made = run.clusters.filter(({ arn }) => restores.has(arn)).map(restoredCluster);
  if (!keep)
    for (const { account, region, id } of made) await removeCluster(await clouds.rds(account, region), id, signal);
  say('\nAsking the clouds for the proof …');
  return proveRoute(run, clouds, { clusters: restores, places: made, kept: keep ? made : [] });
}

async function reportOf(
  proof: Proof,
  servers: RunningSandbox,
  startedAt: number,
): Promise<Omit<DemoReport, 'fleetReport'>> {
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

/** The Temporal UI's list of workflows, filtered to this fleet's. */
function uiLink({ temporalUi, temporalNamespace }: RunningSandbox): string {
  const query = encodeURIComponent(`${searchAttributes.fleet.name}="${fleet}"`);
  return `${temporalUi}/namespaces/${temporalNamespace}/workflows?query=${query}`;
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 100) / 10;
}
