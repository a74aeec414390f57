import { type ListedCopy } from '../../../../src/core/catalogue/catalogue';
import { pointsOf } from '../../../../src/core/catalogue/judgedCopy';
import { decodeGroup, encodeGroup, ShardFault } from '../../../../src/core/catalogueIndex/copyGroup';
import { troubledLook } from '../../../fakes/fleetLook';

const anywhere = () => true;

const copies: readonly ListedCopy[] = troubledLook().copies;
const [first] = copies;
if (first === undefined) throw new Error('the look has no copies');
const key = pointsOf(first.recoveryPoint);
const ofFirst = copies.filter(({ recoveryPoint }) => pointsOf(recoveryPoint) === key);

/** What judges a copy goes by no more than this. */
function judged({ copy, stored, ...common }: ListedCopy) {
  if (copy === null) {
    const { objects: _o, manifestSha256: _m, holds: _h, ...kept } = stored;
    return { ...common, copy, stored: kept };
  }
  const { percent: _p, keyArn: _k, sourceArn: _s, resourceId: _r, ...kept } = copy;
  return { ...common, stored, copy: kept };
}

const changed = (change: Partial<Omit<ListedCopy, 'copy' | 'stored'>>): ListedCopy => ({ ...first, ...change });

describe('a line of a shard', () => {
  test('has of each copy what it is judged by', () => {
    expect(new Set(ofFirst.map(({ place }) => place))).toContain('other-cloud');
    expect(decodeGroup(encodeGroup({ key, copies: ofFirst }), null, anywhere)).toEqual({
      key,
      copies: ofFirst.map(judged),
    });
  });

  test.each<[string, ListedCopy]>([
    ['that is not believed', changed({ doubt: 'its tags say that it lies in secure' })],
    ['whose tags contradict each other about its time', changed({ scheduledTime: 'yesterday' })],
    ['without a time of its data', changed({ dataTime: null })],
    ['that is held', changed({ hold: 'why=ticket 4711 "quoted"\n' })],
    ['of another incarnation', changed({ incarnation: 'cluster-ABC', temporary: true, verified: null })],
    [
      'whose ARN does not end with its name, and whose service tells the time of its data',
      {
        ...changed({}),
        stored: null,
        copy: { ...first.copy!, arn: 'arn:odd', takenAt: '2026-11-20T01:59:00Z', rawStatus: '0', status: 'other' },
      },
    ],
  ])('has a copy %s', (_, copy) => {
    const [back] = decodeGroup(encodeGroup({ key, copies: [copy] }), null, anywhere).copies;
    expect(back).toEqual(judged(copy));
  });

  test('has objects that left tables out, and why nothing proves them', () => {
    const stored = ofFirst.find(({ place }) => place === 'other-cloud');
    if (stored?.stored === null || stored === undefined) throw new Error('nothing lies in the bucket');
    const copy: ListedCopy = {
      ...stored,
      stored: {
        ...stored.stored,
        ...{
          bundleSha256: null,
          skippedTables: [
            { table: 'shop.orders', reason: null },
            { table: 'a.b', reason: 'r' },
          ],
        },
        proof: { type: 'unproven', why: 'no vault has it' },
      },
    };
    expect(decodeGroup(encodeGroup({ key, copies: [copy] }), null, anywhere).copies).toEqual([judged(copy)]);
  });

  test('is refused where a copy does not belong there: whoever can write into the bucket may have put it there', () => {
    const line = encodeGroup({ key, copies: [changed({ place: 'secure' })] });
    expect(decodeGroup(line, 'secure', (place) => place === 'secure').copies).toHaveLength(1);
    expect(() => decodeGroup(line, 'secure-dr', (place) => place === 'secure-dr')).toThrow(/a copy lies in secure/);
    const elsewhere = encodeGroup({ key: 'aurora-cluster/1/2/other', copies: [changed({})] });
    expect(() => decodeGroup(elsewhere, 'secure', anywhere)).toThrow(/a copy is of /);
  });

  test.each([
    '',
    'no JSON',
    '{}',
    '[]',
    '["a",[],[7]]',
    '["a",[1],[]]',
    '["a",["w"],[["a/b","t",null,0,9]]]',
    '[1,[],[]]',
  ])('is refused where it is %j', (line) => {
    expect(() => decodeGroup(line, 'secure', anywhere)).toThrow(ShardFault);
  });

  test('is refused where any of its fields has another form', () => {
    const [, words, rows] = JSON.parse(encodeGroup({ key, copies: [first] })) as [string, string[], unknown[][]];
    const [row = []] = rows;
    for (let i = 0; i < row.length; i++)
      for (const value of [{}, true, -2]) {
        const line = JSON.stringify([key, words, [[...row.slice(0, i), value, ...row.slice(i + 1)]]]);
        expect(() => decodeGroup(line, 'secure', anywhere)).toThrow(ShardFault);
      }
    expect(() => decodeGroup(JSON.stringify([key, words, [[...row, 1]]]), 'secure', anywhere)).toThrow(ShardFault);
  });
});
