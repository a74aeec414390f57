import fc from 'fast-check';
import { verificationUnits } from '../../../../src/core/drill/drillVerification';

it('leaves out no shard, takes none twice, and makes at most 64 pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000_000_000), { maxLength: 500 }), (sizes) => {
      const units = verificationUnits(sizes.map((bytes) => ({ bytes })));
      expect(units.length).toBeLessThanOrEqual(64);
      expect(units.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual([
        ...sizes.keys(),
      ]);
      expect(units.every(({ from, to }) => from < to)).toBe(true);
    }),
  );
});

it('makes pieces of about equal size, so that all workers have something to do', () => {
  const units = verificationUnits(Array.from({ length: 640 }, () => ({ bytes: 100 })));
  expect(units).toHaveLength(64);
  expect(units.every(({ from, to }) => to - from === 10)).toBe(true);
});
