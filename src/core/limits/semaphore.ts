import { type LimitRef } from './limit';
import {
  type CarriedQueue,
  type Holder,
  type Observation,
  type PermitHolder,
  PermitQueue,
  type PermitQueueState,
  type PermitRequest,
  type Waiter,
} from './permitQueue';
import { markdown } from '../markdown';

/** Whose workers look: whoever asked last. */
export type Asker = Pick<PermitRequest, 'taskQueue' | 'access' | 'observeSeconds'>;

/** What a semaphore carries from run to run. */
export interface CarriedSemaphore extends CarriedQueue {
  readonly asker: Asker | null;
  /** When what was seen last is no longer fresh. */
  readonly freshUntil: number | null;
}

/** Input of the workflow `serviceLimit`. */
export interface ServiceLimitInput {
  readonly version: 1;
  readonly ref: LimitRef;
  readonly queue: CarriedSemaphore;
}

/** What `permits` answers. */
export interface ShownPermits extends PermitQueueState {
  /** What holds now: the override where there is one, else the fleet file's. */
  readonly capacity: number;
  /** How many wait here; {@link waiters} are the next of them, in order. */
  readonly waiting: number;
  /** There was no room for all: others ask again later. */
  readonly isCrowded: boolean;
}

/** Tells one that asked that it gets no permit at once. */
export interface QueuedAnswer {
  readonly requestId: string;
  /** It is not in the queue any more, and asks again after so long; null: it waits in the queue. */
  readonly askAgainSeconds: number | null;
}

/** Work of others seen longer ago than this is looked at again while somebody waits. */
const freshMilliseconds = 60_000;
/** Looks take a tenth of the time at most, however much lies there. */
const restAfterLook = 10;
/** What was seen longer ago than this says nothing any more: the next look comes before the next permit. */
const blindMilliseconds = 10 * 60_000;
const idleSeconds = 7200;
/** Whatever the one says who asked last. */
const shortestObserveSeconds = 1;
const longestObserveSeconds = idleSeconds;
const mostWaitersTold = 20;
const mostWaitersShown = 100;
/** Who is not told that it was sent away asks again by itself. */
const mostAnswersATurn = 200;
/** A look asks about the permits given first: those that were lost are among them in the end. */
const mostPermitsLookedAt = 500;
/** A run ends and the next goes on after this many messages: a run takes 10,000 signals at most, and short histories replay fast. */
const messagesPerRun = 400;

/** A word to one that asked. */
export interface Word extends QueuedAnswer {
  readonly to: PermitHolder;
  /** `again`: it asked for what it has, since its grant may have been lost. */
  readonly says: 'granted' | 'again' | 'queued';
}

/**
 * Decides what the semaphore of a service limit does next: look, give permits, or wait. It knows nothing of Temporal; the
 * workflow `serviceLimit` wires its messages to it. Times are epoch milliseconds.
 */
export class Semaphore {
  /** The watch asks for a look. */
  isLookWanted = false;
  /** While permits are out and nobody waits, there is no hurry to find those whose holders were lost. */
  readonly idleMilliseconds = idleSeconds * 1000;
  private readonly queue: PermitQueue;
  /** Something has come that may change who gets a permit. */
  private hasNews = true;
  private messages = 0;
  private waits: boolean;
  private repeated: Holder[] = [];
  private timesSentAway = 0;
  private asker: Asker | null;
  private freshUntil: number | null;
  private lookingSince = 0;

  constructor(carried: CarriedSemaphore) {
    this.queue = new PermitQueue(carried);
    this.waits = this.queue.hasWaiters;
    this.asker = carried.asker;
    this.freshUntil = carried.freshUntil;
  }

  /** What a semaphore begins with. */
  static empty(capacity: number): CarriedSemaphore {
    return { ...PermitQueue.empty(capacity).carried, asker: null, freshUntil: null };
  }

  requested(request: PermitRequest, now: number): void {
    this.received();
    const { taskQueue, access, observeSeconds } = request;
    this.asker = { taskQueue, access, observeSeconds };
    const held = this.queue.enqueue(request, now);
    if (held !== null) this.repeated.push(held);
  }

  released(requestId: string): void {
    this.received();
    this.queue.release(requestId);
  }

  /** AWS has refused an operation: what was seen is fresh no more. */
  limitReached(now: number): void {
    this.received();
    if (this.freshUntil !== null) this.freshUntil = Math.min(this.freshUntil, now);
  }

  /** An operator's word; null takes it back. */
  overridden(capacity: number | null): void {
    this.received();
    this.queue.overrideCapacity(capacity);
  }

  /** Whoever there is no room for is left out, and asks again by itself. */
  carried(now: number): CarriedSemaphore {
    this.queue.sendAway(now);
    return { ...this.queue.carried, asker: this.asker, freshUntil: this.freshUntil };
  }

  shown(now: number): ShownPermits {
    const { state, capacity } = this.queue;
    const waiters = this.queue.order(now).slice(0, mostWaitersShown);
    return { ...state, waiters, capacity, waiting: state.waiters.length, isCrowded: this.queue.isCrowded(now) };
  }

  get capacity(): number {
    return this.queue.capacity;
  }

  get hasHolders(): boolean {
    return this.queue.hasHolders;
  }

  get hasForeign(): boolean {
    return this.queue.hasForeign;
  }

  get hasWaiters(): boolean {
    return this.queue.hasWaiters;
  }

  /** Someone was left without a permit when all that were free had been given: who gets one at once starts no timer. */
  get someoneWaits(): boolean {
    return this.waits;
  }

  /** How often work of others is looked for while someone waits. */
  get observeMilliseconds(): number {
    const seconds = this.asker?.observeSeconds ?? idleSeconds;
    return Math.min(longestObserveSeconds, Math.max(shortestObserveSeconds, seconds)) * 1000;
  }

  /** The permits given, which a look asks about. */
  get permits(): PermitHolder[] {
    return this.queue.state.holders.slice(0, mostPermitsLookedAt).map(nameOf);
  }

  /** The one whose workers are to look now; null where no look is due. */
  lookDue(now: number): Asker | null {
    const isStale = this.freshUntil === null || now >= this.freshUntil;
    const isDue = this.isLookWanted || (this.queue.hasWaiters && isStale);
    return isDue ? this.asker : null;
  }

  looking(now: number): void {
    this.lookingSince = now;
  }

  /** Takes in what a look has shown; null of one that failed, which changes nothing. Returns the permits reclaimed. */
  looked(observation: Observation | null, now: number): readonly Holder[] {
    this.isLookWanted = false;
    this.hasNews = true;
    this.freshUntil = now + Math.max(freshMilliseconds, restAfterLook * (now - this.lookingSince));
    return observation === null ? [] : this.queue.observe(observation, now);
  }

  /** Something has come, and what was seen last is not so old that permits wait for a look. */
  isTurnDue(now: number): boolean {
    const isBlind = this.freshUntil === null || now - this.freshUntil > blindMilliseconds;
    return this.hasNews && !(isBlind && this.queue.hasWaiters);
  }

  /** Gives the permits that are free. Returns what is to be said to those who asked. */
  grant(now: number): Word[] {
    this.hasNews = false;
    // First: so those who get a permit have room as well.
    const away = this.queue.sendAway(now).slice(0, mostAnswersATurn);
    const granted = this.queue.grantNext(now);
    this.waits = this.queue.hasWaiters;
    const queued = this.queue.tell(mostAnswersATurn - away.length);
    const words = [
      ...granted.map((holder) => word(holder, 'granted')),
      ...this.repeated.map((holder) => word(holder, 'again')),
      ...away.map((waiter) => this.sentAway(waiter)),
      ...queued.map((waiter) => word(waiter, 'queued')),
    ];
    this.repeated = [];
    return words;
  }

  /** The run has had its messages, and nothing is unanswered that the next would not know of. */
  get isRunOver(): boolean {
    return this.messages >= messagesPerRun && this.repeated.length === 0;
  }

  /** Whoever is gone before its grant arrives has started nothing; what it had before the grant was repeated stays. */
  undelivered({ requestId, says }: Word): void {
    if (says !== 'again') this.queue.release(requestId);
    this.hasNews = true;
  }

  /** Where it stands, in lines of Markdown for the Temporal UI. */
  lines(now: number): string[] {
    const { holders, waiters, foreign } = this.queue.state;
    const line = (what: string, { resource: { account, region, id } }: Waiter) =>
      markdown`- ${what}: ${account}/${region}/${id}`;
    const more = this.queue.isCrowded(now) ? ', others ask again later' : '';
    return [
      `**${holders.length} of ${this.capacity}** permits given, ${foreign} operations of others, ${waiters.length} waiting${more}`,
      ...holders.map((holder) => line('in flight', holder)),
      ...this.queue
        .order(now)
        .slice(0, mostWaitersTold)
        .map((waiter) => line('waiting', waiter)),
    ];
  }

  private received(): void {
    this.messages += 1;
    this.hasNews = true;
  }

  /** They come back spread over a time, since they are sent away together. */
  private sentAway(waiter: Waiter): Word {
    this.timesSentAway += 1;
    const spread = 0.5 + ((this.timesSentAway * goldenRatio) % 1) / 2;
    return word(waiter, 'queued', Math.round((this.queue.pauseMilliseconds * spread) / 1000));
  }
}

const goldenRatio = 0.618034;

function word(to: PermitHolder, says: Word['says'], askAgainSeconds: number | null = null): Word {
  return { requestId: to.requestId, to: nameOf(to), says, askAgainSeconds };
}

const nameOf = ({ requestId, holderWorkflowId, holderRunId }: PermitHolder): PermitHolder => ({
  requestId,
  holderWorkflowId,
  holderRunId,
});

/** Tells what is wrong with a capacity that an operator sets; null: nothing is. */
export function capacityFault(capacity: number | null): string | null {
  const isRight = capacity === null || (Number.isInteger(capacity) && capacity >= 0 && capacity <= 10_000);
  return isRight ? null : 'a capacity is a whole number from 0 to 10000, or null for the configured one';
}
