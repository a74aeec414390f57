import { type Output } from './output';

const silentMilliseconds = 15_000;
const silence =
  'no worker has answered yet: the request waits for one. Does one run? `farcopy worker` starts one; Ctrl-C ends the waiting';

/**
 * Waits for what only a worker can answer, and says so when it takes long: Temporal shows a worker for minutes after it has
 * died, and a request to it waits for the next one, however long.
 *
 * @param progress of several answers, how many have come; null while none has
 */
export async function tellSilence<T>(
  out: Output,
  answer: Promise<T>,
  progress: () => string | null = () => null,
): Promise<T> {
  let told = '';
  const late = setInterval(() => {
    const now = progress() ?? silence;
    if (now !== told) out.note(now);
    told = now;
  }, silentMilliseconds);
  try {
    return await answer;
  } finally {
    clearInterval(late);
  }
}
