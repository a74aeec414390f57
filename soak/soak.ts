import { appendFile, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CloudEyes } from '../crashMatrix/cloudState';
import { AwsClouds } from '../sandbox/demo/awsClouds';
import { backupBucket, criticalTier, exportBucket, secondRegion, vaultAccount } from '../sandbox/seed/sandboxAccounts';
import { signalLifecycles } from '../src/client/backup/signalLifecycles';
import { listServiceLimits } from '../src/client/limits/serviceLimits';
import { type FleetBackupSummary } from '../src/core/backup/fleetRound';
import { workflowNames } from '../src/core/messageNames';
import { fleetBackupScheduleId, serviceLimitWorkflowId } from '../src/core/naming';
import { searchAttributes } from '../src/core/searchAttributes';
import { beginnings } from '../test/support/beginnings';
import { CloudSandbox } from '../test/support/cloudSandbox';
import { type Database, resourceOf } from '../test/support/database';
import { tier } from '../test/support/fleetDocument';
import { RunningFleet } from '../test/support/runningFleet';
import { type WorkerProcess } from '../test/support/workerProcess';
import { audit, type CompletePoint, copiesIn } from './audit';
import { judge, type Verdict } from './flat';
import { accounts, databasesOf, fleetName, minutesBetweenRounds, soakedFleet, timeScale } from './fleet';
import { isCompleted, isNotCompleted, lookAtHistories, lookAtWorkers, lookAtWorkflows } from './look';
import { type Looked, measures } from './measures';
import { deleteCopies } from './oldCopies';
import { type Line, svgOf } from './plot';
import { type Strike, strikesOf } from './strikes';

export interface SoakOptions {
  readonly minutes: number;
  readonly resources: number;
  readonly seed: number;
  /** A folder that is made, for what is measured, plots and the workers' logs. */
  readonly results: string;
  readonly tell: (line: string) => void;
  /** Ends the run with what there is so far. */
  readonly signal: AbortSignal;
}

/** What became of one series of a measure. */
export interface MeasuredSeries extends Line {
  /** Null: this one is not judged. */
  readonly verdict: Verdict | null;
}

/** One round of a tier's schedule. */
export interface EndedRound extends Pick<FleetBackupSummary, 'resources' | 'completed' | 'skipped'> {
  readonly workflowId: string;
  readonly state: string;
  readonly seconds: number;
}

export interface SoakReport {
  readonly seed: number;
  readonly resources: number;
  readonly minutes: number;
  readonly interrupted: boolean;
  readonly strikes: Readonly<Record<Strike['what']['type'], number>>;
  readonly rounds: readonly EndedRound[];
  /** Recovery points whose copies were looked for in the clouds. */
  readonly audited: number;
  readonly series: readonly MeasuredSeries[];
  /** What should not be, one sentence each; without what has no verdict `flat`. */
  readonly problems: readonly string[];
}

const lookEverySeconds = 5;
/** Histories are described one by one. */
const historiesEverySeconds = 30;
/** Copies of an older recovery point are deleted once they are audited. In rounds. */
const keptRounds = 2;
/** When clouds under fire have not answered. */
const auditAgainSeconds = 15;
/** After the last strike, whatever is under way must end within so many seconds. */
const endsWithinSeconds = 420;

/** A sandbox with a fleet under fire, from its start to the last look. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { minutes, resources, seed, results, tell, signal } = options;
  await mkdir(results, { recursive: true });
  const databases = databasesOf(resources);
  const sandbox = await CloudSandbox.start({
    databases,
    bucketsOf: fleetName,
    settings: { timeScale, jitter: 0.3, seed, durations: paceOfAws, limits: raised },
  });
  try {
    const fleet = await RunningFleet.start(sandbox, soakedFleet(resources), { workers: 2 });
    const run = new Run(options, databases, sandbox, fleet);
    tell(`${resources} resources, a round every ${minutesBetweenRounds(resources)} minutes, seed ${seed}; ${results}`);
    await run.go(60 * minutes);
    if (!signal.aborted) await run.settle();
    return await run.report();
  } finally {
    await keepLogs(sandbox.folder, results);
    await sandbox.end();
  }
}

/** An account that keeps the copies of a fleet has had its quota of 100 snapshots a region raised. */
const raised = { 'manual-cluster-snapshots': 100_000, 'manual-instance-snapshots': 100_000 };

/** What an operation takes at scale 1: the sandbox of tests has shorter ones. */
const paceOfAws = {
  snapshot: { base: 120, perGiB: 0.5 },
  'copy-same-region': { base: 180, perGiB: 1 },
  'copy-cross-region': { base: 600, perGiB: 5 },
  export: { base: 900, perGiB: 5 },
};

async function keepLogs(folder: string, results: string): Promise<void> {
  const logs = (await readdir(folder)).filter((name) => name.startsWith('worker-'));
  await Promise.all(logs.map((name) => copyFile(join(folder, name), join(results, name))));
}

class Run {
  private readonly began = performance.now();
  private readonly looks: { readonly at: number; readonly looked: Looked }[] = [];
  private readonly struck: Record<Strike['what']['type'], number> = { fault: 0, kill: 0, pause: 0, force: 0 };
  private readonly kills: number[] = [];
  private readonly problems = new Set<string>();
  private readonly audited = new Set<string>();
  private readonly rounds = new Map<string, EndedRound>();
  private readonly steady: WorkerProcess | undefined;
  private readonly eyes: CloudEyes;
  private readonly clouds: AwsClouds;

  constructor(
    private readonly options: SoakOptions,
    private readonly databases: readonly Database[],
    private readonly sandbox: CloudSandbox,
    private readonly fleet: RunningFleet,
  ) {
    const { awsEndpoint, gcsEndpoint, credentials } = sandbox;
    const regions = [...new Set(databases.flatMap(({ region }) => [region, secondRegion(region)]))];
    const scopes = [...accounts, vaultAccount].flatMap((account) => regions.map((region) => ({ account, region })));
    const s3Buckets = regions.map((region) => ({
      account: vaultAccount,
      region,
      name: exportBucket(fleetName, region),
    }));
    this.eyes = new CloudEyes(
      { awsEndpoint, gcsEndpoint, scopes, s3Buckets, gcsBucket: backupBucket(fleetName) },
      credentials,
    );
    this.clouds = new AwsClouds(awsEndpoint, credentials);
    sandbox.endsWith(() => Promise.all([this.eyes.close(), this.clouds.close()]));
    [this.steady] = fleet.running;
  }

  private get at(): number {
    return (performance.now() - this.began) / 1000;
  }

  /** Strikes, looks and audits side by side, until the time is over or the run is interrupted. */
  async go(seconds: number): Promise<void> {
    const { seed, resources, signal } = this.options;
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const work = [
      this.strikeAll(strikesOf({ seed, seconds, resources, accounts }), both),
      this.lookAgain(both),
      this.auditAgain(both),
    ].map((one) =>
      one.catch((error: unknown) => {
        // What ends one of them ends them all.
        over.abort();
        throw error;
      }),
    );
    await this.until(seconds, both);
    over.abort();
    await Promise.all(work);
  }

  /** False where the run is over before. */
  private async until(at: number, over: AbortSignal): Promise<boolean> {
    await delay(Math.max(0, 1000 * (at - this.at)), undefined, { signal: over }).catch(() => undefined);
    return !over.aborted;
  }

  private async strikeAll(strikes: readonly Strike[], over: AbortSignal): Promise<void> {
    const under: Promise<void>[] = [];
    for (const strike of strikes) {
      if (!(await this.until(strike.from, over))) break;
      under.push(this.strike(strike, over));
    }
    await Promise.all(under);
  }

  private async strike({ what, to }: Strike, over: AbortSignal): Promise<void> {
    this.struck[what.type] += 1;
    await this.note({ strike: what, to });
    const { fleet, sandbox } = this;
    switch (what.type) {
      case 'fault': {
        const id = await sandbox.control.inject(what.fault);
        await this.until(to, over);
        return sandbox.control.withdraw(id);
      }
      case 'kill': {
        this.kills.push(this.at);
        await fleet.killWorkers(fleet.running.filter((worker) => worker !== this.steady));
        await this.until(to, over);
        return fleet.startWorkers(1);
      }
      case 'pause': {
        if (!(await this.signal(what.resource, 'pause'))) return;
        await this.until(to, over);
        await this.signal(what.resource, 'resume');
        return;
      }
      case 'force':
        await this.signal(what.resource, 'force');
    }
  }

  /** False where the resource has no lifecycle yet. */
  private async signal(resource: number, name: 'pause' | 'resume' | 'force'): Promise<boolean> {
    const database = this.databases[resource];
    if (database === undefined) return false;
    return signalLifecycles(this.fleet.client, [resourceOf(database)], name).then(
      () => true,
      () => false,
    );
  }

  private async lookAgain(over: AbortSignal): Promise<void> {
    for (let next = 0, histories = 0; await this.until(next, over); next += lookEverySeconds) {
      const { client, running } = this.fleet;
      const other = running.find((worker) => worker !== this.steady);
      const { at } = this;
      const workers = await lookAtWorkers([this.steady?.pid ?? null, other?.pid ?? null]);
      const gone = { 'worker 1 MiB': this.steady, 'worker 2 MiB': other };
      for (const [name, worker] of Object.entries(gone))
        if (worker !== undefined && this.fleet.running.includes(worker) && workers[name] === null)
          this.problems.add(`a worker has ended by itself: process ${worker.pid}`);
      const isDue = at >= histories;
      if (isDue) histories = at + historiesEverySeconds;
      const looked = {
        ...workers,
        ...(await lookAtWorkflows(client)),
        ...(isDue ? await lookAtHistories(client) : {}),
      };
      this.looks.push({ at, looked });
      await this.note({ looked });
    }
  }

  private async auditAgain(over: AbortSignal): Promise<void> {
    const every = 60 * minutesBetweenRounds(this.options.resources);
    for (let next = every; await this.until(next, over);)
      try {
        await this.auditNow(keptRounds * every);
        next += every;
      } catch (error) {
        // Whoever looks into clouds under fire may see nothing, or what is gone the next moment.
        await this.note({ auditFailed: String(error) });
        next = this.at + auditAgainSeconds;
      }
  }

  /** Holds against the clouds whatever has completed since the last time. */
  private async auditNow(keptSeconds: number): Promise<void> {
    const { client } = this.fleet;
    const prefix = 'recovery-point/';
    const points = `WorkflowType = '${workflowNames.createRecoveryPoint}'`;
    const complete: CompletePoint[] = [];
    for await (const { workflowId, typedSearchAttributes } of client.workflow.list({
      query: `${points} AND ${isCompleted}`,
    })) {
      const recoveryPoint = workflowId.slice(prefix.length);
      const leavesAws = typedSearchAttributes.get(searchAttributes.tier) === criticalTier;
      if (!this.audited.has(recoveryPoint)) complete.push({ recoveryPoint, leavesAws });
    }
    for await (const { workflowId, typedSearchAttributes: found } of client.workflow.list({
      query: `${points} AND ${isNotCompleted}`,
    }))
      this.problems.add(
        `${workflowId}: ${found.get(searchAttributes.state)}: ${found.get(searchAttributes.reason) ?? 'no reason'}`,
      );
    const state = await this.eyes.look();
    for (const problem of audit(complete, state, fleetName)) this.problems.add(problem);
    for (const { recoveryPoint } of complete) this.audited.add(recoveryPoint);
    await this.learnOfRounds();
    await this.note({ audited: this.audited.size, problems: this.problems.size });
    const isOld = (recoveryPoint: string) =>
      Date.now() - Date.parse(recoveryPoint.split('/').at(-1) ?? '') > 1000 * keptSeconds;
    const old = copiesIn(state).filter(({ recoveryPoint }) => this.audited.has(recoveryPoint) && isOld(recoveryPoint));
    await deleteCopies(old, this.clouds);
  }

  private async learnOfRounds(): Promise<void> {
    const { client } = this.fleet;
    const query = `WorkflowType = '${workflowNames.fleetBackup}' AND ExecutionStatus != 'Running'`;
    for await (const { workflowId, runId, startTime, closeTime } of client.workflow.list({ query })) {
      if (this.rounds.has(workflowId)) continue;
      const seconds = ((closeTime?.getTime() ?? NaN) - startTime.getTime()) / 1000;
      try {
        const summary = (await client.workflow.getHandle(workflowId, runId).result()) as FleetBackupSummary;
        const { state, resources, completed, skipped, problems } = summary;
        this.rounds.set(workflowId, { workflowId, state, resources, completed, skipped, seconds });
        if (state !== 'completed')
          this.problems.add(
            `${workflowId}: ${state}: ${problems.map((p) => `${p.resource}: ${p.message}`).join('; ')}`,
          );
      } catch (error) {
        this.rounds.set(workflowId, { workflowId, state: 'failed', resources: 0, completed: 0, skipped: 0, seconds });
        this.problems.add(`${workflowId}: ${String((error as Error).cause ?? error)}`);
      }
    }
  }

  /** Nothing begins any more, nothing strikes: what is under way must end, and leave nothing. */
  async settle(): Promise<void> {
    const { client } = this.fleet;
    await this.sandbox.control.heal();
    for (const name of [criticalTier, tier])
      await client.schedule.getHandle(fleetBackupScheduleId(fleetName, name)).pause('the soak is over');
    const latest = this.at + endsWithinSeconds;
    const passing = [workflowNames.createRecoveryPoint, workflowNames.fleetBackup, workflowNames.transferExport];
    const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${passing.map((type) => `'${type}'`).join(', ')})`;
    while (this.at < latest && (await client.workflow.count(query)).count > 0) {
      if (!(await this.until(this.at + 1, this.options.signal))) return;
    }
    for await (const { workflowId } of client.workflow.list({ query }))
      this.problems.add(`${workflowId}: still open ${endsWithinSeconds} s after the last strike`);
    await this.auditNow(Infinity);
    const known = new Set(this.audited);
    for (const { recoveryPoint, place, where } of copiesIn(await this.eyes.look()))
      if (!known.has(recoveryPoint))
        this.problems.add(`${recoveryPoint}: a copy in ${place} (${where}) of no complete one`);
    for (const what of (await beginnings(this.sandbox.control)).twice) this.problems.add(`begun twice: ${what}`);
    for (const { holders, waiters, ...ref } of await listServiceLimits(client))
      for (const { resource } of [...holders, ...waiters])
        this.problems.add(`${serviceLimitWorkflowId(ref)}: a permit of ${resource.id} was not given back`);
    const { stdout } = await this.fleet.farcopy('status', '--json', '--limit', '0');
    const { lifecycles } = JSON.parse(stdout) as { lifecycles: { id: string; rpoMissed: boolean | null }[] };
    for (const { id, rpoMissed } of lifecycles)
      if (rpoMissed !== false)
        this.problems.add(`${id}: ${rpoMissed === null ? 'its lifecycle is silent' : 'RPO missed'}`);
    if (lifecycles.length !== this.databases.length)
      this.problems.add(`${lifecycles.length} lifecycles of ${this.databases.length} resources`);
  }

  /** Writes the plots. */
  async report(): Promise<SoakReport> {
    await this.learnOfRounds();
    const { minutes, resources, seed, results, signal } = this.options;
    const period = 60 * minutesBetweenRounds(resources);
    const series: MeasuredSeries[] = [];
    for (const { name, title, series: all } of measures) {
      const lines = all.map(({ name: of, slack }): MeasuredSeries => {
        const seen = this.looks.flatMap(({ at, looked }) => {
          const value = looked[of];
          return value === undefined ? [] : [{ at, value }];
        });
        const judged = seen.flatMap(({ at, value }) => (value === null ? [] : [{ at, value }]));
        return { name: of, seen, verdict: slack === null ? null : judge(judged, { period, slack }) };
      });
      series.push(...lines);
      await writeFile(join(results, `${name}.svg`), svgOf({ title, lines, marks: this.kills }));
    }
    return {
      ...{ seed, resources, minutes, interrupted: signal.aborted, strikes: this.struck },
      ...{ rounds: [...this.rounds.values()], audited: this.audited.size, series, problems: [...this.problems] },
    };
  }

  /** Into the file of what is measured, and where somebody may look on. */
  private async note(what: object): Promise<void> {
    const line = JSON.stringify({ at: Math.round(10 * this.at) / 10, ...what });
    await appendFile(join(this.options.results, 'measured.jsonl'), `${line}\n`);
  }
}
