import fc from 'fast-check';
import { drawn, DrillRound } from '../../../../src/core/drill/drillRound';

const all = ['a', 'b', 'c', 'd'];

test('as many are drawn as were asked for, none twice, and all where there are fewer', () => {
  fc.assert(
    fc.property(
      fc.nat(6),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (n, random) => {
        const chosen = drawn(all, n, () => random.next().value as number);
        expect(chosen).toHaveLength(Math.min(n, all.length));
        expect(new Set(chosen).size).toBe(chosen.length);
      },
    ),
  );
  expect(drawn(all, null, () => 0)).toEqual(all);
});

test('each is as likely as any other', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 400; i += 1)
    for (const one of drawn(all, 1, () => (i % 400) / 400)) counts.set(one, (counts.get(one) ?? 0) + 1);
  expect([...counts.values()]).toEqual([100, 100, 100, 100]);
});

describe('a round of a drill', () => {
  const shop = (id: string) => ({ kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id, arn: id });
  const path = (id: string) => `aurora-cluster/999999999999/eu-west-1/${id}`;
  const result = (failures: readonly string[]) => ({
    version: 1 as const,
    verdict: failures.length === 0 ? ('passed' as const) : ('failed' as const),
    fleet: 'panda',
    tier: 'gold',
    drill: 'weekly',
    resource: null,
    recoveryPoint: 'point',
    dataTime: null,
    from: 'secure',
    to: null,
    rtoSeconds: 60,
    rtoObjectiveSeconds: null,
    steps: [],
    report: null,
    checks: [],
    tables: 0,
    rows: 0,
    failures,
    notes: [],
    tornDown: true as const,
  });
  const round = (...ids: string[]) => {
    const drills = new DrillRound({ version: 1, fleet: 'panda', tier: 'gold', drill: 'weekly' });
    drills.drew(ids.map(shop), ids.map(shop));
    return drills;
  };

  it('has passed when every drill has', () => {
    const drills = round('a', 'b');
    drills.drilled(shop('a'), result([]));
    expect(drills.steps.map(({ state }) => state)).toEqual(['done', 'running']);
    drills.drilled(shop('b'), result([]));
    expect(drills.summary).toMatchObject({ state: 'passed', resources: 2, passed: 2, failed: 0 });
    expect([drills.visibleState, drills.reason]).toEqual(['Completed', '']);
  });

  it('has failed partly when one has failed, and tells the first failure of each', () => {
    const drills = round('a', 'b', 'c');
    drills.drilled(shop('a'), result([]));
    drills.drilled(shop('b'), result(['no rows', 'too late', 'and', 'more']));
    drills.notPerformed(shop('c'), 'it is being drilled already');
    expect(drills.summary).toMatchObject({ state: 'failed', passed: 1, failed: 2 });
    expect(drills.summary.verdicts[1]).toMatchObject({ from: 'secure', failures: ['no rows', 'too late', 'and'] });
    expect(drills.summary.verdicts[2]).toMatchObject({ verdict: 'not-performed', recoveryPoint: null });
    expect(drills.visibleState).toBe('PartiallyFailed');
    expect(drills.reason).toBe(`${path('b')}: no rows; ${path('c')}: it is being drilled already`);
    expect(drills.lines).toEqual([
      '**3 of 3** drilled, 1 passed',
      `- ${path('a')}: passed`,
      `- ${path('b')}: failed — no rows`,
      `- ${path('c')}: not-performed — it is being drilled already`,
    ]);
  });

  it('has failed when an account could not be read, though nothing was drawn', () => {
    const drills = round();
    drills.problem('999999999999/eu-west-1: access denied');
    expect(drills.summary).toMatchObject({ state: 'failed', problems: ['999999999999/eu-west-1: access denied'] });
    expect(drills.visibleState).toBe('Failed');
  });
});
