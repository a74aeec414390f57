import { type ByteReader } from './byteReader';

/** The footer has structs of structs, six deep. */
const deepest = 16;

/**
 * Passes a struct of Thrift's compact protocol, so that a reader that believes every length may read it.
 *
 * @param mostElements Fields and elements of lists that it may have: a reader makes an object of each.
 * @throws Error where a length passes the end, a number is longer than 64 bits, or there is more than that.
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export function passStruct(reader: ByteReader, mostElements: number): void {
  let elements = 0;
  const struct = (depth: number): void => {
    if (depth > deepest) throw new Error(`its header is nested more than ${deepest} deep`);
    for (;;) {
      const head = reader.byte();
      if ((head & 0x0f) === 0) return;
      if (head >> 4 === 0) reader.skipVarint();
      value(head & 0x0f, depth);
    }
  };
  const value = (type: number, depth: number): void => {
    elements += 1;
    if (elements > mostElements) throw new Error(`its header has more than ${mostElements} fields`);
    switch (type) {
      case 1: // true
      case 2: // false
        return;
      case 3: // byte
        reader.byte();
        return;
      case 4: // i16
      case 5: // i32
      case 6: // i64
        reader.skipVarint();
        return;
      case 7: // double
        reader.take(8);
        return;
      case 8: // binary
        reader.take(reader.varint());
        return;
      case 9: {
        const head = reader.byte();
        const size = head >> 4 === 15 ? reader.varint() : head >> 4;
        if (size > reader.left) throw new Error(`a list of its header claims ${size} elements in ${reader.left} bytes`);
        const type = head & 0x0f;
        for (let i = 0; i < size; i++) value(type === 1 || type === 2 ? 3 : type, depth);
        return;
      }
      case 12:
        struct(depth + 1);
        return;
      default:
        throw new Error(`its header has a field of type ${type}, which Parquet does not know`);
    }
  };
  struct(1);
}
