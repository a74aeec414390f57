import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { proxyAgents } from './aws/proxyAgents';
import { BodyReader, type BodySink, type ReadAnswer } from './bodyReader';
import { type PlainRequest } from './plainRequest';

/** What TLS would cut into records of 16 KiB, each with a call of its own, goes out in slices of this size. */
const sliceBytes = 256 * 1024;
/** A connection on which nothing moves for this long is lost. */
const idleMilliseconds = 60_000;

/**
 * The hot path of transfers goes around both SDKs. Measured on 2 shared cores over loopback (docs/performance.md):
 * with all defaults 92 MB/s (JavaScript computes CRC32C twice); with native checksums and both SDKs 449, with the S3 SDK reading
 * and plain requests writing 516, with plain requests on both ends 614 MB/s. An object of 64 KiB costs 0.6 ms of CPU
 * instead of 2 to 3. Addresses, credentials and signatures still come from the SDKs; only the bytes pass them by.
 *
 * Connections are kept, to whichever hosts; proxies of the environment are honoured.
 */
export class PlainHttp {
  private readonly agents: { readonly httpAgent: http.Agent; readonly httpsAgent: http.Agent };
  /** Knows no proxies. */
  private readonly reader: BodyReader | null;

  constructor(environment: Readonly<Record<string, string | undefined>> = process.env) {
    const kept = { keepAlive: true, noDelay: true, maxFreeSockets: 64, timeout: idleMilliseconds };
    const throughProxies = proxyAgents(environment);
    this.agents = throughProxies ?? { httpAgent: new http.Agent(kept), httpsAgent: new https.Agent(kept) };
    this.reader = throughProxies === undefined ? new BodyReader() : null;
  }

  /** A GET whose body goes straight to where it is to lie; the answer, whatever its status, once it is there. */
  async read(request: PlainRequest, sink: BodySink, signal?: AbortSignal): Promise<ReadAnswer> {
    return this.reader === null
      ? readByStream(await this.send(request, signal), sink)
      : this.reader.get(request, sink, signal);
  }

  /** The answer, whatever its status, as soon as its headers are there. Its body must be read or destroyed. */
  send(
    { method, protocol, hostname, port, path, headers, body }: PlainRequest,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const secure = protocol === 'https:';
      const request = (secure ? https : http).request({
        method,
        hostname,
        port,
        path,
        headers,
        agent: secure ? this.agents.httpsAgent : this.agents.httpAgent,
        ...(signal === undefined ? {} : { signal }),
      });
      request.on('response', resolve);
      request.on('error', reject);
      request.on('timeout', () => {
        request.destroy(Object.assign(new Error(`nothing came from ${hostname} for a minute`), { code: 'ETIMEDOUT' }));
      });
      if (body === undefined) request.end();
      else if (isPieces(body)) sendPieces(request, body);
      else sendStream(request, body).catch((error: unknown) => request.destroy(error as Error));
    });
  }

  close(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
    this.reader?.close();
  }
}

const isPieces = (body: readonly Uint8Array[] | AsyncIterable<Uint8Array>): body is readonly Uint8Array[] =>
  Array.isArray(body);

async function readByStream(response: IncomingMessage, sink: BodySink): Promise<ReadAnswer> {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300) return { statusCode, headers, came: 0, text: await readText(response) };
  let came = 0;
  if (headers['content-length'] === String(sink.bytes))
    for await (const chunk of response as AsyncIterable<Buffer>)
      for (let at = 0; at < chunk.length;) {
        const room = sink.room(came);
        const piece = chunk.subarray(at, at + Math.min(room.length, sink.bytes - came));
        room.set(piece);
        sink.took?.(room.subarray(0, piece.length));
        came += piece.length;
        at += piece.length;
      }
  else response.destroy();
  return { statusCode, headers, came, text: '' };
}

/** Whole answers of a few kilobytes: what describes an object, or says what is wrong. */
export async function readText(response: IncomingMessage, mostBytes = 8 << 20): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error(`an answer of more than ${mostBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Small pieces leave with the headers in one packet; large ones follow in slices, as fast as the connection takes them. */
function sendPieces(request: http.ClientRequest, pieces: readonly Uint8Array[]): void {
  let piece = 0;
  let at = 0;
  const next = () => {
    request.cork();
    let room = sliceBytes;
    let flowing = true;
    for (let current = pieces[piece]; current !== undefined && room > 0; current = pieces[piece]) {
      const slice = current.subarray(at, at + room);
      at += slice.length;
      room -= slice.length;
      if (slice.length > 0) flowing = request.write(slice);
      if (at === current.length) {
        piece += 1;
        at = 0;
      }
    }
    if (piece === pieces.length) request.end();
    else if (flowing) setImmediate(next);
    else request.once('drain', next);
    request.uncork();
  };
  next();
}

async function sendStream(request: http.ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of body) {
    if (request.destroyed) return;
    if (!request.write(chunk))
      await new Promise<void>((resolve) => {
        request.once('drain', resolve).once('close', resolve);
      });
  }
  request.end();
}
