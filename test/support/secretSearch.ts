/** Something that nobody but its owner may read. */
export interface Secret {
  /** Whose it is, which may be printed. */
  readonly name: string;
  readonly value: string;
}

/** So much of a secret in one piece is a find: a log may cut it. */
const pieceLength = 12;
/** Shorter ones are words that stand anywhere. */
const shortest = 8;

/** Looks for many secrets at once, as they are and as URLs, JSON and base64 write them. */
export class SecretSearch {
  /** By the first two bytes of pieces: most places of a text need no closer look. */
  private readonly begins = new Uint8Array(1 << 16);
  private readonly pieces = new Map<string, Secret>();
  private readonly lengths: readonly number[];

  constructor(secrets: readonly Secret[]) {
    for (const secret of secrets)
      for (const piece of piecesOf(secret.value)) {
        this.pieces.set(piece, secret);
        this.begins[(piece.charCodeAt(0) << 8) | piece.charCodeAt(1)] = 1;
      }
    this.lengths = [...new Set([...this.pieces.keys()].map(({ length }) => length))];
  }

  /** The secrets that stand in a text, each told by its name and its first two characters. */
  in(content: Uint8Array): string[] {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const found = new Set<Secret>();
    for (let at = 0; at + shortest <= bytes.length; at += 1) {
      if (this.begins[((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)] === 0) continue;
      for (const length of this.lengths) {
        const secret = this.pieces.get(bytes.toString('latin1', at, at + length));
        if (secret !== undefined) found.add(secret);
      }
    }
    return [...found].map(({ name, value }) => `${name} (${value.slice(0, 2)}…)`);
  }
}

function piecesOf(value: string): Set<string> {
  if (value.length < shortest) return new Set();
  // Three bytes become four characters, wherever the first of them stands; those at the edges depend on what is beside.
  const inBase64 = [0, 1, 2].map((before) =>
    Buffer.from(' '.repeat(before) + value)
      .toString('base64')
      .slice(4, -4),
  );
  const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), ...inBase64];
  return new Set(forms.filter(({ length }) => length >= shortest).map(middle));
}

function middle(text: string): string {
  const start = Math.max(0, Math.floor((text.length - pieceLength) / 2));
  return Buffer.from(text.slice(start, start + pieceLength)).toString('latin1');
}
