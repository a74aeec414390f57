import { AskingPace } from '../../../../src/activities/backup/askingPace';

function turns(pace: AskingPace, count: number, now: number): number[] {
  return Array.from({ length: count }, () => pace.take(now));
}

test('twenty are asked at once, the others eight a second', () => {
  const waits = turns(new AskingPace(), 36, 1_000_000);
  expect(waits.slice(0, 20)).toEqual(Array<number>(20).fill(0));
  expect(waits.slice(20, 23)).toEqual([125, 250, 375]);
  expect(waits.at(-1)).toBe(2_000);
});

test('where an answer takes longer, the next is asked later, and sooner again once answers come sooner', () => {
  const pace = new AskingPace();
  turns(pace, 20, 0);
  for (let i = 0; i < 40; i++) pace.answered(1_000);
  const slow = turns(pace, 3, 0).map(Math.round);
  expect((slow[2] ?? 0) - (slow[1] ?? 0)).toBeGreaterThan(980);
  for (let i = 0; i < 40; i++) pace.answered(50);
  const quick = turns(pace, 3, 0);
  expect((quick[2] ?? 0) - (quick[1] ?? 0)).toBeLessThan(130);
});

test('lifecycles that give no answer for a minute keep nobody waiting longer than two seconds a turn', () => {
  const pace = new AskingPace();
  turns(pace, 20, 0);
  for (let i = 0; i < 100; i++) pace.answered(60_000);
  const [first = 0, second = 0] = turns(pace, 2, 0);
  expect(Math.round(second - first)).toBe(2_000);
});

test('a rest makes up for twenty, not for more', () => {
  const pace = new AskingPace();
  turns(pace, 400, 0);
  const later = turns(pace, 22, 3_600_000);
  expect(later.filter((wait) => wait === 0)).toHaveLength(20);
});
