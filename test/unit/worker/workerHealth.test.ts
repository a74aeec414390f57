import { type Logger } from '@temporalio/worker';
import { WorkerHealth } from '../../../src/worker/health/workerHealth';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('the log is told of each thing that fails, also of a worker that is not ready already', async () => {
  const lines: string[] = [];
  const write = (message: string) => lines.push(message);
  const state = { polls: true, reached: true };
  const health = new WorkerHealth();
  health.watch(
    {
      states: () => ({ transfers: state.polls ? 'RUNNING' : 'FAILED' }),
      reach: () => (state.reached ? Promise.resolve() : Promise.reject(new Error('no connection'))),
    },
    { warn: write, info: write } as unknown as Logger,
  );
  await jest.advanceTimersByTimeAsync(6_000);
  expect(lines).toEqual([]);
  state.polls = false;
  await jest.advanceTimersByTimeAsync(10_000);
  state.reached = false;
  await jest.advanceTimersByTimeAsync(120_000);
  state.reached = true;
  state.polls = true;
  await jest.advanceTimersByTimeAsync(10_000);
  health.close();
  expect(lines).toEqual([
    'the worker is not ready: transfers: FAILED',
    expect.stringMatching(/^the worker is not ready: transfers: FAILED; Temporal has not answered for 3\d s$/),
    'the worker is ready again',
  ]);
});
