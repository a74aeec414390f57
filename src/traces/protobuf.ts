/** https://protobuf.dev/programming-guides/encoding/, as far as traces need it. */

const types = { varint: 0, fixed64: 1, length: 2 } as const;

export const joined = (parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

/** A field whose content has a length: a message, or bytes. */
export function message(field: number, content: readonly Buffer[]): Buffer {
  const bytes = joined(content);
  return joined([tag(field, types.length), encoded(bytes.length), bytes]);
}

export const text = (field: number, value: string): Buffer => message(field, [Buffer.from(value)]);

/** @param value not negative, and no larger than a number holds exactly */
export const varint = (field: number, value: number): Buffer => joined([tag(field, types.varint), encoded(value)]);

export function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return joined([tag(field, types.fixed64), bytes]);
}

const tag = (field: number, type: number): Buffer => encoded(field * 8 + type);

function encoded(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
