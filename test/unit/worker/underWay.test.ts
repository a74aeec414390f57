import { UnderWay } from '../../../src/worker/underWay';

const begin = (underWay: UnderWay, workflowId: string) =>
  underWay.observe({ activity: 'transferShard', kind: '', step: '', workflowId, args: [] });

test('what a worker works on is named, the same twice, until it has ended', () => {
  const underWay = new UnderWay();
  const [endFirst] = [begin(underWay, 'a'), begin(underWay, 'a'), begin(underWay, 'b')];
  expect(underWay.words).toEqual(['transferShard of a', 'transferShard of a', 'transferShard of b']);
  endFirst?.({ outcome: 'done' });
  expect(underWay.words).toEqual(['transferShard of a', 'transferShard of b']);
});

test('much of it is counted, and ten of it are named', () => {
  const underWay = new UnderWay();
  for (let i = 0; i < 12; i += 1) begin(underWay, String(i));
  expect(underWay.count).toBe(12);
  expect(underWay.words).toHaveLength(11);
  expect(underWay.words.at(-1)).toBe('2 more');
});
