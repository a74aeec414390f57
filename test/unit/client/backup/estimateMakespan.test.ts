import { estimateMakespan } from '../../../../src/client/backup/estimateMakespan';
import { type Leg } from '../../../../src/core/backup/route';

const limit = { account: '1', region: 'eu-west-1', limit: 'cluster-snapshots-in-progress' } as const;
const leg = (id: string, seconds: number, after: string[], limited: boolean) =>
  ({ id, after, limit: limited ? limit : null, seconds }) as unknown as Leg & { seconds: number };
const route = (...legs: (Leg & { seconds: number })[]) => ({
  legs,
  secondsOf: (l: Leg) => (l as Leg & { seconds: number }).seconds,
});
const simple = () => route(leg('snapshot', 60, [], true), leg('copy', 100, ['snapshot'], false));

describe('how long it takes to back up many at once', () => {
  test('nothing takes no time', () => {
    expect(estimateMakespan([], [])).toBe(0);
  });

  test('one takes its legs one after the other', () => {
    expect(estimateMakespan([simple()], [])).toBe(160);
  });

  test('as many as the limit lets run take as long as one, one more waits for a slot', () => {
    expect(estimateMakespan(Array.from({ length: 5 }, simple), [])).toBe(160);
    expect(estimateMakespan(Array.from({ length: 6 }, simple), [])).toBe(220);
  });

  test('a limit of the fleet file counts', () => {
    expect(estimateMakespan([simple(), simple()], [{ limit: limit.limit, capacity: 1 }])).toBe(220);
  });

  test('the longest remaining path goes first', () => {
    const long = route(leg('snapshot', 60, [], true), leg('copy', 1000, ['snapshot'], false));
    expect(estimateMakespan([simple(), long], [{ limit: limit.limit, capacity: 1 }])).toBe(1060);
  });

  test('legs that do not depend on each other run side by side', () => {
    const fork = route(leg('a', 10, [], false), leg('b', 20, ['a'], false), leg('c', 30, ['a'], false));
    expect(estimateMakespan([fork], [])).toBe(40);
  });
});
