import { gzipSync } from 'node:zlib';
import { DecodeMemory, NoRoomError } from '../../../../src/postgres/parquet/decodeMemory';
import { openParquet } from '../../../../src/postgres/parquet/readParquet';
import {
  type CraftedColumn,
  craftPart,
  dictionaryPage,
  int32s,
  levels,
  packed,
  pageOne,
  pageTwo,
  partOf,
  run,
  structWriter,
  texts,
  uint32,
  varint,
} from '../../../support/craftedPart';

const byteArray = 6;
const encodings = { plainDictionary: 2, rle: 3, deltas: 5, deltaLengths: 6, deltaBytes: 7, dictionary: 8, split: 9 };
const codecs = { snappy: 1, gzip: 2, zstd: 6 };
const most31 = 2 ** 31 - 1;

async function valuesOf(bytes: Uint8Array, memory?: DecodeMemory): Promise<unknown[]> {
  const file = await openParquet(bytes, memory);
  const values: unknown[] = [];
  for (const { rows, columns } of file.batches())
    for (let row = 0; row < rows; row++) {
      const value = columns[0]?.(row);
      values.push(value instanceof Uint8Array ? Buffer.from(value).toString() : value);
    }
  return values;
}

const damaged = (message: RegExp) => ({
  type: 'VerificationFailed',
  message: expect.stringMatching(message) as unknown,
});

/** Deltas of 128 in 4 parts, all of them `step`, from `first` on. */
const steadyDeltas = (count: number, first: number, step: number, claims = { block: 128, parts: 4 }) =>
  Buffer.concat([
    varint(claims.block),
    varint(claims.parts),
    varint(count),
    varint(first * 2),
    ...Array.from({ length: Math.ceil((count - 1) / 128) }, () => Buffer.concat([varint(step * 2), Buffer.alloc(4)])),
  ]);

describe('a whole part', () => {
  test.each<[string, CraftedColumn, unknown[]]>([
    [
      'has nulls between its values',
      { rows: 5, pages: [pageOne(5, Buffer.concat([levels(packed(1, [0b01011])), int32s(1, 2, 3)]))] },
      [1, 2, null, 3, null],
    ],
    [
      'has levels of runs and packed groups, and pages of both versions',
      {
        rows: 14,
        pages: [
          pageOne(12, Buffer.concat([levels(run(3, 1), packed(1, [0b11]), run(1, 1)), int32s(1, 2, 3, 4, 5, 6)])),
          pageTwo(2, run(2, 0), Buffer.alloc(0), {}, 2),
        ],
      },
      [1, 2, 3, 4, 5, null, null, null, null, null, null, 6, null, null],
    ],
    [
      'has indexes of a dictionary that cross the borders of bytes',
      {
        type: byteArray,
        optional: false,
        rows: 9,
        pages: [
          dictionaryPage(5, texts('a', 'b', '', 'd', 'é')),
          // 3 bits each: 0 1 2 3 4 3 2 1, then a run of one 4.
          pageOne(
            9,
            Buffer.concat([Buffer.from([3]), packed(1, [0b10001000, 0b11000110, 0b00101001]), run(1, 4)]),
            {},
            encodings.dictionary,
          ),
        ],
      },
      ['a', 'b', '', 'd', 'é', 'd', '', 'b', 'é'],
    ],
    [
      'has a dictionary of one value, whose indexes take no bits',
      {
        type: byteArray,
        rows: 3,
        pages: [
          dictionaryPage(1, texts('x')),
          pageOne(3, Buffer.concat([levels(run(3, 1)), Buffer.from([0])]), {}, encodings.plainDictionary),
        ],
      },
      ['x', 'x', 'x'],
    ],
    [
      'has booleans in runs',
      {
        type: 0,
        optional: false,
        rows: 4,
        pages: [pageOne(4, levels(run(3, 1), run(1, 0)), {}, encodings.rle)],
      },
      [true, true, true, false],
    ],
    [
      'has deltas of numbers',
      { optional: false, rows: 300, pages: [pageOne(300, steadyDeltas(300, 5, 2), {}, encodings.deltas)] },
      Array.from({ length: 300 }, (_, i) => 5 + 2 * i),
    ],
    [
      'has texts that begin as the one before',
      {
        type: byteArray,
        optional: false,
        rows: 2,
        pages: [
          pageOne(
            2,
            Buffer.concat([steadyDeltas(2, 0, 2), steadyDeltas(2, 3, 0), Buffer.from('abcxyz')]),
            {},
            encodings.deltaBytes,
          ),
        ],
      },
      ['abc', 'abxyz'],
    ],
    [
      'has no compressed bytes where all is null',
      {
        codec: codecs.gzip,
        rows: 2,
        pages: [pageTwo(2, run(2, 0), Buffer.alloc(0), { field_7: true }, 2)],
      },
      [null, null],
    ],
    [
      'is compressed by Snappy, with repeats',
      {
        type: byteArray,
        optional: false,
        codec: codecs.snappy,
        rows: 1,
        pages: [
          pageOne(
            1,
            // 14 bytes: a literal of 6 (a length of 10, "ab"), then 8 bytes from 2 back.
            Buffer.concat([
              varint(14),
              Buffer.from([5 << 2]),
              uint32(10),
              Buffer.from('ab'),
              Buffer.from([0b10001, 2]),
            ]),
            { field_2: 14 },
          ),
        ],
      },
      ['ababababab'],
    ],
  ])('that %s is read', async (_, column, values) => {
    expect(await valuesOf(await craftPart(column))).toEqual(values);
  });
});

describe('a part is refused, at once and in words, whose page', () => {
  const first = run(1, 1);
  const whole = Buffer.concat([levels(run(2, 1)), int32s(1, 2)]);
  test.each<[string, CraftedColumn, RegExp]>([
    [
      'does not say how long its repetition levels are',
      { rows: 1, pages: [pageTwo(1, Buffer.concat([run(0, 0), first]), int32s(1), { field_6: undefined })] },
      /column c, page 0: it does not say the length of its repetition levels/,
    ],
    [
      'has definition levels of a negative length',
      { rows: 1, pages: [pageTwo(1, first, int32s(1), { field_5: -2 })] },
      /claims -2 as the length of its definition levels/,
    ],
    [
      'has definition levels longer than the page',
      { rows: 1, pages: [pageTwo(1, first, int32s(1), { field_5: 1000 })] },
      /claims 1000 bytes where 6 are left/,
    ],
    [
      'has nulls that it does not count',
      { rows: 1, pages: [pageTwo(1, first, int32s(1), {}, 1)] },
      /claims 1 nulls, and has 0/,
    ],
    [
      'has a run of levels of a billion rows',
      { rows: 2, pages: [pageOne(2, Buffer.concat([levels(run(2 ** 29, 1)), int32s(1, 2)]))] },
      /a run claims 536870912 values where 2 are left/,
    ],
    [
      'has packed levels of a billion rows',
      { rows: 2, pages: [pageOne(2, Buffer.concat([levels(packed(2 ** 29, [3])), int32s(1, 2)]))] },
      /claims 536870912 bytes where 1 are left/,
    ],
    [
      'has a run of more than 31 bits',
      { rows: 2, pages: [pageOne(2, levels(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 1])))] },
      /the number before byte 5 is too large/,
    ],
    [
      'has levels of a nested column',
      { rows: 2, pages: [pageOne(2, Buffer.concat([levels(run(2, 3)), int32s(1, 2)]))] },
      /row 0 has a level of 3/,
    ],
    [
      'has levels that end before its rows',
      { rows: 2, pages: [pageOne(2, Buffer.concat([levels(first), int32s(1, 2)]))] },
      /it ends at byte 2/,
    ],
    [
      'claims more rows than its row group has left',
      { rows: 2, pages: [pageOne(2 ** 30, whole)] },
      /claims 1073741824 as the number of values, and at most 2 can be/,
    ],
    ['claims a negative number of rows', { rows: 2, pages: [pageOne(-1, whole)] }, /claims -1 as the number of values/],
    [
      'has more rows than can be decoded at once',
      { rows: 2 ** 30, pages: [pageOne(2 ** 30, Buffer.concat([levels(run(2 ** 30 - 1, 0)), int32s()]))] },
      /and at most 33554432 can be/,
    ],
    [
      'is shorter than its rows',
      { rows: 4, pages: [pageOne(2, whole)] },
      /its pages end 2 rows before the row group does/,
    ],
    [
      'does not say how long it is',
      { rows: 2, pages: [pageOne(2, whole, { field_3: undefined })] },
      /does not say the size of a page/,
    ],
    [
      'has a negative length',
      { rows: 2, pages: [pageOne(2, whole, { field_3: -40 })] },
      /claims -40 as the size of a page/,
    ],
    [
      'is longer than the column',
      { rows: 2, pages: [pageOne(2, whole, { field_3: 5000 })] },
      /claims 5000 bytes where/,
    ],
    [
      'has values that are not there',
      { rows: 2, pages: [pageOne(2, levels(run(2, 1)))] },
      /claims 2 values, and has 0 bytes/,
    ],
    ['is of no known type', { rows: 2, pages: [pageOne(2, whole, { field_1: 7 })] }, /a page of no known type/],
    ['is an index', { rows: 2, pages: [pageOne(2, whole, { field_1: 1 })] }, /it is a INDEX_PAGE, which is not read/],
    ['is encoded as nobody knows', { rows: 2, pages: [pageOne(2, whole, {}, 77)] }, /INT32 is encoded as undefined/],
    [
      'has levels encoded as long ago',
      { rows: 2, pages: [pageOne(2, whole, { field_5: { field_1: 2, field_2: 0, field_3: 4, field_4: 4 } })] },
      /levels are encoded as BIT_PACKED/,
    ],
    [
      'has a header that is nested without end',
      { rows: 2, pages: [{ header: null, body: Buffer.alloc(50_000, 0x1c) }] },
      /nested more than 16 deep/,
    ],
    [
      'has a number in its header that does not end',
      { rows: 2, pages: [{ header: null, body: Buffer.concat([Buffer.from([0x16]), Buffer.alloc(1_000_000, 0xff)]) }] },
      /the number before byte \d+ does not end/,
    ],
    [
      'has a list in its header that is not there',
      { rows: 2, pages: [{ header: null, body: Buffer.concat([Buffer.from([0x19, 0xf5]), varint(most31)]) }] },
      /a list of its header claims 2147483647 elements in 0 bytes/,
    ],
  ])('%s', async (_, column, message) => {
    const part = await craftPart(column);
    await expect(valuesOf(part)).rejects.toMatchObject(damaged(message));
  });
});

describe('a part is refused whose values', () => {
  const indexes = (...bytes: readonly (Uint8Array | number)[]) =>
    Buffer.concat(bytes.map((one) => (typeof one === 'number' ? Buffer.from([one]) : one)));
  const ofDictionary = (body: Uint8Array, values = 2): CraftedColumn => ({
    type: byteArray,
    optional: false,
    rows: 2,
    pages: [dictionaryPage(values, texts('a', 'b')), pageOne(2, body, {}, encodings.dictionary)],
  });
  const ofDeltas = (body: Uint8Array, rows: number, encoding = encodings.deltas, type = 1): CraftedColumn => ({
    type,
    optional: false,
    rows,
    pages: [pageOne(rows, body, {}, encoding)],
  });
  test.each<[string, CraftedColumn, RegExp]>([
    [
      'name what the dictionary has not, in a run',
      ofDictionary(indexes(2, run(2, 3))),
      /names value 3 of a dictionary that has 2/,
    ],
    [
      'name what the dictionary has not, packed',
      ofDictionary(indexes(2, packed(1, [0b1100, 0]))),
      /names value 3 of a dictionary/,
    ],
    ['name what an empty dictionary has', ofDictionary(indexes(0), 0), /names value 0 of a dictionary that has 0/],
    [
      'have indexes wider than can be read',
      ofDictionary(indexes(32, packed(1, [...Buffer.alloc(32)]))),
      /have 32 bits/,
    ],
    [
      'have a run of indexes that is too long',
      ofDictionary(indexes(1, run(2 ** 29, 1))),
      /a run claims 536870912 values/,
    ],
    [
      'are indexes without a dictionary',
      { rows: 1, optional: false, pages: [pageOne(1, indexes(1, run(1, 0)), {}, encodings.dictionary)] },
      /there is none before it/,
    ],
    [
      'have a dictionary behind them',
      {
        rows: 2,
        optional: false,
        pages: [pageOne(1, int32s(1)), dictionaryPage(1, int32s(1)), pageOne(1, int32s(1))],
      },
      /page 1: its dictionary stands behind other pages/,
    ],
    [
      'have a dictionary that is not there',
      { rows: 1, optional: false, pages: [dictionaryPage(most31, int32s(1))] },
      /at most 33554432 can be/,
    ],
    [
      'are texts longer than the page',
      {
        type: byteArray,
        rows: 1,
        optional: false,
        pages: [pageOne(1, Buffer.concat([uint32(1000), Buffer.from('a')]))],
      },
      /value 0 is longer than what is left/,
    ],
    [
      'are texts that reach into the next page',
      {
        type: byteArray,
        rows: 3,
        optional: false,
        pages: [pageOne(1, Buffer.concat([uint32(2), Buffer.from('a')])), pageOne(2, texts('b', 'c'))],
      },
      /page 0: value 0 is longer than what is left/,
    ],
    ['are deltas of another number', ofDeltas(steadyDeltas(3, 0, 1), 2), /claims 2 values, and its deltas are of 3/],
    ['are deltas in no parts', ofDeltas(steadyDeltas(2, 0, 1, { block: 128, parts: 0 }), 2), /128 deltas in 0 parts/],
    [
      'are deltas in parts that step back',
      ofDeltas(Buffer.concat([varint(128), Buffer.from([0xfc, 0xff, 0xff, 0xff, 0x0f]), varint(2), varint(0)]), 2),
      /is too large/,
    ],
    [
      'are deltas in two billion parts',
      ofDeltas(steadyDeltas(2, 0, 1, { block: 32 * (2 ** 26 - 1), parts: 2 ** 26 - 1 }), 2),
      /claims 67108863 bytes where 4 are left/,
    ],
    [
      'have a delta that does not end',
      ofDeltas(
        Buffer.concat([varint(128), varint(4), varint(2), varint(0), Buffer.alloc(1_000_000, 0xff)]),
        2,
        encodings.deltas,
        2,
      ),
      /does not end/,
    ],
    [
      'copy more of the text before than it has',
      ofDeltas(
        Buffer.concat([steadyDeltas(2, 0, 1000), steadyDeltas(2, 1, 0), Buffer.from('ab')]),
        2,
        encodings.deltaBytes,
        byteArray,
      ),
      /value 1 has 1000 bytes of the one before it/,
    ],
    [
      'have texts of a length that is not there',
      ofDeltas(Buffer.concat([steadyDeltas(2, 9, 0), Buffer.from('ab')]), 2, encodings.deltaLengths, byteArray),
      /value 0 has 0 bytes of the one before it and 9 of its own/,
    ],
    [
      'are texts split into streams',
      ofDeltas(texts('a', 'b'), 2, encodings.split, byteArray),
      /BYTE_ARRAY is encoded as BYTE_STREAM_SPLIT/,
    ],
    ['are numbers in runs', ofDeltas(levels(run(2, 1)), 2, encodings.rle), /INT32 is encoded as RLE/],
  ])('%s', async (_, column, message) => {
    await expect(valuesOf(await craftPart(column))).rejects.toMatchObject(damaged(message));
  });
});

describe('a part is refused that', () => {
  const compressed = (codec: number, body: Uint8Array, size: number): CraftedColumn => ({
    codec,
    optional: false,
    rows: 2,
    pages: [pageOne(2, body, { field_2: size })],
  });
  const good = { rows: 2, optional: false, pages: [pageOne(2, int32s(1, 2))] };
  test.each<[string, CraftedColumn, RegExp]>([
    [
      'inflates to more than it claims',
      compressed(codecs.gzip, gzipSync(Buffer.alloc(50_000_000)), 8),
      /column c, page 0: /,
    ],
    [
      'inflates to less than it claims',
      compressed(codecs.gzip, gzipSync(int32s(1)), 8),
      /claims 8 bytes, and inflates to 4/,
    ],
    ['is not compressed as it says', compressed(codecs.gzip, int32s(1, 2), 8), /incorrect header check/],
    [
      'has Snappy that steps back',
      compressed(codecs.snappy, Buffer.from([8, 0xfc, 0xf0, 0xff, 0xff, 0xff, 1, 2]), 8),
      /claims 4294967281 bytes where/,
    ],
    [
      'has Snappy that repeats what is not there',
      compressed(codecs.snappy, Buffer.from([8, 0, 7, 0b01001, 200]), 8),
      /200 bytes back, after 1/,
    ],
    ['has Snappy of another size', compressed(codecs.snappy, Buffer.from([8, 0, 7]), 8), /inflates to another number/],
    [
      'is compressed by what AWS does not write',
      compressed(codecs.zstd, int32s(1, 2), 8),
      /column c is compressed by ZSTD/,
    ],
    [
      'claims more rows than its row groups',
      { ...good, footer: { field_3: 3n } },
      /claims 3 rows, and its row groups 2/,
    ],
    ['claims more values than rows', { ...good, about: { field_5: 3n } }, /claims 3 values in a row group of 2 rows/],
    ['claims pages that are not in it', { ...good, about: { field_7: 5000n } }, /claims 5000 as the size of c/],
    ['claims pages before its beginning', { ...good, about: { field_9: -5n } }, /claims -5 as the place of c/],
    ['calls its numbers of another type', { ...good, about: { field_1: 5 } }, /is c of DOUBLE in a row group/],
    [
      'has decimals',
      {
        ...good,
        footer: {
          field_2: [
            { field_4: 's', field_5: 1 },
            { field_1: 1, field_4: 'c', field_6: 5 },
          ],
        },
      },
      /columns of DECIMAL/,
    ],
    [
      'has rows and no columns',
      {
        ...good,
        footer: { field_2: [{ field_4: 's', field_5: 0 }], field_4: [{ field_1: [], field_2: 0n, field_3: 2n }] },
      },
      /claims 2 rows, and has no columns/,
    ],
  ])('%s', async (_, column, message) => {
    await expect(valuesOf(await craftPart(column))).rejects.toMatchObject(damaged(message));
  });

  test('has a footer of more fields than there is memory for', async () => {
    const struct = await structWriter();
    const footer = struct({ field_2: Array.from({ length: 5000 }, () => ({})) });
    const memory = new DecodeMemory(1024 * 1024);
    await expect(valuesOf(partOf(Buffer.alloc(0), footer), memory)).rejects.toMatchObject(
      damaged(/more than 4096 fields/),
    );
  });

  test('has pages that take more memory than there is', async () => {
    const pages = [pageOne(2 ** 20, levels(run(2 ** 20, 0)))];
    const part = await craftPart({ rows: 2 ** 20, pages });
    await expect(valuesOf(part, new DecodeMemory(1024 * 1024))).rejects.toMatchObject({
      type: 'Configuration',
      message: expect.stringMatching(/takes 4 MiB to decode, and 1 MiB is half of the heap/) as string,
    });
    expect(await valuesOf(part, new DecodeMemory(4 * 1024 * 1024))).toHaveLength(2 ** 20);
  });
});

test('parts that are decoded at once share the memory, and give it back', async () => {
  const memory = new DecodeMemory(300_000);
  const part = await craftPart({
    rows: 100_000,
    pages: [pageOne(50_000, levels(run(50_000, 0))), pageOne(50_000, levels(run(50_000, 0)))],
  });
  const first = (await openParquet(part, memory)).batches();
  first.next();
  await expect(valuesOf(part, memory)).rejects.toThrow(NoRoomError);
  first.return(undefined);
  expect(await valuesOf(part, memory)).toHaveLength(100_000);
});
