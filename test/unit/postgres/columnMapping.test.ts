import fc from 'fast-check';
import { CopyText } from '../../../src/postgres/copyText';
import { type TargetColumn, typeFromParquet, valueWriter } from '../../../src/postgres/columnMapping';
import { openParquet } from '../../../src/postgres/parquet/readParquet';
import { type ExportedValue, type StoredAs, writePart } from '../../support/awsParquet';

const target = (type: string, changes: Partial<TargetColumn> = {}): TargetColumn => ({
  name: 'c',
  type,
  domain: false,
  skipped: false,
  ...changes,
});

/** Writes values as AWS does and returns what COPY is given for them. */
async function copied(storedAs: StoredAs, type: string, values: readonly ExportedValue[], rowGroupSize?: number) {
  const file = await openParquet(await writePart([{ name: 'c', storedAs, values }], rowGroupSize));
  const [column] = file.columns;
  if (column === undefined) throw new Error('no column');
  const write = valueWriter(column, target(type));
  const lines: string[] = [];
  for (const { rows, columns } of file.batches())
    for (let row = 0; row < rows; row++) {
      const value = columns[0]?.(row) ?? null;
      const out = new CopyText();
      if (value === null) out.null();
      else write(value, out);
      lines.push(out.take().toString('utf8'));
    }
  return lines;
}

/** The server's side of COPY's text format, written from its documentation. */
function readCopy(field: string): string | null {
  if (field === '\\N') return null;
  expect(field).not.toMatch(/[\t\n\r]/);
  const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };
  return field.replace(/\\(.)/gsu, (_, letter: string) => letters[letter] ?? letter);
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map((s) => s.replaceAll('\0', '')),
  fc.string({ unit: fc.constantFrom('\\', 'N', '.', '\t', '\n', '\r', '"', "'", '{', '}', ',', '🐼', 'é', ' ', 'x') }),
);

const orNull = <T>(values: fc.Arbitrary<T>) =>
  fc.array(fc.option(values, { freq: 4 }), { minLength: 1, maxLength: 60 });

describe('the mapping from Parquet to COPY', () => {
  test('gives back every text, whatever characters it has', () =>
    fc.assert(
      fc.asyncProperty(orNull(anyText), fc.integer({ min: 1, max: 70 }), async (values, group) => {
        const lines = await copied('STRING', 'text', values, group);
        expect(lines.map(readCopy)).toEqual(values);
      }),
    ));

  test('gives back every sequence of bytes as hexadecimal', () =>
    fc.assert(
      fc.asyncProperty(orNull(fc.uint8Array({ maxLength: 40 })), async (values) => {
        const lines = await copied('BINARY', 'bytea', values);
        expect(lines.map(readCopy)).toEqual(values.map((v) => v && `\\x${Buffer.from(v).toString('hex')}`));
      }),
    ));

  test('gives back every integer to its last digit', () =>
    fc.assert(
      fc.asyncProperty(orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), async (values) => {
        const small = values.map((v) => (v === null ? null : Number(BigInt.asIntN(32, v))));
        expect(await copied('INT64', 'bigint', values)).toEqual(values.map((v) => v?.toString() ?? '\\N'));
        expect(await copied('INT32', 'integer', small)).toEqual(small.map((v) => v?.toString() ?? '\\N'));
        const tiny = values.map((v) => (v === null ? null : Number(BigInt.asIntN(16, v))));
        expect(await copied('INT_16', 'smallint', tiny)).toEqual(tiny.map((v) => v?.toString() ?? '\\N'));
      }),
    ));

  test('gives back every double and every real, infinite, not a number and minus zero too', () =>
    fc.assert(
      fc.asyncProperty(orNull(fc.double()), orNull(fc.float()), async (doubles, reals) => {
        const back = (line: string) => (line === '\\N' ? null : Number(line));
        expect((await copied('DOUBLE', 'double precision', doubles)).map(back)).toEqual(doubles);
        expect((await copied('FLOAT', 'real', reals)).map(back)).toEqual(reals);
      }),
    ));

  test('writes what PostgreSQL reads as infinities, not a number and minus zero', async () => {
    expect(await copied('DOUBLE', 'double precision', [Infinity, -Infinity, NaN, -0, 1e21])).toEqual([
      'Infinity',
      '-Infinity',
      'NaN',
      '-0',
      '1e+21',
    ]);
  });

  test('writes booleans and nulls', async () => {
    expect(await copied('BOOLEAN', 'boolean', [true, null, false])).toEqual(['t', '\\N', 'f']);
  });

  test('tells a null from the text that stands for one', async () => {
    expect((await copied('STRING', 'text', [null, '\\N', '', '\\.'])).map(readCopy)).toEqual([null, '\\N', '', '\\.']);
  });

  test.each<[StoredAs, string]>([
    ['BINARY', 'text'],
    ['STRING', 'bytea'],
    ['INT64', 'integer'],
    ['DOUBLE', 'real'],
    ['FLOAT', 'numeric'],
    ['BOOLEAN', 'text'],
  ])('refuses %s for a column of type %s, which AWS does not make of it', async (storedAs, type) => {
    await expect(copied(storedAs, type, [null])).rejects.toMatchObject({ type: 'VerificationFailed' });
  });

  test('takes a domain as the text AWS makes of it', () => {
    const column = { name: 'c', physical: 'BYTE_ARRAY', text: true } as const;
    expect(() => valueWriter(column, target('bytea', { domain: true }))).not.toThrow();
    expect(() => valueWriter(column, target('integer', { domain: true }))).not.toThrow();
  });

  test('takes the type of a column from Parquet where nothing else tells it', () => {
    const types = (['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE'] as const).map((physical) =>
      typeFromParquet({ name: 'c', physical, text: false }),
    );
    expect(types).toEqual(['boolean', 'integer', 'bigint', 'real', 'double precision']);
    expect(typeFromParquet({ name: 'c', physical: 'BYTE_ARRAY', text: false })).toBe('bytea');
    expect(typeFromParquet({ name: 'c', physical: 'BYTE_ARRAY', text: true })).toBe('text');
  });
});

describe('a part', () => {
  test('that is cut short or not Parquet at all is refused', async () => {
    const part = await writePart([{ name: 'c', storedAs: 'STRING', values: ['a', 'b'] }]);
    for (const damaged of [part.subarray(0, part.length - 9), Buffer.from('PAR1'), Buffer.alloc(0)])
      await expect(openParquet(damaged)).rejects.toMatchObject({ type: 'VerificationFailed' });
  });

  test('is read one row group at a time', async () => {
    const values = Array.from({ length: 25 }, (_, i) => i);
    const file = await openParquet(await writePart([{ name: 'c', storedAs: 'INT32', values }], 10));
    const sizes: number[] = [];
    for (const { rows } of file.batches()) sizes.push(rows);
    expect(file.rows).toBe(25);
    expect(sizes).toEqual([10, 10, 5]);
  });
});
