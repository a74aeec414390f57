import { floorsOf, judge, type Seen, slope } from '../../../soak/flat';

const rule = { period: 240, slack: 4 };
const every = 5;

/** An hour of looks. */
const hour = (value: (at: number) => number): Seen[] =>
  Array.from({ length: 3600 / every }, (_, i) => ({ at: every * i, value: value(every * i) }));

/** Rounds come and go: up to so much, every four minutes. */
const rounds = (at: number, most: number) => most * Math.max(0, Math.sin((2 * Math.PI * at) / 240));

it('calls flat what comes and goes with the rounds', () => {
  expect(
    judge(
      hour((at) => 300 + rounds(at, 200)),
      rule,
    ),
  ).toMatchObject({ verdict: 'flat', level: 300, growth: 0 });
});

it('calls flat what warms up in the first half', () => {
  expect(
    judge(
      hour((at) => 500 - 300 * Math.exp(-at / 300)),
      rule,
    ).verdict,
  ).toBe('flat');
});

it('counts nothing of the first half, however short the run', () => {
  const run = hour((at) => (at < 590 ? 200 : 400)).filter(({ at }) => at <= 1200);
  expect(judge(run, rule)).toMatchObject({ verdict: 'flat', level: 400 });
});

it('finds a leak beneath rounds that are many times as high', () => {
  const leak = judge(
    hour((at) => 100 + (30 * at) / 3600 + rounds(at, 400)),
    rule,
  );
  expect(leak.verdict).toBe('grows');
  expect(leak.growth).toBeCloseTo(15, 0);
});

it('finds what is left open by each round', () => {
  expect(
    judge(
      hour((at) => 100 + 2 * Math.floor(at / 240) + rounds(at, 100)),
      rule,
    ).verdict,
  ).toBe('grows');
});

it('lets no few wild looks change the verdict', () => {
  expect(
    judge(
      hour((at) => (at % 600 === 0 ? 10 * at : 300)),
      rule,
    ).verdict,
  ).toBe('flat');
});

it('lets grow what does not matter, and no more', () => {
  const from = (level: number, growth: number) =>
    judge(
      hour((at) => level + (growth * at) / 1800),
      rule,
    ).verdict;
  expect([from(10, 3), from(10, 6), from(1000, 90), from(1000, 130)]).toEqual(['flat', 'grows', 'flat', 'grows']);
});

it('judges nothing that is too short, and does not call it flat', () => {
  const short = hour((at) => at).filter(({ at }) => at < 500);
  expect(judge(short, rule).verdict).toBe('too short to tell');
  expect(judge([], rule).verdict).toBe('too short to tell');
});

it('takes the least value of the period before as the floor', () => {
  const seen = [5, 3, 9, 8, 7].map((value, i) => ({ at: 10 * i, value }));
  expect(floorsOf(seen, 20).map(({ value }) => value)).toEqual([5, 3, 3, 3, 7]);
});

it('draws the line of Theil and Sen', () => {
  expect(slope([0, 2, 4, 600, 8].map((value, at) => ({ at, value })))).toBe(2);
});
