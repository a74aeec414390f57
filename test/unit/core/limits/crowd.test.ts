import { Asking } from '../../../../src/core/limits/asking';
import { type PermitRequest } from '../../../../src/core/limits/permitQueue';
import { type CarriedSemaphore, Semaphore, type Word } from '../../../../src/core/limits/semaphore';

const minute = 60_000;
const hour = 60 * minute;
const begin = 1_790_000_000_000;
const payloadBytes = 256 * 1024;

interface Job {
  readonly request: PermitRequest;
  readonly milliseconds: number;
}

function job(i: number, changes: Partial<PermitRequest> & { readonly milliseconds?: number } = {}): Job {
  const { milliseconds = 10 * minute, ...more } = changes;
  const id = `cluster-${String(i).padStart(5, '0')}`;
  const holderWorkflowId = `recovery-point/aurora-cluster/999999999999/eu-west-1/${id}/2026-11-21T02:00:00Z`;
  const holderRunId = `0198c0de-1111-7222-8333-${String(i).padStart(12, '0')}`;
  const request: PermitRequest = {
    requestId: `${holderWorkflowId}#copy:secure-dr#${holderRunId}#1`,
    holderWorkflowId,
    holderRunId,
    resource: { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id },
    operationId: `farcopy-${id}-20261121t020000z-0m4t58u4l6598`,
    taskQueue: 'farcopy-panda',
    access: 'vault',
    priority: 3,
    // A path like no other's, in an order unlike that of arrival.
    remainingSeconds: (i * 7919) % 20_000,
    capacity: 20,
    observeSeconds: 20,
    since: begin,
    ...more,
  };
  return { request, milliseconds };
}

interface Course {
  /** Indices of the jobs in the order in which they got their permit. */
  readonly served: readonly number[];
  readonly asks: number;
  readonly makespan: number;
  readonly largestBytes: number;
}

/** Lets all jobs ask a semaphore, on virtual time, as workflows do: they ask again, and give back what they have. */
function run(jobs: readonly Job[], options: { readonly hears?: (word: Word) => boolean } = {}): Course {
  const { hears = () => true } = options;
  let semaphore = new Semaphore(Semaphore.empty(1));
  /** What happens, by the second. */
  const at = new Map<number, (() => void)[]>();
  const asking = jobs.map(({ request }) => new Asking(request.since));
  const wakes = jobs.map(() => 0);
  const indices = new Map(jobs.map(({ request }, i) => [request.requestId, i]));
  const served: number[] = [];
  let [now, asks, largestBytes, end] = [begin, 0, 0, begin];

  const after = (milliseconds: number, what: () => void) => {
    const time = begin + Math.ceil((now + milliseconds - begin) / 1000) * 1000;
    const there = at.get(time);
    if (there === undefined) at.set(time, [what]);
    else there.push(what);
  };
  const ask = (i: number) => {
    asks += 1;
    asking[i]?.asked(now);
    semaphore.requested(jobs[i]?.request as PermitRequest, now);
    wake(i);
  };
  const wake = (i: number) => {
    const which = (wakes[i] = (wakes[i] ?? 0) + 1);
    after(asking[i]?.millisecondsLeft(now) ?? 0, () => {
      if (wakes[i] === which && asking[i]?.isGranted === false) ask(i);
    });
  };
  const hear = (word: Word) => {
    const i = indices.get(word.requestId) ?? -1;
    if (word.says === 'queued') {
      if (!hears(word)) return;
      asking[i]?.queued(word, now);
      wake(i);
    } else if (asking[i]?.isGranted === false) {
      asking[i].granted();
      served.push(i);
      after(jobs[i]?.milliseconds ?? 0, () => {
        end = now;
        semaphore.released(word.requestId);
      });
    }
  };
  for (const [i, { request }] of jobs.entries()) after(request.since - begin, () => ask(i));
  for (; at.size > 0; now += 1000) {
    const happening = at.get(now);
    if (happening === undefined) continue;
    at.delete(now);
    for (const what of happening) what();
    if (semaphore.lookDue(now) !== null) semaphore.looked({ inFlight: [], ended: [] }, now);
    while (semaphore.isTurnDue(now)) semaphore.grant(now).forEach(hear);
    if (!semaphore.isRunOver) continue;
    const carried = JSON.stringify(semaphore.carried(now));
    largestBytes = Math.max(largestBytes, Buffer.byteLength(carried));
    semaphore = new Semaphore(JSON.parse(carried) as CarriedSemaphore);
  }
  return { served, asks, makespan: end - begin, largestBytes };
}

const jobs = (count: number, of: (i: number) => Parameters<typeof job>[1] = () => ({})) =>
  Array.from({ length: count }, (_, i) => job(i, of(i)));
const all = (count: number) => Array.from({ length: count }, (_, i) => i);

/** So long that there is room for two hundred of them: five times as many are a crowd, as five thousand are of others. */
const bulky = { operationId: 'x'.repeat(1000) };

describe('five times as many as there is room for', () => {
  const count = 1000;
  const course = run(jobs(count, (i) => ({ ...bulky, since: begin + i * 500 })));

  it('are all served, each once', () => {
    expect([...course.served].sort((a, b) => a - b)).toEqual(all(count));
  });

  it('are carried in less than 256 KiB', () => {
    expect(course.largestBytes).toBeLessThan(payloadBytes);
    expect(course.largestBytes).toBeGreaterThan(payloadBytes / 2);
  });

  it('take no longer than their work does', () => {
    expect(course.makespan / ((count * 10 * minute) / 20)).toBeLessThan(1.02);
  });

  it('ask about once an hour each', () => {
    expect(course.asks / count).toBeLessThan(2 * (course.makespan / hour));
  });
});

test('10,000 that ask are carried in less than 256 KiB, and nobody is asked about but holders', () => {
  const semaphore = new Semaphore(Semaphore.empty(1));
  for (const { request } of jobs(10_000)) semaphore.requested(request, begin);
  semaphore.looked(null, begin);
  semaphore.grant(begin);
  expect(Buffer.byteLength(JSON.stringify(semaphore.carried(begin)))).toBeLessThan(payloadBytes);
  expect(semaphore.shown(begin)).toMatchObject({ isCrowded: true, holders: { length: 20 }, waiters: { length: 100 } });
  expect(semaphore.permits).toHaveLength(20);
});

test('a fleet of a thousand is served as if there were room without end: longest path first', () => {
  const fleet = jobs(1000, (i) => ({ since: begin + i, capacity: 10 }));
  const { served, makespan } = run(fleet);
  expect(makespan / ((1000 * 10 * minute) / 10)).toBeLessThan(1.01);
  const paths = served.slice(10).map((i) => fleet[i]?.request.remainingSeconds ?? 0);
  const inversions = paths.filter((path, n) => n > 0 && path > (paths[n - 1] ?? 0)).length;
  expect(inversions).toBeLessThan(50);
});

test('one that matters more is served next, however many wait, and whoever is last makes room for it', () => {
  const crowd = jobs(600, () => ({ ...bulky, capacity: 5 }));
  const critical = job(600, { ...bulky, priority: 1, remainingSeconds: 1, capacity: 5, since: begin + hour });
  const { served } = run([...crowd, critical]);
  expect(served.indexOf(600)).toBeLessThanOrEqual(35);
  expect(served).toHaveLength(601);
});

test('one that matters least has its turn, though others that matter most fill the room', () => {
  // Twice as many as there are permits for: it has waited twice as long as they by then, and is four classes before them.
  const critical = jobs(720, (i) => ({
    ...bulky,
    ...{ priority: 1, capacity: 1, since: begin + i * 5 * minute, remainingSeconds: 20_000 },
  }));
  const patient = job(720, { ...bulky, priority: 5, remainingSeconds: 1, capacity: 1 });
  const { served } = run([...critical, patient]);
  expect(served.indexOf(720) / 6).toBeLessThan(55);
});

test('whoever is sent away and never told comes back by itself', () => {
  const { served } = run(
    jobs(600, () => bulky),
    { hears: () => false },
  );
  expect([...served].sort((a, b) => a - b)).toEqual(all(600));
});

describe('how long one says that it has waited', () => {
  const queueOf = (...requests: PermitRequest[]) => {
    const semaphore = new Semaphore(Semaphore.empty(1));
    for (const request of requests) semaphore.requested({ ...request, capacity: 0 }, begin);
    return semaphore.shown(begin).waiters;
  };

  it('counts, so that whoever was sent away keeps its place', () => {
    const { request } = job(1, { since: begin - 7 * hour, remainingSeconds: 1 });
    expect(queueOf(job(2).request, request)[0]?.requestId).toBe(request.requestId);
  });

  it.each([
    ['two days at most', 0, begin - 48 * hour],
    ['not where it lies ahead', begin + hour, begin],
  ])('counts %s', (_, since, begunAt) => {
    expect(queueOf(job(1, { since }).request)).toMatchObject([{ begunAt }]);
  });
});

test('a burst is answered in part: whoever hears nothing comes back by itself', () => {
  const semaphore = new Semaphore(Semaphore.empty(1));
  for (const { request } of jobs(5000)) semaphore.requested(request, begin);
  semaphore.looked(null, begin);
  const words = semaphore.grant(begin);
  expect(words.filter(({ says }) => says === 'granted')).toHaveLength(20);
  expect(words.filter(({ says }) => says === 'queued')).toHaveLength(200);
});

test('requests of any size leave room for the others of their run', () => {
  const semaphore = new Semaphore(Semaphore.empty(1));
  for (const { request } of jobs(500, () => ({ operationId: '\u{1F418}'.repeat(500) })))
    semaphore.requested(request, begin);
  expect(Buffer.byteLength(JSON.stringify(semaphore.carried(begin)))).toBeLessThan(payloadBytes);
  expect(semaphore.shown(begin)).toMatchObject({ isCrowded: true });
});
