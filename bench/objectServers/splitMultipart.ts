import { type IncomingMessage } from 'node:http';

const blankLine = Buffer.from('\r\n\r\n');

/**
 * The media of a `multipart/related` body of two parts, as it arrives.
 *
 * @param described is told the first part, a JSON text, before any media comes
 */
export async function* splitMultipart(
  request: IncomingMessage,
  described: (json: string) => void,
): AsyncGenerator<Buffer> {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(request.headers['content-type'] ?? '') ?? [];
  const boundary = Buffer.from(`\r\n--${quoted ?? plain ?? ''}`);
  let inMedia = false;
  let pending: Buffer = Buffer.from('\r\n');
  let ended = false;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (ended) continue;
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (!inMedia) {
      const first = pending.indexOf(boundary);
      const headersEnd = pending.indexOf(blankLine, first + boundary.length);
      const next = headersEnd < 0 ? -1 : pending.indexOf(boundary, headersEnd + blankLine.length);
      const mediaHeadersEnd = next < 0 ? -1 : pending.indexOf(blankLine, next + boundary.length);
      if (mediaHeadersEnd < 0) continue;
      described(pending.toString('utf8', headersEnd + blankLine.length, next));
      pending = pending.subarray(mediaHeadersEnd + blankLine.length);
      inMedia = true;
    }
    const end = pending.indexOf(boundary);
    if (end >= 0) {
      if (end > 0) yield pending.subarray(0, end);
      pending = Buffer.alloc(0);
      ended = true;
      continue;
    }
    // What could be the beginning of the boundary waits.
    const held = startOfMatch(pending, boundary);
    if (held > 0) yield pending.subarray(0, held);
    pending = pending.subarray(held);
  }
}

/** Where a suffix begins that is a beginning of `wanted`; the length where there is none. */
function startOfMatch(text: Buffer, wanted: Buffer): number {
  for (let at = Math.max(0, text.length - wanted.length + 1); at < text.length; at++)
    if (wanted.subarray(0, text.length - at).equals(text.subarray(at))) return at;
  return text.length;
}
