import { simulate } from './simulate';

interface Year {
  readonly breaches: number;
  readonly opened: number;
  readonly resolved: number;
  readonly stillOpen: number;
  readonly differences: readonly string[];
  readonly protectedMarked: number;
  readonly stock: { readonly highWater: number; readonly of: number; readonly overflows: number };
  readonly recoveryPoints: number;
  readonly deleted: number;
  readonly activations: number;
}

/** The command `npm run simulate:year`, of a shorter time. */
const year = (days: string, ...more: readonly string[]) => simulate<Year>('year', '--days', days, ...more);

describe('a fleet that lives for weeks in virtual time', () => {
  it('opens and resolves each breach once, and keeps at the end of each day what the text keeps', () => {
    const { breaches, opened, resolved, stillOpen, differences, protectedMarked, stock, deleted } = year('30');
    expect(differences).toEqual([]);
    expect([opened, resolved]).toEqual([breaches, breaches - stillOpen]);
    expect(protectedMarked).toBe(0);
    expect(stock.overflows).toBe(0);
    expect(stock.highWater).toBeLessThanOrEqual(stock.of);
    // It is not right because nothing ever happens.
    expect(breaches).toBeGreaterThan(5);
    expect(deleted).toBeGreaterThan(200);
  });

  it('sees that nobody is told, and that nothing waits, where such a bug is planted', () => {
    const silent = year('3', '--plant', 'silent-watchdog');
    expect(silent.opened).toBe(0);
    expect(silent.differences.join('\n')).toContain('was not opened');
    expect(year('3', '--plant', 'wait-ignored').differences.join('\n')).toContain('unmarked-deleted');
  });

  it('lives the same life again', () => {
    const [first, second] = [year('2'), year('2')].map(({ activations, recoveryPoints, deleted }) => [
      activations,
      recoveryPoints,
      deleted,
    ]);
    expect(second).toEqual(first);
  });
});
