import { setTimeout as delay } from 'node:timers/promises';

const lookEveryMilliseconds = 200;

/**
 * Looks again and again until there is something to see, and returns it.
 *
 * @param what for the message when it does not come
 * @param look undefined, null and false mean: not yet
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | null | false>,
  withinSeconds = 60,
): Promise<T> {
  for (const latest = Date.now() + withinSeconds * 1000; ; await delay(lookEveryMilliseconds)) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (Date.now() > latest) throw new Error(`not within ${withinSeconds} s: ${what}`);
  }
}
