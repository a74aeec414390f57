import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { type CopyText } from './copyText';
import { type ParquetColumn } from './parquet/readParquet';

/** A column of a table that rows are loaded into. */
export interface TargetColumn {
  readonly name: string;
  /** `format_type` without its modifier, behind all domains: `numeric`, `timestamp with time zone`. */
  readonly type: string;
  readonly domain: boolean;
  /** Takes no values: computed by the server, or of object identifiers, which mean nothing on another one. */
  readonly skipped: boolean;
}

/** Writes one value that is not null. */
export type ValueWriter = (value: unknown, out: CopyText) => void;

/** JavaScript writes minus zero as `0`. */
const float: ValueWriter = (value, out) => out.plain(Object.is(value, -0) ? '-0' : String(value));
const integer: ValueWriter = (value, out) => out.plain(String(value));
const boolean: ValueWriter = (value, out) => out.plain(value === true ? 't' : 'f');
const text: ValueWriter = (value, out) => out.text(value as Uint8Array);
const binary: ValueWriter = (value, out) => out.binary(value as Uint8Array);

/**
 * What AWS makes of the types of PostgreSQL, read backwards. Everything that has no row of its own is exported as the text
 * PostgreSQL prints (numeric, dates, arrays, ranges, JSON, …), and is loaded as that text.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.data-types.html#USER_ExportSnapshot.data-types.PostgreSQL
 */
const mappings: readonly {
  readonly physical: ParquetColumn['physical'];
  readonly text?: boolean;
  /** The first is the one a table gets where nothing else tells its type. */
  readonly targets: readonly string[];
  readonly write: ValueWriter;
}[] = [
  { physical: 'BOOLEAN', targets: ['boolean'], write: boolean },
  // A column that was widened after the recovery point was made takes the narrower values.
  { physical: 'INT32', targets: ['integer', 'smallint', 'bigint', 'numeric'], write: integer },
  { physical: 'INT64', targets: ['bigint', 'numeric'], write: integer },
  { physical: 'FLOAT', targets: ['real', 'double precision'], write: float },
  { physical: 'DOUBLE', targets: ['double precision'], write: float },
  { physical: 'BYTE_ARRAY', text: false, targets: ['bytea'], write: binary },
];

/** The type of a column of which nothing but its Parquet is known. */
export function typeFromParquet(column: ParquetColumn): string {
  return mappings.find((row) => matches(row, column))?.targets[0] ?? 'text';
}

/**
 * How the values of a Parquet column are written for a column of the target.
 *
 * @throws `VerificationFailed` where the two do not fit.
 */
export function valueWriter(column: ParquetColumn, target: TargetColumn): ValueWriter {
  const row = mappings.find((one) => matches(one, column));
  if (row?.targets.includes(target.type) === true) return row.write;
  // AWS exports a domain as text, whatever it is made of. Of bytea itself it exports the bytes: a text is something else.
  if (row === undefined && (target.type !== 'bytea' || target.domain)) return text;
  throw applicationFailure(
    failureTypes.verificationFailed,
    `column ${column.name} is ${target.type} in the target and ${column.physical}${column.text ? ' of text' : ''} in the export, which AWS does not make of it`,
  );
}

function matches(row: (typeof mappings)[number], column: ParquetColumn): boolean {
  return row.physical === column.physical && (row.text ?? column.text) === column.text;
}
