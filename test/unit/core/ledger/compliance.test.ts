import fc from 'fast-check';
import { complianceOf, type ProtectionEvent } from '../../../../src/core/ledger/compliance';

const hour = 3600;
const at = (hours: number) => new Date(Date.parse('2026-11-01T00:00:00Z') + hours * hour * 1000).toISOString();
const window = (from: number, to: number) => ({ from: Date.parse(at(from)), to: Date.parse(at(to)) });
/** At `when`, the last complete recovery point is of `since`. */
const point = (when: number, since: number, rpoHours = 24): ProtectionEvent => ({
  at: at(when),
  protection: { protectedSince: at(since), rpoSeconds: rpoHours * hour },
});

test('a recovery point within each RPO is a share of one, without gaps', () => {
  const events = [point(1, 0), point(21, 20), point(41, 40)];
  expect(complianceOf(events, window(1, 60))).toEqual({
    measuredSeconds: 59 * hour,
    metSeconds: 59 * hour,
    share: 1,
    gaps: [],
  });
});

test('a gap is from when the last one is too old until the next has ended, not until the next is scheduled', () => {
  // That of hour 0 is good until 24; that of hour 28 ended at 30.
  const found = complianceOf([point(1, 0), point(30, 28)], window(1, 41));
  expect(found.gaps).toEqual([{ from: at(24), to: at(30) }]);
  expect(found).toMatchObject({ measuredSeconds: 40 * hour, metSeconds: 34 * hour, share: 34 / 40 });
});

test('a failed one in the middle of a gap makes no second gap', () => {
  const found = complianceOf([point(1, 0), point(30, 0), point(40, 39)], window(1, 41));
  expect(found.gaps).toEqual([{ from: at(24), to: at(40) }]);
});

test('what was is judged by the RPO of the time: raised later, it mends nothing, and lowered later, it breaks nothing', () => {
  const strict = [point(1, 0, 2), point(10, 9, 2)];
  expect(complianceOf([...strict, point(12, 11, 100)], window(1, 12)).gaps).toEqual([
    { from: at(2), to: at(10) },
    { from: at(11), to: at(12) },
  ]);
  const lenient = [point(1, 0, 100), point(50, 49, 100)];
  expect(complianceOf([...lenient, point(52, 51, 1)], window(1, 52)).share).toBe(1);
  // From the moment on that it was known, it counts.
  expect(complianceOf([...lenient, point(52, 49, 1)], window(1, 54)).gaps).toEqual([{ from: at(52), to: at(54) }]);
});

test('nothing is measured before the first event, and nothing at all without one', () => {
  expect(complianceOf([point(10, 9)], window(0, 20))).toMatchObject({ measuredSeconds: 10 * hour, share: 1 });
  expect(complianceOf([], window(0, 20))).toMatchObject({ measuredSeconds: 0, share: null, gaps: [] });
  expect(complianceOf([point(30, 29)], window(0, 20)).share).toBeNull();
});

test('a gap that is there when the window begins, and one that is there when it ends, are cut at its edges', () => {
  const events = [point(1, 0), point(40, 39)];
  expect(complianceOf(events, window(30, 80)).gaps).toEqual([
    { from: at(30), to: at(40) },
    { from: at(63), to: at(80) },
  ]);
});

test('a database that is protected no more is not measured, and one that is protected again is', () => {
  const events = [point(1, 0), { at: at(10), protection: null }, point(100, 99)];
  expect(complianceOf(events, window(1, 110))).toMatchObject({ measuredSeconds: 19 * hour, share: 1 });
});

test('gaps and what was met make up what was measured, in whatever order the events come', () => {
  const event = fc.record({
    at: fc.integer({ min: 0, max: 500 }),
    since: fc.integer({ min: 0, max: 500 }),
    rpo: fc.integer({ min: 1, max: 48 }),
    ends: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.uniqueArray(event, { selector: (one) => one.at }), fc.integer({ min: 0, max: 400 }), (all, from) => {
      const events = all.map((one) =>
        one.ends ? { at: at(one.at), protection: null } : point(one.at, Math.min(one.at, one.since), one.rpo),
      );
      const found = complianceOf(events, window(from, from + 100));
      const missed = found.gaps.reduce((sum, gap) => sum + (Date.parse(gap.to) - Date.parse(gap.from)) / 1000, 0);
      expect(found.metSeconds + missed).toBeCloseTo(found.measuredSeconds);
      expect(complianceOf([...events].reverse(), window(from, from + 100))).toEqual(found);
    }),
  );
});

test('a recovery point that was in flight when protection ended begins it no more', () => {
  const retired = { at: at(30), protection: null };
  expect(complianceOf([point(1, 0), retired, point(31, 29)], window(1, 100)).measuredSeconds).toBe(29 * hour);
  // The next lifecycle begins anew.
  expect(complianceOf([point(1, 0), retired, point(31, 29), point(51, 50)], window(1, 61)).measuredSeconds).toBe(
    39 * hour,
  );
});
