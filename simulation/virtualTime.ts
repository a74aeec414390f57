import { AsyncLocalStorage } from 'node:async_hooks';
import timersPromises from 'node:timers/promises';
import { type Random } from './random';

/** Something that happens at a time, unless it is called off. */
export interface Scheduled {
  cancel(): void;
}

/** What the simulated clouds live by: virtual time here, the real one below a real server. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly now: number;
  after(milliseconds: number, work: () => unknown): Scheduled;
  sleep(milliseconds: number): Promise<void>;
}

interface Entry extends Scheduled {
  readonly at: number;
  readonly order: number;
  readonly work: () => unknown;
  isCancelled: boolean;
}

const realDate = Date;
const realSetImmediate = setImmediate;

/**
 * The one clock of a simulation, and everything that is to happen by it, in the order of time and, at one time, of being asked for.
 * Between two happenings all promises come to rest, so nothing else decides what comes next.
 */
export class VirtualTime implements Clock {
  /** Happenings so far. */
  count = 0;
  private readonly heap: Entry[] = [];
  private orders = 0;

  /** @param now epoch milliseconds */
  constructor(public now: number) {}

  after(milliseconds: number, work: () => unknown): Scheduled {
    const entry: Entry = {
      at: this.now + Math.max(0, milliseconds),
      order: (this.orders += 1),
      work,
      isCancelled: false,
      cancel() {
        entry.isCancelled = true;
      },
    };
    this.push(entry);
    return entry;
  }

  /** For the code that awaits it. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Lets happen what happens until then; ends early when nothing is left, or `isOver` says so. */
  async runUntil(end: number, isOver: () => boolean = () => false): Promise<void> {
    await atRest();
    while (!isOver()) {
      const next = this.heap[0];
      if (next === undefined || next.at > end) break;
      this.pop();
      if (next.isCancelled) continue;
      this.now = next.at;
      this.count += 1;
      await next.work();
      await atRest();
    }
    if (!isOver()) this.now = Math.max(this.now, end);
  }

  /** Lets time go by until something that takes little of it has come about. @throws where it never does */
  async whileAwaiting<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const settled = () => void (isOver = true);
    work.then(settled, settled);
    // The sandbox answers after a few turns of the event loop, which take no time here.
    for (let turn = 0; turn < 100 && !isOver; turn += 1) await atRest();
    const end = this.now + longestAnswerMilliseconds;
    while (!isOver && this.now < end) {
      await this.runUntil(this.now + 1000, () => isOver);
      for (let turn = 0; turn < 100 && !isOver; turn += 1) await atRest();
    }
    if (!isOver) throw new Error('no answer has come: is a workflow task that never ends in its way?');
    return work;
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }
}

const longestAnswerMilliseconds = 10 * 60_000;

const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Every promise that can be settled is. */
const atRest = () => new Promise<void>((resolve) => realSetImmediate(resolve));

/**
 * Lets activity code live in virtual time: its dates, timers and random numbers. Workflow code has its own from the SDK.
 *
 * @param skew how far the clock of the machine is off that the code runs on, in milliseconds
 * @returns puts everything back
 */
export function liveIn(time: VirtualTime, random: Random, skew: () => number): () => void {
  const now = () => Math.round(time.now + skew());
  class VirtualDate extends realDate {
    constructor(...args: readonly unknown[]) {
      if (args.length === 0) super(now());
      else super(...(args as [number]));
    }
    static override now = now;
  }
  // The sandbox knows dates by this name.
  Object.defineProperty(VirtualDate, 'name', { value: 'Date' });
  const repeat = (work: () => void, milliseconds: number): Scheduled => {
    let next = time.after(milliseconds, again);
    function again() {
      next = time.after(milliseconds, again);
      work();
    }
    return { cancel: () => next.cancel() };
  };
  const bound = (work: (...args: unknown[]) => void, args: unknown[]) => AsyncLocalStorage.bind(() => work(...args));
  const cancel = (timer: Scheduled | undefined) => timer?.cancel();
  const timer = (scheduled: Scheduled) => Object.assign(scheduled, { unref: () => scheduled, ref: () => scheduled });
  const replaced: readonly (readonly [object, string, unknown])[] = [
    [globalThis, 'Date', VirtualDate],
    [
      globalThis,
      'setTimeout',
      (work: () => void, milliseconds = 0, ...args: unknown[]) => timer(time.after(milliseconds, bound(work, args))),
    ],
    [
      globalThis,
      'setInterval',
      (work: () => void, milliseconds = 1, ...args: unknown[]) => timer(repeat(bound(work, args), milliseconds)),
    ],
    [globalThis, 'clearTimeout', cancel],
    [globalThis, 'clearInterval', cancel],
    [Math, 'random', () => random.next()],
    [performance, 'now', () => time.now],
    [timersPromises, 'setTimeout', (milliseconds: number) => time.sleep(milliseconds)],
    [
      AbortSignal,
      'timeout',
      (milliseconds: number) => {
        const controller = new AbortController();
        time.after(milliseconds, () => controller.abort(new DOMException('timed out', 'TimeoutError')));
        return controller.signal;
      },
    ],
  ];
  const before = replaced.map(([of, name]) => Object.getOwnPropertyDescriptor(of, name));
  for (const [of, name, value] of replaced)
    Object.defineProperty(of, name, { value, writable: true, configurable: true });
  return () => {
    for (const [i, [of, name]] of replaced.entries()) {
      const descriptor = before[i];
      if (descriptor === undefined) Reflect.deleteProperty(of, name);
      else Object.defineProperty(of, name, descriptor);
    }
  };
}
