/** What buffers begin at multiples of. */
const pageBytes = 64 * 1024;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The memory of everything that is on its way: one block, from which buffers are cut, so that neither fragments nor a late
 * garbage collection add to it; shared, so that other threads can hash what lies in it. Whoever asks for more than is free
 * waits, in the order of asking.
 */
export class BufferPool {
  private readonly block: SharedArrayBuffer;
  /** In their order, none touching the next. */
  private free: Stretch[];
  private readonly given = new Map<Buffer, Stretch | null>();
  private readonly waiting: { readonly bytes: number; readonly grant: (buffer: Buffer) => void }[] = [];

  /** @param bytes What all buffers together take. */
  constructor(readonly bytes: number) {
    this.block = new SharedArrayBuffer(bytes);
    this.free = [{ from: 0, to: bytes }];
  }

  /** A buffer of so many bytes; one larger than the pool is given out when nothing else is. */
  async take(bytes: number, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    const buffer = this.waiting.length === 0 ? this.cut(bytes) : null;
    if (buffer !== null) return buffer;
    return new Promise((resolve, reject) => {
      const waiter = {
        bytes,
        grant: (granted: Buffer) => {
          signal?.removeEventListener('abort', stop);
          resolve(granted);
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

  /** A connection that broke may still send from it: what comes of that differs from its checksum, and is refused. */
  give(buffer: Buffer): void {
    const stretch = this.given.get(buffer) ?? null;
    this.given.delete(buffer);
    if (stretch !== null) this.put(stretch);
    this.serve();
  }

  private serve(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      const buffer = this.cut(first.bytes);
      if (buffer === null) return;
      this.waiting.shift();
      first.grant(buffer);
    }
  }

  /** From the first stretch that is long enough. */
  private cut(bytes: number): Buffer | null {
    const needed = Math.max(1, Math.ceil(bytes / pageBytes)) * pageBytes;
    const index = this.free.findIndex(({ from, to }) => to - from >= needed);
    const found = this.free[index];
    if (found !== undefined) {
      const stretch = { from: found.from, to: found.from + needed };
      this.free.splice(index, 1, ...(stretch.to < found.to ? [{ from: stretch.to, to: found.to }] : []));
      const buffer = Buffer.from(this.block, stretch.from, bytes);
      this.given.set(buffer, stretch);
      return buffer;
    }
    if (needed <= this.bytes || this.given.size > 0) return null;
    const larger = Buffer.from(new SharedArrayBuffer(bytes));
    this.given.set(larger, null);
    return larger;
  }

  private put(stretch: Stretch): void {
    const joined = [...this.free, stretch].sort((a, b) => a.from - b.from);
    this.free = [];
    for (const { from, to } of joined) {
      const last = this.free.at(-1);
      if (last?.to === from) this.free[this.free.length - 1] = { from: last.from, to };
      else this.free.push({ from, to });
    }
  }
}
