import { ByteReader } from './byteReader';

/**
 * Passes a block of Snappy, so that a reader that believes every length may read it.
 *
 * @param size Bytes that it is to inflate to.
 * @throws Error where it inflates to another size, or takes what is not there.
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export function passSnappy(block: Uint8Array, size: number): void {
  const reader = new ByteReader(block);
  const told = reader.varint();
  let made = 0;
  const number = (bytes: number) => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += reader.byte() * 2 ** (8 * i);
    return value;
  };
  while (reader.left > 0) {
    const tag = reader.byte();
    const [kind, high] = [tag & 3, tag >> 2];
    if (kind === 0) {
      const length = (high < 60 ? high : number(high - 59)) + 1;
      reader.take(length);
      made += length;
    } else {
      const offset = kind === 1 ? (tag >> 5) * 256 + reader.byte() : number(kind === 2 ? 2 : 4);
      if (offset === 0 || offset > made) throw new Error(`it repeats what is ${offset} bytes back, after ${made}`);
      made += kind === 1 ? (high & 7) + 4 : high + 1;
    }
    if (made > size) break;
  }
  if (told !== size || made !== size) throw new Error(`it claims ${size} bytes, and inflates to another number`);
}
