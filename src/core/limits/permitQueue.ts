import { type Access } from '../catalogue/copy';
import { type ResourceRef } from '../resource';

/** A request for the right to have one operation in flight. */
export interface PermitRequest {
  /** `{workflow id}#{step}#{run id}#{attempt}`: asking twice with one id is asking once. */
  readonly requestId: string;
  readonly holderWorkflowId: string;
  readonly holderRunId: string;
  /** What the operation is about, for people. */
  readonly resource: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;
  /** Identifier of the snapshot the operation makes: how it is told from foreign work in AWS. */
  readonly operationId: string;
  /** Task queue whose workers know the roles of this account. */
  readonly taskQueue: string;
  /** Which role opens the account the limit belongs to. */
  readonly access: Access;
  /** 1 (first) to 5 (last). */
  readonly priority: number;
  /** Longest remaining path of the plan, in seconds, this step included. */
  readonly remainingSeconds: number;
  /** What the fleet file says the limit is; the latest request's word counts. */
  readonly capacity: number;
  /** How often the queue looks for foreign and finished work while someone waits, in seconds. */
  readonly observeSeconds: number;
}

export interface Waiter extends PermitRequest {
  readonly enqueuedAt: number;
}

export interface Holder extends Waiter {
  readonly grantedAt: number;
}

/** Names a permit, so that a look can tell whether its workflow has ended. */
export type PermitHolder = Pick<PermitRequest, 'requestId' | 'holderWorkflowId' | 'holderRunId'>;

/** What a look at AWS and Temporal showed. */
export interface Observation {
  /** Identifiers of all operations in flight under the limit now, whoever started them. */
  readonly inFlight: readonly string[];
  /** Request ids whose workflow ended long enough ago that no start of its can still be on its way. */
  readonly ended: readonly string[];
}

export interface PermitQueueState {
  /** What the fleet file says. */
  readonly configuredCapacity: number;
  /** What an operator has set instead, until taken back. */
  readonly capacityOverride: number | null;
  readonly holders: readonly Holder[];
  readonly waiters: readonly Waiter[];
  /** Operations of others in flight when last looked. */
  readonly foreign: number;
  readonly observedAt: number | null;
}

/**
 * A waiter gains one class of priority for every six hours it has waited, so that nobody starves. A large round keeps a queue
 * for the better part of a day: ageing within the hour would make first come, first served of it, whose makespan is longer by
 * a quarter in the worst case (docs/performance.md).
 */
const ageingMilliseconds = 6 * 3600 * 1000;

/**
 * The permits of one service limit. Knows nothing of Temporal; times are epoch milliseconds handed in.
 *
 * Order: tier priority with ageing, then longest remaining path first, then first come. A permit is given back by its holder,
 * or reclaimed only when its workflow has ended *and* AWS shows its operation in flight no more: a permit stands for the
 * operation, not for the workflow.
 */
export class PermitQueue {
  private configuredCapacity: number;
  private capacityOverride: number | null;
  private readonly holders: Map<string, Holder>;
  private readonly waiters: Map<string, Waiter>;
  private foreign: number;
  private observedAt: number | null;

  constructor(state: PermitQueueState) {
    this.configuredCapacity = state.configuredCapacity;
    this.capacityOverride = state.capacityOverride;
    this.holders = new Map(state.holders.map((h) => [h.requestId, h]));
    this.waiters = new Map(state.waiters.map((w) => [w.requestId, w]));
    this.foreign = state.foreign;
    this.observedAt = state.observedAt;
  }

  static empty(capacity: number): PermitQueue {
    return new PermitQueue({
      configuredCapacity: capacity,
      capacityOverride: null,
      holders: [],
      waiters: [],
      foreign: 0,
      observedAt: null,
    });
  }

  get state(): PermitQueueState {
    return {
      configuredCapacity: this.configuredCapacity,
      capacityOverride: this.capacityOverride,
      holders: [...this.holders.values()],
      waiters: [...this.waiters.values()],
      foreign: this.foreign,
      observedAt: this.observedAt,
    };
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
    if (holder !== undefined) return holder;
    const enqueuedAt = this.waiters.get(request.requestId)?.enqueuedAt ?? now;
    this.waiters.set(request.requestId, { ...request, enqueuedAt });
    return null;
  }

  /** The holder's operation has ended, or the waiter gives up. Unknown ids are ignored: a release may come twice. */
  release(requestId: string): void {
    this.holders.delete(requestId);
    this.waiters.delete(requestId);
  }

  /** An operator's word, null to take it back. Never takes permits away: a smaller capacity is reached as holders release. */
  overrideCapacity(capacity: number | null): void {
    this.capacityOverride = capacity;
  }

  /** Gives free permits to those first in order and returns them. */
  grantNext(now: number): Holder[] {
    const free = Math.max(0, this.capacity - this.holders.size - this.foreign);
    const granted = this.order(now)
      .slice(0, free)
      .map((waiter) => ({ ...waiter, grantedAt: now }));
    for (const holder of granted) {
      this.waiters.delete(holder.requestId);
      this.holders.set(holder.requestId, holder);
    }
    return granted;
  }

  /** The waiters, the next to be served first. */
  order(now: number): Waiter[] {
    const rank = (w: Waiter) => w.priority - Math.floor((now - w.enqueuedAt) / ageingMilliseconds);
    return [...this.waiters.values()].sort(
      (a, b) =>
        rank(a) - rank(b) ||
        b.remainingSeconds - a.remainingSeconds ||
        a.enqueuedAt - b.enqueuedAt ||
        (a.requestId < b.requestId ? -1 : 1),
    );
  }

  /**
   * Takes in what AWS and Temporal show: counts foreign work, reclaims permits that have ended on both sides, and forgets
   * waiters whose workflow is gone.
   * @returns the permits reclaimed
   */
  observe(observation: Observation, now: number): Holder[] {
    const ours = new Set([...this.holders.values()].map((h) => h.operationId));
    const inFlight = new Set(observation.inFlight);
    this.foreign = [...inFlight].filter((id) => !ours.has(id)).length;
    this.observedAt = now;
    const reclaimed: Holder[] = [];
    for (const requestId of observation.ended) {
      const holder = this.holders.get(requestId);
      if (holder !== undefined && !inFlight.has(holder.operationId)) {
        reclaimed.push(holder);
        this.holders.delete(requestId);
      }
      this.waiters.delete(requestId);
    }
    return reclaimed;
  }
}
