const smallestClass = 64 * 1024;

/**
 * The memory of everything that is on its way: buffers in sizes of powers of two, used again and again, so that neither
 * fragments nor a late garbage collection add to it. Whoever asks for more than is free waits, in the order of asking.
 */
export class BufferPool {
  private readonly free = new Map<number, Buffer[]>();
  /** Bytes of buffers given out, and of those kept for the next. */
  private used = 0;
  private kept = 0;
  private readonly waiting: { readonly size: number; readonly grant: (buffer: Buffer) => void }[] = [];

  /** @param bytes The most that all buffers together may take, at least what one needs. */
  constructor(readonly bytes: number) {}

  /** A buffer of at least `bytes`; one larger than the pool is given out when nothing else is. */
  async take(bytes: number, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    const size = sizeClass(bytes);
    if (this.waiting.length === 0 && this.fits(size)) return this.allot(size);
    return new Promise((resolve, reject) => {
      const waiter = {
        size,
        grant: (buffer: Buffer) => {
          signal?.removeEventListener('abort', stop);
          resolve(buffer);
        },
      };
      const stop = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        this.serve();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.waiting.push(waiter);
    });
  }

  /** @param reusable False where a connection that broke may still hold it: it is left to the garbage collector. */
  give(buffer: Buffer, reusable = true): void {
    const size = buffer.length;
    this.used -= size;
    if (reusable) {
      this.kept += size;
      const same = this.free.get(size);
      if (same === undefined) this.free.set(size, [buffer]);
      else same.push(buffer);
    }
    this.serve();
  }

  private serve(): void {
    for (let first = this.waiting[0]; first !== undefined && this.fits(first.size); first = this.waiting[0]) {
      this.waiting.shift();
      first.grant(this.allot(first.size));
    }
  }

  private fits(size: number): boolean {
    return this.used === 0 || this.used + size <= this.bytes;
  }

  private allot(size: number): Buffer {
    this.used += size;
    const kept = this.free.get(size)?.pop();
    if (kept !== undefined) {
      this.kept -= size;
      return kept;
    }
    for (const [otherSize, buffers] of this.free)
      while (this.used + this.kept > this.bytes && buffers.pop() !== undefined) this.kept -= otherSize;
    return Buffer.allocUnsafeSlow(size);
  }
}

function sizeClass(bytes: number): number {
  let size = smallestClass;
  while (size < bytes) size *= 2;
  return size;
}
