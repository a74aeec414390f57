import { type Output } from './output';

const silentMilliseconds = 15_000;

/**
 * Waits for what only a worker can answer, and says so when it takes long: Temporal shows a worker for minutes after it has
 * died, and a request to it waits for the next one, however long.
 */
export async function tellSilence<T>(out: Output, answer: Promise<T>): Promise<T> {
  const late = setTimeout(
    () =>
      out.note(
        'no worker has answered yet: the request waits for one. Does one run? `farcopy worker` starts one; Ctrl-C ends the waiting',
      ),
    silentMilliseconds,
  );
  try {
    return await answer;
  } finally {
    clearTimeout(late);
  }
}
