/** So many lifecycles are asked before any of them waits. */
const atOnce = 20;
/** How many are asked in a second at most. */
const mostPerSecond = 8;
/** Nor is the next one asked later than after this, however long answers take. */
const longestMs = 2_000;
/** One answer moves the mean by so much of the difference. */
const weight = 1 / 8;

/**
 * How fast one worker asks lifecycles for recovery points: the next is asked once as much time has gone by as an answer takes. Each
 * recovery point goes through a dozen tasks of its workflow. Where workers and Temporal are busy, an answer takes longer, and a round
 * that began more of them would let tasks wait longer for their worker than Temporal's ten seconds.
 */
export class AskingPace {
  private answerMs = 0;
  /** When the next one may be asked that does not use what is left of `atOnce`: milliseconds of the caller's clock. */
  private freeAt = 0;

  /** Takes a turn; how long to wait for it, in milliseconds. */
  take(now: number): number {
    const between = Math.min(longestMs, Math.max(1000 / mostPerSecond, this.answerMs));
    const from = Math.max(this.freeAt, now - between * (atOnce - 1));
    this.freeAt = from + between;
    return Math.max(0, from - now);
  }

  /** An answer has come, or was given up, after so many milliseconds. */
  answered(ms: number): void {
    this.answerMs += (Math.min(ms, longestMs) - this.answerMs) * weight;
  }
}
