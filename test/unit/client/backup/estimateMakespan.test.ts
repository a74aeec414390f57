import { estimateMakespan } from '../../../../src/client/backup/estimateMakespan';
import { step, type Step } from '../../../../src/core/steps/step';

const taking = (id: string, seconds: number, after: string[] = [], capacity: number | null = null): Step =>
  step({
    id,
    type: id,
    scope: { account: '1', region: 'eu-west-1', access: 'source' },
    marker: id,
    expects: { seconds, secondsPerGiB: 0 },
    after,
    limit: capacity === null ? null : { account: '1', region: 'eu-west-1', limit: 'snapshots-in-progress', capacity },
  });
const route = (...steps: Step[]) => ({ steps, secondsOf: ({ expects }: Step) => expects.seconds });
const simple = (capacity = 5) => route(taking('snapshot', 60, [], capacity), taking('copy', 100, ['snapshot']));

describe('how long it takes to back up many at once', () => {
  test('nothing takes no time', () => {
    expect(estimateMakespan([])).toBe(0);
  });

  test('one takes its steps one after the other', () => {
    expect(estimateMakespan([simple()])).toBe(160);
  });

  test('as many as the limit lets run take as long as one, one more waits for a slot', () => {
    expect(estimateMakespan(Array.from({ length: 5 }, () => simple()))).toBe(160);
    expect(estimateMakespan(Array.from({ length: 6 }, () => simple()))).toBe(220);
  });

  test('the capacity that the plan has counts', () => {
    expect(estimateMakespan([simple(1), simple(1)])).toBe(220);
  });

  test('the longest remaining path goes first', () => {
    const long = route(taking('snapshot', 60, [], 1), taking('copy', 1000, ['snapshot']));
    expect(estimateMakespan([simple(1), long])).toBe(1060);
  });

  test('steps that do not depend on each other run side by side', () => {
    const fork = route(taking('a', 10), taking('b', 20, ['a']), taking('c', 30, ['a']));
    expect(estimateMakespan([fork])).toBe(40);
  });
});
