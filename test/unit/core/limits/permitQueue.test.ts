import fc from 'fast-check';
import { urgentPriority } from '../../../../src/core/limits/permit';
import { type CarriedQueue, PermitQueue, type PermitRequest } from '../../../../src/core/limits/permitQueue';

const minute = 60_000;
const hour = 60 * minute;

function request(id: string, changes: Partial<PermitRequest> = {}): PermitRequest {
  return {
    requestId: id,
    holderWorkflowId: `workflow-${id}`,
    holderRunId: 'run',
    resource: { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id },
    operationId: `operation-${id}`,
    taskQueue: 'farcopy-panda',
    access: 'source',
    priority: 3,
    remainingSeconds: 600,
    capacity: 2,
    observeSeconds: 15,
    since: Infinity,
    ...changes,
  };
}

function queueWith(...requests: PermitRequest[]): PermitQueue {
  const queue = PermitQueue.empty(2);
  for (const one of requests) queue.enqueue(one, 0);
  return queue;
}
const ids = (permits: readonly { requestId: string }[]) => permits.map(({ requestId }) => requestId);
const nothing = { inFlight: [], ended: [] };

describe('who is served first', () => {
  it('is the tier that matters most', () => {
    const queue = queueWith(
      request('standard', { priority: 3 }),
      request('last', { priority: 5 }),
      request('critical', { priority: 1 }),
    );
    expect(ids(queue.order(0))).toEqual(['critical', 'standard', 'last']);
  });

  it('is a restore, however old a backup is, and however much of it is to come', () => {
    const queue = PermitQueue.empty(2);
    queue.enqueue(request('backup', { priority: 1, remainingSeconds: 99_999, since: -48 * hour }), 0);
    queue.enqueue(request('restore', { priority: urgentPriority, remainingSeconds: 1 }), 0);
    queue.enqueue(request('drill', { priority: 1, remainingSeconds: 1 }), 0);
    expect(ids(queue.order(0))).toEqual(['restore', 'backup', 'drill']);
    expect(ids(queue.order(96 * hour))).toEqual(['restore', 'backup', 'drill']);
  });

  it('within a tier is whoever has the longest path still before it', () => {
    const queue = queueWith(request('short', { remainingSeconds: 10 }), request('long', { remainingSeconds: 1000 }));
    expect(ids(queue.order(0))).toEqual(['long', 'short']);
  });

  it('is still the one with the longest path when others have waited some hours longer', () => {
    const queue = queueWith(request('short', { remainingSeconds: 10 }));
    queue.enqueue(request('long', { remainingSeconds: 1000 }), 5 * hour);
    expect(ids(queue.order(5 * hour))).toEqual(['long', 'short']);
  });

  it('is the one with the longest path of a round, however late it comes: a round ages as one', () => {
    const queue = PermitQueue.empty(2);
    queue.enqueue(request('short', { remainingSeconds: 10, since: 0 }), 0);
    queue.enqueue(request('long', { remainingSeconds: 1000, since: 0 }), 5 * hour);
    expect(ids(queue.order(7 * hour))).toEqual(['long', 'short']);
  });

  it('else is whose workflow began first', () => {
    const queue = PermitQueue.empty(2);
    queue.enqueue(request('a', { since: 2 }), 3);
    queue.enqueue(request('b', { since: 1 }), 4);
    expect(ids(queue.order(5))).toEqual(['b', 'a']);
  });

  it('is in the end whoever has waited longest: six hours are worth a class', () => {
    const queue = PermitQueue.empty(2);
    queue.enqueue(request('patient', { priority: 5, remainingSeconds: 1 }), 0);
    queue.enqueue(request('critical', { priority: 1, remainingSeconds: 9999 }), 20 * hour);
    expect(ids(queue.order(23 * hour))).toEqual(['critical', 'patient']);
    queue.release('critical');
    queue.enqueue(request('later', { priority: 1, remainingSeconds: 9999 }), 30 * hour);
    expect(ids(queue.order(30 * hour))).toEqual(['patient', 'later']);
  });

  it('never starves, however many critical ones keep coming', () => {
    const queue = PermitQueue.empty(1);
    queue.enqueue(request('patient', { priority: 5, remainingSeconds: 1, capacity: 1 }), 0);
    let served = -1;
    for (let now = 0; served < 0 && now < 48; now += 1) {
      queue.enqueue(request(`critical-${now}`, { priority: 1, remainingSeconds: 9999, capacity: 1 }), now * hour);
      for (const { requestId } of queue.grantNext(now * hour)) {
        if (requestId === 'patient') served = now;
        queue.release(requestId);
      }
    }
    expect(served).toBeLessThanOrEqual(30);
    expect(served).toBeGreaterThan(0);
  });

  it('is the same whatever order the requests are stored in', () => {
    const anyRequest = fc.record({
      id: fc.string({ minLength: 1, maxLength: 4 }),
      priority: fc.integer({ min: urgentPriority, max: 5 }),
      remainingSeconds: fc.integer({ min: 0, max: 3 }),
      begunAt: fc.integer({ min: 0, max: 5 }).map((n) => n * 4 * hour),
    });
    fc.assert(
      fc.property(fc.uniqueArray(anyRequest, { selector: (r) => r.id, maxLength: 12 }), fc.nat(), (requests, seed) => {
        const queueOf = (order: typeof requests) => {
          const queue = PermitQueue.empty(2);
          for (const { id, begunAt, ...rest } of order) queue.enqueue(request(id, rest), begunAt);
          return queue;
        };
        const shuffled = [...requests].sort(
          (a, b) => ((a.id.charCodeAt(0) * 31 + seed) % 7) - ((b.id.charCodeAt(0) * 31 + seed) % 7),
        );
        expect(ids(queueOf(shuffled).order(24 * hour))).toEqual(ids(queueOf(requests).order(24 * hour)));
      }),
    );
  });
});

describe('a request', () => {
  it('asked twice is asked once, and keeps its place', () => {
    const queue = PermitQueue.empty(1);
    queue.enqueue(request('first', { capacity: 1 }), 0);
    queue.enqueue(request('second', { capacity: 1 }), 1);
    queue.enqueue(request('first', { capacity: 1 }), 2);
    expect(ids(queue.order(3))).toEqual(['first', 'second']);
  });

  it('of one that has its permit is answered with the permit: its grant may have been lost', () => {
    const queue = queueWith(request('a'));
    expect(queue.enqueue(request('b'), 0)).toBeNull();
    queue.grantNext(0);
    expect(queue.enqueue(request('a'), 1)).toMatchObject({ requestId: 'a', grantedAt: 0 });
    expect(ids(queue.state.holders)).toEqual(['a', 'b']);
  });

  it('of one that was reset is answered where it goes on, in its new run', () => {
    const queue = queueWith(request('a'));
    queue.grantNext(0);
    expect(queue.enqueue(request('a', { holderRunId: 'its-next-run' }), minute)?.holderRunId).toBe('its-next-run');
    expect(queue.state.holders.map(({ holderRunId }) => holderRunId)).toEqual(['its-next-run']);
    const ofAnother = request('a', { holderWorkflowId: 'a-stranger', holderRunId: 'of-a-stranger' });
    expect(queue.enqueue(ofAnother, minute)?.holderRunId).toBe('its-next-run');
  });

  it('of one that was reset while it waits is served in its new run, in its old place', () => {
    const queue = queueWith(request('a', { capacity: 1 }), request('b', { capacity: 1 }));
    queue.enqueue(request('a', { capacity: 1, holderRunId: 'its-next-run' }), minute);
    expect(queue.grantNext(minute)).toMatchObject([{ requestId: 'a', holderRunId: 'its-next-run' }]);
  });

  it('brings the capacity that the fleet file says now', () => {
    const queue = queueWith(request('a', { capacity: 1 }), request('b', { capacity: 7 }));
    expect(queue.capacity).toBe(7);
  });
});

describe('permits', () => {
  it('are never more than the capacity, and those released go to the next', () => {
    const queue = queueWith(request('a'), request('b'), request('c'));
    expect(ids(queue.grantNext(0))).toEqual(['a', 'b']);
    expect(queue.grantNext(0)).toEqual([]);
    queue.release('a');
    expect(ids(queue.grantNext(1))).toEqual(['c']);
  });

  it('may be released twice, or by one that never had any', () => {
    const queue = queueWith(request('a'), request('b'), request('c'), request('d'));
    queue.grantNext(0);
    for (const id of ['a', 'a', 'nobody']) queue.release(id);
    expect(ids(queue.grantNext(1))).toEqual(['c']);
    expect(ids(queue.state.holders)).toEqual(['b', 'c']);
  });

  it('leave room for what others have in flight, and take it back when that has ended', () => {
    const queue = queueWith(request('a'), request('b'));
    queue.observe({ inFlight: ['theirs'], ended: [] }, 0);
    expect(ids(queue.grantNext(0))).toEqual(['a']);
    queue.observe({ inFlight: ['operation-a'], ended: [] }, 1);
    expect(ids(queue.grantNext(1))).toEqual(['b']);
  });

  it('are not held back by operations of our own', () => {
    const queue = queueWith(request('a'), request('b'));
    queue.grantNext(0);
    queue.observe({ inFlight: ['operation-a', 'operation-b'], ended: [] }, 1);
    expect(queue.state.foreign).toBe(0);
  });

  it('are not taken away by a smaller capacity, which is reached as they are released', () => {
    const queue = queueWith(request('a'), request('b'), request('c'));
    queue.grantNext(0);
    queue.overrideCapacity(1);
    expect(ids(queue.state.holders)).toEqual(['a', 'b']);
    queue.release('a');
    expect(queue.grantNext(1)).toEqual([]);
    queue.release('b');
    expect(ids(queue.grantNext(2))).toEqual(['c']);
    queue.overrideCapacity(null);
    expect(queue.capacity).toBe(2);
  });
});

describe('the permit of a workflow that has ended', () => {
  it('is reclaimed once AWS shows its operation no more', () => {
    const queue = queueWith(request('a'));
    queue.grantNext(0);
    expect(queue.observe({ inFlight: ['operation-a'], ended: ['a'] }, 1)).toEqual([]);
    expect(queue.observe({ inFlight: ['operation-a'], ended: [] }, 2)).toEqual([]);
    expect(queue.observe({ inFlight: [], ended: [] }, 3)).toEqual([]);
    expect(ids(queue.observe({ inFlight: [], ended: ['a'] }, 4))).toEqual(['a']);
    expect(queue.hasHolders).toBe(false);
  });
});

describe('the state', () => {
  it('survives being carried from run to run as JSON', () => {
    const queue = queueWith(request('a'), request('b'), request('c'));
    queue.observe({ inFlight: ['theirs'], ended: [] }, 5);
    queue.grantNext(6);
    queue.overrideCapacity(4);
    const carried = new PermitQueue(JSON.parse(JSON.stringify(queue.carried)) as CarriedQueue);
    expect(carried.state).toEqual(queue.state);
    expect(carried.grantNext(7)).toEqual(queue.grantNext(7));
  });
});

/** What happens to a queue, told by a plain list of who waits, who holds, and what AWS does. */
interface Model {
  now: number;
  capacity: number;
  foreign: Set<string>;
  waiting: Set<string>;
  holding: Set<string>;
  /** Workflows that ended without a release. */
  lost: Set<string>;
  /** Operations that AWS has in flight. */
  inFlight: Set<string>;
}
class Real {
  queue = PermitQueue.empty(3);
}
type Command = fc.Command<Model, Real>;

/** Every request belongs to one of these; AWS runs what a holder has started until it is finished. */
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const inFlightIds = (model: Model) => [...[...model.inFlight].map((id) => `operation-${id}`), ...model.foreign];

function grant(model: Model, { queue }: Real): void {
  const room = Math.max(0, model.capacity - model.holding.size - queue.state.foreign);
  const granted = queue.grantNext(model.now);
  expect(granted).toHaveLength(Math.min(room, model.waiting.size));
  for (const { requestId } of granted) {
    expect(model.waiting.delete(requestId)).toBe(true);
    model.holding.add(requestId);
    model.inFlight.add(requestId);
  }
}

function agree(model: Model, { queue }: Real): void {
  expect(new Set(ids(queue.state.waiters))).toEqual(model.waiting);
  expect(new Set(ids(queue.state.holders))).toEqual(model.holding);
  expect(new Set(ids(queue.order(model.now)))).toEqual(model.waiting);
}

const command = (
  name: string,
  run: (model: Model, real: Real) => void,
  check: (model: Model) => boolean = () => true,
): Command => ({
  check: (model) => check(model),
  run: (model, real) => {
    model.now += minute;
    run(model, real);
    agree(model, real);
  },
  toString: () => name,
});

const commands = [
  fc
    .record({ id: fc.constantFrom(...names), priority: fc.integer({ min: 1, max: 5 }), seconds: fc.nat(1000) })
    .map(({ id, priority, seconds }) =>
      command(
        `ask ${id}`,
        (model, { queue }) => {
          const held = queue.enqueue(
            request(id, { priority, remainingSeconds: seconds, capacity: model.capacity }),
            model.now,
          );
          expect(held !== null).toBe(model.holding.has(id));
          if (held === null) model.waiting.add(id);
        },
        (model) => !model.lost.has(id),
      ),
    ),
  fc.constant(command('grant', grant)),
  fc.constantFrom(...names).map((id) =>
    command(
      `finish and release ${id}`,
      (model, { queue }) => {
        queue.release(id);
        queue.release(id);
        model.waiting.delete(id);
        model.holding.delete(id);
        model.inFlight.delete(id);
      },
      (model) => !model.lost.has(id),
    ),
  ),
  fc.constantFrom(...names).map((id) =>
    command(
      `terminate ${id}`,
      (model) => void model.lost.add(id),
      (model) => model.holding.has(id),
    ),
  ),
  fc.constantFrom(...names).map((id) => command(`AWS ends ${id}`, (model) => void model.inFlight.delete(id))),
  fc.constantFrom('x', 'y', 'z').map((id) => command(`others start ${id}`, (model) => void model.foreign.add(id))),
  fc.constantFrom('x', 'y', 'z').map((id) => command(`others end ${id}`, (model) => void model.foreign.delete(id))),
  fc.integer({ min: 0, max: 5 }).map((capacity) =>
    command(`capacity ${capacity}`, (model, { queue }) => {
      model.capacity = capacity;
      queue.overrideCapacity(capacity);
    }),
  ),
  fc.constant(
    command('observe', (model, { queue }) => {
      const reclaimed = queue.observe({ inFlight: inFlightIds(model), ended: [...model.lost] }, model.now);
      for (const { requestId } of reclaimed) {
        expect(model.lost.has(requestId) && !model.inFlight.has(requestId)).toBe(true);
        model.holding.delete(requestId);
      }
      for (const id of model.lost) {
        if (model.holding.has(id)) expect(model.inFlight.has(id)).toBe(true);
        else if (!model.waiting.has(id)) model.lost.delete(id);
      }
    }),
  ),
  fc.constant(
    command('continue as new', (_, real) => {
      real.queue = new PermitQueue(JSON.parse(JSON.stringify(real.queue.carried)) as CarriedQueue);
    }),
  ),
];

describe('whatever happens', () => {
  it('no permit is given beyond capacity and foreign work, no request is lost, and none is reclaimed too early', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60 }), (run) => {
        fc.modelRun(() => {
          const model: Model = {
            now: 0,
            capacity: 3,
            foreign: new Set(),
            waiting: new Set(),
            holding: new Set(),
            lost: new Set(),
            inFlight: new Set(),
          };
          return { model, real: new Real() };
        }, run);
      }),
      { numRuns: 500 },
    );
  });

  it('everyone is served in the end, once all that is in flight ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 }),
        (capacity, requests) => {
          const queue = PermitQueue.empty(capacity);
          for (const id of requests) queue.enqueue(request(id, { capacity }), 0);
          const served: string[] = [];
          for (let round = 0; queue.hasWaiters; round += 1) {
            expect(round).toBeLessThanOrEqual(Math.ceil(requests.length / capacity));
            for (const { requestId } of queue.grantNext(round)) {
              served.push(requestId);
              queue.release(requestId);
            }
            queue.observe(nothing, round);
          }
          expect(served.sort()).toEqual([...requests].sort());
        },
      ),
    );
  });
});
