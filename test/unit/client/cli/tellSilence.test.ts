import { type Output } from '../../../../src/client/cli/output';
import { tellSilence } from '../../../../src/client/cli/tellSilence';

describe('waiting for workers to answer', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function waiting(progress?: () => string | null) {
    const notes: string[] = [];
    let answer = (_: string): void => undefined;
    const answered = new Promise<string>((resolve) => (answer = resolve));
    const told = tellSilence({ note: (text: string) => void notes.push(text) } as Output, answered, progress);
    return { notes, answer, told };
  }

  it('says once that none has answered', async () => {
    const { notes, answer, told } = waiting();
    jest.advanceTimersByTime(14_000);
    expect(notes).toEqual([]);
    jest.advanceTimersByTime(60_000);
    expect(notes).toEqual([expect.stringContaining('no worker has answered yet')]);
    answer('done');
    expect(await told).toBe('done');
  });

  it('says how far it is where some have answered, and blames no worker', () => {
    let come = 0;
    const { notes } = waiting(() => (come === 0 ? null : `${come} of 10000 lifecycles have answered`));
    for (come of [320, 640, 640]) jest.advanceTimersByTime(15_000);
    expect(notes).toEqual(['320 of 10000 lifecycles have answered', '640 of 10000 lifecycles have answered']);
  });
});
