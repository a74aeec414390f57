import { Speed } from '../../../../src/activities/transfer/speed';

it('is that of the last half minute: what was found whole at the beginning is soon forgotten', () => {
  const speed = new Speed();
  expect(speed.measure(0, 0)).toBe(0);
  expect(speed.measure(9_000_000, 5_000)).toBe(1_800_000);
  for (let seconds = 10; seconds <= 35; seconds += 5) speed.measure(9_000_000 + (seconds - 5) * 100, seconds * 1000);
  expect(speed.measure(9_003_500, 40_000)).toBe(100);
});

it('is never negative: damaged parts are sent anew', () => {
  const speed = new Speed();
  speed.measure(1_000, 0);
  expect(speed.measure(500, 5_000)).toBe(0);
});
