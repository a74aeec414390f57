import { EventEmitter, once } from 'node:events';
import { getHeapStatistics } from 'node:v8';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';

/** There is no room for a page beside other parts. Alone, its part may have it. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
}

/** What decoded pages take, of all parts that are decoded at once. */
export class DecodeMemory {
  private held = 0;
  private atOnce = 0;
  /** Parts that found no room beside others, and wait for their turn. */
  private waiting = 0;
  private lastTurn: Promise<unknown> = Promise.resolve();
  private readonly events = new EventEmitter().setMaxListeners(0);

  /** @param limitBytes Of all together. */
  constructor(readonly limitBytes: number) {}

  /**
   * Runs what decodes a part: beside others, and where there is no room beside them, once more from the start and alone. No other part begins
   * before those have had their turn, so each ends, however many there are.
   *
   * @param decode leaves nothing of what it did where it throws {@link NoRoomError}
   */
  async decoding<T>(decode: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.until(() => this.waiting === 0, signal);
    try {
      return await this.counted(decode);
    } catch (error) {
      if (!(error instanceof NoRoomError)) throw error;
    }
    this.waiting += 1;
    const turn = this.lastTurn.then(async () => {
      await this.until(() => this.atOnce === 0, signal);
      signal?.throwIfAborted();
      return this.counted(decode);
    });
    this.lastTurn = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.waiting -= 1;
      this.events.emit(changed);
    }
  }

  /** What one part takes of it. */
  share(): MemoryShare {
    let own = 0;
    return {
      take: (bytes) => {
        if (own + bytes > this.limitBytes)
          throw applicationFailure(
            failureTypes.configuration,
            `a part takes ${mebibytes(own + bytes)} MiB to decode, and ${mebibytes(this.limitBytes)} MiB is half of the heap: if the part is whole, raise the heap (NODE_OPTIONS=--max-old-space-size=…, in MiB)`,
          );
        if (this.held + bytes > this.limitBytes)
          throw new NoRoomError(
            `parts that are decoded at once take ${mebibytes(this.held)} of ${mebibytes(this.limitBytes)} MiB`,
          );
        own += bytes;
        this.held += bytes;
      },
      give: (bytes) => {
        own -= bytes;
        this.held -= bytes;
      },
    };
  }

  private async counted<T>(decode: () => Promise<T>): Promise<T> {
    this.atOnce += 1;
    try {
      return await decode();
    } finally {
      this.atOnce -= 1;
      this.events.emit(changed);
    }
  }

  private async until(isSo: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    while (!isSo()) {
      signal?.throwIfAborted();
      await once(this.events, changed, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

const changed = 'changed';

/** What one part takes of the memory for decoding, in bytes. */
export interface MemoryShare {
  /** @throws ApplicationFailure `Configuration` where no part may have as much; {@link NoRoomError} where other parts have it. */
  readonly take: (bytes: number) => void;
  readonly give: (bytes: number) => void;
}

const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);

/** Half of the heap: V8 ends the whole process, with all that runs in it, where the heap is full. */
export const decodeMemory = new DecodeMemory(getHeapStatistics().heap_size_limit / 2);
