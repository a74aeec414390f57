import { DecodeMemory } from '../../../../src/postgres/parquet/decodeMemory';

const limit = 100;

/** Decodes a part whose pages take so much, one after the other, and gives each back before the next. */
const partOf =
  (memory: DecodeMemory, pages: readonly number[], done: (began: number) => void = () => undefined) =>
  async (began = { times: 0 }) => {
    began.times += 1;
    const share = memory.share();
    for (const bytes of pages) {
      share.take(bytes);
      try {
        await new Promise(setImmediate);
      } finally {
        share.give(bytes);
      }
    }
    done(began.times);
  };

test('parts that have no room beside each other are all decoded, those without room alone', async () => {
  const memory = new DecodeMemory(limit);
  const tries: number[] = [];
  const parts = Array.from({ length: 12 }, () => {
    const began = { times: 0 };
    const decode = partOf(memory, [30, 40, 60, 90], (times) => tries.push(times));
    return memory.decoding(() => decode(began));
  });
  await Promise.all(parts);
  expect(tries).toHaveLength(12);
  expect(Math.max(...tries)).toBe(2);
});

test('a part that takes more than any may have is refused, and keeps no other waiting', async () => {
  const memory = new DecodeMemory(limit);
  const large = memory.decoding(() => partOf(memory, [90, 101])());
  const small = memory.decoding(() => partOf(memory, [50, 50, 50])());
  await expect(large).rejects.toMatchObject({ type: 'Configuration' });
  await expect(small).resolves.toBeUndefined();
  await expect(memory.decoding(() => partOf(memory, [100])())).resolves.toBeUndefined();
});

test('whoever waits for its turn is let go when it is cancelled, and the next has its own', async () => {
  const memory = new DecodeMemory(limit);
  const cancelled = new AbortController();
  let end = () => undefined as void;
  const held = new Promise<void>((resolve) => (end = resolve));
  const first = memory.decoding(async () => {
    const share = memory.share();
    share.take(80);
    await held;
    share.give(80);
  });
  const second = memory.decoding(() => partOf(memory, [50])(), cancelled.signal);
  const third = memory.decoding(() => partOf(memory, [50])());
  const fourth = memory.decoding(() => partOf(memory, [10])());
  await new Promise(setImmediate);
  cancelled.abort();
  await expect(second).rejects.toBe(cancelled.signal.reason);
  end();
  await expect(Promise.all([first, third, fourth])).resolves.toHaveLength(4 - 1);
});

test('what fails for another reason fails once', async () => {
  const memory = new DecodeMemory(limit);
  let times = 0;
  const broken = memory.decoding(() => {
    times += 1;
    return Promise.reject(new Error('the target is gone'));
  });
  await expect(broken).rejects.toThrow('the target is gone');
  expect(times).toBe(1);
});
