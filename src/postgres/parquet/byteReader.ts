/** Reads bytes one after the other, and none that are not there. */
export class ByteReader {
  constructor(
    readonly bytes: Uint8Array,
    public offset = 0,
  ) {}

  get left(): number {
    return this.bytes.length - this.offset;
  }

  byte(): number {
    const byte = this.bytes[this.offset];
    if (byte === undefined) throw new Error(`it ends at byte ${this.offset}, in the middle of something`);
    this.offset += 1;
    return byte;
  }

  /** The next bytes, as a view. */
  take(length: number): Uint8Array {
    if (length > this.left) throw new Error(`it claims ${length} bytes where ${this.left} are left`);
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  /** An unsigned number of 4 bytes. */
  uint32(): number {
    return Buffer.from(this.take(4)).readUInt32LE();
  }

  /** An unsigned LEB128 of at most 31 bits, which every reader understands alike. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0x7fffffff) break;
        return value;
      }
    }
    throw new Error(`the number before byte ${this.offset} is too large`);
  }

  /** Passes a LEB128 of at most 64 bits: readers make a number of any length of it, in time that grows with its square. */
  skipVarint(): void {
    for (let length = 1; length <= 10; length++) if (this.byte() < 0x80) return;
    throw new Error(`the number before byte ${this.offset} does not end`);
  }
}

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
