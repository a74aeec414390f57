import { fleetCost, type PriceTable } from '../../../../src/core/report/cost';
import { fleetReport, mostPoints, reckon } from '../../../../src/core/report/fleetReport';
import { fleetLook, lookedCopy, lookedDatabase, lookedTemporal, troubledLook } from '../../../fakes/fleetLook';

const prices: PriceTable = {
  ...{ asOf: '2026-09-20', currency: 'USD', sources: [], changedPerDay: 0.01 },
  kinds: {
    'aurora-cluster': { copies: 'full', copyGbMonth: { 'eu-west-1': 0.02, '*': 0.03 } },
    'rds-instance': { copies: 'incremental', copyGbMonth: { '*': [0.1, 0.2] } },
  },
  ...{ exportGb: { '*': 0.01 }, betweenRegionsGb: { '*': 0.02 }, toOtherCloudGb: { '*': 0.09 } },
  bucketGbMonth: { gs: { '*': 0.02 } },
};

describe('a report', () => {
  const report = fleetReport(troubledLook(), prices);

  test('has the worst resources first, and counts how they stand', () => {
    expect(report.resources.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'billing missed',
      'sessions missed',
      'newcomer never',
      'reports paused',
      'shop-orders met',
      'ledger no-tier',
      'scratch no-tier',
    ]);
    expect(report.glance).toMatchObject({
      resources: 7,
      states: { missed: 2, never: 1, unknown: 0, paused: 1, met: 1, 'at-rest': 0, 'no-tier': 2 },
      underWay: 2,
    });
  });

  test('tells each place of each tier', () => {
    expect(report.tiers.map(({ tier, places }) => [tier, ...places.map(({ met, of }) => `${met}/${of}`)])).toEqual([
      ['standard', '3/4', '2/4', '2/4'],
      ['hot', '1/1', '0/1'],
    ]);
    expect(report.tiers[1]?.places[1]).toMatchObject({ oldestSeconds: 9000 });
    // One of them has none there.
    expect(report.tiers[0]?.places[0]).toMatchObject({ oldestSeconds: null });
  });

  test('has points with what is proven where, the newest first', () => {
    const sessions = report.resources.find(({ id }) => id === 'sessions');
    expect(sessions?.points[0]).toEqual({
      scheduledTime: '2026-11-21T11:30:00Z',
      verified: ['secure'],
      others: ['secure-dr'],
    });
    expect(sessions?.points[2]).toMatchObject({ verified: ['secure', 'secure-dr'], others: [] });
    const shop = lookedDatabase({ id: 'shop' });
    const copies = Array.from({ length: 60 }, (_, i) => lookedCopy({ of: shop, place: 'secure', hours: i + 1 }));
    expect(fleetReport(fleetLook([shop], copies), prices).resources[0]?.points).toHaveLength(mostPoints);
  });

  test('counts by place what retention does', () => {
    expect(report.retention?.places.find(({ place }) => place === 'secure-dr')).toEqual({
      place: 'secure-dr',
      ...{ stay: 55, go: 6, marked: 0, leftAlone: 2 },
    });
    expect(report.retention?.doomed).toHaveLength(22);
  });

  test('tells what is marked, and goes first', () => {
    const shop = lookedDatabase({ id: 'shop' });
    const copies = Array.from({ length: 20 }, (_, day) => {
      const mark = day === 15 ? { mark: '2026-11-22T00:00:00Z abc' } : {};
      return lookedCopy({ of: shop, place: 'secure', hours: day * 24 + 1, ...mark });
    });
    const { retention, findings } = fleetReport(fleetLook([shop], copies), prices);
    expect(retention?.doomed[0]).toMatchObject({ marked: true });
    expect(retention?.doomed.filter(({ marked }) => marked)).toHaveLength(1);
    expect(findings.find(({ check }) => check === 'prune-marked')?.message).toMatch(
      /^1 copy is marked, and deleted from /,
    );
  });

  test('a tier whose schedule is paused pauses its resources', () => {
    const shop = lookedDatabase({ id: 'shop' });
    const temporal = lookedTemporal([shop]);
    const pause = { by: null, reason: '', since: null, until: null };
    const schedules = temporal.schedules.map((one) => (one.tier === 'standard' ? { ...one, pause } : one));
    const found = fleetReport(fleetLook([shop], [], { temporal: { ...temporal, schedules } }), prices);
    expect(found.resources[0]).toMatchObject({ paused: true, state: 'paused' });
  });

  test('two of one identifier are told apart', () => {
    const both = ['999999999999', '888888888888'].map((account) => lookedDatabase({ id: 'shop', account }));
    const found = fleetReport(fleetLook(both, []), prices).resources;
    expect(found.map(({ argument }) => argument)).toEqual(found.map(({ path }) => path));
    expect(found[0]?.name).toBe('aurora-cluster shop (888888888888/eu-west-1)');
  });
});

const near = (value: number) => expect.closeTo(value) as number;

describe('cost', () => {
  const costOf = (kind: string, tier: string) => {
    const one = lookedDatabase({ id: 'shop', kind, tier, sizeGiB: 100 });
    const copies = ['secure', 'secure-dr', 'other-cloud'].map((place) => lookedCopy({ of: one, place, hours: 1 }));
    const look = fleetLook([one], copies);
    const cost = fleetCost(look, reckon(look).freshness, prices);
    const item = (name: string, place: string) =>
      cost.items.find((found) => found.item === name && found.place === place);
    return { cost, item };
  };

  test('of full copies: all that the retention keeps, at the price of their region; 30 copies a month across', () => {
    const { cost, item } = costOf('aurora-cluster', 'standard');
    expect(item('storage', 'secure')).toMatchObject({
      low: near(14 * 100 * 0.02),
      high: near(14 * 100 * 0.02),
    });
    expect(item('storage', 'secure-dr')?.high).toBeCloseTo(14 * 100 * 0.03);
    // At the source the service may charge nothing.
    expect(item('storage', 'source')).toMatchObject({ low: 0, high: near(28) });
    expect(item('between-regions', 'secure-dr')).toMatchObject({ low: near(60), high: near(60) });
    expect(item('exports', 'other-cloud-export')?.high).toBeCloseTo(30 * 100 * 0.01);
    // A record tells what it takes: 40 GiB.
    expect(item('storage', 'other-cloud')?.high).toBeCloseTo(14 * 40 * 0.02);
    expect(item('to-other-cloud', 'other-cloud')?.high).toBeCloseTo(30 * 40 * 0.09);
    expect(cost.high).toBeCloseTo(cost.items.reduce((sum, { high }) => sum + high, 0));
    expect(cost.resources).toMatchObject([{ low: cost.low, high: cost.high }]);
  });

  test('of incremental ones: from the first with what has changed since, to all of them whole', () => {
    const { item } = costOf('rds-instance', 'standard');
    expect(item('storage', 'secure')).toMatchObject({
      low: near(100 * 1.14 * 0.1),
      high: near(14 * 100 * 0.2),
    });
    expect(item('between-regions', 'secure-dr')).toMatchObject({ low: near(0.6), high: near(60) });
  });

  test('says what the table has no price of, and whose size is a guess', () => {
    expect(costOf('neptune-cluster', 'standard').cost).toMatchObject({
      high: 0,
      unpriced: [{ kind: 'neptune-cluster', resources: 1 }],
    });
    const look = fleetLook([lookedDatabase({ id: 'new', sizeGiB: 1 })], []);
    expect(fleetCost(look, reckon(look).freshness, prices).sizesGuessed).toBe(1);
  });
});
