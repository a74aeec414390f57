import { type StatedChecksums } from '../../clouds/objectSource';
import { type FinishedDigest } from './digest';

/** Who computes the checksums of what lies in memory, which must stay as it is until they are told. */
export interface Hashing {
  /** Of an object that lies there as a whole. */
  whole(content: Buffer, stated: StatedChecksums): Promise<FinishedDigest>;
  /** Of an object whose parts come in any order. */
  inParts(stated: StatedChecksums): PartsHashing;
}

export interface PartsHashing {
  /** `crc32c` of this part is told at once, `done` once all before it have come. */
  part(number: number, content: Buffer): { readonly crc32c: Promise<number>; readonly done: Promise<void> };
  /** Of the whole, when all parts are done. */
  finish(): Promise<FinishedDigest>;
  /** Nothing more will come. */
  end(): void;
}
