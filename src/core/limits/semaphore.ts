import { type LimitRef } from './limit';
import {
  type Holder,
  type Observation,
  type PermitHolder,
  PermitQueue,
  type PermitQueueState,
  type PermitRequest,
} from './permitQueue';
import { markdown } from '../markdown';

/** Input of the workflow `serviceLimit`. */
export interface ServiceLimitInput {
  readonly version: 1;
  readonly ref: LimitRef;
  readonly queue: PermitQueueState;
}

/** Work of others seen longer ago than this is looked at again before permits are given. */
const observationValidMilliseconds = 60_000;
const idleSeconds = 7200;
const mostWaitersTold = 20;

/** The workflows to tell after permits were given. */
export interface Grants {
  readonly granted: readonly Holder[];
  /** They asked for what they have: their grant may have been lost. */
  readonly repeated: readonly Holder[];
  readonly queued: readonly PermitRequest[];
}

/**
 * Decides what the semaphore of a service limit does next: look, give permits, or wait. It knows nothing of Temporal; the
 * workflow `serviceLimit` wires its messages to it. Times are epoch milliseconds.
 */
export class Semaphore {
  /** The watch asks for a look. */
  isLookWanted = false;
  /** Something has come that may change who gets a permit. */
  hasNews = true;
  /** How many messages have come. */
  messages = 0;
  /** While permits are out and nobody waits, there is no hurry to find those whose holders were lost. */
  readonly idleMilliseconds = idleSeconds * 1000;
  private readonly queue: PermitQueue;
  /** AWS has refused an operation: look before the next grant. */
  private refused = false;
  private waits: boolean;
  private repeated: Holder[] = [];
  private untold: PermitRequest[] = [];
  private lastRequest: PermitRequest | undefined;

  constructor(state: PermitQueueState) {
    this.queue = new PermitQueue(state);
    this.waits = this.queue.hasWaiters;
    this.lastRequest = state.waiters[0] ?? state.holders[0];
  }

  requested(request: PermitRequest, now: number): void {
    this.received();
    this.lastRequest = request;
    const isKnown = this.queue.isWaiting(request.requestId);
    const held = this.queue.enqueue(request, now);
    if (held !== null) this.repeated.push(held);
    else if (!isKnown) this.untold.push(request);
  }

  released(requestId: string): void {
    this.received();
    this.queue.release(requestId);
  }

  limitReached(): void {
    this.received();
    this.refused = true;
  }

  /** An operator's word; null takes it back. */
  overridden(capacity: number | null): void {
    this.received();
    this.queue.overrideCapacity(capacity);
  }

  get state(): PermitQueueState {
    return this.queue.state;
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
    return (this.lastRequest?.observeSeconds ?? idleSeconds) * 1000;
  }

  /** Every permit, and every request for one. */
  get permits(): PermitHolder[] {
    const { holders, waiters } = this.queue.state;
    return [...holders, ...waiters].map(({ requestId, holderWorkflowId, holderRunId }) => ({
      requestId,
      holderWorkflowId,
      holderRunId,
    }));
  }

  /** The last request, through whose workers a look is due now; null where none is. */
  lookDue(now: number): PermitRequest | null {
    const { observedAt } = this.queue.state;
    const isStale = observedAt === null || now - observedAt >= observationValidMilliseconds;
    const isDue = this.isLookWanted || (this.queue.hasWaiters && (this.refused || isStale));
    return (isDue ? this.lastRequest : undefined) ?? null;
  }

  /** Takes in what a look has shown; null of one that failed, which changes nothing. Returns the permits reclaimed. */
  looked(observation: Observation | null, now: number): readonly Holder[] {
    const reclaimed = observation === null ? [] : this.queue.observe(observation, now);
    this.refused = false;
    return reclaimed;
  }

  /** Gives the permits that are free. */
  grant(now: number): Grants {
    this.isLookWanted = false;
    this.hasNews = false;
    const granted = this.queue.grantNext(now);
    this.waits = this.queue.hasWaiters;
    const { repeated, untold } = this;
    this.repeated = [];
    this.untold = [];
    return { granted, repeated, queued: untold.filter(({ requestId }) => this.queue.isWaiting(requestId)) };
  }

  /** A holder that is gone before its grant arrives has started nothing; what it had before the grant was repeated stays. */
  undelivered({ requestId }: Holder, isRepeat: boolean): void {
    if (!isRepeat) this.queue.release(requestId);
    this.hasNews = true;
  }

  /** Where it stands, in lines of Markdown for the Temporal UI. */
  lines(now: number): string[] {
    const { holders, waiters, foreign } = this.queue.state;
    const line = (what: string, { resource: { account, region, id } }: PermitRequest) =>
      markdown`- ${what}: ${account}/${region}/${id}`;
    return [
      `**${holders.length} of ${this.capacity}** permits given, ${foreign} operations of others, ${waiters.length} waiting`,
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
}

/** Tells what is wrong with a capacity that an operator sets; null: nothing is. */
export function capacityFault(capacity: number | null): string | null {
  const isRight = capacity === null || (Number.isInteger(capacity) && capacity >= 0 && capacity <= 10_000);
  return isRight ? null : 'a capacity is a whole number from 0 to 10000, or null for the configured one';
}
