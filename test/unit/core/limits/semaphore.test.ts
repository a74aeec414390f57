import { PermitQueue, type PermitRequest } from '../../../../src/core/limits/permitQueue';
import { capacityFault, Semaphore } from '../../../../src/core/limits/semaphore';

const minute = 60_000;

function request(id: string): PermitRequest {
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
    capacity: 1,
    observeSeconds: 15,
  };
}
/** One permit, which the first has; nothing is stale for a minute. */
function semaphoreWith(...ids: string[]): Semaphore {
  const semaphore = new Semaphore(PermitQueue.empty(1).state);
  for (const id of ids) semaphore.requested(request(id), 0);
  semaphore.looked({ inFlight: [], ended: [] }, 0);
  return semaphore;
}
const ids = (permits: readonly { requestId: string }[]) => permits.map(({ requestId }) => requestId);

test('permits go to the first, and the others are told once that they wait', () => {
  const semaphore = semaphoreWith('a', 'b');
  const grants = semaphore.grant(0);
  expect([ids(grants.granted), ids(grants.queued), grants.repeated]).toEqual([['a'], ['b'], []]);
  expect(semaphore.someoneWaits).toBe(true);
  semaphore.requested(request('b'), 1);
  expect(semaphore.grant(1).queued).toEqual([]);
});

test('whoever asks again for what it has is told again', () => {
  const semaphore = semaphoreWith('a');
  semaphore.grant(0);
  semaphore.requested(request('a'), 1);
  expect(ids(semaphore.grant(1).repeated)).toEqual(['a']);
  expect(semaphore.grant(2).repeated).toEqual([]);
});

test('whoever gets a permit at once is not told that it waits, and starts no watch', () => {
  const semaphore = semaphoreWith('a');
  expect(semaphore.grant(0).queued).toEqual([]);
  expect(semaphore.someoneWaits).toBe(false);
});

describe('a look is due', () => {
  it('before the first grant, and when the last look is a minute old', () => {
    const semaphore = new Semaphore(PermitQueue.empty(1).state);
    expect(semaphore.lookDue(0)).toBeNull();
    semaphore.requested(request('a'), 0);
    expect(semaphore.lookDue(0)?.requestId).toBe('a');
    semaphore.looked({ inFlight: [], ended: [] }, 0);
    expect(semaphore.lookDue(minute - 1)).toBeNull();
    expect(semaphore.lookDue(minute)).not.toBeNull();
  });

  it('not where nobody waits, unless the watch wants one', () => {
    const semaphore = semaphoreWith('a');
    semaphore.grant(0);
    expect(semaphore.lookDue(10 * minute)).toBeNull();
    semaphore.isLookWanted = true;
    expect(semaphore.lookDue(10 * minute)?.requestId).toBe('a');
    semaphore.grant(10 * minute);
    expect(semaphore.isLookWanted).toBe(false);
  });

  it('once after AWS has refused an operation, also when the look fails', () => {
    const semaphore = semaphoreWith('a', 'b');
    semaphore.grant(0);
    semaphore.limitReached();
    expect(semaphore.lookDue(1)).not.toBeNull();
    expect(semaphore.looked(null, 1)).toEqual([]);
    expect(semaphore.lookDue(1)).toBeNull();
  });

  it('through whoever asked last, also when a run goes on', () => {
    const semaphore = semaphoreWith('a', 'b');
    semaphore.grant(0);
    const next = new Semaphore(semaphore.state);
    expect(next.someoneWaits).toBe(true);
    expect(next.lookDue(minute)?.requestId).toBe('b');
    expect(next.observeMilliseconds).toBe(15_000);
  });
});

test('a permit that could not be delivered is free again, unless it was one that its holder has', () => {
  const semaphore = semaphoreWith('a', 'b');
  const [a] = semaphore.grant(0).granted;
  if (a === undefined) throw new Error('nothing was granted');
  semaphore.undelivered(a, true);
  expect(semaphore.grant(1).granted).toEqual([]);
  semaphore.undelivered(a, false);
  expect(semaphore.hasNews).toBe(true);
  expect(ids(semaphore.grant(2).granted)).toEqual(['b']);
});

test('every message is news, and counts', () => {
  const semaphore = semaphoreWith('a');
  semaphore.grant(0);
  expect(semaphore.hasNews).toBe(false);
  semaphore.released('a');
  semaphore.overridden(5);
  expect([semaphore.hasNews, semaphore.messages, semaphore.capacity]).toEqual([true, 3, 5]);
});

test('its lines tell permits, work of others and who waits, the next first', () => {
  const semaphore = semaphoreWith('a', 'b');
  semaphore.grant(0);
  semaphore.looked({ inFlight: ['operation-a', 'foreign'], ended: [] }, 1);
  expect(semaphore.lines(1)).toEqual([
    '**1 of 1** permits given, 1 operations of others, 1 waiting',
    '- in flight: 999999999999/eu-west-1/a',
    '- waiting: 999999999999/eu-west-1/b',
  ]);
  expect(semaphore.hasForeign).toBe(true);
});

test.each([-1, 0.5, 10_001, NaN])('a capacity of %s is refused', (capacity) => {
  expect(capacityFault(capacity)).toMatch(/whole number/);
});
test.each([0, 10_000, null])('a capacity of %s is right', (capacity) => {
  expect(capacityFault(capacity)).toBeNull();
});
