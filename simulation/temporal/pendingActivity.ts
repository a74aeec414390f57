import { type Payload } from '@temporalio/common';
import { type coresdk } from '@temporalio/proto';
import { type Activity } from '@temporalio/worker/lib/activity';
import { type Scheduled } from '../virtualTime';
import { milliseconds, type Failure } from './payloads';
import { type Run } from './run';

/** What a process is to whatever runs in it. */
export interface WorkerProcess {
  readonly number: number;
  /** How far its machine's clock is off, in milliseconds. */
  readonly skew: number;
  isLost: boolean;
}

export interface Attempt {
  readonly run: Run;
  readonly process: WorkerProcess;
  activity: Activity | null;
  /** Timers of the server and of the worker about it. */
  readonly timers: Set<Scheduled>;
  heartbeatTimer: Scheduled | null;
  heartbeatSentAt: number | null;
  heartbeatWaits: Scheduled | null;
}

/** An activity as the server keeps it. */
export class PendingActivity {
  attempt = 1;
  current: Attempt | null = null;
  attemptScheduledAt: number;
  details: Payload[] | null = null;
  lastFailure: Failure | null = null;
  isCancelRequested = false;
  hasEnded = false;
  /** The workflow no longer waits for it. */
  isForgotten = false;
  closing: Scheduled | null = null;
  retry: Scheduled | null = null;

  constructor(
    readonly run: Run,
    readonly seq: number,
    readonly command: coresdk.workflow_commands.IScheduleActivity,
    readonly scheduledAt: number,
  ) {
    this.attemptScheduledAt = scheduledAt;
  }

  get type(): string {
    return this.command.activityType ?? '';
  }

  get id(): string {
    return this.command.activityId ?? '';
  }

  get taskQueue(): string {
    return this.command.taskQueue ?? '';
  }

  get startToClose(): number {
    return milliseconds(this.command.startToCloseTimeout) ?? this.scheduleToClose ?? Infinity;
  }

  get scheduleToClose(): number | null {
    return milliseconds(this.command.scheduleToCloseTimeout);
  }

  get heartbeat(): number | null {
    return milliseconds(this.command.heartbeatTimeout);
  }

  /** By the retry policy, before the next attempt; null: there is none. */
  retryAfter(failure: Failure | null, now: number): number | null {
    const { retryPolicy } = this.command;
    const initial = milliseconds(retryPolicy?.initialInterval) ?? 1000;
    const coefficient = retryPolicy?.backoffCoefficient || 2;
    const longest = milliseconds(retryPolicy?.maximumInterval) ?? 100 * initial;
    const most = retryPolicy?.maximumAttempts ?? 0;
    if (this.isCancelRequested || (most > 0 && this.attempt >= most)) return null;
    const info = failure?.applicationFailureInfo;
    if (info?.nonRetryable === true) return null;
    if (info?.type && retryPolicy?.nonRetryableErrorTypes?.includes(info.type)) return null;
    if (failure?.terminatedFailureInfo || failure?.canceledFailureInfo) return null;
    const told = milliseconds(info?.nextRetryDelay);
    const wait = told || Math.min(longest, initial * coefficient ** (this.attempt - 1));
    const { scheduleToClose } = this;
    if (scheduleToClose !== null && now + wait >= this.scheduledAt + scheduleToClose) return null;
    return wait;
  }
}
