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
      'shop-orders met',
      'reports met',
      'ledger no-tier',
      'scratch no-tier',
    ]);
    expect(report.glance).toMatchObject({
      resources: 7,
      states: { missed: 2, never: 1, unknown: 0, waiting: 0, met: 2, 'at-rest': 0, 'no-tier': 2 },
      paused: 1,
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

  test('tells when what is marked goes: by its mark, if that counts, as `prune --plan` does', () => {
    const copies = (mark: (policy: string) => string) => {
      const plain = Array.from({ length: 20 }, (_, day) => day * 24 + 1);
      const [policy = ''] = fleetLook(
        [shop],
        plain.map((hours) => lookedCopy({ of: shop, place: 'secure', hours })),
      ).retention?.doomed.map((one) => one.policy) as string[];
      return plain.map((hours, day) =>
        lookedCopy({ of: shop, place: 'secure', hours, ...(day === 15 ? { mark: mark(policy) } : {}) }),
      );
    };
    const shop = lookedDatabase({ id: 'shop' });
    const reportOf = (mark: (policy: string) => string) => {
      const { retention, findings } = fleetReport(fleetLook([shop], copies(mark)), prices);
      const marked = findings.find(({ check }) => check === 'prune-marked');
      return { retention, marked: marked?.message ?? null };
    };
    const approved = reportOf((policy) => `2026-11-21T13:00:00Z ${policy} approved:abc`);
    expect(approved.retention?.doomed[0]?.departure).toEqual({ type: 'marked', after: '2026-11-21T13:00:00Z' });
    expect(approved.marked).toBe('1 copy is marked, and may be deleted from 2026-11-21T13:00:00Z on');
    // One that a brake holds, one of another policy, and one that nobody has acted upon.
    for (const mark of [
      (policy: string) => `2026-11-21T13:00:00Z ${policy}`,
      () => '2026-11-21T13:00:00Z other approved:abc',
      (policy: string) => `2026-11-01T13:00:00Z ${policy} approved:abc`,
    ]) {
      expect(reportOf(mark).retention?.doomed.map(({ departure }) => departure.type)).not.toContain('marked');
      expect(reportOf(mark).marked).toBeNull();
    }
    const look = fleetLook(
      [shop],
      copies((policy) => `2026-11-21T13:00:00Z ${policy} approved:abc`),
    );
    const found = fleetReport({ ...look, prunes: false }, prices).findings.find(
      ({ check }) => check === 'prune-marked',
    );
    expect(found?.message).toContain('once somebody runs `farcopy prune --run`');
  });

  test('says of copies in buckets that nothing deletes them', () => {
    const shop = lookedDatabase({ id: 'shop' });
    const copies = Array.from({ length: 20 }, (_, day) =>
      ['secure', 'other-cloud'].map((place) => lookedCopy({ of: shop, place, hours: day * 24 + 1 })),
    ).flat();
    const { retention } = fleetReport(fleetLook([shop], copies), prices);
    const stored = retention?.doomed.filter(({ copy }) => copy.place === 'other-cloud') ?? [];
    expect(new Set(stored.map(({ departure }) => departure.type))).toEqual(new Set(['stored']));
  });

  test('is whole only where nothing is unread or unknown, and something is protected', () => {
    const shop = lookedDatabase({ id: 'shop' });
    const fresh = ['secure', 'secure-dr', 'other-cloud'].map((place) => lookedCopy({ of: shop, place, hours: 1 }));
    const unread = { kind: null, where: 'x', account: 'x', region: 'x', message: 'denied', unreachable: false };
    const isWhole = (...given: Parameters<typeof fleetLook>) => fleetReport(fleetLook(...given), prices).isWhole;
    expect(isWhole([shop], fresh)).toBe(true);
    expect(isWhole([shop], fresh, { unreadable: [unread] })).toBe(false);
    expect(isWhole([{ ...shop, listed: false }], [])).toBe(false);
    expect(isWhole([], [])).toBe(false);
  });

  test('shows the last drill that has ended, of whichever name', () => {
    const shop = lookedDatabase({ id: 'shop' });
    const [drill] = lookedTemporal([shop]).drills;
    if (drill === undefined) throw new Error('there is a drill');
    const drills = [
      { ...drill, drill: 'daily', verdict: 'failed', startedAt: '2026-11-20T05:00:00Z' },
      { ...drill, drill: 'daily', verdict: 'running', startedAt: '2026-11-21T05:00:00Z' },
      drill,
    ];
    const look = fleetLook([shop], [], { temporal: lookedTemporal([shop], { drills }) });
    expect(fleetReport(look, prices).resources[0]?.lastDrill).toMatchObject({ drill: 'daily', verdict: 'failed' });
  });

  test('a tier whose schedule is paused pauses its resources, and their copies grow old all the same', () => {
    const shop = lookedDatabase({ id: 'shop' });
    const temporal = lookedTemporal([shop]);
    const pause = { by: null, reason: '', since: null, until: null };
    const schedules = temporal.schedules.map((one) => (one.tier === 'standard' ? { ...one, pause } : one));
    const found = fleetReport(fleetLook([shop], [], { temporal: { ...temporal, schedules } }), prices);
    expect(found.resources[0]).toMatchObject({ paused: true, state: 'never' });
    expect(found.findings.some(({ check }) => check === 'never-copied')).toBe(true);
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
    expect(item('between-regions', 'secure-dr')).toMatchObject({ low: near(60), high: near(60) });
    // A copy of a copy is whole.
    expect(item('storage', 'secure-dr')?.low).toBeCloseTo(14 * 100 * 0.1);
  });

  test('counts resources that nobody could plan', () => {
    const one = lookedDatabase({ id: 'shop' });
    const look = { ...fleetLook([one], []), routes: new Map() };
    expect(fleetCost(look, reckon(look).freshness, prices)).toMatchObject({ high: 0, notPlanned: 1 });
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
