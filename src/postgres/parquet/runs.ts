import { ByteReader } from './byteReader';

/** A dictionary of more than 16,777,216 values is larger than a page of 2 GiB has room for, but for the shortest. */
export const widestIndex = 24;

/**
 * Reads numbers of the hybrid of runs and bit-packed groups: levels, indexes of a dictionary, booleans.
 *
 * @param width Bits of each, 1 to `widestIndex`.
 * @param count How many there are.
 * @throws Error where a run has more than are left, or its bytes are not there.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */
export function readRuns(bytes: Uint8Array, width: number, count: number): Int32Array {
  const numbers = new Int32Array(count);
  const reader = new ByteReader(bytes);
  for (let seen = 0; seen < count;) {
    const head = reader.varint();
    const left = count - seen;
    if (head % 2 === 1) {
      const groups = (head - 1) / 2;
      const packed = reader.take(groups * width);
      const here = Math.min(groups * 8, left);
      unpack(packed, width, numbers, seen, here);
      seen += here;
      continue;
    }
    const run = head / 2;
    if (run > left) throw new Error(`a run claims ${run} values where ${left} are left`);
    let value = 0;
    for (let shift = 0; shift < width; shift += 8) value |= reader.byte() << shift;
    numbers.fill(value, seen, seen + run);
    seen += run;
  }
  return numbers;
}

function unpack(packed: Uint8Array, width: number, numbers: Int32Array, from: number, count: number): void {
  const mask = 2 ** width - 1;
  let waiting = 0;
  let bits = 0;
  let next = 0;
  for (let i = 0; i < count; i++) {
    for (; bits < width; bits += 8) waiting |= (packed[next++] ?? 0) << bits;
    numbers[from + i] = waiting & mask;
    waiting >>>= width;
    bits -= width;
  }
}
