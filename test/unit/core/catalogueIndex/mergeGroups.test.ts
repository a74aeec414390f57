import { type JudgedCopy, pointsOf } from '../../../../src/core/catalogue/judgedCopy';
import { type CopyGroup } from '../../../../src/core/catalogueIndex/copyGroup';
import { mergeGroups } from '../../../../src/core/catalogueIndex/mergeGroups';
import { lookedCopy, lookedDatabase } from '../../../fakes/fleetLook';

const [shop, stock] = [lookedDatabase({ id: 'shop' }), lookedDatabase({ id: 'stock' })];
const copy = (of: typeof shop, place: string, hours: number, doubt: string | null = null) =>
  lookedCopy({ of, place, hours, doubt });
const group = (...copies: readonly JudgedCopy[]): CopyGroup => ({
  key: pointsOf(copies[0]?.recoveryPoint ?? ''),
  copies,
});

function merged(...shards: readonly (readonly CopyGroup[])[]) {
  const twins = { count: 0 };
  const groups = [
    ...mergeGroups(
      shards.map((groups) => groups.values()),
      twins,
    ),
  ];
  const told = groups.map(({ key, copies }) => [
    key.split('/').pop(),
    ...copies.map(({ place, doubt }) => (doubt === null ? place : `${place}: ${doubt}`)),
  ]);
  return { told, twins: twins.count };
}

describe('shards are merged', () => {
  test('to one resource after the other, with all its copies, the newest first', () => {
    expect(
      merged(
        [group(copy(shop, 'source', 30)), group(copy(stock, 'source', 1))],
        [group(copy(shop, 'secure', 6), copy(shop, 'secure', 30))],
        [group(copy(stock, 'other-cloud', 1))],
      ),
    ).toEqual({
      told: [
        ['shop', 'secure', 'secure', 'source'],
        ['stock', 'other-cloud', 'source'],
      ],
      twins: 0,
    });
  });

  test('a copy that stands in two shards, or twice in one, is one', () => {
    const one = copy(shop, 'secure', 6);
    expect(merged([group(one)], [group(one)])).toEqual({ told: [['shop', 'secure']], twins: 1 });
    expect(merged([group(one, one)])).toEqual({ told: [['shop', 'secure']], twins: 1 });
  });

  test('of twins, the one that is believed counts, whichever comes first', () => {
    const [believed, doubted] = [copy(shop, 'secure', 6), copy(shop, 'secure', 6, 'odd')];
    expect(merged([group(believed)], [group(doubted)]).told).toEqual([['shop', 'secure']]);
    expect(merged([group(doubted)], [group(believed)]).told).toEqual([['shop', 'secure']]);
  });

  test('a copy counts for one resource, although its tag was changed between two readings', () => {
    const one = copy(shop, 'secure', 6);
    const retagged = { ...one, recoveryPoint: one.recoveryPoint.replace('/shop/', '/stock/') };
    expect(merged([group(one)], [group(retagged)])).toEqual({ told: [['shop', 'secure'], ['stock']], twins: 1 });
  });

  test('an export that fills two vaults has a place for each', () => {
    const one = copy(shop, 'other-cloud', 6);
    expect(merged([group(one)], [group({ ...one, place: 'third-cloud' })]).told).toEqual([
      ['shop', 'other-cloud', 'third-cloud'],
    ]);
  });
});
