import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { crc32c } from '@node-rs/crc32';
import { combineCrc32c } from './combineCrc32c';
import { base64Checksum } from './content';
import { type Fault, flipped } from './faults';
import { listen } from './listen';
import { MultipartMedia } from './multipartMedia';

export interface SinkRequest {
  readonly operation: 'upload' | 'begin-resumable' | 'compose' | 'list' | 'get' | 'change' | 'delete';
  readonly key: string;
  /** Of the request's body, where it tells; -1 where it does not. */
  readonly bytes: number;
}

export interface GcsSinkOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Also compute and tell the MD5, as GCS does. It costs more than everything else here. Default: no. */
  readonly md5?: boolean;
  /** Keep the bytes of objects whose key matches, so that they can be read back. Default: none. */
  readonly keep?: RegExp;
  readonly faultOf?: (request: SinkRequest) => Fault | null;
  /** Whether a request's token is valid: asked when it begins, and again once its body is there. Default: anyone may. */
  readonly accepts?: (authorization: string | undefined) => boolean;
  /** Told of every upload of a whole object (or part) in one request, however it ended. */
  readonly onUpload?: (upload: Arrival) => void;
}

/** What came of one request that was to bring an object. */
export interface Arrival {
  readonly key: string;
  /** Of the body, as far as it came. */
  readonly bytes: number;
  /**
   * `kept` and acknowledged; `unanswered`: kept, but nobody was told; `fault`: refused or cut by another one; `expired`:
   * refused for its token; `unmet`: for its precondition; `broken`: the client was gone.
   */
  readonly end: 'kept' | 'unanswered' | 'fault' | 'expired' | 'unmet' | 'broken';
}

/** What is left of an object once its bytes are forgotten. */
export interface SunkObject {
  readonly key: string;
  readonly bytes: number;
  /** Of the bytes that arrived. */
  readonly crc32c: number;
  readonly md5: string | null;
  readonly generation: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly contentType: string;
  /** As the request's JSON said it. */
  readonly retention: unknown;
  readonly content: readonly Buffer[] | null;
}

export interface GcsSink {
  readonly endpoint: string;
  readonly requests: Readonly<Record<SinkRequest['operation'], number>>;
  /** How many contents were acknowledged, by key. */
  readonly writes: ReadonlyMap<string, number>;
  readonly objects: ReadonlyMap<string, SunkObject>;
  readonly openUploads: number;
  /** Forgets all objects and uploads. */
  clear(): void;
  close(): Promise<void>;
}

interface Upload {
  readonly key: string;
  readonly query: URLSearchParams;
  readonly resource: Resource;
  /** Up to the last multiple of 256 KiB, or to the end. */
  persisted: Content;
}

/** What a client may say of an object. */
interface Resource {
  readonly name?: string;
  readonly crc32c?: string;
  readonly md5Hash?: string;
  readonly metadata?: Record<string, string>;
  readonly contentType?: string;
  readonly retention?: unknown;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(reason);
  }
}

/** The connection is cut instead of an answer, if the client has not done so itself. */
class Cut extends Error {
  constructor(readonly end: 'unanswered' | 'fault' | 'broken') {
    super();
  }
}

const expiredToken = 'authError';

function endOf(error: unknown): Arrival['end'] {
  if (error instanceof Cut) return error.end;
  const reason = error instanceof Refusal ? error.reason : '';
  if (reason === expiredToken) return 'expired';
  return reason === 'conditionNotMet' ? 'unmet' : 'fault';
}

const persistedInBytes = 256 * 1024;

/**
 * A Google Cloud Storage that hashes what it gets and forgets it: uploads (media, multipart, resumable, XML), compose, metadata,
 * listings, deletes, preconditions. Refuses content that differs from the checksum given for it. Anyone may do anything.
 */
export async function startGcsSink(options: GcsSinkOptions = {}): Promise<GcsSink> {
  const objects = new Map<string, SunkObject>();
  const uploads = new Map<string, Upload>();
  const writes = new Map<string, number>();
  const requests: Record<SinkRequest['operation'], number> = {
    upload: 0,
    'begin-resumable': 0,
    compose: 0,
    list: 0,
    get: 0,
    change: 0,
    delete: 0,
  };
  let generations = Date.now() * 1000;
  let sorted: string[] | null = null;

  const fresh = (key: string) => new Content(options.md5 === true, options.keep?.test(key) === true);

  /** Counts the request and does what its fault says, as far as that comes before the body. */
  function faultOf(operation: SinkRequest['operation'], key: string, request: IncomingMessage): Fault | null {
    requests[operation]++;
    requireValidToken(request);
    const bytes = Number(request.headers['content-length'] ?? -1);
    const fault = options.faultOf?.({ operation, key, bytes }) ?? null;
    if (fault?.type === 'status') throw new Refusal(fault.status, fault.code ?? 'injected', fault.retryAfterSeconds);
    return fault;
  }

  function requireValidToken(request: IncomingMessage): void {
    if (options.accepts?.(request.headers.authorization) === false) throw new Refusal(401, expiredToken);
  }

  /** Reports what came of a request that brings a whole object, once all has come that will. */
  async function reported<T>(key: string, request: IncomingMessage, work: () => Promise<T>): Promise<T> {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    const closed = new Promise((resolve) => request.once('close', resolve));
    let end: Arrival['end'] = 'kept';
    try {
      return await work();
    } catch (error) {
      end = endOf(error);
      throw error;
    } finally {
      void closed.then(() => options.onUpload?.({ key, bytes, end }));
    }
  }

  function checkPreconditions(key: string, query: URLSearchParams, request: IncomingMessage): void {
    const current = objects.get(key)?.generation ?? 0;
    const header = request.headers['x-goog-if-generation-match'];
    const expected = query.get('ifGenerationMatch') ?? (typeof header === 'string' ? header : null);
    if (expected !== null && Number(expected) !== current) throw new Refusal(412, 'conditionNotMet');
    const other = query.get('ifGenerationNotMatch');
    if (other !== null && Number(other) === current) throw new Refusal(304, 'notModified');
  }

  function commit(
    key: string,
    content: Content,
    resource: Resource,
    query: URLSearchParams,
    request: IncomingMessage,
    fault: Fault | null,
  ): SunkObject {
    requireValidToken(request);
    const expected = expectedHashes(resource, request);
    if (expected.crc32c !== undefined && expected.crc32c !== base64Checksum(content.crc32c))
      throw new Refusal(400, `Provided CRC32C "${expected.crc32c}" doesn't match calculated CRC32C`);
    if (expected.md5 !== undefined && content.md5 !== null && expected.md5 !== content.md5)
      throw new Refusal(400, `Provided MD5 hash "${expected.md5}" doesn't match calculated MD5 hash`);
    checkPreconditions(key, query, request);
    if (fault?.type === 'kept-flipped') content.flip(fault.at);
    const object = put(key, content, resource);
    if (fault?.type === 'unanswered') throw new Cut('unanswered');
    return object;
  }

  function put(key: string, content: Content, { metadata, contentType, retention }: Resource): SunkObject {
    const object: SunkObject = {
      key,
      bytes: content.bytes,
      crc32c: content.crc32c,
      md5: content.md5,
      generation: ++generations,
      metadata: metadata ?? {},
      contentType: contentType ?? 'application/octet-stream',
      retention: retention ?? null,
      content: content.kept,
    };
    if (!objects.has(key)) sorted = null;
    objects.set(key, object);
    writes.set(key, (writes.get(key) ?? 0) + 1);
    return object;
  }

  async function upload(request: IncomingMessage, response: ServerResponse, url: URL, bucket: string) {
    const query = url.searchParams;
    const id = query.get('upload_id');
    if (id !== null) return goOn(request, response, id, bucket);
    const type = query.get('uploadType');
    if (type === 'resumable') {
      const resource = parseResource(await text(request));
      const key = query.get('name') ?? resource.name ?? '';
      faultOf('begin-resumable', key, request);
      checkPreconditions(key, query, request);
      const name = randomUUID();
      uploads.set(name, { key, query, resource, persisted: fresh(key) });
      response.setHeader('location', `${endpoint}${url.pathname}?uploadType=resumable&upload_id=${name}`);
      response.setHeader('x-guploader-uploadid', name);
      return json(response, {});
    }
    const whole = () =>
      type === 'multipart' ? putMultipart(request, query) : putWhole(query.get('name') ?? '', request, query);
    const isReported = options.onUpload !== undefined;
    const object = await (isReported ? reported(query.get('name') ?? '', request, whole) : whole());
    return json(response, described(bucket, object));
  }

  async function putMultipart(request: IncomingMessage, query: URLSearchParams): Promise<SunkObject> {
    // Its fault is found once the name is known.
    let fault: Fault | null = null;
    let resource: Resource = {};
    let key = query.get('name') ?? '';
    let content = fresh(key);
    const media = new MultipartMedia(request.headers['content-type'] ?? '', (description) => {
      resource = parseResource(description);
      key = query.get('name') ?? resource.name ?? '';
      content = fresh(key);
      fault = faultOf('upload', key, request);
    });
    await receive(request, {
      fault: () => fault,
      media: (piece) => media.take(piece),
      take: (chunk) => content.take(chunk),
    });
    return commit(key, content, resource, query, request, fault);
  }

  async function putWhole(key: string, request: IncomingMessage, query: URLSearchParams) {
    const content = fresh(key);
    const fault = faultOf('upload', key, request);
    checkPreconditions(key, query, request);
    await receive(request, { fault: () => fault, take: (chunk) => content.take(chunk) });
    const metadata = Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => name.startsWith('x-goog-meta-'))
        .map(([name, value]) => [name.slice('x-goog-meta-'.length), String(value)]),
    );
    const resource = { metadata, contentType: request.headers['content-type'] };
    return commit(key, content, resource, query, request, fault);
  }

  /** One more part of a resumable upload, or the question how far it is, or its end. */
  async function goOn(request: IncomingMessage, response: ServerResponse, id: string, bucket: string): Promise<void> {
    const session = uploads.get(id);
    if (session === undefined) throw new Refusal(404, 'no such upload');
    if (request.method === 'DELETE') {
      uploads.delete(id);
      response.writeHead(499).end();
      return;
    }
    const due = faultOf('upload', session.key, request);
    const [, first, last, total] =
      /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers['content-range'] ?? '') ?? [];
    // A part that is cut short in between is asked for again, and so no harm.
    const fault = due?.type === 'truncate' && total === '*' ? null : due;
    const said = request.headers['content-range'];
    if (said !== undefined && total === undefined) throw new Refusal(400, `Invalid Content-Range ${said}`);
    let content = session.persisted.copy();
    if (first !== undefined || said === undefined) {
      const from = Number(first ?? 0);
      // What came already may come again.
      if (from > content.bytes) throw new Refusal(503, `expected bytes from ${content.bytes} on`);
      let again = content.bytes - from;
      let boundary = content.copy();
      const take = (chunk: Buffer) => {
        const unknown = chunk.subarray(Math.min(again, chunk.length));
        again -= chunk.length - unknown.length;
        for (let rest = unknown; rest.length > 0;) {
          const part = rest.subarray(0, persistedInBytes - (content.bytes % persistedInBytes));
          content.take(part);
          rest = rest.subarray(part.length);
          if (content.bytes % persistedInBytes === 0) boundary = content.copy();
        }
      };
      await receive(request, { fault: () => fault, take }).catch((error: unknown) => {
        session.persisted = boundary;
        throw error;
      });
    }
    // What loses bytes unnoticed takes the last part for whole.
    const end = fault?.type === 'truncate' ? Number(last) + 1 : content.bytes;
    const whole = said === undefined || Number(total) === end;
    if (!whole) {
      if (content.bytes % persistedInBytes !== 0) content = session.persisted;
      session.persisted = content;
      if (content.bytes > 0) response.setHeader('range', `bytes=0-${content.bytes - 1}`);
      // Go's client asks for a status that no proxy takes for a redirection.
      if (request.headers['x-guploader-no-308'] === 'yes') response.setHeader('x-http-status-code-override', '308');
      response.writeHead(request.headers['x-guploader-no-308'] === 'yes' ? 200 : 308, { 'content-length': 0 }).end();
      return;
    }
    uploads.delete(id);
    const object = commit(session.key, content, session.resource, session.query, request, fault);
    json(response, described(bucket, object));
  }

  function compose(key: string, body: ComposeRequest, query: URLSearchParams, request: IncomingMessage): SunkObject {
    const content = fresh(key);
    if (body.sourceObjects.length > 32) throw new Refusal(400, 'more than 32 components');
    for (const { name, generation, objectPreconditions } of body.sourceObjects) {
      const part = objects.get(name);
      if (part === undefined || (generation !== undefined && Number(generation) !== part.generation))
        throw new Refusal(404, `no component ${name}`);
      const expected = objectPreconditions?.ifGenerationMatch;
      if (expected !== undefined && Number(expected) !== part.generation) throw new Refusal(412, 'conditionNotMet');
      content.append(part);
    }
    return commit(key, content, body.destination ?? {}, query, request, null);
  }

  function list(bucket: string, query: URLSearchParams) {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('pageToken') ?? '';
    const start = query.get('startOffset') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const most = Number(query.get('maxResults') ?? 1000);
    sorted ??= [...objects.keys()].sort();
    const items: unknown[] = [];
    const prefixes = new Set<string>();
    let last = '';
    for (const key of sorted) {
      if (key <= after || key < start || !key.startsWith(prefix)) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const folder = cut < 0 ? null : key.slice(0, cut + delimiter.length);
      if (folder !== null && prefixes.has(folder)) continue;
      if (items.length + prefixes.size >= most)
        return { kind: 'storage#objects', items, prefixes: [...prefixes], nextPageToken: last };
      last = key;
      if (folder !== null) prefixes.add(folder);
      else items.push(described(bucket, objects.get(key) as SunkObject));
    }
    return { kind: 'storage#objects', items, prefixes: [...prefixes] };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sink');
    const query = url.searchParams;
    const [, uploadBucket] = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(url.pathname) ?? [];
    if (uploadBucket !== undefined) return upload(request, response, url, uploadBucket);
    const [, bucket, rest] = /^(?:\/download)?\/storage\/v1\/b\/([^/]+)(?:\/o(?:\/(.*))?)?$/.exec(url.pathname) ?? [];
    if (bucket === undefined) return answerXml(request, response, url);
    if (rest === undefined) {
      request.resume();
      if (!/\/o\/?$/.test(url.pathname))
        return json(response, { kind: 'storage#bucket', name: bucket, id: bucket, location: 'US', versioning: {} });
      faultOf('list', '', request);
      return json(response, list(bucket, query));
    }
    const [, encoded = '', action] = /^(.*?)(?:\/(compose|rewriteTo\/b\/[^/]+\/o\/[^/]+))?$/.exec(rest) ?? [];
    const key = decodeURIComponent(encoded);
    if (action === 'compose') {
      const body = JSON.parse(await text(request)) as ComposeRequest;
      const fault = faultOf('compose', key, request);
      const object = compose(key, body, query, request);
      if (fault?.type === 'unanswered' || fault?.type === 'reset') throw new Cut('unanswered');
      return json(response, described(bucket, object));
    }
    if (action !== undefined) throw new Refusal(501, 'rewrite is not built');
    if (request.method === 'GET') return get(request, response, key, query, bucket);
    if (request.method === 'DELETE') {
      request.resume();
      const fault = faultOf('delete', key, request);
      if (!objects.has(key)) throw new Refusal(404, 'notFound');
      checkPreconditions(key, query, request);
      objects.delete(key);
      sorted = null;
      if (fault?.type === 'unanswered' || fault?.type === 'reset') throw new Cut('unanswered');
      response.writeHead(204).end();
      return;
    }
    if (request.method === 'PATCH' || request.method === 'PUT') {
      const change = parseResource(await text(request));
      faultOf('change', key, request);
      const object = found(key);
      checkPreconditions(key, query, request);
      const { metadata = object.metadata, retention = object.retention } = change;
      const changed = { ...object, metadata: { ...object.metadata, ...metadata }, retention };
      objects.set(key, changed);
      return json(response, described(bucket, changed));
    }
    throw new Refusal(405, `${request.method} is not built`);
  }

  async function answerXml(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const [, , ...parts] = url.pathname.split('/');
    const key = decodeURIComponent(parts.join('/'));
    if (request.method === 'GET') return get(request, response, key, new URLSearchParams({ alt: 'media' }), '');
    if (request.method !== 'PUT' || key === '')
      throw new Refusal(501, `${request.method} ${url.pathname} is not built`);
    const object = await putWhole(key, request, url.searchParams);
    response.writeHead(200, {
      'content-length': 0,
      'x-goog-generation': object.generation,
      'x-goog-hash': `crc32c=${base64Checksum(object.crc32c)}`,
      'x-goog-stored-content-length': object.bytes,
    });
    response.end();
  }

  function found(key: string): SunkObject {
    const object = objects.get(key);
    if (object === undefined) throw new Refusal(404, 'notFound');
    return object;
  }

  function get(
    request: IncomingMessage,
    response: ServerResponse,
    key: string,
    query: URLSearchParams,
    bucket: string,
  ): void {
    request.resume();
    const fault = faultOf('get', key, request);
    const object = found(key);
    const generation = query.get('generation');
    if (generation !== null && Number(generation) !== object.generation) throw new Refusal(404, 'notFound');
    checkPreconditions(key, query, request);
    if (query.get('alt') !== 'media') return json(response, described(bucket, object));
    if (object.content === null) throw new Refusal(501, 'this sink forgets all bytes');
    const whole = Buffer.concat(object.content);
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const from = Number(first ?? 0);
    const to = last === undefined || last === '' ? whole.length : Math.min(whole.length, Number(last) + 1);
    let body: Buffer = whole.subarray(from, to);
    if (fault?.type === 'flip') body = flipped(body, fault.at % body.length);
    if (fault?.type === 'truncate') body = body.subarray(0, fault.at);
    response.writeHead(first === undefined ? 200 : 206, {
      'content-length': body.length,
      'content-type': object.contentType,
      'x-goog-hash': `crc32c=${base64Checksum(object.crc32c)}`,
      'x-goog-generation': object.generation,
      ...(first === undefined ? {} : { 'content-range': `bytes ${from}-${to - 1}/${whole.length}` }),
    });
    if (fault?.type === 'reset') response.write(body.subarray(0, fault.at), () => response.destroy());
    else response.end(body);
  }

  const { endpoint, close } = await listen(options.tls, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof Refusal)) return void request.socket.destroy();
      if (response.headersSent) return void response.destroy();
      // The rest of the body is taken and thrown away, so that the connection stays usable.
      request.resume();
      const { status, reason, retryAfterSeconds } = error;
      const message = JSON.stringify({
        error: { code: status, message: reason, errors: [{ reason, message: reason }] },
      });
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(message),
        ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      });
      response.end(status === 304 ? undefined : message);
    });
  });

  return {
    endpoint,
    requests,
    writes,
    objects,
    get openUploads() {
      return uploads.size;
    },
    clear() {
      objects.clear();
      uploads.clear();
      writes.clear();
      sorted = null;
    },
    close,
  };
}

interface ComposeRequest {
  readonly sourceObjects: readonly {
    readonly name: string;
    readonly generation?: string;
    readonly objectPreconditions?: { readonly ifGenerationMatch?: string };
  }[];
  readonly destination?: Resource;
}

/** A content as its hashes. */
class Content {
  bytes = 0;
  crc32c = 0;
  private hash: Hash | null;
  private chunks: Buffer[] | null;

  constructor(md5: boolean, keep: boolean) {
    this.hash = md5 ? createHash('md5') : null;
    this.chunks = keep ? [] : null;
  }

  take(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.crc32c = crc32c(chunk, this.crc32c);
    this.hash?.update(chunk);
    this.chunks?.push(Buffer.from(chunk));
  }

  /** A composed object has no MD5. */
  append(part: SunkObject): void {
    this.crc32c = this.bytes === 0 ? part.crc32c : combineCrc32c(this.crc32c, part.crc32c, part.bytes);
    this.bytes += part.bytes;
    this.hash = null;
    if (part.content !== null) this.chunks?.push(...part.content);
  }

  /** One bit of what is kept, where bytes are kept; else the checksum alone. */
  flip(at: number): void {
    if (this.chunks === null) {
      this.crc32c = (this.crc32c ^ 0x10) >>> 0;
      return;
    }
    const whole = flipped(Buffer.concat(this.chunks), at);
    this.chunks = [whole];
    this.crc32c = crc32c(whole);
  }

  get md5(): string | null {
    return this.hash === null ? null : this.hash.copy().digest('base64');
  }

  get kept(): readonly Buffer[] | null {
    return this.chunks;
  }

  copy(): Content {
    const copy = new Content(false, false);
    copy.bytes = this.bytes;
    copy.crc32c = this.crc32c;
    copy.hash = this.hash?.copy() ?? null;
    copy.chunks = this.chunks === null ? null : [...this.chunks];
    return copy;
  }
}

/** Takes a body, and does to it what the fault says. Rejects with {@link Cut} where the connection ends before the body does. */
async function receive(
  request: IncomingMessage,
  {
    fault: faultNow,
    media = (piece) => piece,
    take,
  }: {
    /** Asked again with each piece, since it may be known only from then on. */
    readonly fault: () => Fault | null;
    readonly media?: (piece: Buffer) => Buffer;
    readonly take: (chunk: Buffer) => void;
  },
): Promise<void> {
  let passed = 0;
  await new Promise<void>((resolve, reject) => {
    const takePiece = (piece: Buffer) => {
      try {
        let chunk = media(piece);
        const { length } = chunk;
        const fault = faultNow();
        if (fault?.type === 'flip' && fault.at >= passed && fault.at < passed + length)
          chunk = flipped(chunk, fault.at - passed);
        if (fault?.type === 'truncate') chunk = chunk.subarray(0, Math.max(0, fault.at - passed));
        passed += length;
        if (fault?.type === 'reset' && fault.at < passed) throw new Cut('fault');
        if (chunk.length > 0) take(chunk);
      } catch (error) {
        request.off('data', takePiece);
        reject(error instanceof Error ? error : new Cut('broken'));
      }
    };
    const broken = () => reject(new Cut('broken'));
    request.on('data', takePiece);
    request.once('end', () => (request.complete ? resolve() : broken()));
    request.once('error', broken);
    request.once('aborted', broken);
  });
}

function expectedHashes(resource: Resource, request: IncomingMessage): { crc32c?: string; md5?: string } {
  const header = request.headers['x-goog-hash'];
  const said = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((part) => part.trim());
  const of = (name: string) => said.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  const md5 = of('md5') ?? resource.md5Hash ?? request.headers['content-md5'];
  const crc = of('crc32c') ?? resource.crc32c;
  return { ...(crc === undefined ? {} : { crc32c: crc }), ...(typeof md5 === 'string' ? { md5 } : {}) };
}

function described(bucket: string, object: SunkObject) {
  const { key, generation } = object;
  const time = new Date(Math.floor(generation / 1000)).toISOString();
  return {
    kind: 'storage#object',
    id: `${bucket}/${key}/${generation}`,
    name: key,
    bucket,
    generation: String(generation),
    metageneration: '1',
    size: String(object.bytes),
    crc32c: base64Checksum(object.crc32c),
    ...(object.md5 === null ? {} : { md5Hash: object.md5 }),
    etag: `"${generation}"`,
    contentType: object.contentType,
    storageClass: 'STANDARD',
    timeCreated: time,
    updated: time,
    metadata: object.metadata,
    ...(object.retention === null ? {} : { retention: object.retention }),
  };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parseResource(body: string): Resource {
  return body === '' ? {} : (JSON.parse(body) as Resource);
}

function json(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
