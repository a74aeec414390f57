const tab = 0x09;
const newline = 0x0a;
const backslash = 0x5c;

/** What stands behind the backslash for a byte that COPY gives a meaning; 0 for all others. */
const escapes = new Uint8Array(256);
for (const [byte, letter] of [
  [newline, 'n'],
  [0x0d, 'r'],
  [tab, 't'],
  [backslash, '\\'],
] as const)
  escapes[byte] = letter.charCodeAt(0);

const hexDigits = Buffer.from('0123456789abcdef', 'latin1');

/**
 * Rows in the text format of COPY, gathered in one buffer. Works on bytes, never on strings, which spares a part's texts from
 * being decoded and encoded again.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export class CopyText {
  private buffer = Buffer.allocUnsafe(64 * 1024);
  private length = 0;

  get byteLength(): number {
    return this.length;
  }

  /** Goes between the values of a row. */
  tab(): void {
    this.byte(tab);
  }

  endRow(): void {
    this.byte(newline);
  }

  null(): void {
    this.room(2);
    this.buffer[this.length++] = backslash;
    this.buffer[this.length++] = 0x4e;
  }

  /** Text without anything to escape: of numbers and booleans. */
  plain(text: string): void {
    this.room(text.length);
    this.length += this.buffer.write(text, this.length, 'latin1');
  }

  text(bytes: Uint8Array): void {
    this.room(2 * bytes.length);
    const { buffer } = this;
    let at = this.length;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      const escape = escapes[byte] as number;
      if (escape === 0) buffer[at++] = byte;
      else {
        buffer[at++] = backslash;
        buffer[at++] = escape;
      }
    }
    this.length = at;
  }

  /** The hexadecimal form of `bytea`. */
  binary(bytes: Uint8Array): void {
    this.room(3 + 2 * bytes.length);
    const { buffer } = this;
    buffer[this.length++] = backslash;
    buffer[this.length++] = backslash;
    buffer[this.length++] = 0x78;
    for (const byte of bytes) {
      buffer[this.length++] = hexDigits[byte >> 4] as number;
      buffer[this.length++] = hexDigits[byte & 15] as number;
    }
  }

  /** What was gathered since the last time. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.length);
    // A row of megabytes must not make every later buffer as large.
    this.buffer = Buffer.allocUnsafe(64 * 1024);
    this.length = 0;
    return taken;
  }

  private byte(value: number): void {
    this.room(1);
    this.buffer[this.length++] = value;
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
