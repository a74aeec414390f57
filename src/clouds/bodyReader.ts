import { type IncomingHttpHeaders } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { type PlainRequest } from './plainRequest';

/** Where the body of an answer goes, without being copied on the way. */
export interface BodySink {
  /** How long it must be: another body is not read at all. */
  readonly bytes: number;
  /** Where to put what comes from offset `at` on: as much as is there, or less. */
  readonly room: (at: number) => Uint8Array;
  /** Lies there now; where `room` is the same again, only until the next comes. */
  readonly took?: (bytes: Uint8Array) => void;
}

export interface ReadAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** Bytes in the sink: all of them, or none where the answer is another one than a body of that length. */
  readonly came: number;
  /** Of an answer that is no success. */
  readonly text: string;
}

/** A connection on which nothing moves for this long is lost. */
const idleMilliseconds = 60_000;
const mostIdle = 64;
const mostHeadBytes = 64 * 1024;
const mostTextBytes = 8 << 20;

/**
 * GET requests whose bodies are read from the socket straight to where they are to lie. `node:http` hands over chunks of
 * 64 KiB (16 KiB over TLS), each in a buffer of its own, by way of a parser and two streams. Without that, and with hashing in
 * threads, a GB over TLS costs 2.8 s of CPU instead of 4.9 (docs/performance.md). HTTP/1.1 as far as a GET needs it.
 */
export class BodyReader {
  private readonly idle = new Map<string, Connection[]>();

  /** The answer, once its body lies in the sink. Rejects with errors of the connection as `node:http` would. */
  async get(request: PlainRequest, sink: BodySink, signal?: AbortSignal): Promise<ReadAnswer> {
    signal?.throwIfAborted();
    const place = `${request.protocol}//${request.hostname}:${request.port ?? ''}`;
    const kept = this.idle.get(place) ?? [];
    this.idle.set(place, kept);
    const connection =
      kept.pop() ?? new Connection(request, (closed) => kept.includes(closed) && kept.splice(kept.indexOf(closed), 1));
    const stop = () => connection.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const answer = await connection.ask(request, sink);
      if (connection.isReusable && kept.length < mostIdle) kept.push(connection);
      else connection.destroy();
      return answer;
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  close(): void {
    for (const connections of this.idle.values()) for (const connection of connections.splice(0)) connection.destroy();
  }
}

interface Asked {
  readonly sink: BodySink;
  readonly resolve: (answer: ReadAnswer) => void;
  readonly reject: (error: Error) => void;
  head: Head | null;
  /** Of the sink. */
  at: number;
  /** What is no body for the sink: the head, or the text of a refusal. */
  readonly pieces: Buffer[];
}

interface Head {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly isForSink: boolean;
}

/** One request at a time. */
class Connection {
  isReusable = true;
  private readonly socket: Socket;
  private readonly scratch = Buffer.allocUnsafeSlow(16 * 1024);
  private asked: Asked | null = null;

  constructor({ protocol, hostname, port, headers }: PlainRequest, onClose: (connection: Connection) => void) {
    const onread = {
      buffer: () => this.nextRoom(),
      callback: (bytes: number, room: Uint8Array) => {
        this.receive(room.subarray(0, bytes));
        return true;
      },
    };
    const secure = protocol === 'https:';
    const options = { host: hostname, port: Number(port ?? (secure ? 443 : 80)), noDelay: true, onread };
    const name = (headers.host ?? hostname).replace(/:\d+$/, '');
    this.socket = secure
      ? connectSecurely({ ...options, ...(isIP(name) === 0 ? { servername: name } : {}) })
      : connect(options);
    this.socket.setTimeout(idleMilliseconds, () => {
      this.destroy(Object.assign(new Error(`nothing came from ${hostname} for a minute`), { code: 'ETIMEDOUT' }));
    });
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('end', () => this.socket.destroy());
    this.socket.on('close', () => {
      this.isReusable = false;
      onClose(this);
      this.closed();
    });
  }

  ask({ method, path, headers }: PlainRequest, sink: BodySink): Promise<ReadAnswer> {
    return new Promise((resolve, reject) => {
      this.asked = { sink, resolve, reject, head: null, at: 0, pieces: [] };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      this.socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
    });
  }

  destroy(error?: Error): void {
    this.isReusable = false;
    if (error !== undefined) this.fail(error);
    this.socket.destroy();
  }

  private nextRoom(): Uint8Array {
    const { asked } = this;
    if (asked?.head?.isForSink !== true) return this.scratch;
    const room = asked.sink.room(asked.at);
    // Never beyond the body's end.
    return room.subarray(0, asked.sink.bytes - asked.at);
  }

  private receive(bytes: Uint8Array): void {
    const { asked } = this;
    // An answer that nobody asked for.
    if (asked === null) this.destroy();
    else if (asked.head?.isForSink === true) this.took(asked, bytes);
    else {
      asked.pieces.push(Buffer.from(bytes));
      if (asked.head === null) this.readHead(asked);
      else this.readText(asked, asked.head, false);
    }
  }

  private took(asked: Asked, bytes: Uint8Array): void {
    asked.sink.took?.(bytes);
    asked.at += bytes.length;
    if (asked.at === asked.sink.bytes) this.answer({ ...headOf(asked), came: asked.at, text: '' });
  }

  private readHead(asked: Asked): void {
    const received = Buffer.concat(asked.pieces);
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) {
      if (received.length > mostHeadBytes) this.destroy(broken('a head of more than 64 KiB'));
      return;
    }
    const head = parseHead(received.toString('latin1', 0, end), asked.sink.bytes);
    const rest = received.subarray(end + 4);
    asked.pieces.length = 0;
    if (head === null) return this.destroy(broken('no answer of HTTP/1.1'));
    if (head.statusCode < 200) {
      asked.pieces.push(rest);
      return this.readHead(asked);
    }
    asked.head = head;
    if (/\bclose\b/i.test(head.headers.connection ?? '')) this.isReusable = false;
    const isSuccess = head.statusCode < 300;
    if (head.isForSink) {
      for (let at = 0; at < rest.length;) {
        const room = this.nextRoom();
        const piece = rest.subarray(at, at + room.length);
        if (piece.length === 0) return this.destroy(broken('more than was told'));
        room.set(piece);
        this.took(asked, room.subarray(0, piece.length));
        at += piece.length;
      }
      if (asked.sink.bytes === 0) this.took(asked, rest);
    } else if (isSuccess) {
      this.isReusable = false;
      this.answer({ ...head, came: 0, text: '' });
    } else {
      asked.pieces.push(rest);
      this.readText(asked, head, false);
    }
  }

  /** A refusal says why, in a length that is told, or in chunks, or until the connection ends. */
  private readText(asked: Asked, head: Head, isEnd: boolean): void {
    const received = Buffer.concat(asked.pieces);
    const length = head.headers['content-length'];
    const isChunked = head.headers['transfer-encoding'] !== undefined;
    const whole = isChunked
      ? joinChunks(received)
      : length === undefined
        ? isEnd
          ? received
          : null
        : received.length >= Number(length)
          ? received
          : null;
    if (whole === null && received.length <= mostTextBytes && !isEnd) return;
    if (isChunked || length === undefined) this.isReusable = false;
    this.answer({ ...head, came: 0, text: (whole ?? received).toString('utf8') });
  }

  private answer({ statusCode, headers, came, text }: ReadAnswer): void {
    const { asked } = this;
    this.asked = null;
    asked?.resolve({ statusCode, headers, came, text });
  }

  private closed(): void {
    const { asked } = this;
    if (asked?.head?.isForSink === false) this.readText(asked, asked.head, true);
    else this.fail(broken('the connection was closed'));
  }

  private fail(error: Error): void {
    const { asked } = this;
    this.asked = null;
    asked?.reject(error);
  }
}

const headOf = ({ head }: Asked): Head => head as Head;

const broken = (what: string) => Object.assign(new Error(what), { code: 'ECONNRESET' });

function parseHead(text: string, bytes: number): Head | null {
  const [status = '', ...lines] = text.split('\r\n');
  const statusCode = Number(/^HTTP\/1\.1 (\d{3})\b/.exec(status)?.[1] ?? NaN);
  if (Number.isNaN(statusCode)) return null;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const isForSink =
    (statusCode === 200 || statusCode === 206) &&
    headers['transfer-encoding'] === undefined &&
    headers['content-length'] === String(bytes);
  return { statusCode, headers, isForSink };
}

/** The content of a body in chunks, null while its end is not there. */
function joinChunks(body: Buffer): Buffer | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at);
    if (end === -1) return null;
    const bytes = parseInt(body.toString('latin1', at, end), 16);
    if (!(bytes > 0)) return Buffer.concat(chunks);
    chunks.push(body.subarray(end + 2, end + 2 + bytes));
    at = end + 2 + bytes + 2;
    if (at > body.length) return null;
  }
}
