/** Lets pieces that come in any order have their turn in the order of their numbers. */
export class InOrder {
  private next = 0;
  private readonly waiting = new Map<number, () => void>();

  constructor(private readonly signal: AbortSignal) {}

  async turn(number: number, work: () => void): Promise<void> {
    if (number !== this.next)
      await new Promise<void>((resolve, reject) => {
        const stop = () => reject(this.signal.reason as Error);
        if (this.signal.aborted) stop();
        this.signal.addEventListener('abort', stop, { once: true });
        this.waiting.set(number, () => {
          this.signal.removeEventListener('abort', stop);
          resolve();
        });
      });
    work();
    this.next += 1;
    this.waiting.get(this.next)?.();
    this.waiting.delete(this.next);
  }
}
