import fc from 'fast-check';
import {
  expectedSeconds,
  firstPollSeconds,
  isWorthATimer,
  learn,
  nextPollSeconds,
  nextTryAt,
  remainingPathSeconds,
} from '../../../../src/core/steps/estimate';
import { type Step } from '../../../../src/core/steps/step';
import { plan } from '../../kinds/steps/routes';

const polling = { shortestSeconds: 15, longestSeconds: 300 };
const stepOf = (id: string): Step => {
  const found = plan().find((one) => one.id === id);
  if (found === undefined) throw new Error(`the route has no ${id}`);
  return found;
};
const copy = stepOf('copy:secure');
const farCopy = stepOf('copy:secure-dr');

describe('how long a step is expected to take', () => {
  it('is what was learnt of it, whatever the size', () => {
    expect(expectedSeconds(copy, 10_000, { 'copy:secure': 77 })).toBe(77);
  });

  it('else grows with the size, and more across regions', () => {
    expect(expectedSeconds(copy, 1000, {})).toBeGreaterThan(expectedSeconds(copy, 10, {}));
    expect(expectedSeconds(farCopy, 100, {})).toBeGreaterThan(expectedSeconds(copy, 100, {}));
  });

  it('follows what happens without being upset by one odd run', () => {
    expect(learn(undefined, 600)).toBe(600);
    expect(learn(600, 6000)).toBe(3300);
    expect([600, 600, 600, 600].reduce((known, seconds) => learn(known, seconds), 6000)).toBeLessThan(1000);
  });
});

describe('the first question', () => {
  it('comes before the end that is expected', () => {
    expect(firstPollSeconds(copy, 1, { 'copy:secure': 3600 }, polling)).toBeLessThan(3600);
    expect(firstPollSeconds(copy, 1, { 'copy:secure': 3600 }, polling)).toBeGreaterThan(2700);
  });

  it('comes at once where all is over before one would ask again', () => {
    expect(firstPollSeconds(copy, 1, { 'copy:secure': 17 }, polling)).toBe(0);
  });

  it('has a timer of its own only where the poller never pauses so long', () => {
    expect(isWorthATimer(polling.longestSeconds, polling)).toBe(false);
    expect(isWorthATimer(3600, polling)).toBe(true);
  });

  it('comes soon where nothing was learnt, however large the guess is', () => {
    expect(firstPollSeconds(farCopy, 100_000, {}, polling)).toBeLessThanOrEqual(polling.longestSeconds);
  });
});

describe('the next question', () => {
  it('is never asked outside the polling bounds', () => {
    const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 100 }), seconds, (elapsed, percent, expected) => {
        const next = nextPollSeconds(elapsed, percent, expected, polling);
        expect(next).toBeGreaterThanOrEqual(polling.shortestSeconds);
        expect(next).toBeLessThanOrEqual(polling.longestSeconds);
      }),
    );
  });

  it('trusts the percentage more than the expectation', () => {
    expect(nextPollSeconds(1000, 95, 100_000, polling)).toBeLessThan(100);
    expect(nextPollSeconds(100, 10, 110, polling)).toBe(polling.longestSeconds);
  });

  it('sleeps through all that is left where the percentage is near its end, and through most of it before', () => {
    const patient = { shortestSeconds: 20, longestSeconds: 3600 };
    expect(nextPollSeconds(3060, 85, 3600, patient)).toBeCloseTo(540, 0);
    expect(nextPollSeconds(1800, 50, 3600, patient)).toBe(1620);
  });

  it('does not take 0 % for a hang: a queued copy stays there', () => {
    expect(nextPollSeconds(10, 0, 1000, polling)).toBe(polling.longestSeconds);
  });

  it('is asked ever more slowly beyond the expectation', () => {
    const late = [700, 1500, 2500].map((elapsed) => nextPollSeconds(elapsed, 0, 600, polling));
    expect(late).toEqual([70, 150, 250]);
  });
});

describe('the next try of what is busy', () => {
  const hour = 3600_000;
  const pause = (busyMilliseconds: number, bounds = polling) =>
    (nextTryAt(1000, 1000 + busyMilliseconds, bounds) ?? NaN) - 1000 - busyMilliseconds;

  it('comes soon at first, and within a tenth of the time that it was busy', () => {
    expect([0, 60_000, 300_000, 1_500_000, 2 * hour].map((busy) => pause(busy))).toEqual([
      15_000, 15_000, 30_000, 150_000, 300_000,
    ]);
  });

  it('follows the polling, but for a whole day no more often than its history bears', () => {
    expect(pause(60_000, { shortestSeconds: 1, longestSeconds: 5 })).toBe(6000);
    expect(pause(10 * hour, { shortestSeconds: 1, longestSeconds: 5 })).toBe(300_000);
    expect(pause(10 * hour, { shortestSeconds: 1, longestSeconds: 900 })).toBe(900_000);
  });

  it('does not come after a day', () => {
    expect(nextTryAt(0, 24 * hour, polling)).toBeNull();
  });
});

describe('the remaining path', () => {
  const steps = plan();
  const seconds: Record<string, number> = { snapshot: 10, 'copy:secure': 20, 'copy:secure-dr': 30, 'share:secure': 0 };
  const weigh = ({ id }: Step) => seconds[id] ?? 0;

  it('is the longest chain of steps to the end, the step included', () => {
    expect(remainingPathSeconds(steps, 'snapshot', weigh)).toBe(60);
    expect(remainingPathSeconds(steps, 'copy:secure', weigh)).toBe(50);
    expect(remainingPathSeconds(steps, 'copy:secure-dr', weigh)).toBe(30);
  });

  it('takes the longer of two branches', () => {
    const side = { ...farCopy, id: 'copy:elsewhere' };
    expect(
      remainingPathSeconds([...steps, side], 'snapshot', (leg) => (leg.id === 'copy:elsewhere' ? 500 : weigh(leg))),
    ).toBe(530);
  });
});
