import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ActivityCancellationDetails,
  defaultFailureConverter,
  defaultPayloadConverter,
  noopMetricMeter,
} from '@temporalio/common';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import { type coresdk } from '@temporalio/proto';
import { DefaultLogger } from '@temporalio/worker';
import { Activity } from '@temporalio/worker/lib/activity';
import { type Random } from '../random';
import { mustBeMeant } from '../rules/failureRules';
import { type Scheduled, type VirtualTime } from '../virtualTime';
import { type Attempt, PendingActivity, type WorkerProcess } from './pendingActivity';
import { bytesOf, bytesOfFailure, type Failure, payloadsOf, valuesOf } from './payloads';
import { type Run } from './run';
import { type ServiceDependencies, type Witness } from './service';
import { type Job } from './workflowVm';

export type ActivityFunctions = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;
type Result = coresdk.activity_result.IActivityResolution;

/** A process that serves a queue, and what it runs there. */
export interface Serving {
  readonly process: WorkerProcess;
  readonly activities: ActivityFunctions;
}

/** The workers' side: which process serves a queue now. */
export interface ActivityHost {
  /** Null while there is none. */
  serving(taskQueue: string): Serving | null;
  /** The client that activities of a process have. */
  clientOf(process: WorkerProcess): unknown;
  /** Now, or as soon as a worker serves the queue. */
  whenUp(taskQueue: string, work: () => void): void;
}

export interface ActivityListener {
  resolved(run: Run, job: Job, bytes: number): void;
  /** For good. */
  failed(run: Run, type: string, failure: Failure): void;
}

/** The attempt that the code running now belongs to. */
export const attemptHere = new AsyncLocalStorage<Attempt>();

const dataConverter = {
  payloadConverter: defaultPayloadConverter,
  payloadCodecs: [],
  failureConverter: defaultFailureConverter,
};
const silent = LoggerWithComposedMetadata.compose(new DefaultLogger('ERROR', () => undefined), {});
/** `temporal.api.enums.v1.TimeoutType` and the SDK core's `ActivityCancellationType`. */
const timeoutTypes = { 'start-to-close': 1, 'schedule-to-close': 3, heartbeat: 4 } as const;
const cancellation = { tryCancel: 0, waitCompleted: 1, abandon: 2 } as const;
/** Of the SDK: a heartbeat is sent after four fifths of its time-out at the latest, by default every 30 seconds. */
const defaultThrottleMilliseconds = 30_000;

/** Activities as the server keeps them: attempts, retry policies, time-outs, heartbeats, cancellation. */
export class ActivityService {
  /** Attempts begun, by activity. */
  readonly attempts = new Map<string, number>();
  private readonly time: VirtualTime;
  private readonly random: Random;
  private readonly witness: Witness;
  private readonly host: ActivityHost;

  constructor(
    { time, random, witness, host }: ServiceDependencies,
    private readonly listener: ActivityListener,
  ) {
    this.time = time;
    this.random = random.fork('activities');
    this.witness = witness;
    this.host = host;
  }

  schedule(run: Run, command: coresdk.workflow_commands.IScheduleActivity): void {
    const activity = new PendingActivity(run, command.seq ?? 0, command, this.time.now);
    run.activities.set(activity.seq, activity);
    const { scheduleToClose } = activity;
    if (scheduleToClose !== null)
      activity.closing = this.time.after(scheduleToClose, () => this.timedOut(activity, 'schedule-to-close'));
    this.dispatch(activity);
  }

  /** @returns what is left of the jobs that have come for the run */
  requestCancel(run: Run, seq: number, jobs: Job[]): Job[] {
    const activity = run.activities.get(seq);
    const type = Number(activity?.command.cancellationType ?? cancellation.tryCancel);
    if (activity === undefined) return jobs;
    if (type !== cancellation.abandon) this.cancelRequested(activity);
    if (type === cancellation.waitCompleted) return jobs;
    activity.isForgotten = true;
    const left = jobs.filter(({ resolveActivity }) => resolveActivity?.seq !== seq);
    return [...left, { resolveActivity: { seq, result: { cancelled: { failure: cancelledFailure(activity) } } } }];
  }

  /** The run has ended: nobody hears of its activities any more. */
  abandon(run: Run): void {
    for (const activity of run.activities.values()) this.endOf(activity);
    run.activities.clear();
  }

  private cancelRequested(activity: PendingActivity): void {
    activity.isCancelRequested = true;
    // One that runs hears of it with its next heartbeat.
    if (activity.current === null) this.resolve(activity, { cancelled: { failure: cancelledFailure(activity) } });
  }

  private dispatch(activity: PendingActivity): void {
    this.host.whenUp(activity.taskQueue, () => this.time.after(this.random.between(1, 20), () => this.begin(activity)));
  }

  private begin(activity: PendingActivity): void {
    if (activity.hasEnded) return;
    const serving = this.host.serving(activity.taskQueue);
    if (serving === null) return this.dispatch(activity);
    const { process } = serving;
    const { type, id, run, command, taskQueue, attempt: number } = activity;
    const attempt: Attempt = {
      run,
      process,
      activity: null,
      timers: new Set(),
      heartbeatTimer: null,
      heartbeatSentAt: null,
      heartbeatWaits: null,
    };
    activity.current = attempt;
    if (number > 1) run.retries += 1;
    this.attempts.set(type, (this.attempts.get(type) ?? 0) + 1);
    const expire = (after: number, what: 'start-to-close' | 'heartbeat') =>
      this.time.after(after, () => this.timedOut(activity, what, attempt));
    if (activity.startToClose !== Infinity) attempt.timers.add(expire(activity.startToClose, 'start-to-close'));
    this.awaitHeartbeat(activity, attempt);
    const details = activity.details === null ? undefined : valuesOf(activity.details)[0];
    const info = {
      attempt: number,
      taskQueue,
      isLocal: false,
      taskToken: new Uint8Array(),
      base64TaskToken: '',
      activityId: id,
      activityType: type,
      workflowType: run.type,
      heartbeatTimeoutMs: activity.heartbeat ?? undefined,
      heartbeatDetails: details,
      activityNamespace: 'default',
      workflowNamespace: 'default',
      namespace: 'default',
      workflowExecution: { workflowId: run.workflowId, runId: run.runId },
      scheduledTimestampMs: Math.round(activity.scheduledAt),
      startToCloseTimeoutMs: activity.startToClose,
      scheduleToCloseTimeoutMs: activity.scheduleToClose ?? 0,
      currentAttemptScheduledTimestampMs: Math.round(activity.attemptScheduledAt),
      inWorkflow: true,
    };
    const code = serving.activities[type];
    if (code === undefined) throw new Error(`no worker knows activity ${type}`);
    const running = new Activity(
      info,
      code,
      dataConverter,
      { type: 'activity', namespace: 'default', activityId: id, workflowId: run.workflowId, isLocal: false },
      undefined,
      (told: unknown) => this.heartbeat(activity, attempt, told),
      this.host.clientOf(process) as never,
      silent,
      noopMetricMeter,
      [],
    );
    attempt.activity = running;
    const args = valuesOf(command.arguments);
    void attemptHere
      .run(attempt, () => running.run({ args, headers: {} }))
      .then((result) => {
        if (process.isLost) return;
        this.time.after(this.random.between(1, 15), () => this.ended(activity, attempt, result as Result));
      });
  }

  private ended(activity: PendingActivity, attempt: Attempt, { completed, failed, cancelled }: Result): void {
    if (attempt.process.isLost || activity.current !== attempt || activity.hasEnded) return;
    this.attemptOver(activity, attempt);
    if (completed) this.resolve(activity, { completed: { result: completed.result ?? null } });
    else if (cancelled && activity.isCancelRequested)
      this.resolve(activity, { cancelled: { failure: cancelledFailure(activity) } });
    else this.failed(activity, (failed ?? cancelled)?.failure ?? { message: 'cancelled' });
  }

  private failed(activity: PendingActivity, failure: Failure): void {
    const { run, type, id, attempt } = activity;
    this.witness.trace(`failed ${type} ${id} ${attempt} ${run.workflowId}: ${failure.message ?? ''}`);
    mustBeMeant(this.witness, `${type} of ${run.workflowId}`, failure);
    activity.lastFailure = failure;
    if (!this.retried(activity, failure))
      this.resolve(activity, {
        failed: { failure: { message: 'Activity task failed', cause: failure, ...infoOf(activity) } },
      });
  }

  private timedOut(activity: PendingActivity, what: keyof typeof timeoutTypes, attempt: Attempt | null = null): void {
    if (activity.hasEnded || (attempt !== null && activity.current !== attempt)) return;
    this.witness.trace(`timed out ${what} ${activity.type} ${activity.id} ${activity.run.workflowId}`);
    if (activity.current !== null) this.attemptOver(activity, activity.current);
    const failure: Failure = {
      message: `activity ${what} timeout`,
      timeoutFailureInfo: { timeoutType: timeoutTypes[what] },
      ...(activity.lastFailure === null ? {} : { cause: activity.lastFailure }),
    };
    if (what !== 'schedule-to-close' && this.retried(activity, failure)) return;
    this.resolve(activity, {
      failed: { failure: { message: 'Activity task timed out', cause: failure, ...infoOf(activity) } },
    });
  }

  private retried(activity: PendingActivity, failure: Failure): boolean {
    const wait = activity.retryAfter(failure, this.time.now);
    if (wait === null) return false;
    activity.attempt += 1;
    activity.attemptScheduledAt = this.time.now + wait;
    activity.retry = this.time.after(wait, () => this.dispatch(activity));
    return true;
  }

  private resolve(activity: PendingActivity, result: Result): void {
    if (activity.hasEnded) return;
    const { run, seq, type, id } = activity;
    this.endOf(activity);
    run.activities.delete(seq);
    const how = Object.keys(result)[0] ?? '';
    this.witness.trace(`activity ${how} ${type} ${id} ${run.workflowId}`);
    if (activity.isForgotten || !run.isOpen) return;
    if (result.failed?.failure) this.listener.failed(run, type, result.failed.failure);
    const bytes = bytesOf([result.completed?.result]) + bytesOfFailure(result.failed?.failure);
    this.listener.resolved(run, { resolveActivity: { seq, result } }, bytes);
  }

  private endOf(activity: PendingActivity): void {
    activity.hasEnded = true;
    activity.closing?.cancel();
    activity.retry?.cancel();
    if (activity.current !== null) this.attemptOver(activity, activity.current);
  }

  private attemptOver(activity: PendingActivity, attempt: Attempt): void {
    for (const timer of attempt.timers) timer.cancel();
    attempt.heartbeatTimer?.cancel();
    activity.current = null;
  }

  private awaitHeartbeat(activity: PendingActivity, attempt: Attempt): void {
    const { heartbeat } = activity;
    attempt.heartbeatTimer?.cancel();
    if (heartbeat !== null)
      attempt.heartbeatTimer = this.time.after(heartbeat, () => this.timedOut(activity, 'heartbeat', attempt));
  }

  /** The worker sends the last one that it is told, now and then. */
  private heartbeat(activity: PendingActivity, attempt: Attempt, told: unknown): void {
    if (attempt.process.isLost) return;
    // A failure takes the last details along, so they are there at once.
    if (activity.current === attempt) activity.details = told === undefined ? null : payloadsOf([told]);
    if (attempt.heartbeatWaits !== null) return;
    const throttle = (activity.heartbeat ?? 0) * 0.8 || defaultThrottleMilliseconds;
    const { heartbeatSentAt } = attempt;
    const wait = heartbeatSentAt === null ? 0 : Math.max(0, heartbeatSentAt + throttle - this.time.now);
    const scheduled: Scheduled = this.time.after(wait + this.random.between(1, 10), () => {
      attempt.heartbeatWaits = null;
      attempt.heartbeatSentAt = this.time.now;
      this.heartbeatArrived(activity, attempt);
    });
    attempt.heartbeatWaits = scheduled;
  }

  private heartbeatArrived(activity: PendingActivity, attempt: Attempt): void {
    if (attempt.process.isLost) return;
    const details = (what: object) => new ActivityCancellationDetails(what);
    if (activity.current !== attempt || activity.hasEnded)
      attempt.activity?.cancel('NOT_FOUND', details({ notFound: true }));
    else if (activity.isCancelRequested) attempt.activity?.cancel('CANCELLED', details({ cancelRequested: true }));
    else this.awaitHeartbeat(activity, attempt);
  }
}

function infoOf({ type, id }: PendingActivity): Failure {
  return { activityFailureInfo: { activityType: { name: type }, activityId: id, identity: 'worker' } };
}

function cancelledFailure(activity: PendingActivity): Failure {
  return {
    message: 'Activity cancelled',
    cause: { message: 'cancelled', canceledFailureInfo: {} },
    ...infoOf(activity),
  };
}
