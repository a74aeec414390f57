import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client } from '@temporalio/client';
import { type ScheduledRun, triggerSchedule } from '../../sandbox/demo/triggerSchedule';
import { requestRecoveryPoint } from '../../src/activities/backup/requestRecoveryPoint';
import { applyFleet } from '../../src/client/fleet/applyFleet';
import { pollingWorkers } from '../../src/client/pollingWorkers';
import { type Fleet, loadFleet, policyOf } from '../../src/config';
import { type LifecycleState, type RecoveryPointOutcome } from '../../src/core/backup/lifecycle';
import { messageNames } from '../../src/core/messageNames';
import {
  fleetTaskQueue,
  lifecycleWorkflowId,
  recoveryPointId,
  recoveryPointWorkflowId,
  scheduledTimeLabel,
} from '../../src/core/naming';
import { type createRecoveryPoint } from '../../src/workflows/createRecoveryPoint';
import { type FleetBackupSummary } from '../../src/core/backup/fleetRound';
import { knownKinds } from '../../src/kinds/registry';
import { type CloudSandbox } from './cloudSandbox';
import { type Database, resourceOf } from './database';
import { eventually } from './eventually';
import { type FleetDocument, tier as onlyTier } from './fleetDocument';
import { type CommandEnd, farcopyProgram, run } from './program';
import { type Build, startWorker, type WorkerProcess } from './workerProcess';

/** One round of a fleet's schedule. */
export interface Round extends ScheduledRun {
  readonly result: Promise<FleetBackupSummary>;
}

export interface RunningFleetOptions {
  readonly namespace?: string;
  /** Processes; with `queues` of each. */
  readonly workers?: number;
  /** What the processes serve: `['fleet,limits', 'transfer']`. Left out: each serves all. */
  readonly queues?: readonly string[];
  /** What the processes are started of. */
  readonly build?: Build;
}

/** A fleet file that is applied, and the worker processes that serve it. */
export class RunningFleet {
  readonly client: Client;
  readonly fleet: Fleet;
  private workers: WorkerProcess[] = [];
  private workersStarted = 0;

  private constructor(
    private readonly sandbox: CloudSandbox,
    private readonly file: string,
    private readonly namespace: string,
  ) {
    this.client = sandbox.client(namespace);
    this.fleet = loadFleet(file, { kinds: knownKinds });
  }

  static async start(
    sandbox: CloudSandbox,
    document: FleetDocument,
    { namespace = 'default', workers = 1, queues, build }: RunningFleetOptions = {},
  ): Promise<RunningFleet> {
    const file = join(sandbox.folder, `${document.fleet}.yaml`);
    await writeFile(file, JSON.stringify(document));
    const running = new RunningFleet(sandbox, file, namespace);
    sandbox.endsWith(() => Promise.all(running.workers.map((worker) => worker.stop())));
    await applyFleet(running.client, running.fleet);
    if (queues === undefined) await running.startWorkers(workers, undefined, build);
    else for (const served of queues) await running.startWorkers(workers, served, build);
    const polls = async () => (await pollingWorkers(running.client, fleetTaskQueue(running.fleet.name))) > 0;
    await eventually(`a worker of ${document.fleet} takes work`, polls);
    return running;
  }

  get environment(): NodeJS.ProcessEnv {
    return this.sandbox.environment(this.file, this.namespace);
  }

  /** @param queues `fleet,limits`; left out: all */
  async startWorkers(count: number, queues?: string, build?: Build): Promise<void> {
    const started = Array.from({ length: count }, () => {
      this.workersStarted += 1;
      const log = join(this.sandbox.folder, `worker-${this.fleet.name}-${this.workersStarted}.log`);
      return startWorker(this.environment, log, queues, build);
    });
    this.workers.push(...(await Promise.all(started)));
  }

  /** Those that were not told to end, in the order in which they were started. */
  get running(): readonly WorkerProcess[] {
    return this.workers;
  }

  /** `kill -9` of every worker, or of these, all at the same moment. */
  async killWorkers(killed: readonly WorkerProcess[] = this.workers): Promise<void> {
    this.workers = this.workers.filter((worker) => !killed.includes(worker));
    await Promise.all(killed.map((worker) => worker.kill()));
  }

  /** `kill -9` of one of them. @param index 0: the one that was started first */
  async killWorker(index: number): Promise<void> {
    const [killed] = this.workers.splice(index, 1);
    if (killed === undefined) throw new Error(`there is no worker ${index}`);
    await killed.kill();
  }

  /** SIGTERM to every worker; done when all have ended. */
  async endWorkers(): Promise<void> {
    const told = this.workers;
    this.workers = [];
    await Promise.all(told.map((worker) => worker.end()));
  }

  /** Runs `farcopy …` for this fleet. */
  farcopy(...words: string[]): Promise<CommandEnd> {
    return run(process.execPath, [farcopyProgram(), ...words], this.environment);
  }

  /** Runs the plain `temporal` command. */
  temporal(...words: string[]): Promise<CommandEnd> {
    return run(this.sandbox.temporalCli, words, this.environment);
  }

  /** Has the schedule of a tier fire. */
  async round(tier: string = onlyTier): Promise<Round> {
    const scheduled = await triggerSchedule(this.client, this.fleet.name, tier, new AbortController().signal);
    const result = this.client.workflow.getHandle(scheduled.workflowId, scheduled.runId).result();
    // Who looks at it later still learns of a failure; until then it must not end the process.
    result.catch(() => undefined);
    return { ...scheduled, result: result as Promise<FleetBackupSummary> };
  }

  /** Asks for a recovery point; the same time asks for the same one again. */
  async request(database: Database, scheduledTime: Date | string = new Date(), tier: string = onlyTier) {
    const time = scheduledTimeLabel(scheduledTime);
    const request = { scheduledTime: time, policy: policyOf(this.fleet, tier), force: true };
    const { disposition } = await requestRecoveryPoint(this.client, resourceOf(database), request);
    return { disposition, scheduledTime: time };
  }

  /** The same, and waits until it has ended. */
  async backUp(database: Database, scheduledTime?: Date | string, tier?: string): Promise<RecoveryPointOutcome> {
    const { scheduledTime: time } = await this.request(database, scheduledTime, tier);
    return this.outcome(database, time);
  }

  /** How a recovery point ended, once it has. */
  outcome(database: Database, scheduledTime: string, withinSeconds = 120): Promise<RecoveryPointOutcome> {
    return eventually(
      `the recovery point of ${database.id} ends`,
      async () => {
        const { inFlight, waiting, outcomes } = await this.lifecycle(database);
        if (inFlight !== null || waiting !== null) return undefined;
        return outcomes.find((outcome) => outcome.scheduledTime === scheduledTime);
      },
      withinSeconds,
    );
  }

  lifecycle(database: Database): Promise<LifecycleState> {
    return this.client.workflow
      .getHandle(lifecycleWorkflowId(resourceOf(database)))
      .query<LifecycleState>(messageNames.lifecycle);
  }

  recoveryPoint(database: Database, scheduledTime: string) {
    const id = recoveryPointId(resourceOf(database), scheduledTime);
    return this.client.workflow.getHandle<typeof createRecoveryPoint>(recoveryPointWorkflowId(id));
  }
}
