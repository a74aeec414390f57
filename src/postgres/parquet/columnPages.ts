import { gunzipSync } from 'node:zlib';
import type { PageHeader } from 'hyparquet' with { 'resolution-mode': 'import' };
import { ByteReader, viewOf } from './byteReader';
import { claimed, refuse } from './damage';
import { type MemoryShare } from './decodeMemory';
import { type ParquetLibrary } from './library';
import { decodeValues, type PageValues, type PhysicalType, type Value } from './pageValues';
import { readRuns } from './runs';
import { passSnappy } from './snappy';
import { passStruct } from './thrift';

/** The value of a row, from 0; null where it has none. */
export type ColumnValues = (row: number) => Value | null;

/** Rows of one column that follow each other. */
export interface Page {
  readonly rows: number;
  readonly at: ColumnValues;
}

/** A column of one row group, as it lies in the part. */
export interface ColumnChunk {
  readonly name: string;
  readonly type: PhysicalType;
  readonly optional: boolean;
  readonly codec: Codec;
  readonly rows: number;
  readonly bytes: Uint8Array;
}

/** GZIP is what AWS writes, SNAPPY what Spark does where nobody says otherwise. */
export type Codec = 'UNCOMPRESSED' | 'GZIP' | 'SNAPPY';

/** Values of a page: V8 has no faster arrays than of so many. */
const mostValues = 2 ** 25;

/** https://github.com/apache/parquet-format: sizes are signed numbers of 32 bits. */
const mostBytes = 2 ** 31 - 1;

/** Fields of a page's header, its statistics among them: some 20. */
const mostHeaderFields = 200;

/**
 * Decodes a column page by page; what a page takes is given back when the next one is asked for.
 *
 * @throws `VerificationFailed` where a page claims what cannot be.
 */
export function* columnPages(library: ParquetLibrary, chunk: ColumnChunk, memory: MemoryShare): Generator<Page> {
  const reader = new ByteReader(chunk.bytes);
  let held = 0;
  const take = (bytes: number) => {
    memory.take(bytes);
    held += bytes;
  };
  let kept = 0;
  let dictionary: PageValues | undefined;
  let number = 0;
  try {
    for (let left = chunk.rows; left > 0;) {
      let page: Page | null;
      try {
        if (reader.left === 0) throw new Error(`its pages end ${left} rows before the row group does`);
        const header = readHeader(library, reader);
        const body = reader.take(claimed(header.compressed_page_size, 'size of a page', mostBytes));
        if (header.type === 'DICTIONARY_PAGE') {
          if (number > 0) throw new Error('its dictionary stands behind other pages');
          dictionary = readDictionary(library, chunk, header, body, take);
          [kept, held] = [held, 0];
          page = null;
        } else {
          page = readDataPage(library, chunk, { header, body, left, dictionary, take });
        }
      } catch (error) {
        refuse(error, `column ${chunk.name}, page ${number}: `);
      }
      number += 1;
      if (page === null || page.rows === 0) continue;
      left -= page.rows;
      yield page;
      memory.give(held);
      held = 0;
    }
  } finally {
    memory.give(held + kept);
  }
}

function readHeader(library: ParquetLibrary, reader: ByteReader): PageHeader {
  const start = reader.offset;
  passStruct(reader, mostHeaderFields);
  return library.parquetHeader({ view: viewOf(reader.bytes.subarray(0, reader.offset)), offset: start });
}

function readDictionary(
  library: ParquetLibrary,
  { type, codec }: ColumnChunk,
  header: PageHeader,
  body: Uint8Array,
  take: (bytes: number) => void,
): PageValues {
  const about = header.dictionary_page_header;
  if (about?.encoding !== 'PLAIN' && about?.encoding !== 'PLAIN_DICTIONARY')
    throw new Error(`its dictionary is encoded as ${about?.encoding ?? 'nothing'}, which is not read`);
  const count = claimed(about.num_values, 'number of values of the dictionary', mostValues);
  const bytes = inflate(
    library,
    codec,
    body,
    claimed(header.uncompressed_page_size, 'size of a page', mostBytes),
    take,
  );
  if (count === 0) return noValues;
  return decodeValues(library, { encoding: 'PLAIN', type, count, bytes, dictionary: undefined, take });
}

const noValues: PageValues = {
  count: 0,
  at: () => {
    throw new Error('there is no value');
  },
};

interface DataPage {
  readonly header: PageHeader;
  readonly body: Uint8Array;
  /** Rows of the group that no page has had yet. */
  readonly left: number;
  readonly dictionary: PageValues | undefined;
  readonly take: (bytes: number) => void;
}

function readDataPage(library: ParquetLibrary, chunk: ColumnChunk, page: DataPage): Page {
  const { type, optional, codec } = chunk;
  const { header, body, dictionary, take } = page;
  const most = Math.min(page.left, mostValues);
  const size = claimed(header.uncompressed_page_size, 'size of a page', mostBytes);
  const [one, two] = [header.data_page_header, header.data_page_header_v2];
  if (header.type === 'DATA_PAGE' && one !== undefined) {
    const rows = claimed(one.num_values, 'number of values', most);
    const content = new ByteReader(inflate(library, codec, body, size, take));
    if (optional && one.definition_level_encoding !== 'RLE')
      throw new Error(`its levels are encoded as ${one.definition_level_encoding}, which is not read`);
    const levels = optional ? readLevels(content.take(content.uint32()), rows, take) : allThere(rows);
    const bytes = content.take(content.left);
    return pageOf(levels, (count) =>
      decodeValues(library, { encoding: one.encoding, type, count, bytes, dictionary, take }),
    );
  }
  if (header.type === 'DATA_PAGE_V2' && two !== undefined) {
    const rows = claimed(two.num_values, 'number of values', most);
    if (two.num_rows !== rows) throw new Error(`it claims ${rows} values and ${two.num_rows} rows`);
    const content = new ByteReader(body);
    const repetition = claimed(two.repetition_levels_byte_length, 'length of its repetition levels', mostBytes);
    const definition = claimed(two.definition_levels_byte_length, 'length of its definition levels', mostBytes);
    if (repetition > 0 || (!optional && definition > 0)) throw new Error('it has levels that its column has not');
    const packed = content.take(definition);
    const levels = optional ? readLevels(packed, rows, take) : allThere(rows);
    if (two.num_nulls !== rows - levels.there)
      throw new Error(`it claims ${two.num_nulls} nulls, and has ${rows - levels.there}`);
    const rest = content.take(content.left);
    return pageOf(levels, (count) => {
      const bytes = inflate(
        library,
        two.is_compressed === false ? 'UNCOMPRESSED' : codec,
        rest,
        claimed(size - definition, 'size of its values'),
        take,
      );
      return decodeValues(library, { encoding: two.encoding, type, count, bytes, dictionary, take });
    });
  }
  throw new Error(`it is a ${header.type ?? 'page of no known type'}, which is not read`);
}

/** Which rows have a value. */
interface Levels {
  readonly rows: number;
  readonly there: number;
  /** Of each row, which value is its own, -1 of none; absent where every row has one. */
  readonly positions?: Int32Array;
}

const allThere = (rows: number): Levels => ({ rows, there: rows });

function readLevels(packed: Uint8Array, rows: number, take: (bytes: number) => void): Levels {
  take(rows * 4);
  const levels = readRuns(packed, 1, rows);
  let there = 0;
  for (let row = 0; row < rows; row++) {
    const level = levels[row] ?? 0;
    if (level > 1) throw new Error(`row ${row} has a level of ${level}, and its column is not nested`);
    levels[row] = level === 1 ? there++ : -1;
  }
  if (there < rows) return { rows, there, positions: levels };
  // Nobody keeps the levels of a column that has every value.
  take(-rows * 4);
  return allThere(rows);
}

/** Of no values there may be no bytes either. */
function pageOf({ rows, there, positions }: Levels, decode: (count: number) => PageValues): Page {
  if (there === 0) return { rows, at: () => null };
  const { at } = decode(there);
  if (positions === undefined) return { rows, at };
  return {
    rows,
    at: (row) => {
      const position = positions[row] ?? -1;
      return position < 0 ? null : at(position);
    },
  };
}

function inflate(
  { snappy }: ParquetLibrary,
  codec: Codec,
  body: Uint8Array,
  size: number,
  take: (bytes: number) => void,
): Uint8Array {
  if (codec === 'UNCOMPRESSED') {
    if (body.length !== size) throw new Error(`it claims ${size} bytes, and has ${body.length}`);
    return body;
  }
  take(size);
  const bytes = codec === 'GZIP' ? gunzip(body, size) : unsnap(snappy, body, size);
  if (bytes.length !== size) throw new Error(`it claims ${size} bytes, and inflates to ${bytes.length}`);
  return bytes;
}

/** zlib of Node inflates several times as fast as JavaScript does. */
const gunzip = (body: Uint8Array, size: number) => gunzipSync(body, { maxOutputLength: Math.max(1, size) });

function unsnap(snappy: ParquetLibrary['snappy'], body: Uint8Array, size: number): Uint8Array {
  passSnappy(body, size);
  return snappy(body, size);
}
