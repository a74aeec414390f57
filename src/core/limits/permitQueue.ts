import { type Holder, type PermitRequest, urgentPriority, type Waiter } from './permit';
import { type PackedPermit, packed, packedBytes, unpacked } from './packedPermit';

export type { Holder, PermitRequest, Waiter } from './permit';

/** Names a permit, so that a look can tell whether its workflow has ended. */
export type PermitHolder = Pick<PermitRequest, 'requestId' | 'holderWorkflowId' | 'holderRunId'>;

/** What a look at AWS and Temporal showed. */
export interface Observation {
  /** Identifiers of all operations in flight under the limit now, whoever started them. */
  readonly inFlight: readonly string[];
  /** Request ids whose workflow ended long enough ago that no start of its can still be on its way. */
  readonly ended: readonly string[];
}

interface Standing {
  /** What the fleet file says. */
  readonly configuredCapacity: number;
  /** What an operator has set instead, until taken back. */
  readonly capacityOverride: number | null;
  /** Operations of others in flight when last looked. */
  readonly foreign: number;
  readonly observedAt: number | null;
}

/** The queue as people read it. */
export interface PermitQueueState extends Standing {
  readonly holders: readonly Holder[];
  readonly waiters: readonly Waiter[];
}

/** The queue as it is carried from run to run. */
export interface CarriedQueue extends Standing {
  readonly holders: readonly PackedPermit[];
  readonly waiters: readonly PackedPermit[];
  /** Since when somebody has been waiting, or the last permit that was given since then. */
  readonly servedAt: number | null;
  /** Between two permits while somebody waits, on average. */
  readonly paceMilliseconds: number | null;
  /** By then all have asked again that were sent away; 0: nobody was. */
  readonly awayUntil: number;
}

/** How many bytes holders and waiters take as they are carried: with the rest of an input they stay below 256 KiB. */
export const roomBytes = 250_000;

/** A request says how old it is, and is believed up to here: by then the last class is before the first. */
const mostAgeMilliseconds = 48 * 3600 * 1000;

/** When one that was sent away asks again: where nothing is known of the pace, and the bounds of what is. */
const unknownPauseMilliseconds = 15 * 60_000;
const shortestPauseMilliseconds = 5 * 60_000;
export const longestPauseMilliseconds = 3600_000;

/**
 * A waiter gains one class of priority for every six hours since its workflow began, so that nobody starves. A large round keeps
 * a queue for the better part of a day. Were the hours counted in this queue, the longest path would wait, where it comes late,
 * for all that came early: such a round took a tenth longer (docs/performance.md).
 */
const ageingMilliseconds = 6 * 3600 * 1000;

/**
 * The permits of one service limit. Knows nothing of Temporal; times are epoch milliseconds handed in.
 *
 * There is room for about a thousand. Whoever is last in order then is sent away, and asks again before those who stay are served.
 *
 * Order: restores, then tier priority with ageing, then longest remaining path first, then first begun. A permit is given back by its holder,
 * or reclaimed only when its workflow has ended *and* AWS shows its operation in flight no more: a permit stands for the
 * operation, not for the workflow.
 */
export class PermitQueue {
  private configuredCapacity: number;
  private capacityOverride: number | null;
  private readonly holders: Map<string, Holder>;
  private readonly waiters: Map<string, Waiter>;
  private bytes = 0;
  private foreign: number;
  private observedAt: number | null;
  private servedAt: number | null;
  private paceMilliseconds: number | null;
  private awayUntil: number;

  constructor(carried: CarriedQueue) {
    this.configuredCapacity = carried.configuredCapacity;
    this.capacityOverride = carried.capacityOverride;
    this.holders = new Map(carried.holders.map(unpacked).map((h) => [h.requestId, h]));
    this.waiters = new Map(carried.waiters.map(unpacked).map(({ grantedAt: _, ...w }) => [w.requestId, w]));
    for (const one of [...this.holders.values(), ...this.waiters.values()]) this.bytes += packedBytes(one);
    this.foreign = carried.foreign;
    this.observedAt = carried.observedAt;
    this.servedAt = carried.servedAt;
    this.paceMilliseconds = carried.paceMilliseconds;
    this.awayUntil = carried.awayUntil;
  }

  static empty(capacity: number): PermitQueue {
    return new PermitQueue({
      configuredCapacity: capacity,
      capacityOverride: null,
      holders: [],
      waiters: [],
      foreign: 0,
      observedAt: null,
      servedAt: null,
      paceMilliseconds: null,
      awayUntil: 0,
    });
  }

  get state(): PermitQueueState {
    return { ...this.standing, holders: [...this.holders.values()], waiters: [...this.waiters.values()] };
  }

  get carried(): CarriedQueue {
    return {
      ...this.standing,
      holders: [...this.holders.values()].map(packed),
      waiters: [...this.waiters.values()].map((waiter) => packed({ ...waiter, grantedAt: 0 })),
      servedAt: this.servedAt,
      paceMilliseconds: this.paceMilliseconds,
      awayUntil: this.awayUntil,
    };
  }

  private get standing(): Standing {
    const { configuredCapacity, capacityOverride, foreign, observedAt } = this;
    return { configuredCapacity, capacityOverride, foreign, observedAt };
  }

  get capacity(): number {
    return this.capacityOverride ?? this.configuredCapacity;
  }

  get hasHolders(): boolean {
    return this.holders.size > 0;
  }

  /** Others had operations in flight when last looked. */
  get hasForeign(): boolean {
    return this.foreign > 0;
  }

  get hasWaiters(): boolean {
    return this.waiters.size > 0;
  }

  isWaiting(requestId: string): boolean {
    return this.waiters.has(requestId);
  }

  /**
   * Puts a request into the queue. A repeated one keeps its place.
   * @returns the permit, if the request already has it: its grant may have been lost.
   */
  enqueue(request: PermitRequest, now: number): Holder | null {
    this.configuredCapacity = request.capacity;
    const holder = this.holders.get(request.requestId);
    if (holder !== undefined) {
      // A run that was reset goes on under another id.
      if (holder.holderWorkflowId !== request.holderWorkflowId) return holder;
      const asking = { ...holder, holderRunId: request.holderRunId };
      this.holders.set(asking.requestId, asking);
      return asking;
    }
    const known = this.waiters.get(request.requestId);
    const { requestId, holderWorkflowId, holderRunId, resource, operationId, priority, remainingSeconds, since } =
      request;
    this.release(requestId);
    this.wait({
      ...{ requestId, holderWorkflowId, holderRunId, resource, operationId, priority, remainingSeconds },
      begunAt: known?.begunAt ?? Math.min(now, Math.max(since, now - mostAgeMilliseconds)),
      told: known?.told ?? false,
    });
    return null;
  }

  /** Takes those last in order out of the queue for whom there is no room. They have to ask again: see {@link pauseMilliseconds}. */
  sendAway(now: number): Waiter[] {
    const away: Waiter[] = [];
    const order = this.bytes > roomBytes ? this.order(now) : [];
    for (let last = order.pop(); last !== undefined && this.bytes > roomBytes; last = order.pop()) {
      this.release(last.requestId);
      away.push(last);
    }
    if (away.length > 0) this.awayUntil = now + this.pauseMilliseconds;
    return away;
  }

  /** Some were sent away, and are still to come. */
  isCrowded(now: number): boolean {
    return now < this.awayUntil;
  }

  /** When one that is sent away asks again: once half of those who stay will have been served. */
  get pauseMilliseconds(): number {
    if (this.paceMilliseconds === null) return unknownPauseMilliseconds;
    const half = (this.paceMilliseconds * this.waiters.size) / 2;
    return Math.min(longestPauseMilliseconds, Math.max(shortestPauseMilliseconds, half));
  }

  /** At most so many of those who do not know yet that they wait: they count as told. */
  tell(most: number): Waiter[] {
    const untold = [...this.waiters.values()].filter(({ told }) => !told).slice(0, most);
    for (const waiter of untold) this.waiters.set(waiter.requestId, { ...waiter, told: true });
    return untold;
  }

  /** The holder's operation has ended, or the waiter gives up. Unknown ids are ignored: a release may come twice. */
  release(requestId: string): void {
    const kept = this.holders.get(requestId) ?? this.waiters.get(requestId);
    if (kept === undefined) return;
    this.bytes -= packedBytes(kept);
    this.holders.delete(requestId);
    this.waiters.delete(requestId);
  }

  private wait(waiter: Waiter): void {
    this.waiters.set(waiter.requestId, waiter);
    this.bytes += packedBytes(waiter);
  }

  /** An operator's word, null to take it back. Never takes permits away: a smaller capacity is reached as holders release. */
  overrideCapacity(capacity: number | null): void {
    this.capacityOverride = capacity;
  }

  /** Gives free permits to those first in order and returns them. */
  grantNext(now: number): Holder[] {
    const free = Math.max(0, this.capacity - this.holders.size - this.foreign);
    const granted =
      free === 0
        ? []
        : this.order(now)
            .slice(0, free)
            .map((waiter) => ({ ...waiter, grantedAt: now }));
    for (const holder of granted) {
      this.waiters.delete(holder.requestId);
      this.holders.set(holder.requestId, holder);
    }
    if (granted.length > 0 && this.servedAt !== null) {
      // The clock of one run may be behind that of the run before.
      const pace = Math.max(0, now - this.servedAt) / granted.length;
      this.paceMilliseconds = Math.round(((this.paceMilliseconds ?? pace) * 7 + pace) / 8);
    }
    if (granted.length > 0 || this.servedAt === null) this.servedAt = now;
    if (this.waiters.size === 0) this.servedAt = null;
    return granted;
  }

  /** The waiters, the next to be served first. */
  order(now: number): Waiter[] {
    return [...this.waiters.values()].sort(comparison(now));
  }

  /**
   * Takes in what AWS and Temporal show: counts foreign work, and reclaims permits that have ended on both sides.
   * @returns the permits reclaimed
   */
  observe(observation: Observation, now: number): Holder[] {
    const ours = new Set([...this.holders.values()].map((h) => h.operationId));
    const inFlight = new Set(observation.inFlight);
    this.foreign = [...inFlight].filter((id) => !ours.has(id)).length;
    this.observedAt = now;
    const reclaimed = observation.ended
      .map((requestId) => this.holders.get(requestId))
      .filter((holder) => holder !== undefined && !inFlight.has(holder.operationId)) as Holder[];
    for (const { requestId } of reclaimed) this.release(requestId);
    return reclaimed;
  }
}

/** Before the rank of whatever has aged. */
const mostUrgent = -1_000_000;

/** Less than 0 where the first is to be served before the second. */
function comparison(now: number): (a: Waiter, b: Waiter) => number {
  const age = (w: Waiter) => Math.floor((now - w.begunAt) / ageingMilliseconds);
  const rank = (w: Waiter) => (w.priority === urgentPriority ? mostUrgent : w.priority - age(w));
  return (a, b) =>
    rank(a) - rank(b) ||
    b.remainingSeconds - a.remainingSeconds ||
    a.begunAt - b.begunAt ||
    (a.requestId < b.requestId ? -1 : 1);
}
