const blankLine = Buffer.from('\r\n\r\n');

/** Takes a `multipart/related` body of two parts piece by piece, and gives out the media in it. */
export class MultipartMedia {
  private readonly boundary: Buffer;
  private state: 'description' | 'media' | 'ended' = 'description';
  private pending: Buffer = Buffer.from('\r\n');

  /** @param described is told the first part, a JSON text, before any media comes */
  constructor(
    contentType: string,
    private readonly described: (json: string) => void,
  ) {
    const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(contentType) ?? [];
    this.boundary = Buffer.from(`\r\n--${quoted ?? plain ?? ''}`);
  }

  /** The media of this piece; empty where there is none. */
  take(piece: Buffer): Buffer {
    const { boundary } = this;
    if (this.state === 'ended') return Buffer.alloc(0);
    let text = this.pending.length === 0 ? piece : Buffer.concat([this.pending, piece]);
    if (this.state === 'description') {
      this.pending = text;
      const first = text.indexOf(boundary);
      const headersEnd = text.indexOf(blankLine, first + boundary.length);
      const next = headersEnd < 0 ? -1 : text.indexOf(boundary, headersEnd + blankLine.length);
      const mediaHeadersEnd = next < 0 ? -1 : text.indexOf(blankLine, next + boundary.length);
      if (mediaHeadersEnd < 0) return Buffer.alloc(0);
      this.described(text.toString('utf8', headersEnd + blankLine.length, next));
      text = text.subarray(mediaHeadersEnd + blankLine.length);
      this.state = 'media';
    }
    const end = text.indexOf(boundary);
    if (end >= 0) {
      this.state = 'ended';
      return text.subarray(0, end);
    }
    // What could be the beginning of the boundary waits.
    const held = startOfMatch(text, boundary);
    this.pending = text.subarray(held);
    return text.subarray(0, held);
  }
}

/** Where a suffix begins that is a beginning of `wanted`; the length where there is none. */
function startOfMatch(text: Buffer, wanted: Buffer): number {
  for (let at = text.indexOf(13, Math.max(0, text.length - wanted.length + 1)); at >= 0; at = text.indexOf(13, at + 1))
    if (wanted.subarray(0, text.length - at).equals(text.subarray(at))) return at;
  return text.length;
}
