import { gunzipSync } from 'node:zlib';
import type { DecodedArray, SchemaElement } from 'hyparquet' with { 'resolution-mode': 'import' };
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes, messageOf } from '../core/failure';

/** A column of a part, as far as it matters for what its values mean. */
export interface ParquetColumn {
  readonly name: string;
  readonly physical: 'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BYTE_ARRAY';
  /** Whether the bytes are said to be text. */
  readonly text: boolean;
}

/** Values of one column, as many as the group has rows: numbers, booleans, or the bytes of texts and binary. */
export type ColumnValues = DecodedArray;

export interface ParquetFile {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  /** Row group by row group, the columns in their order; only one is held at a time. */
  rowGroups(): AsyncGenerator<{ readonly rows: number; readonly columns: readonly ColumnValues[] }>;
}

/**
 * Opens a part of an export. Bytes stay bytes: text is neither decoded nor checked, so that what the source held comes back
 * as it was, whatever its encoding.
 *
 * @throws `VerificationFailed` where it is damaged, or holds what AWS does not document for PostgreSQL (nested columns,
 * Parquet's own dates and decimals): a value that is guessed is worse than none.
 */
export async function openParquet(bytes: Uint8Array): Promise<ParquetFile> {
  const [{ parquetMetadataAsync, parquetScan }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const file = {
    byteLength: bytes.byteLength,
    // Not `bytes.slice`, which of a Buffer is a view of the same memory.
    slice: (start: number, end?: number) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
  const metadata = await parquetMetadataAsync(file, { geoparquet: false }).catch(refuse);
  const columns = parquetColumns(metadata.schema);
  return {
    rows: Number(metadata.num_rows),
    columns,
    async *rowGroups() {
      const scan = await parquetScan({
        file,
        metadata,
        // zlib of Node inflates several times as fast as JavaScript does, and gzip is what AWS writes.
        compressors: { ...compressors, GZIP: (input) => gunzipSync(input) },
        utf8: false,
        geoparquet: false,
        useOffsetIndex: false,
        parsers: { stringFromBytes: asBytes, jsonFromBytes: asBytes },
      }).catch(refuse);
      for (const range of scan.ranges) {
        const rows = range.rowEnd - range.rowStart;
        const values: ColumnValues[] = [];
        for (const { name } of columns) {
          const data = await scan.readColumn({ column: name, ...range }).catch(refuse);
          if (data.length !== rows) throw damaged(`${name} has ${data.length} values in a group of ${rows} rows`);
          values.push(data);
        }
        yield { rows, columns: values };
      }
    },
  };
}

const asBytes = (value: Uint8Array) => value;

function damaged(why: string): Error {
  return applicationFailure(failureTypes.verificationFailed, `not a Parquet file of an export: ${why}`);
}

function refuse(error: unknown): never {
  throw damaged(messageOf(error));
}

function parquetColumns(schema: readonly SchemaElement[]): ParquetColumn[] {
  const columns = schema.slice(1).map(parquetColumn);
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
