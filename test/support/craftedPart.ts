/** Fields of a struct of Thrift by their numbers; numbers are 32 bits long, bigints 64. */
export type ThriftFields = Readonly<Record<`field_${number}`, unknown>>;

/** A page as it lies in a column: its header may claim anything. */
export interface CraftedPage {
  /** Absent, the body begins with one. */
  readonly header: ThriftFields | null;
  readonly body: Uint8Array;
}

export interface CraftedColumn {
  /** Numbers of the format: type 1 is INT32, 6 is BYTE_ARRAY. */
  readonly type?: number;
  readonly optional?: boolean;
  readonly codec?: number;
  readonly rows: number;
  readonly pages: readonly CraftedPage[];
  /** Claims in the place of what is so, in the column's metadata and in the footer. */
  readonly about?: ThriftFields;
  readonly footer?: ThriftFields;
}

/**
 * A part of one column `c` and one row group, byte by byte as told.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
export async function craftPart(column: CraftedColumn): Promise<Buffer> {
  const { type = 1, optional = true, codec = 0, rows, pages, about, footer } = column;
  const struct = await structWriter();
  const chunk = Buffer.concat(
    pages.flatMap(({ header, body }) => [header === null ? Buffer.alloc(0) : struct(header), body]),
  );
  const metadata = struct({
    field_1: 1,
    field_2: [
      { field_4: 'schema', field_5: 1 },
      { field_1: type, field_3: optional ? 1 : 0, field_4: 'c' },
    ],
    field_3: BigInt(rows),
    field_4: [
      {
        field_1: [
          {
            field_2: 4n,
            field_3: {
              field_1: type,
              field_2: [0],
              field_3: ['c'],
              field_4: codec,
              field_5: BigInt(rows),
              field_6: BigInt(chunk.length),
              field_7: BigInt(chunk.length),
              field_9: 4n,
              ...about,
            },
          },
        ],
        field_2: BigInt(chunk.length),
        field_3: BigInt(rows),
      },
    ],
    ...footer,
  });
  return partOf(chunk, metadata);
}

/** A part of what is said to be pages and what is said to be a footer. */
export function partOf(chunk: Uint8Array, metadata: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('PAR1'), chunk, metadata, uint32(metadata.length), Buffer.from('PAR1')]);
}

export async function structWriter(): Promise<(fields: ThriftFields) => Buffer> {
  const [{ ByteWriter }, { serializeTCompactProtocol }] = await Promise.all([
    import('hyparquet-writer'),
    import('hyparquet-writer/src/thrift.js'),
  ]);
  return (fields) => {
    const writer = new ByteWriter();
    serializeTCompactProtocol(writer, fields);
    return Buffer.from(writer.getBytes());
  };
}

/** A data page of version 1: levels and values together. */
export const pageOne = (values: number, body: Uint8Array, claims: ThriftFields = {}, encoding = 0): CraftedPage => ({
  header: {
    field_1: 0,
    field_2: body.length,
    field_3: body.length,
    field_5: { field_1: values, field_2: encoding, field_3: 3, field_4: 3 },
    ...claims,
  },
  body,
});

/** A data page of version 2: levels before the values. */
export const pageTwo = (
  values: number,
  levels: Uint8Array,
  body: Uint8Array,
  claims: ThriftFields = {},
  nulls = 0,
): CraftedPage => ({
  header: {
    field_1: 3,
    field_2: levels.length + body.length,
    field_3: levels.length + body.length,
    field_8: {
      field_1: values,
      field_2: nulls,
      field_3: values,
      field_4: 0,
      field_5: levels.length,
      field_6: 0,
      ...claims,
    },
  },
  body: Buffer.concat([levels, body]),
});

export const dictionaryPage = (values: number, body: Uint8Array, claims: ThriftFields = {}): CraftedPage => ({
  header: {
    field_1: 2,
    field_2: body.length,
    field_3: body.length,
    field_7: { field_1: values, field_2: 0 },
    ...claims,
  },
  body,
});

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** A run of one value of at most 8 bits. */
export const run = (count: number, value: number) => Buffer.concat([varint(count * 2), Buffer.from([value])]);

/** Groups of eight values, packed. */
export const packed = (groups: number, bytes: readonly number[]) =>
  Buffer.concat([varint(groups * 2 + 1), Buffer.from(bytes)]);

/** Levels as version 1 has them, behind their length. */
export const levels = (...runs: readonly Uint8Array[]) => {
  const bytes = Buffer.concat(runs);
  return Buffer.concat([uint32(bytes.length), bytes]);
};

export const int32s = (...values: readonly number[]) => Buffer.from(Int32Array.from(values).buffer);

export const texts = (...values: readonly string[]) =>
  Buffer.concat(values.flatMap((text) => [uint32(Buffer.byteLength(text)), Buffer.from(text)]));
