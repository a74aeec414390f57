import { type LearnedSeconds, learn } from '../steps/estimate';
import { scheduledTimeLabel } from '../naming';
import { type ProtectionPolicy } from './policy';
import { type ResourceRef } from '../resource';
import { hasCurrentCopies, type RecoveryPointState } from './recoveryPointResult';

/** Input of the workflow `protectResource`. */
export interface ProtectResourceInput {
  readonly version: 1;
  readonly resource: ResourceRef;
  readonly policy: ProtectionPolicy;
  /** Carried over from the run before; null in the first. */
  readonly state: LifecycleState | null;
}

/** Asks a lifecycle for a recovery point. */
export interface RecoveryPointRequest {
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** What the fleet file says now; the lifecycle keeps the latest. */
  readonly policy: ProtectionPolicy;
  /** True: also when paused. */
  readonly force: boolean;
}

/**
 * What became of a request:
 * `started` now · `queued` behind the one in flight · `joined` one that is in flight or queued already · `done` before ·
 * `paused`, `retired`: nothing will happen.
 */
export type Disposition = 'started' | 'queued' | 'joined' | 'done' | 'paused' | 'retired';

export interface RequestAnswer {
  readonly disposition: Disposition;
  /** The scheduled time of the recovery point that answers the request; null where there is none. */
  readonly scheduledTime: string | null;
}

/** How one recovery point ended, as a lifecycle remembers it. */
export interface RecoveryPointOutcome {
  readonly scheduledTime: string;
  readonly state: RecoveryPointState;
  /** ISO 8601, UTC. */
  readonly endedAt: string;
  /** Why it is not `completed`, and what is to be known of one that is; else null. */
  readonly reason: string | null;
}

interface Wanted {
  readonly scheduledTime: string;
  readonly force: boolean;
}

/** Everything a lifecycle carries from run to run; at most a few kilobytes. */
export interface LifecycleState {
  readonly resource: ResourceRef;
  readonly policy: ProtectionPolicy;
  readonly paused: boolean;
  readonly retired: boolean;
  /** Scheduled time of the recovery point in flight. */
  readonly inFlight: string | null;
  readonly waiting: Wanted | null;
  /** The latest few, oldest first. */
  readonly outcomes: readonly RecoveryPointOutcome[];
  /**
   * Since when the RPO clock runs: the scheduled time of the last completed recovery point, also of one from before this
   * lifecycle; else when protection began. ISO 8601.
   */
  readonly protectedSince: string;
  /** When the last RPO alert was raised for the present gap, else null. */
  readonly alertedAt: string | null;
  readonly learned: LearnedSeconds;
}

const rememberedOutcomes = 5;
/** A resource that stays without a copy is brought up again after a day. */
const repeatAlertMilliseconds = 24 * 3600 * 1000;

/**
 * The backup lifecycle of one resource: at most one recovery point in flight and at most one waiting. Knows nothing of
 * Temporal; the workflow `protectResource` wires its messages to it.
 */
export class Lifecycle {
  private current: LifecycleState;

  constructor(state: LifecycleState) {
    this.current = state;
  }

  static begin(resource: ResourceRef, policy: ProtectionPolicy, now: number): Lifecycle {
    return new Lifecycle({
      resource,
      policy,
      paused: false,
      retired: false,
      inFlight: null,
      waiting: null,
      outcomes: [],
      protectedSince: new Date(now).toISOString(),
      alertedAt: null,
      learned: {},
    });
  }

  get state(): LifecycleState {
    return this.current;
  }

  /**
   * Takes a request. Of the requests that come while one is in flight only one waits, the latest; the others join it, since
   * a recovery point that is yet to start is as new as any of them wants.
   */
  request({ scheduledTime, policy, force }: RecoveryPointRequest): RequestAnswer {
    const time = scheduledTimeLabel(scheduledTime);
    if (this.current.retired) return { disposition: 'retired', scheduledTime: null };
    this.current = { ...this.current, policy };
    const done = this.current.outcomes.find((o) => o.scheduledTime === time);
    if (this.current.inFlight === time) return { disposition: 'joined', scheduledTime: time };
    if (done?.state === 'completed') return { disposition: 'done', scheduledTime: time };
    if (this.current.paused && !force) return { disposition: 'paused', scheduledTime: null };
    const { waiting } = this.current;
    if (waiting !== null) {
      this.current = { ...this.current, waiting: { ...waiting, force: waiting.force || force } };
      return { disposition: 'joined', scheduledTime: waiting.scheduledTime };
    }
    this.current = { ...this.current, waiting: { scheduledTime: time, force } };
    return { disposition: this.current.inFlight === null ? 'started' : 'queued', scheduledTime: time };
  }

  /** Whether requests under this policy are answered: a resource has one owner. Null: they are; else why not. */
  refusalOf({ policy: { fleet } }: RecoveryPointRequest): string | null {
    const { resource, policy } = this.current;
    return fleet === policy.fleet
      ? null
      : `${resource.arn} is protected by fleet ${policy.fleet}: take it out of one of the two fleets, then retire its lifecycle`;
  }

  /** A recovery point of this moment, also when paused. */
  force(now: number): RequestAnswer {
    return this.request({ scheduledTime: new Date(now).toISOString(), policy: this.current.policy, force: true });
  }

  /**
   * Takes in the last recovery point that the clouds know from before this lifecycle: the RPO clock runs from there, unless a
   * newer one has come about meanwhile.
   */
  recall(scheduledTime: string): void {
    if (this.current.outcomes.some(({ state }) => hasCurrentCopies(state))) return;
    this.current = { ...this.current, protectedSince: scheduledTime };
  }

  pause(): void {
    this.current = { ...this.current, paused: true };
  }

  resume(): void {
    this.current = { ...this.current, paused: false };
  }

  /** Protection ends once what is in flight has ended. Copies stay until retention lets them go. */
  retire(): void {
    this.current = { ...this.current, retired: true, waiting: null };
  }

  /** True when {@link begin} would find something to do. */
  get mayBegin(): boolean {
    const { waiting, inFlight, paused } = this.current;
    return inFlight === null && waiting !== null && (!paused || waiting.force);
  }

  /** Takes what waits into flight. */
  begin(): { scheduledTime: string; force: boolean } | null {
    const { waiting } = this.current;
    if (!this.mayBegin || waiting === null) return null;
    this.current = { ...this.current, inFlight: waiting.scheduledTime, waiting: null };
    return waiting;
  }

  /** Takes in how the recovery point in flight ended, and what its steps took. */
  end(outcome: RecoveryPointOutcome, stepSeconds: Readonly<Record<string, number>>): void {
    const learned = { ...this.current.learned };
    for (const [step, seconds] of Object.entries(stepSeconds)) learned[step] = learn(learned[step], seconds);
    const completed = hasCurrentCopies(outcome.state);
    this.current = {
      ...this.current,
      inFlight: null,
      outcomes: [...this.current.outcomes.filter((o) => o.scheduledTime !== outcome.scheduledTime), outcome].slice(
        -rememberedOutcomes,
      ),
      protectedSince: completed
        ? latest(this.current.protectedSince, outcome.scheduledTime)
        : this.current.protectedSince,
      alertedAt: completed ? null : this.current.alertedAt,
      learned,
    };
  }

  /** When the next RPO alert is due, in epoch milliseconds: also when nothing runs at all. */
  get nextAlertAt(): number {
    const { protectedSince, policy, alertedAt } = this.current;
    return alertedAt === null
      ? Date.parse(protectedSince) + policy.rpoSeconds * 1000
      : Date.parse(alertedAt) + repeatAlertMilliseconds;
  }

  alerted(now: number): void {
    this.current = { ...this.current, alertedAt: new Date(now).toISOString() };
  }
}

function latest(a: string, b: string): string {
  return Date.parse(a) >= Date.parse(b) ? a : b;
}
