import { gzipSync } from 'node:zlib';

/** A value as AWS's export of PostgreSQL holds it: integers, floats and booleans as they are, bytes, else PostgreSQL's text. */
export type ExportedValue = boolean | number | bigint | Uint8Array | string | null;

/** How AWS stores a column (docs/restore-to-postgresql.md has its table). */
export type StoredAs = 'BOOLEAN' | 'INT_16' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BINARY' | 'STRING';

export interface ExportedColumnData {
  readonly name: string;
  readonly storedAs: StoredAs;
  readonly values: readonly ExportedValue[];
}

const elements = {
  BOOLEAN: { type: 'BOOLEAN' },
  INT_16: { type: 'INT32', converted_type: 'INT_16' },
  INT32: { type: 'INT32' },
  INT64: { type: 'INT64' },
  FLOAT: { type: 'FLOAT' },
  DOUBLE: { type: 'DOUBLE' },
  BINARY: { type: 'BYTE_ARRAY' },
  STRING: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const;

/** A part as AWS writes it: optional columns, gzip pages. */
export async function writePart(columns: readonly ExportedColumnData[], rowGroupSize = 1000): Promise<Buffer> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const content = parquetWriteBuffer({
    schema: [
      { name: 'spark_schema', num_children: columns.length },
      ...columns.map(({ name, storedAs }) => ({ name, repetition_type: 'OPTIONAL' as const, ...elements[storedAs] })),
    ],
    columnData: columns.map(({ name, values }) => ({ name, data: [...values] })),
    codec: 'GZIP',
    compressors: { GZIP: (input) => gzipSync(input) },
    rowGroupSize,
  });
  return Buffer.from(content);
}
