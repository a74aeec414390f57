import type { FileMetaData, RowGroup, SchemaElement } from 'hyparquet' with { 'resolution-mode': 'import' };
import { ByteReader, viewOf } from './byteReader';
import { type Codec, type ColumnChunk, columnPages, type ColumnValues, type Page } from './columnPages';
import { claimed, damaged, refuse } from './damage';
import { decodeMemory, type DecodeMemory, type MemoryShare } from './decodeMemory';
import { loadLibrary, type ParquetLibrary } from './library';
import { type PhysicalType } from './pageValues';
import { passStruct } from './thrift';

/** A column of a part, as far as it matters for what its values mean. */
export interface ParquetColumn {
  readonly name: string;
  readonly physical: PhysicalType;
  /** Whether the bytes are said to be text. */
  readonly text: boolean;
}

/** Rows that follow each other: as many as no column has to be read on for. */
export interface RowBatch {
  readonly rows: number;
  /** The columns in their order; they give values until the next batch is asked for. */
  readonly columns: readonly ColumnValues[];
}

export interface ParquetFile {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  /** All rows in their order; one page of each column is held at a time. */
  batches(): Generator<RowBatch>;
}

/** Of one field of the footer's, or one element of a list, with what is made of it. */
const bytesOfField = 256;

/**
 * Opens a part of an export. Bytes stay bytes: text is neither decoded nor checked, so that what the source held comes back
 * as it was, whatever its encoding. Nothing that the part claims is believed before it is known to be there, so that a part
 * that is damaged, or forged, ends soon and takes no more memory than `memory` has.
 *
 * @throws `VerificationFailed` where it is damaged, or holds what AWS does not document for PostgreSQL (nested columns,
 * Parquet's own dates and decimals): a value that is guessed is worse than none. `batches` throws so too, `Configuration` where the
 * part takes more memory than any may have, and {@link NoRoomError} where the parts that are decoded beside it leave none.
 */
export async function openParquet(bytes: Uint8Array, memory: DecodeMemory = decodeMemory): Promise<ParquetFile> {
  const library = await loadLibrary();
  try {
    const { metadata, pagesEnd } = readFooter(library, bytes, memory.limitBytes);
    const schema = metadata.schema.slice(1);
    const columns = parquetColumns(schema);
    const groups = metadata.row_groups.map((group) => rowGroup(group, columns, schema, bytes.subarray(0, pagesEnd)));
    const rows = claimed(metadata.num_rows, 'number of rows');
    const together = groups.reduce((sum, group) => sum + group.rows, 0);
    if (together !== rows) throw damaged(`it claims ${rows} rows, and its row groups ${together}`);
    return {
      rows,
      columns,
      *batches() {
        for (const group of groups) yield* batchesOf(library, group, memory.share());
      },
    };
  } catch (error) {
    refuse(error);
  }
}

const magic = Buffer.from('PAR1');

function readFooter(
  library: ParquetLibrary,
  bytes: Uint8Array,
  limitBytes: number,
): { readonly metadata: FileMetaData; readonly pagesEnd: number } {
  const end = bytes.length - magic.length - 4;
  if (end < magic.length || !magic.equals(bytes.subarray(-magic.length))) throw damaged('it does not end as one');
  const pagesEnd = end - new ByteReader(bytes, end).uint32();
  if (pagesEnd < magic.length) throw damaged('its footer is longer than it');
  const footer = bytes.subarray(pagesEnd);
  passStruct(new ByteReader(footer.subarray(0, end - pagesEnd)), Math.floor(limitBytes / bytesOfField));
  // The library reads statistics of decimals in time that grows with the square of their length.
  const { field_2: elements } = library.deserializeTCompactProtocol({ view: viewOf(footer), offset: 0 }) as RawFooter;
  if (elements?.some(({ field_6: converted }) => converted === decimal)) throw damaged('it has columns of DECIMAL');
  return { metadata: library.parquetMetadata(footer, { geoparquet: false }), pagesEnd };
}

/** https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift: `FileMetaData.schema`, `converted_type`. */
interface RawFooter {
  readonly field_2?: readonly { readonly field_6?: unknown }[];
}
const decimal = 5;

interface GroupOfChunks {
  readonly rows: number;
  readonly chunks: readonly ColumnChunk[];
}

const codecs: ReadonlySet<string> = new Set<Codec>(['UNCOMPRESSED', 'GZIP', 'SNAPPY']);
const isCodec = (codec: string): codec is Codec => codecs.has(codec);

/** @param pages The part without its footer. */
function rowGroup(
  group: RowGroup,
  columns: readonly ParquetColumn[],
  schema: readonly SchemaElement[],
  pages: Uint8Array,
): GroupOfChunks {
  const rows = claimed(group.num_rows, 'number of rows of a row group');
  if (rows > 0 && columns.length === 0) throw damaged(`it claims ${rows} rows, and has no columns`);
  if (group.columns.length !== columns.length)
    throw damaged(`it has ${columns.length} columns, and a row group of ${group.columns.length}`);
  const chunks = columns.map(({ name, physical: type }, i): ColumnChunk => {
    const { meta_data: about, file_path: elsewhere } = group.columns[i] ?? {};
    const wrong = (why: string) => damaged(`column ${name} ${why}`);
    if (about === undefined || elsewhere !== undefined) throw wrong('is encrypted, or lies in another file');
    if (about.path_in_schema.length !== 1 || about.path_in_schema[0] !== name || about.type !== type)
      throw wrong(`is ${about.path_in_schema.join('.')} of ${about.type} in a row group`);
    const codec: string = about.codec;
    if (!isCodec(codec)) throw wrong(`is compressed by ${codec}, which is not read`);
    const values = claimed(about.num_values, `number of values of ${name}`);
    if (values !== rows) throw wrong(`claims ${values} values in a row group of ${rows} rows`);
    const start = claimed(about.dictionary_page_offset || about.data_page_offset, `place of ${name}`, pages.length);
    const size = claimed(about.total_compressed_size, `size of ${name}`, pages.length - start);
    const optional = schema[i]?.repetition_type !== 'REQUIRED';
    return { name, type, optional, codec, rows, bytes: pages.subarray(start, start + size) };
  });
  return { rows, chunks };
}

function* batchesOf(
  library: ParquetLibrary,
  { rows, chunks }: GroupOfChunks,
  memory: MemoryShare,
): Generator<RowBatch> {
  const columns = chunks.map((chunk) => ({ pages: columnPages(library, chunk, memory), page: noPage, from: 0 }));
  try {
    for (let left = rows; left > 0;) {
      for (const column of columns)
        if (column.from === column.page.rows) {
          // A column has pages for every row, or it has thrown.
          column.page = column.pages.next().value as Page;
          column.from = 0;
        }
      const batch = Math.min(...columns.map(({ page, from }) => page.rows - from));
      yield {
        rows: batch,
        columns: columns.map(
          ({ page, from }) =>
            (row) =>
              page.at(from + row),
        ),
      };
      for (const column of columns) column.from += batch;
      left -= batch;
    }
  } finally {
    for (const { pages } of columns) pages.return(undefined);
  }
}

const noPage: Page = { rows: 0, at: () => null };

function parquetColumns(schema: readonly SchemaElement[]): ParquetColumn[] {
  const columns = schema.map(parquetColumn);
  if (new Set(columns.map(({ name }) => name)).size < columns.length) throw damaged('it has two columns of one name');
  return columns;
}

const texts: ReadonlySet<string> = new Set(['UTF8', 'STRING', 'ENUM', 'JSON']);

function parquetColumn(element: SchemaElement): ParquetColumn {
  const { name, type, converted_type: converted, logical_type: logical } = element;
  const annotation = converted ?? logical?.type;
  const undocumented = () => damaged(`column ${name} is stored as ${type ?? 'a group'} ${annotation ?? ''}`.trimEnd());
  if (element.num_children || element.repetition_type === 'REPEATED') throw undocumented();
  switch (type) {
    case 'BYTE_ARRAY':
      if (annotation !== undefined && !texts.has(annotation)) throw undocumented();
      return { name, physical: type, text: annotation !== undefined };
    case 'INT32':
    case 'INT64':
      if (annotation !== undefined && !/^(INT_\d+|INTEGER)$/.test(annotation)) throw undocumented();
      if (logical?.type === 'INTEGER' && !logical.isSigned) throw undocumented();
      return { name, physical: type, text: false };
    case 'BOOLEAN':
    case 'FLOAT':
    case 'DOUBLE':
      return { name, physical: type, text: false };
    default:
      throw undocumented();
  }
}
