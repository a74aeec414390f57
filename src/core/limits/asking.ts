import { longestPauseMilliseconds } from './permitQueue';
import { type QueuedAnswer } from './semaphore';

/**
 * A waiter asks again in case the semaphore was ended by someone and lost its queue: first after this time, then whenever it
 * has waited twice as long, but after an hour at most: it may have been sent away and not been told.
 */
const askAgainMilliseconds = 15 * 60 * 1000;

/** One that asks for a permit until it has it. Times are epoch milliseconds. */
export class Asking {
  private hasPermit = false;
  private askAt = -Infinity;
  private isAnswered = false;
  private knowsThatItWaits = false;

  /** @param since when it first asked */
  constructor(private readonly since: number) {}

  isDue(now: number): boolean {
    return now >= this.askAt;
  }

  asked(now: number): void {
    this.askAt = now + Math.min(longestPauseMilliseconds, Math.max(askAgainMilliseconds, now - this.since));
  }

  granted(): void {
    this.hasPermit = true;
  }

  get isGranted(): boolean {
    return this.hasPermit;
  }

  /** One that there was no room for asks when it was told to. */
  queued({ askAgainSeconds }: QueuedAnswer, now: number): void {
    this.isAnswered = true;
    if (askAgainSeconds !== null) this.askAt = now + askAgainSeconds * 1000;
  }

  get hasNews(): boolean {
    return this.hasPermit || this.isAnswered;
  }

  millisecondsLeft(now: number): number {
    return Math.max(1, this.askAt - now);
  }

  /** Takes in the answer. True the first time that one says that it has to wait, unless it has its permit by now. */
  hears(): boolean {
    const isNew = this.isAnswered && !this.knowsThatItWaits && !this.hasPermit;
    this.knowsThatItWaits ||= this.isAnswered;
    this.isAnswered = false;
    return isNew;
  }
}
