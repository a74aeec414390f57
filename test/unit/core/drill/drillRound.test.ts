import fc from 'fast-check';
import { drawn } from '../../../../src/core/drill/drillRound';

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
