import { Asking } from '../../../../src/core/limits/asking';

const minute = 60_000;
const answer = (askAgainSeconds: number | null) => ({ requestId: 'a', askAgainSeconds });

/** The minutes at which one asks of whom nobody hears. */
function asksOf(asking: Asking, until: number): number[] {
  const asks: number[] = [];
  for (let now = 0; now <= until * minute; now += minute)
    if (asking.isDue(now)) {
      asking.asked(now);
      asks.push(now / minute);
    }
  return asks;
}

test('whoever hears nothing asks again after 15 minutes, then whenever it has waited twice as long, then each hour', () => {
  expect(asksOf(new Asking(0), 250)).toEqual([0, 15, 30, 60, 120, 180, 240]);
});

test('whoever waits in the queue keeps to that', () => {
  const asking = new Asking(0);
  asking.asked(0);
  asking.queued(answer(null), minute);
  expect(asksOf(asking, 100)).toEqual([15, 30, 60]);
});

test('whoever was sent away asks when it was told to, however long it has waited', () => {
  const asking = new Asking(0);
  asking.asked(1000 * minute);
  asking.queued(answer(300), 1000 * minute);
  expect(asking.millisecondsLeft(1000 * minute)).toBe(5 * minute);
  expect(asking.isDue(1005 * minute)).toBe(true);
});

test('whoever asks again and hears nothing asks again all the same', () => {
  const asking = new Asking(0);
  asking.asked(0);
  asking.queued(answer(300), 0);
  expect(asksOf(asking, 45)).toEqual([5, 20, 40]);
});

test('the first word that it has to wait is news for people, unless the permit has come by then', () => {
  const asking = new Asking(0);
  expect(asking.hears()).toBe(false);
  asking.queued(answer(null), 0);
  expect([asking.hears(), asking.hasNews]).toEqual([true, false]);
  asking.queued(answer(300), 0);
  expect([asking.hasNews, asking.hears()]).toEqual([true, false]);
  const quick = new Asking(0);
  quick.queued(answer(null), 0);
  quick.granted();
  expect([quick.hears(), quick.isGranted]).toEqual([false, true]);
});
