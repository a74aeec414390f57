import { lowestMakespan } from '../../../../src/core/limits/lowestMakespan';

const work = (seconds: number, head = 0, tail = 0) => ({ head, work: seconds, tail });

describe('how early work under a limit can be through', () => {
  test('nothing takes no time', () => {
    expect(lowestMakespan([], 5)).toBe(0);
  });

  test('the slots share the work', () => {
    expect(lowestMakespan([work(60), work(60), work(60), work(60)], 2)).toBe(120);
  });

  test('slots stand idle until the first operations can begin, and the last ones are followed by what comes after', () => {
    const operations = [work(60, 10, 1), work(60, 20, 2), work(60, 300, 400)];
    expect(lowestMakespan(operations, 1)).toBe(10 + 180 + 1);
    expect(lowestMakespan(operations, 2)).toBe((10 + 20 + 180 + 1 + 2) / 2);
  });
});
