import { step } from '../../../../src/core/steps/step';
import { StepGraph } from '../../../../src/core/steps/stepGraph';
import { percentDone } from '../../../../src/core/steps/walk';

const planned = (id: string, seconds: number, behind: readonly string[] = []) =>
  step({
    id,
    type: id,
    scope: { account: '1', region: 'eu-west-1', access: 'vault' },
    marker: id,
    expects: { seconds, secondsPerGiB: 1 },
    behind,
  });

test('the percentage is of the expected time, by what was learnt where something was', () => {
  const graph = new StepGraph([planned('a', 90), planned('b', 890)]);
  expect(percentDone({ sizeGiB: 10, learned: {} }, graph)).toBe(0);
  graph.end('a', 1);
  expect(percentDone({ sizeGiB: 10, learned: {} }, graph)).toBe(10);
  expect(percentDone({ sizeGiB: 10, learned: { a: 900 } }, graph)).toBe(50);
  graph.end('b', 2);
  expect(percentDone({ sizeGiB: 10, learned: {} }, graph)).toBe(100);
  expect(percentDone({ sizeGiB: 10, learned: {} }, new StepGraph())).toBe(0);
});

test('a step is handed what came of those that it stands behind, as far as they came to something', () => {
  const graph = new StepGraph([planned('a', 1), planned('b', 1), planned('c', 1, ['a', 'b'])]);
  graph.end('a', 1, { notes: ['slow'] });
  graph.fail('b', { type: 'Unknown', message: 'lost' }, 2);
  expect(graph.resultsBehind(graph.step('c'))).toEqual({ a: { notes: ['slow'] } });
  expect([graph.endedAt('a'), graph.endedAt('c'), graph.isDone('b'), graph.isDone('nowhere')]).toEqual([
    1,
    undefined,
    false,
    false,
  ]);
});
