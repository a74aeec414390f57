import fc from 'fast-check';
import { estimateMakespan } from '../../../../src/client/backup/estimateMakespan';
import {
  type LimitLoad,
  limitLoads,
  tierLoads,
  type TierRhythm,
  type TierRoute,
} from '../../../../src/client/backup/fleetLoad';
import { limitLoadText, tierLoadText } from '../../../../src/client/backup/loadText';
import { parseDuration } from '../../../../src/core/duration';
import { step, type Step } from '../../../../src/core/steps/step';

const hour = 3600;
const scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' } as const;

/** A snapshot without a limit, and a copy under one. */
function route(copySeconds: number, { tier = 'standard', snapshotSeconds = 600, capacity = 5 } = {}): TierRoute {
  const limit = { account: scope.account, region: scope.region, limit: 'copies', capacity };
  const of = (id: string, seconds: number) =>
    ({ id, type: id, scope, marker: id, expects: { seconds, secondsPerGiB: 0 } }) as const;
  return {
    tier,
    steps: [step(of('snapshot', snapshotSeconds)), step({ ...of('copy', copySeconds), after: ['snapshot'], limit })],
    secondsOf: ({ expects }: Step) => expects.seconds,
  };
}
const many = (count: number, one: () => TierRoute) => Array.from({ length: count }, one);
const daily = { name: 'standard', rpoSeconds: 36 * hour, longestSeconds: 24 * hour, meanSeconds: 24 * hour };

describe('how a limit carries a fleet', () => {
  test('few resources are carried, and nobody is told', () => {
    const [load] = limitLoads(
      many(5, () => route(hour)),
      [daily],
    );
    expect(load).toMatchObject({ steps: 5, resources: 5, verdict: 'carried', enoughCapacity: 5 });
    expect(load?.busy).toBeCloseTo(5 / (5 * 24));
    // No copy can begin before its snapshot is there.
    expect(load?.rounds[0]?.leastSeconds).toBe(600 + hour);
    expect(load && limitLoadText(load)).toBeNull();
  });

  test('work that its slots cannot do between two rounds piles up: as many fit as they can do', () => {
    const rare = { ...daily, rpoSeconds: 1000 * hour };
    const [load] = limitLoads(
      many(240, () => route(hour)),
      [rare],
    );
    // 5 slots do 120 hours of work a day.
    expect(load).toMatchObject({ busy: 2, verdict: 'exceeded', fits: 120 });
    // Four fifths of 24 h each: 240 / 19.2 = 12.5.
    expect(load?.enoughCapacity).toBe(13);
    expect(load?.rounds[0]?.enough?.intervalSeconds).toBe(60 * hour);
  });

  test('a round that is through too late misses the RPO, though the slots would do for the day', () => {
    const [load] = limitLoads(
      many(80, () => route(hour, { snapshotSeconds: 0 })),
      [daily],
    );
    // 80 h by 5 slots are 16 h, and the RPO leaves 12.
    expect(load?.busy).toBeCloseTo(2 / 3);
    expect(load).toMatchObject({ verdict: 'exceeded', fits: 60, enoughCapacity: 9 });
    expect(load?.rounds).toMatchObject([{ leastSeconds: 16 * hour, roomSeconds: 12 * hour }]);
    expect(load?.rounds[0]?.share).toBeCloseTo(4 / 3);
    expect(load && limitLoadText(load)).toBe(
      'quota: copies in 111111111111/eu-west-1 cannot carry the fleet: 5 at once are busy 67 % of the time; ' +
        'a round of tier standard takes 16h at the least, 133 % of the 12h that its rpo leaves; of 80 such resources 60 fit. ' +
        'Any one of these would carry it: 9 at once, if AWS grants that; the same work in 2 accounts or regions; ' +
        'a round of tier standard every 1d with an rpo of 1d20h',
    );
  });

  test('as many as it says fit, and no more', () => {
    const routes = many(300, () => route(hour));
    const fits = limitLoads(routes, [daily])[0]?.fits ?? 0;
    expect(limitLoads(routes.slice(0, fits), [daily])).not.toMatchObject([{ verdict: 'exceeded' }]);
    expect(limitLoads(routes.slice(0, fits + 1), [daily])).toMatchObject([{ verdict: 'exceeded' }]);
  });

  const critical = { name: 'critical', rpoSeconds: 8 * hour, longestSeconds: 4 * hour, meanSeconds: 4 * hour };
  const tiers = [daily, critical];
  const two = (standard: number, copySeconds: number, others: number, othersSeconds: number) => [
    ...many(standard, () => route(copySeconds)),
    ...many(others, () => route(othersSeconds, { tier: 'critical' })),
  ];
  const isCarried = (routes: readonly TierRoute[], rhythms: readonly TierRhythm[]) =>
    [...limitLoads(routes, rhythms), ...tierLoads(routes, rhythms)].every(({ verdict }) => verdict === 'carried');
  const withSlots = (routes: readonly TierRoute[], capacity: number) =>
    routes.map(({ steps, ...rest }) => ({
      ...rest,
      steps: steps.map((one) => ({ ...one, limit: one.limit === null ? null : { ...one.limit, capacity } })),
    }));
  const rarer = (one: TierRhythm, intervalSeconds: number, rpoSeconds: number) => ({
    ...one,
    rpoSeconds,
    longestSeconds: intervalSeconds,
    meanSeconds: intervalSeconds,
  });
  const changed = ({ rounds }: LimitLoad) =>
    tiers.map((one) => {
      const enough = rounds.find(({ tier }) => tier === one.name)?.enough ?? null;
      return enough === null ? one : rarer(one, enough.intervalSeconds, enough.rpoSeconds);
    });
  /** As people read it, in whole hours. */
  const changedAsTold = (load: LimitLoad) =>
    tiers.map((one) => {
      const told = new RegExp(`tier ${one.name} every (\\w+) with an rpo of (\\w+)`).exec(limitLoadText(load) ?? '');
      const [interval, rpo] = [told?.[1], told?.[2]].map((text) => parseDuration(text ?? ''));
      return interval && rpo ? rarer(one, interval, rpo) : one;
    });

  function expectEnough(routes: readonly TierRoute[]): void {
    const [load] = limitLoads(routes, tiers);
    if (load === undefined) return;
    const { enoughCapacity, verdict } = load;
    // Where none is named, none helps.
    expect(isCarried(withSlots(routes, enoughCapacity ?? 100_000), tiers)).toBe(enoughCapacity !== null);
    expect(isCarried(routes, changed(load))).toBe(true);
    if (verdict !== 'carried') expect(isCarried(routes, changedAsTold(load))).toBe(true);
  }

  test.each([
    ['one tier has too much', two(300, hour, 0, 0)],
    ['one tier is late, and another harmless', two(80, hour, 1, 60)],
    ['one tier is late, and a resource of another takes longer than it may', two(80, hour, 1, 5 * hour)],
    ['both are late', two(80, hour, 25, hour)],
    ['all work together is too much, and each tier alone would do', two(45, hour, 14, hour)],
    ['few resources take nearly all that the RPO leaves', two(3, 11 * hour, 1, 60)],
    ['few resources share many slots', two(2, hour, 3, 60)],
  ])('what it says would be enough is enough where %s', (_, routes) => {
    expectEnough(routes);
  });

  test('so it is of any two tiers', () => {
    const count = fc.integer({ min: 0, max: 120 });
    const seconds = fc.integer({ min: 1, max: 14 * hour });
    fc.assert(
      fc.property(count, seconds, count, seconds, (standard, copySeconds, others, othersSeconds) => {
        expectEnough(two(standard, copySeconds, others, othersSeconds));
      }),
      { numRuns: 100 },
    );
  });

  test('a tier that is harmless is told to change nothing, and what is told is one remedy', () => {
    const routes = two(80, hour, 1, 60);
    const [load] = limitLoads(routes, tiers);
    expect(load).toMatchObject({ verdict: 'exceeded', fits: null, rounds: [{}, { tier: 'critical', enough: null }] });
    expect(load && limitLoadText(load)).toMatch(/accounts or regions; a round of tier standard every 1d with .*$/);
    expect(load && limitLoadText(load)).not.toMatch(/round of tier critical every|resources \d+ fit/);
  });

  test('where the work of all is too much, all rounds become rarer alike, together', () => {
    const [load] = limitLoads(two(45, hour, 18, hour), tiers);
    const [standard, other] = load?.rounds ?? [];
    expect(load?.busy).toBeCloseTo((45 / 24 + 18 / 4) / 5);
    expect(standard?.enough?.intervalSeconds).toBeCloseTo((24 * hour * (load?.busy ?? 0)) / 0.8, -1);
    expect(other?.enough?.intervalSeconds).toBeCloseTo((4 * hour * (load?.busy ?? 0)) / 0.8, -1);
    expect(load && limitLoadText(load)).toMatch(/; a round of tier standard every [^;]* and a round of tier critical/);
  });

  test('where one resource takes too long, no capacity is named', () => {
    const [load] = limitLoads(two(0, 0, 60, 4 * hour), tiers);
    expect(load).toMatchObject({ verdict: 'exceeded', enoughCapacity: null, fits: null });
    expect(load && limitLoadText(load)).toMatch(/leaves\. This would carry it: a round of tier critical every [^;]*$/);
  });

  test('slots that nothing needs make no round shorter than its longest resource', () => {
    const routes = [route(hour, { capacity: 50 }), route(5 * hour, { capacity: 50 })];
    expect(limitLoads(routes, [daily])[0]?.rounds[0]?.leastSeconds).toBe(600 + 5 * hour);
  });

  test('rounds that follow each other closely count each, and not once for their longest pause', () => {
    const twice = { ...daily, longestSeconds: 23 * hour, meanSeconds: 12 * hour };
    const [load] = limitLoads(
      many(40, () => route(hour)),
      [twice],
    );
    expect(load?.busy).toBeCloseTo(80 / 120);
  });

  test('above four fifths people are warned', () => {
    const [load] = limitLoads(
      many(52, () => route(hour, { snapshotSeconds: 0 })),
      [daily],
    );
    expect(load?.verdict).toBe('tight');
    expect(load && limitLoadText(load)).toMatch(/^quota: copies in 111111111111\/eu-west-1 hardly carries the fleet: /);
  });

  test('all tiers share it', () => {
    const other = { ...daily, name: 'critical' };
    const [load] = limitLoads(
      [...many(40, () => route(hour, { snapshotSeconds: 0 })), ...many(40, () => route(hour, { tier: 'critical' }))],
      [daily, other],
    );
    expect(load?.resources).toBe(80);
    expect(load?.busy).toBeCloseTo(80 / 120);
    expect(load?.rounds.map(({ tier, resources }) => [tier, resources])).toEqual([
      ['standard', 40],
      ['critical', 40],
    ]);
  });

  test('it is a lower bound: no round that is played through is earlier', () => {
    for (const count of [1, 4, 5, 6, 37]) {
      const routes = many(count, () => route(hour));
      const [load] = limitLoads(routes, [daily]);
      expect(load?.rounds[0]?.leastSeconds).toBeLessThanOrEqual(estimateMakespan(routes));
      expect(load?.rounds[0]?.leastSeconds).toBeGreaterThan(0);
    }
  });
});

describe('how an RPO carries its longest resource', () => {
  test('one that takes longer than the RPO leaves is told, since no quota helps', () => {
    const routes = [route(hour), route(13 * hour, { snapshotSeconds: 0 })];
    const [load] = tierLoads(routes, [daily]);
    expect(load).toMatchObject({ resources: 2, longestPathSeconds: 13 * hour, verdict: 'exceeded' });
    expect(load && tierLoadText(load)).toBe(
      'rpo: tier standard cannot keep its rpo of 1d12h, whatever the quotas: 1d lie between two rounds, and its longest resource takes 13h',
    );
    expect(limitLoads(routes, [daily])).toMatchObject([{ verdict: 'carried' }]);
  });

  test('a schedule that leaves no time is the fault of the tier, and of no limit', () => {
    const none = { ...daily, rpoSeconds: 24 * hour };
    expect(tierLoads([route(hour)], [none])).toMatchObject([{ verdict: 'exceeded' }]);
    expect(limitLoads([route(hour)], [none])).toMatchObject([
      { verdict: 'carried', rounds: [{ roomSeconds: 0, share: null }] },
    ]);
  });

  test('tiers without resources are left out', () => {
    expect(tierLoads([], [daily])).toEqual([]);
  });
});
