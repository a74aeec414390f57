import { step } from '../../../../src/core/steps/step';
import { StepGraph } from '../../../../src/core/steps/stepGraph';
import { expectedEnd, percentDone } from '../../../../src/core/steps/walk';

const planned = (id: string, seconds: number, behind: readonly string[] = []) =>
  step({
    id,
    type: id,
    scope: { account: '1', region: 'eu-west-1', access: 'vault' },
    marker: id,
    expects: { seconds, secondsPerGiB: 1 },
    behind,
  });

const after = (id: string, before: string) => step({ ...planned(id, 1), after: [before] });

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

describe('when a walk will have ended', () => {
  const begun = Date.parse('2026-11-21T02:00:00Z');
  const learned = { snapshot: 60, near: 100, far: 600, other: 30 };
  const steps = [planned('snapshot', 1), ...['near', 'other'].map((id) => after(id, 'snapshot')), after('far', 'near')];
  const secondsOn = (end: number | null) => (end === null ? null : (end - begun) / 1000);
  const expected = (graph: StepGraph, paused = false, now = begun) =>
    secondsOn(expectedEnd({ learned }, graph, paused, now));

  test('is the end of its longest way, by what earlier ones took', () => {
    const graph = new StepGraph(steps);
    expect(expected(graph)).toBeNull();
    graph.start('snapshot', begun);
    expect(expected(graph)).toBe(760);
    graph.run('snapshot', begun + 10_000);
    expect(expected(graph)).toBe(760);
    graph.end('snapshot', begun + 90_000);
    expect(expected(graph)).toBe(790);
    graph.start('near', begun + 90_000);
    graph.start('other', begun + 90_000);
    expect(expected(graph)).toBe(790);
    graph.end('near', begun + 100_000);
    graph.fail('far', { type: 'Unknown', message: 'lost' }, begun + 101_000);
    expect(expected(graph)).toBe(120);
    graph.end('other', begun + 130_000);
    expect(expected(graph)).toBeNull();
  });

  test('a step that takes longer than before puts off what stands behind it', () => {
    const graph = new StepGraph(steps);
    graph.start('snapshot', begun);
    expect(expected(graph, false, begun + 600_000)).toBe(1_300);
    graph.end('snapshot', begun + 600_000);
    graph.start('near', begun + 600_000);
    graph.fail('other', { type: 'Unknown', message: 'lost' }, begun + 600_000);
    graph.end('near', begun + 700_000);
    graph.start('far', begun + 700_000);
    expect(expected(graph, false, begun + 9_000_000)).toBe(1_300);
  });

  test('nobody knows where a step waits, was never seen to end, or may not begin', () => {
    const graph = new StepGraph(steps);
    graph.start('snapshot', begun);
    expect(expected(graph, true)).toBeNull();
    expect(expectedEnd({ learned: { ...learned, far: undefined as never } }, graph, false, begun)).toBeNull();
    graph.end('snapshot', begun + 60_000);
    graph.wait('near', 'cross-region-copies', begun + 60_000);
    expect(expected(graph)).toBeNull();
  });
});
