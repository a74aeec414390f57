import type { Encoding } from 'hyparquet' with { 'resolution-mode': 'import' };
import { ByteReader, viewOf } from './byteReader';
import { type ParquetLibrary } from './library';
import { readRuns, widestIndex } from './runs';

export type PhysicalType = 'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BYTE_ARRAY';

export type Value = boolean | number | bigint | Uint8Array;

/** Values of a page that are there, without the nulls between them. */
export interface PageValues {
  readonly count: number;
  readonly at: (index: number) => Value;
}

export interface EncodedValues {
  readonly encoding: Encoding;
  readonly type: PhysicalType;
  /** How many the page claims, one at least. */
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly dictionary: PageValues | undefined;
  /** Called before memory is taken for them, with its bytes. */
  readonly take: (bytes: number) => void;
}

const fixedBytes: Readonly<Partial<Record<PhysicalType, number>>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8 };

/** What V8 takes for a view of bytes. */
const viewBytes = 160;

/**
 * Decodes the values of a page. hyparquet decodes what is of fixed length or stored as deltas, once it is known that the bytes are there;
 * plain texts and indexes stay as they lie in the page until they are asked for.
 *
 * @throws Error where the bytes are not there, or the encoding is none for the type.
 */
export function decodeValues(library: ParquetLibrary, encoded: EncodedValues): PageValues {
  const { encoding, type, count, bytes, dictionary, take } = encoded;
  const width = fixedBytes[type];
  const need = (least: number) => {
    if (least > bytes.length) throw new Error(`it claims ${count} values, and has ${bytes.length} bytes of them`);
  };
  switch (encoding) {
    case 'PLAIN':
      if (type === 'BYTE_ARRAY') return plainBytes(bytes, count, take);
      need(width === undefined ? Math.ceil(count / 8) : count * width);
      take(count * (width ?? 8));
      return fromLibrary(library, encoded);
    case 'BYTE_STREAM_SPLIT':
      if (width === undefined) break;
      need(count * width);
      take(count * width);
      return fromLibrary(library, encoded);
    case 'RLE': {
      if (type !== 'BOOLEAN') break;
      const reader = new ByteReader(bytes);
      const runs = reader.take(reader.uint32());
      take(count * 4);
      const numbers = readRuns(runs, 1, count);
      return { count, at: (index) => numbers[index] === 1 };
    }
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY': {
      if (type === 'BOOLEAN') break;
      if (dictionary === undefined) throw new Error('it has indexes of a dictionary, and there is none before it');
      take(count * 4);
      const indexes = dictionaryIndexes(bytes, count, dictionary.count);
      return { count, at: (index) => dictionary.at(indexes[index] ?? 0) };
    }
    case 'DELTA_BINARY_PACKED':
      if (type !== 'INT32' && type !== 'INT64') break;
      passDeltas(new ByteReader(bytes), count);
      take(count * 8);
      return fromLibrary(library, encoded);
    case 'DELTA_LENGTH_BYTE_ARRAY':
    case 'DELTA_BYTE_ARRAY':
      if (type !== 'BYTE_ARRAY') break;
      take(count * (viewBytes + 8));
      take(requireLengths(library, encoded));
      return fromLibrary(library, encoded);
    default:
  }
  throw new Error(`its ${type} is encoded as ${encoding}, which is not read`);
}

function dictionaryIndexes(bytes: Uint8Array, count: number, size: number): Int32Array {
  const width = new ByteReader(bytes).byte();
  if (width > widestIndex) throw new Error(`its indexes of a dictionary have ${width} bits, more than ${widestIndex}`);
  const indexes = width === 0 ? new Int32Array(count) : readRuns(bytes.subarray(1), width, count);
  for (const index of indexes)
    if (index >= size) throw new Error(`it names value ${index} of a dictionary that has ${size}`);
  return indexes;
}

function plainBytes(bytes: Uint8Array, count: number, take: (bytes: number) => void): PageValues {
  if (count * 4 > bytes.length) throw new Error(`it claims ${count} values, and has ${bytes.length} bytes of them`);
  take((count + 1) * 4);
  /** Where the length of each stands. */
  const starts = new Uint32Array(count + 1);
  const view = viewOf(bytes);
  let offset = 0;
  for (let i = 0; i < count; i++) {
    starts[i] = offset;
    if (offset + 4 > bytes.length) throw new Error(`value ${i} lies behind its end`);
    offset += 4 + view.getUint32(offset, true);
    if (offset > bytes.length) throw new Error(`value ${i} is longer than what is left`);
  }
  starts[count] = offset;
  return { count, at: (index) => bytes.subarray((starts[index] ?? 0) + 4, starts[index + 1]) };
}

/** hyparquet reads the values as a page of a column that has no nulls, and does not know what they mean. */
function fromLibrary(library: ParquetLibrary, { encoding, type, count, bytes }: EncodedValues): PageValues {
  const element = { name: 'c', type, repetition_type: 'REQUIRED' as const };
  const root = { children: [], count: 1, element: { name: 'root' }, path: [] };
  const { data } = library.readPage(
    { view: viewOf(bytes), offset: 0 },
    {
      type: 'DATA_PAGE',
      compressed_page_size: bytes.length,
      uncompressed_page_size: bytes.length,
      data_page_header: {
        num_values: count,
        encoding,
        definition_level_encoding: 'RLE',
        repetition_level_encoding: 'RLE',
      },
    },
    {
      pathInSchema: ['c'],
      type,
      element,
      schemaPath: [root, { children: [], count: 1, element, path: ['c'] }],
      codec: 'UNCOMPRESSED',
      utf8: false,
      parsers: {} as never,
    },
    undefined,
    undefined,
    0,
  );
  if (data?.length !== count) throw new Error(`it claims ${count} values, and has ${data?.length ?? 0}`);
  return { count, at: (index) => data[index] as Value };
}

/**
 * Passes numbers that are stored as deltas; the reader stands behind the last block's numbers then, or before them.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC
 */
function passDeltas(reader: ByteReader, count: number): void {
  const block = reader.varint();
  const parts = reader.varint();
  const told = reader.varint();
  if (told !== count) throw new Error(`it claims ${count} values, and its deltas are of ${told}`);
  const each = block / parts;
  if (block === 0 || parts === 0 || each % 32 !== 0)
    throw new Error(`it has blocks of ${block} deltas in ${parts} parts, which is none of Parquet`);
  reader.skipVarint();
  for (let seen = 1; seen < count;) {
    reader.skipVarint();
    for (const width of reader.take(parts)) {
      if (seen >= count) break;
      if (width > 64) throw new Error(`it has deltas of ${width} bits`);
      // The last part need not be whole.
      reader.take(Math.min((each / 8) * width, reader.left));
      seen += each;
    }
  }
}

/** Bytes that texts take whose lengths are stored as deltas. */
function requireLengths(library: ParquetLibrary, { encoding, count, bytes }: EncodedValues): number {
  const reader = { view: viewOf(bytes), offset: 0 };
  const lengths = () => {
    passDeltas(new ByteReader(bytes, reader.offset), count);
    const numbers = new Int32Array(count);
    library.deltaBinaryUnpack(reader, count, numbers);
    return numbers;
  };
  const shared = encoding === 'DELTA_BYTE_ARRAY' ? lengths() : undefined;
  const own = lengths();
  let left = bytes.length - reader.offset;
  let copied = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    const [prefix, suffix] = [shared?.[i] ?? 0, own[i] ?? 0];
    if (prefix < 0 || suffix < 0 || prefix > before || suffix > left)
      throw new Error(`value ${i} has ${prefix} bytes of the one before it and ${suffix} of its own`);
    left -= suffix;
    before = prefix + suffix;
    if (prefix > 0) copied += before;
  }
  return copied;
}
