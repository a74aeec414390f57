import { unitsOf } from '../../../src/activities/restore/loadExport';
import { type PlannedTable } from '../../../src/postgres/planRestore';

const MiB = 1024 ** 2;

function table(name: string, bytes: number): PlannedTable {
  return { table: { schema: 's', name }, folder: `d/s.${name}`, parts: 1, bytes, shards: { from: 0, to: 1 } };
}

describe('the units of a restore', () => {
  test('hold every table once, in their order', () => {
    const tables = Array.from({ length: 10_000 }, (_, i) => table(String(i), (i % 7) * MiB));
    const units = unitsOf(tables);
    expect(units.flatMap(({ from, to }) => tables.slice(from, to))).toEqual(tables);
    expect(units.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(tables.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  test('are few, however many tables there are, and small ones share one', () => {
    expect(unitsOf(Array.from({ length: 10_000 }, (_, i) => table(String(i), 100 * MiB))).length).toBeLessThanOrEqual(
      64,
    );
    expect(unitsOf([table('a', 1), table('b', 2), table('c', 0)])).toEqual([
      { from: 0, to: 3, bytes: 3, label: 's.a … s.c' },
    ]);
    expect(unitsOf([])).toEqual([]);
  });

  test('give a large table one of its own', () => {
    const units = unitsOf([table('a', 10), table('large', 1000 * MiB), table('z', 10)]);
    expect(units.map(({ label }) => label)).toEqual(['s.a', 's.large', 's.z']);
  });
});
