import { getHeapStatistics } from 'node:v8';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { damaged } from './damage';

/** What decoded pages take, of all parts that are decoded at once. */
export class DecodeMemory {
  private held = 0;

  /** @param limitBytes Of all together. */
  constructor(readonly limitBytes: number) {}

  /** What one part takes of it. */
  share(): MemoryShare {
    let own = 0;
    return {
      take: (bytes) => {
        if (own + bytes > this.limitBytes)
          throw damaged(
            `it claims ${mebibytes(own + bytes)} MiB of decoded pages at once, and ${mebibytes(this.limitBytes)} MiB is half of the heap; ${howToRaise}`,
          );
        if (this.held + bytes > this.limitBytes)
          throw applicationFailure(
            failureTypes.transient,
            `decoding waits for memory: parts that are decoded at once take ${mebibytes(this.held)} of ${mebibytes(this.limitBytes)} MiB, half of the heap; ${howToRaise}, or load fewer in parallel`,
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
}

/** What one part takes of the memory for decoding, in bytes. */
export interface MemoryShare {
  /** @throws `VerificationFailed` where no part may have as much; `Transient` where other parts have it. */
  readonly take: (bytes: number) => void;
  readonly give: (bytes: number) => void;
}

const howToRaise = 'if the part is whole, raise it (NODE_OPTIONS=--max-old-space-size=…, in MiB)';

const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);

/** Half of the heap: V8 ends the whole process, with all that runs in it, where the heap is full. */
export const decodeMemory = new DecodeMemory(getHeapStatistics().heap_size_limit / 2);
