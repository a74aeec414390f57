import { join } from 'node:path';
import { Client, type TestService } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { serviceLimitTaskQueue } from '../../src/core/naming';
import { searchAttributes } from '../../src/core/searchAttributes';
import { provision } from '../../sandbox/provision';
import { keepHistory } from '../../scripts/historyFile';
import { workflowBundle } from './workflowBundle';

const histories = join(__dirname, '..', 'replay', 'histories');
const keywordAttribute = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
/** Failures are the point of many tests, so their logs are shown only where asked for: `FARCOPY_TEST_LOG=WARN`. */
const logLevel = process.env.FARCOPY_TEST_LOG as 'WARN' | undefined;
const logger = logLevel === undefined ? new DefaultLogger('ERROR', () => undefined) : new DefaultLogger(logLevel);

/**
 * The real workflows on a time-skipping server of their own: workers for some queues and for the service limits', and a
 * clock that stands still unless it is moved or let run.
 */
export class TimeSkippingService {
  private constructor(
    private readonly environment: TestWorkflowEnvironment,
    readonly client: Client,
    private readonly workers: readonly Worker[],
    private readonly running: Promise<unknown>,
    private readonly seen: Map<string, string>,
  ) {}

  static async start(activities: object, ...queues: readonly string[]): Promise<TimeSkippingService> {
    Runtime.install({
      logger,
      telemetryOptions: { logging: { filter: logLevel ?? 'ERROR', forward: {} } },
    });
    const [{ 'test-server': server }, bundle] = await Promise.all([provision(['test-server']), workflowBundle()]);
    const environment = await startServer(server.path);
    await environment.connection.operatorService.addSearchAttributes({
      namespace: environment.namespace ?? 'default',
      searchAttributes: Object.fromEntries(Object.values(searchAttributes).map(({ name }) => [name, keywordAttribute])),
    });
    // Not environment.client, whose result() moves a counter that all share: results awaited side by side hang.
    const client = new Client({ connection: environment.connection });
    const seen = new Map<string, string>();
    const workers = await Promise.all(
      [...queues, serviceLimitTaskQueue].map((taskQueue) =>
        Worker.create({
          connection: environment.nativeConnection,
          taskQueue,
          workflowBundle: bundle,
          activities,
          interceptors: {
            activity: [
              ({ info }) => {
                if (info.workflowExecution !== undefined)
                  seen.set(info.workflowExecution.runId, info.workflowExecution.workflowId);
                return {};
              },
            ],
          },
          maxCachedWorkflows: 200,
          shutdownForceTime: '5 seconds',
          // A cancel is heard with a heartbeat that reaches the server, by default every 48 seconds of those that nobody can skip.
          maxHeartbeatThrottleInterval: '200 ms',
        }),
      ),
    );
    return new TimeSkippingService(
      environment,
      client,
      workers,
      Promise.all(workers.map((worker) => worker.run())),
      seen,
    );
  }

  /** The server's clock, epoch milliseconds. */
  now(): Promise<number> {
    return this.environment.currentTimeMs();
  }

  /** Moves the clock; what falls due meanwhile happens in its order. */
  async skip(seconds: number): Promise<void> {
    await this.environment.sleep(seconds * 1000);
  }

  /** Moves the clock on by minutes, until a condition holds. */
  async skipUntil(condition: () => boolean): Promise<void> {
    for (let minutes = 0; !condition(); minutes += 1) {
      if (minutes > 24 * 60) throw new Error('it did not happen within a day');
      await this.skip(60);
    }
  }

  /** Lets the clock run ahead, whenever all wait for it, until something has happened. */
  async runUntil<T>(happened: Promise<T>): Promise<T> {
    await this.clock.unlockTimeSkipping({});
    try {
      return await happened;
    } finally {
      await this.clock.lockTimeSkipping({});
    }
  }

  /** Adds to the replay corpus what these tests have run and it does not know yet. */
  private async recordHistories(): Promise<void> {
    for (const [runId, workflowId] of this.seen)
      keepHistory(histories, {
        workflowId,
        history: await this.client.workflow.getHandle(workflowId, runId).fetchHistory(),
      });
  }

  private get clock(): TestService {
    return this.environment.connection.testService as TestService;
  }

  async stop(): Promise<void> {
    if (process.env.FARCOPY_RECORD_HISTORIES === 'true') await this.recordHistories();
    for (const worker of this.workers) worker.shutdown();
    await this.running;
    await this.environment.teardown();
  }
}

/** The SDK gives the server five seconds, which a busy machine can need just to start its JVM. */
async function startServer(path: string, tries = 3): Promise<TestWorkflowEnvironment> {
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
  } catch (error) {
    if (tries === 1) throw error;
    return startServer(path, tries - 1);
  }
}
