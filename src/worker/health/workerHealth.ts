import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Logger } from '@temporalio/worker';
import { messageOf } from '../../core/failure';
import { Readiness, type ReadinessReport } from './readiness';

/** What a worker shows of itself. */
export interface Watched {
  /** The state of the worker of each queue, in Temporal's words. */
  readonly states: () => Readonly<Record<string, string>>;
  /** A cheap call that only a Temporal that works answers. Ends within seconds, one way or the other. */
  readonly reach: () => Promise<unknown>;
}

const lookEveryMs = 5_000;
const nanosecondsOfSecond = 1e9;

/** The health of this process: looks every few seconds, never twice at once, and answers from what was seen. */
export class WorkerHealth {
  private readonly readiness = new Readiness(Date.now());
  private readonly delay = monitorEventLoopDelay();
  private watched: Watched | null = null;
  private reachedAt: number | null = null;
  private loopHeldUpSeconds = 0;
  private timer: NodeJS.Timeout | undefined;
  /** The checks that failed when the log was last told; null: it was told nothing yet. */
  private told: string | null = null;

  /** Begins to look. */
  watch(watched: Watched, log: Logger): void {
    this.watched = watched;
    this.delay.enable();
    void this.look(watched, log);
  }

  /** From now on not ready; what is under way is cut off then, epoch milliseconds. */
  drain(until: number): void {
    this.readiness.drain(until);
  }

  get report(): ReadinessReport {
    const { reachedAt, loopHeldUpSeconds } = this;
    return this.readiness.report({ states: this.watched?.states() ?? null, reachedAt, loopHeldUpSeconds }, Date.now());
  }

  /** Whether it was ever ready: also before anybody asked. */
  get hasStarted(): boolean {
    return this.report.ready || this.readiness.wasReady;
  }

  /** When Temporal has last answered, epoch milliseconds; null: never. */
  get lastReached(): number | null {
    return this.reachedAt;
  }

  /** Looks no more. */
  close(): void {
    this.watched = null;
    clearTimeout(this.timer);
    this.delay.disable();
  }

  private async look(watched: Watched, log: Logger): Promise<void> {
    let trouble: unknown;
    try {
      await watched.reach();
      this.reachedAt = Date.now();
    } catch (error) {
      trouble = error;
    }
    if (this.watched === null) return;
    this.loopHeldUpSeconds = this.delay.max / nanosecondsOfSecond;
    this.delay.reset();
    this.tell(log, trouble);
    this.timer = setTimeout(() => void this.look(watched, log), lookEveryMs);
  }

  /**
   * Tells the log when other checks fail than before, with the words of Temporal's client, which answers over HTTP do
   * not have.
   */
  private tell(log: Logger, trouble: unknown): void {
    const { stage, checks } = this.report;
    const failing = checks.filter(({ ok }) => !ok);
    const names = failing.map(({ check }) => check).join();
    if (stage === 'draining' || names === this.told) return;
    if (failing.length > 0) {
      log.warn(
        `the worker is not ready: ${failing.map(({ reason }) => reason).join('; ')}`,
        trouble === undefined ? {} : { error: messageOf(trouble) },
      );
    } else if (this.told !== null) log.info('the worker is ready again');
    this.told = names;
  }
}
