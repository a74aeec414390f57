import { setTimeout as sleep } from 'node:timers/promises';

/** What may be saved up while nothing is sent. */
const burstSeconds = 0.25;

/** A token bucket: all who share it together send at most so many bytes a second, whoever comes first goes first. */
export class Bandwidth {
  /** When what was granted so far will have been sent at the limit, in milliseconds of the monotonic clock. */
  private paidUntil = 0;

  constructor(private readonly bytesPerSecond: number) {}

  /** Waits until `bytes` more may be sent. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    const start = Math.max(this.paidUntil, now - burstSeconds * 1000);
    this.paidUntil = start + (bytes / this.bytesPerSecond) * 1000;
    if (this.paidUntil > now) await sleep(this.paidUntil - now, undefined, { signal });
  }
}
