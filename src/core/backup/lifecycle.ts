import { applicationFailure } from '../applicationFailure';
import { failureTypes } from '../failure';
import { type LearnedSeconds, learn } from '../steps/estimate';
import { scheduledTimeLabel } from '../naming';
import { type Telling } from '../notification';
import {
  afterAlert,
  afterAllClear,
  afterGap,
  type Alarm,
  alertDueAt,
  allClearDueAt,
  type Begun,
  begunOfAllClear,
  begunOfGap,
  isHeard,
  silent,
} from './alarm';
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

/** What people are to be told now. */
export interface Notice extends Begun {
  /** That the RPO is missed, or met again; lifecycleText.ts has the words. */
  readonly event: 'rpo-missed' | 'rpo-met';
}

/** Everything a lifecycle carries from run to run; at most a few kilobytes. */
export interface LifecycleState extends Alarm {
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
  readonly learned: LearnedSeconds;
}

const rememberedOutcomes = 5;
/** How far a client's clock may be ahead of Temporal's. */
const clockToleranceMilliseconds = 5 * 60 * 1000;

/**
 * The backup lifecycle of one resource: at most one recovery point in flight and at most one waiting. Knows nothing of
 * Temporal; the workflow `protectResource` wires its messages to it.
 */
export class Lifecycle {
  private current: LifecycleState;
  private telling = false;

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
      ...silent,
      learned: {},
    });
  }

  /** Goes on with what the run before has carried over: nothing of it has come about later than now. */
  static goOn(state: LifecycleState, now: number): Lifecycle {
    const { protectedSince, alertedAt, metAt, untold } = state;
    const clamped = (time: string | null) => (time === null ? null : notAfter(time, now));
    return new Lifecycle({
      ...state,
      protectedSince: notAfter(protectedSince, now),
      alertedAt: clamped(alertedAt),
      metAt: clamped(metAt),
      untold:
        untold === null
          ? null
          : { ...untold, since: notAfter(untold.since, now), triedAt: notAfter(untold.triedAt, now) },
    });
  }

  get state(): LifecycleState {
    return this.current;
  }

  /** What the next run begins with. */
  get next(): ProtectResourceInput {
    const { resource, policy } = this.current;
    return { version: 1, resource, policy, state: this.current };
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

  /**
   * Whether a request is taken: a resource has one owner, and no recovery point is of the future.
   *
   * @throws ApplicationFailure `Conflict`, `InvalidInput` where it is not.
   */
  check({ scheduledTime, policy: { fleet } }: RecoveryPointRequest, now: number): void {
    const { resource, policy } = this.current;
    if (fleet !== policy.fleet)
      throw applicationFailure(
        failureTypes.conflict,
        `${resource.arn} is protected by fleet ${policy.fleet}: take it out of one of the two fleets, then retire its lifecycle`,
      );
    notOfTheFuture(scheduledTime, now);
  }

  /** A recovery point of this moment, also when paused. */
  force(now: number): RequestAnswer {
    return this.request({ scheduledTime: new Date(now).toISOString(), policy: this.current.policy, force: true });
  }

  /**
   * Takes in the last recovery point that the clouds know from before this lifecycle: the RPO clock runs from there, unless a
   * newer one has come about meanwhile.
   */
  recall(scheduledTime: string, now: number): void {
    if (this.current.outcomes.some(({ state }) => hasCurrentCopies(state))) return;
    this.current = { ...this.current, protectedSince: notAfter(scheduledTime, now) };
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
    const endedAt = Date.parse(outcome.endedAt);
    this.current = {
      ...this.current,
      inFlight: null,
      outcomes: [...this.current.outcomes.filter((o) => o.scheduledTime !== outcome.scheduledTime), outcome].slice(
        -rememberedOutcomes,
      ),
      learned,
    };
    if (!hasCurrentCopies(outcome.state)) return;
    const protectedSince = latest(this.current.protectedSince, notAfter(outcome.scheduledTime, endedAt));
    this.current = { ...this.current, protectedSince };
    if (endedAt < this.gapAt) this.current = { ...this.current, ...afterGap(this.current, endedAt) };
  }

  /** When the next RPO alert is due, in epoch milliseconds: also when nothing runs at all. */
  get nextAlertAt(): number {
    return alertDueAt(this.current, this.gapAt);
  }

  /** When people are to be told something, in epoch milliseconds. */
  get nextNoticeAt(): number {
    return Math.min(this.nextAlertAt, allClearDueAt(this.current) ?? Infinity);
  }

  /** True while people are being told something, or are about to be: a run that ends now would leave the next to tell it again. */
  isTelling(now: number): boolean {
    return this.telling || now >= this.nextNoticeAt;
  }

  /** What people are to be told at this moment, until {@link told}; null: nothing. */
  beginNotice(now: number): Notice | null {
    const { current } = this;
    if (current.retired || now < this.nextNoticeAt) return null;
    this.telling = true;
    return now >= this.nextAlertAt
      ? { event: 'rpo-missed', ...begunOfGap(current, now) }
      : { event: 'rpo-met', ...begunOfAllClear(current, now) };
  }

  /**
   * Takes in how the telling of a notice came out.
   *
   * @param ages whether an end that could not be told for a day is given up: whoever remembers what is open must hear of it however late
   */
  told(notice: Notice, telling: Telling, now: number, ages: boolean): void {
    const { current } = this;
    this.telling = false;
    const alarm = () => {
      if (notice.event === 'rpo-met')
        return current.metAt === null ? current : afterAllClear(current, notice, telling, now, ages);
      // Meanwhile a recovery point has completed.
      return now < this.gapAt
        ? afterGap(current, now, isHeard(notice.heard, telling))
        : afterAlert(current, notice, telling, now);
    };
    this.current = { ...current, ...alarm() };
  }

  /** From when on the resource has been without a complete recovery point for too long, in epoch milliseconds. */
  private get gapAt(): number {
    const { protectedSince, policy } = this.current;
    return Date.parse(protectedSince) + policy.rpoSeconds * 1000;
  }
}

/** Whether a scheduled time lies ahead of Temporal's clock: one in the future would silence the RPO alert until then. */
export function isOfTheFuture(scheduledTime: string, now: number): boolean {
  return Date.parse(scheduledTime) > now + clockToleranceMilliseconds;
}

/** @throws ApplicationFailure `InvalidInput` of a time that {@link isOfTheFuture}. */
export function notOfTheFuture(scheduledTime: string, now: number): string {
  if (!isOfTheFuture(scheduledTime, now)) return scheduledTime;
  throw applicationFailure(
    failureTypes.invalidInput,
    `scheduledTime ${scheduledTime} lies in the future: it is ${new Date(now).toISOString()} by Temporal's clock; set the clock of whoever asks`,
  );
}

function notAfter(time: string, now: number): string {
  return Date.parse(time) <= now ? time : new Date(now).toISOString();
}

function latest(a: string, b: string): string {
  return Date.parse(a) >= Date.parse(b) ? a : b;
}
