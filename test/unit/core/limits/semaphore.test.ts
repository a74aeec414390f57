import { type PermitRequest } from '../../../../src/core/limits/permitQueue';
import { capacityFault, Semaphore, type Word } from '../../../../src/core/limits/semaphore';

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
    since: 0,
  };
}
/** One permit, which the first has; nothing is stale for a minute. */
function semaphoreWith(...ids: string[]): Semaphore {
  const semaphore = new Semaphore(Semaphore.empty(1));
  for (const id of ids) semaphore.requested(request(id), 0);
  semaphore.looked({ inFlight: [], ended: [] }, 0);
  return semaphore;
}
const said = (words: readonly Word[]) => words.map(({ says, requestId }) => `${says} ${requestId}`);

test('permits go to the first, and the others are told once that they wait', () => {
  const semaphore = semaphoreWith('a', 'b');
  expect(said(semaphore.grant(0))).toEqual(['granted a', 'queued b']);
  expect(semaphore.someoneWaits).toBe(true);
  semaphore.requested(request('b'), 1);
  expect(semaphore.grant(1)).toEqual([]);
});

test('whoever asks again for what it has is told again', () => {
  const semaphore = semaphoreWith('a');
  semaphore.grant(0);
  semaphore.requested(request('a'), 1);
  expect(said(semaphore.grant(1))).toEqual(['again a']);
  expect(semaphore.grant(2)).toEqual([]);
});

test('whoever gets a permit at once is not told that it waits, and starts no watch', () => {
  const semaphore = semaphoreWith('a');
  expect(said(semaphore.grant(0))).toEqual(['granted a']);
  expect(semaphore.someoneWaits).toBe(false);
});

describe('a look is due', () => {
  it('before the first grant, and when the last look is a minute old', () => {
    const semaphore = new Semaphore(Semaphore.empty(1));
    expect(semaphore.lookDue(0)).toBeNull();
    semaphore.requested(request('a'), 0);
    expect(semaphore.lookDue(0)).toEqual({ taskQueue: 'farcopy-panda', access: 'source', observeSeconds: 15 });
    semaphore.looked({ inFlight: [], ended: [] }, 0);
    expect(semaphore.lookDue(minute - 1)).toBeNull();
    expect(semaphore.lookDue(minute)).not.toBeNull();
  });

  it('not where nobody waits, unless the watch wants one', () => {
    const semaphore = semaphoreWith('a');
    semaphore.grant(0);
    expect(semaphore.lookDue(10 * minute)).toBeNull();
    semaphore.isLookWanted = true;
    expect(semaphore.lookDue(10 * minute)).not.toBeNull();
    semaphore.looked({ inFlight: [], ended: [] }, 10 * minute);
    expect(semaphore.isLookWanted).toBe(false);
  });

  it('once after AWS has refused an operation, also when the look fails', () => {
    const semaphore = semaphoreWith('a', 'b');
    semaphore.grant(0);
    semaphore.limitReached(1);
    expect(semaphore.lookDue(1)).not.toBeNull();
    semaphore.looking(1);
    expect(semaphore.looked(null, 1)).toEqual([]);
    expect(semaphore.lookDue(1)).toBeNull();
  });

  it('the more seldom the longer looks take: they work for a tenth of the time at most', () => {
    const semaphore = semaphoreWith('a', 'b');
    semaphore.looking(minute);
    semaphore.looked({ inFlight: [], ended: [] }, 2 * minute);
    expect(semaphore.lookDue(12 * minute - 1)).toBeNull();
    expect(semaphore.lookDue(12 * minute)).not.toBeNull();
  });

  it('through whoever asked last, also when a run goes on', () => {
    const semaphore = semaphoreWith('a');
    semaphore.requested({ ...request('b'), taskQueue: 'farcopy-other' }, 0);
    semaphore.grant(0);
    const next = new Semaphore(semaphore.carried(0));
    expect(next.someoneWaits).toBe(true);
    expect(next.lookDue(minute)?.taskQueue).toBe('farcopy-other');
    expect(next.observeMilliseconds).toBe(15_000);
  });

  it('about holders only: nobody is asked about who waits', () => {
    const semaphore = semaphoreWith('a', 'b');
    semaphore.grant(0);
    expect(semaphore.permits).toEqual([{ requestId: 'a', holderWorkflowId: 'workflow-a', holderRunId: 'run' }]);
  });
});

describe('permits', () => {
  it('are given beside a look that is under way', () => {
    const semaphore = semaphoreWith('a', 'b');
    semaphore.grant(0);
    semaphore.looking(2 * minute);
    semaphore.released('a');
    expect(semaphore.isTurnDue(3 * minute)).toBe(true);
    expect(said(semaphore.grant(3 * minute))).toEqual(['granted b']);
  });

  it('wait for a look where there has been none, or none for ten minutes', () => {
    const semaphore = new Semaphore(Semaphore.empty(1));
    semaphore.requested(request('a'), 0);
    expect(semaphore.isTurnDue(0)).toBe(false);
    semaphore.looked({ inFlight: [], ended: [] }, 0);
    expect(semaphore.isTurnDue(11 * minute)).toBe(true);
    expect(semaphore.isTurnDue(11 * minute + 1)).toBe(false);
  });

  it('do not wait for one that fails', () => {
    const semaphore = new Semaphore(Semaphore.empty(1));
    semaphore.requested(request('a'), 0);
    semaphore.looked(null, minute);
    expect(semaphore.isTurnDue(minute)).toBe(true);
    expect(said(semaphore.grant(minute))).toEqual(['granted a']);
  });
});

test('a permit that could not be delivered is free again, unless it was one that its holder has', () => {
  const semaphore = semaphoreWith('a', 'b');
  const [granted] = semaphore.grant(0);
  if (granted === undefined) throw new Error('nothing was granted');
  semaphore.undelivered({ ...granted, says: 'again' });
  expect(semaphore.grant(1)).toEqual([]);
  semaphore.undelivered(granted);
  expect(semaphore.isTurnDue(2)).toBe(true);
  expect(said(semaphore.grant(2))).toEqual(['granted b']);
});

test('who waits and cannot be told so is gone, and waits no more', () => {
  const semaphore = semaphoreWith('a', 'b', 'c');
  for (const word of semaphore.grant(0)) if (word.requestId === 'b') semaphore.undelivered(word);
  semaphore.released('a');
  expect(said(semaphore.grant(1))).toEqual(['granted c']);
});

test('every message is news', () => {
  const semaphore = semaphoreWith('a');
  semaphore.grant(0);
  expect(semaphore.isTurnDue(0)).toBe(false);
  semaphore.released('a');
  semaphore.overridden(5);
  expect([semaphore.isTurnDue(0), semaphore.capacity]).toEqual([true, 5]);
});

test('a run is over after 400 messages, but not before the last who asked for what it has is answered', () => {
  const semaphore = semaphoreWith('a');
  semaphore.grant(0);
  for (let i = 1; i < 400; i += 1) semaphore.requested(request('a'), 1);
  expect(semaphore.isRunOver).toBe(false);
  semaphore.grant(1);
  expect(semaphore.isRunOver).toBe(true);
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
