import { estimateMakespan } from '../../../../src/client/backup/estimateMakespan';
import { limitLoads, tierLoads, type TierRoute } from '../../../../src/client/backup/fleetLoad';
import { limitLoadText, tierLoadText } from '../../../../src/client/backup/loadText';
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
    expect(load?.rounds[0]?.enough.intervalSeconds).toBe(60 * hour);
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

  test('what it says would be enough is enough', () => {
    const routes = many(300, () => route(hour));
    const [load] = limitLoads(routes, [daily]);
    const capacity = load?.enoughCapacity ?? 0;
    const [raised] = limitLoads(
      routes.map(({ tier }) => route(hour, { tier, capacity })),
      [daily],
    );
    expect(raised).toMatchObject({ verdict: 'carried' });
    const { intervalSeconds = 0, rpoSeconds = 0 } = load?.rounds[0]?.enough ?? {};
    const rarer = { ...daily, rpoSeconds, longestSeconds: intervalSeconds, meanSeconds: intervalSeconds };
    expect(limitLoads(routes, [rarer])).not.toMatchObject([{ verdict: 'exceeded' }]);
    const fitting = limitLoads(routes.slice(0, load?.fits ?? 0), [daily]);
    expect(fitting).not.toMatchObject([{ verdict: 'exceeded' }]);
    const oneMore = limitLoads(routes.slice(0, (load?.fits ?? 0) + 1), [daily]);
    expect(oneMore).toMatchObject([{ verdict: 'exceeded' }]);
  });

  test('rounds that follow each other closely count each, and not once for their longest pause', () => {
    const twice = { ...daily, longestSeconds: 23 * hour, meanSeconds: 12 * hour };
    const [load] = limitLoads(
      many(40, () => route(hour)),
      [twice],
    );
    expect(load?.busy).toBeCloseTo(80 / 120);
  });

  test('from four fifths on people are warned', () => {
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
