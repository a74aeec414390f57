import { crc32c } from '@node-rs/crc32';
import { type StatedChecksums } from '../../clouds/objectSource';
import { Digest, type FinishedDigest } from './digest';

/** The digest of an object whose parts come in any order; those that come early wait for their turn. */
export class PartsDigest {
  private readonly digest: Digest;
  private readonly waiting = new Map<number, { readonly content: Uint8Array; readonly crc: number }>();
  private next = 0;

  constructor(stated: StatedChecksums) {
    this.digest = new Digest(stated);
  }

  /** CRC32C of this part; it must stay as it is until {@link hashed} has told its number. */
  add(number: number, content: Uint8Array): number {
    const crc = crc32c(content);
    this.waiting.set(number, { content, crc });
    return crc;
  }

  /** Hashes what has its turn, and tells the numbers. */
  *hashed(): Generator<number> {
    for (let part = this.waiting.get(this.next); part !== undefined; part = this.waiting.get(this.next)) {
      this.waiting.delete(this.next);
      this.digest.update(part.content, part.crc);
      yield this.next++;
    }
  }

  finish(): FinishedDigest {
    return this.digest.finish();
  }
}
