import { longestHoldUpSeconds, Readiness, reachedWithinSeconds, type Seen } from '../../../src/worker/health/readiness';

const start = Date.parse('2026-11-21T02:00:00Z');
const at = (seconds: number) => start + seconds * 1000;
const time = (seconds: number) => new Date(at(seconds)).toISOString();

const well = (reachedSeconds: number): Seen => ({
  states: { fleet: 'RUNNING', transfer: 'RUNNING' },
  reachedAt: at(reachedSeconds),
  loopHeldUpSeconds: 0.02,
});
const failing = (readiness: Readiness, seen: Seen, seconds: number) =>
  readiness
    .report(seen, at(seconds))
    .checks.flatMap(({ check, ok, since, reason }) => (ok ? [] : [{ check, since, reason }]));

describe('a worker is ready', () => {
  test('once every queue is polled, Temporal has answered and the event loop turns', () => {
    const readiness = new Readiness(start);
    const before = readiness.report({ states: null, reachedAt: null, loopHeldUpSeconds: 0 }, at(1));
    expect(before).toMatchObject({ ready: false, stage: 'starting' });
    expect(before.checks.map(({ check, ok }) => [check, ok])).toEqual([
      ['polling', false],
      ['temporal', false],
      ['event-loop', true],
    ]);
    const report = readiness.report(well(2), at(3));
    expect(report).toMatchObject({ ready: true, stage: 'running', drainsUntil: null });
    expect(report.checks.every(({ ok, reason }) => ok && reason === null)).toBe(true);
    expect(report.checks.map(({ since }) => since)).toEqual([time(3), time(3), time(0)]);
  });

  test.each(['INITIALIZED', 'STOPPING', 'DRAINING', 'STOPPED', 'FAILED'])(
    'not while the worker of one queue is %s, and says which',
    (state) => {
      const states = { fleet: 'RUNNING', transfer: state };
      expect(failing(new Readiness(start), { ...well(0), states }, 1)).toEqual([
        { check: 'polling', since: time(0), reason: `transfer: ${state}` },
      ]);
    },
  );

  test('as long as Temporal has answered lately; its silence began with the last answer', () => {
    const readiness = new Readiness(start);
    expect(failing(readiness, well(10), 10 + reachedWithinSeconds)).toEqual([]);
    const silent = { check: 'temporal', since: time(10) };
    expect(failing(readiness, well(10), 41)).toEqual([{ ...silent, reason: 'Temporal has not answered for 31 s' }]);
    expect(failing(readiness, well(10), 100)).toEqual([{ ...silent, reason: 'Temporal has not answered for 90 s' }]);
    expect(readiness.report(well(101), at(102))).toMatchObject({
      ready: true,
      checks: [{}, { check: 'temporal', ok: true, since: time(102) }, {}],
    });
  });

  test('not when the event loop was held up', () => {
    const readiness = new Readiness(start);
    expect(failing(readiness, { ...well(0), loopHeldUpSeconds: longestHoldUpSeconds }, 1)).toEqual([]);
    expect(failing(readiness, { ...well(0), loopHeldUpSeconds: 3.21 }, 2)).toEqual([
      { check: 'event-loop', since: time(2), reason: 'the event loop was held up for 3.2 s' },
    ]);
  });

  test('never again once it drains, and the first word of until when counts', () => {
    const readiness = new Readiness(start);
    readiness.drain(at(60));
    readiness.drain(at(90));
    expect(readiness.report(well(1), at(2))).toMatchObject({ ready: false, stage: 'draining', drainsUntil: time(60) });
  });

  test('once for all, as far as its start goes: without Temporal it has been ready still', () => {
    const readiness = new Readiness(start);
    readiness.report({ ...well(1), states: null }, at(1));
    expect(readiness.wasReady).toBe(false);
    readiness.report(well(2), at(3));
    readiness.report(well(2), at(100));
    expect(readiness.wasReady).toBe(true);
  });
});
