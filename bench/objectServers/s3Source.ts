import { type IncomingMessage, type ServerResponse } from 'node:http';
import { contentOf, etagOf, type SourceObject } from './content';
import { type Fault, flipped } from './faults';
import { listen } from './listen';
import { type ChecksumName, statedChecksum } from './statedChecksum';

export interface SourceRequest {
  readonly operation: 'list' | 'head' | 'get';
  /** Empty for a listing. */
  readonly key: string;
  /** Of the answer. */
  readonly bytes: number;
}

export interface S3SourceOptions {
  readonly objects: Iterable<SourceObject>;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What is stated of a whole object to whom asks for checksums. Default: nothing, as of objects from before the end of 2024. */
  readonly checksums?: ChecksumName | undefined;
  readonly faultOf?: (request: SourceRequest) => Fault | null;
  /** Whether the credentials are valid that a request is signed with. Default: anyone may do anything. */
  readonly accepts?: (authorization: string | undefined) => boolean;
}

export interface S3Source {
  readonly endpoint: string;
  /** By operation. */
  readonly requests: Readonly<Record<SourceRequest['operation'], number>>;
  /** Requests whose credentials had ended. */
  readonly expired: number;
  /** How often an object was replaced. */
  revisionOf(key: string): number;
  close(): Promise<void>;
}

const chunkBytes = 1024 * 1024;
const lastModified = new Date('2026-11-21T02:00:00Z');

/**
 * An S3 whose every bucket holds the same objects, read only, as fast as Node can write: listings of both versions, HEAD, GET
 * with ranges and If-Match. Signatures are not looked at.
 */
export async function startS3Source(options: S3SourceOptions): Promise<S3Source> {
  const objects = new Map([...options.objects].map((object) => [object.key, object]));
  const keys = [...objects.keys()].sort();
  const revisions = new Map<string, number>();
  const requests = { list: 0, head: 0, get: 0 };
  let expired = 0;
  const revisionOf = (key: string) => revisions.get(key) ?? 0;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const url = new URL(request.url ?? '/', 'http://source');
    const [, bucket = '', ...rest] = url.pathname.split('/');
    const key = decodeURIComponent(rest.join('/'));
    if (options.accepts?.(request.headers.authorization) === false) {
      expired += 1;
      return refuse(response, { status: 400, code: 'ExpiredToken' });
    }
    if (key === '') {
      requests.list++;
      const fault = options.faultOf?.({ operation: 'list', key, bytes: 0 });
      if (fault?.type === 'status') return refuse(response, fault);
      if (fault?.type === 'reset') return void response.destroy();
      if (url.searchParams.has('location')) return xml(response, '<LocationConstraint/>');
      return xml(response, listing(bucket, url.searchParams, keys, objects, revisionOf));
    }
    const operation = request.method === 'HEAD' ? 'head' : 'get';
    requests[operation]++;
    const object = objects.get(key);
    if (object === undefined) return refuse(response, { status: 404, code: 'NoSuchKey' });

    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
    const { from, to } = boundsOf(range, object.bytes);
    if (range !== null && from >= object.bytes) return refuse(response, { status: 416, code: 'InvalidRange' });
    const fault = options.faultOf?.({ operation, key, bytes: to - from }) ?? null;
    if (fault?.type === 'status') return refuse(response, fault);

    const revision = revisionOf(key);
    const etag = etagOf(object, revision);
    const expected = request.headers['if-match'];
    if (expected !== undefined && expected.replaceAll('"', '') !== etag.replaceAll('"', ''))
      return refuse(response, { status: 412, code: 'PreconditionFailed' });

    const end = fault?.type === 'truncate' ? Math.min(to, from + fault.at) : to;
    const headers: Record<string, string | number> = {
      etag,
      'content-length': end - from,
      'content-type': 'application/octet-stream',
      'last-modified': lastModified.toUTCString(),
      'accept-ranges': 'bytes',
    };
    if (range !== null) headers['content-range'] = `bytes ${from}-${to - 1}/${object.bytes}`;
    if (object.etag === 'kms') headers['x-amz-server-side-encryption'] = 'aws:kms';
    if (options.checksums !== undefined && request.headers['x-amz-checksum-mode'] !== undefined && range === null) {
      headers[`x-amz-checksum-${options.checksums}`] = statedChecksum(options.checksums, object, revision);
      headers['x-amz-checksum-type'] = 'FULL_OBJECT';
    }
    response.writeHead(range === null ? 200 : 206, headers);
    if (operation === 'head') return void response.end();
    const said = fault?.type === 'other' ? { ...object, key: `${key}, another ${fault.which}` } : object;
    if (fault?.type === 'swap') revisions.set(key, revision + 1);
    send(response, contentOf(said, revision, from, end, chunkBytes), fault);
  }

  const { endpoint, close } = await listen(options.tls, answer);
  return {
    endpoint,
    requests,
    get expired() {
      return expired;
    },
    revisionOf,
    close,
  };
}

function boundsOf(range: RegExpExecArray | null, bytes: number): { from: number; to: number } {
  if (range === null) return { from: 0, to: bytes };
  const [, first = '', last = ''] = range;
  if (first === '') return { from: Math.max(0, bytes - Number(last)), to: bytes };
  return { from: Number(first), to: last === '' ? bytes : Math.min(bytes, Number(last) + 1) };
}

/** With back-pressure. */
function send(response: ServerResponse, content: Iterator<Buffer>, fault: Fault | null): void {
  let sent = 0;
  const go = () => {
    for (;;) {
      const next = content.next();
      if (next.done === true) return void response.end();
      let chunk = next.value;
      if (fault?.type === 'flip' && fault.at >= sent && fault.at < sent + chunk.length)
        chunk = flipped(chunk, fault.at - sent);
      if ((fault?.type === 'reset' || fault?.type === 'swap') && fault.at < sent + chunk.length)
        return void response.write(chunk.subarray(0, fault.at - sent), () => response.destroy());
      sent += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', go);
    }
  };
  go();
}

function refuse(
  response: ServerResponse,
  { status, code, retryAfterSeconds }: Omit<Fault & { type: 'status' }, 'type'>,
) {
  const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code ?? 'InternalError'}</Code><Message>${code ?? 'We encountered an internal error.'}</Message></Error>`;
  response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(text);
}

function xml(response: ServerResponse, inner: string): void {
  const text = `<?xml version="1.0" encoding="UTF-8"?>${inner}`;
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function listing(
  bucket: string,
  query: URLSearchParams,
  keys: readonly string[],
  objects: ReadonlyMap<string, SourceObject>,
  revisionOf: (key: string) => number,
): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? query.get('marker') ?? '') : decodeURIComponent(token);
  const most = Math.min(1000, Number(query.get('max-keys') ?? 1000));
  const written = query.get('encoding-type') === 'url' ? encodeURIComponent : escapeXml;
  const parts: string[] = [];
  const common = new Set<string>();
  let last = '';
  let more = false;
  for (let i = firstFrom(keys, after > prefix ? after : prefix); i < keys.length; i++) {
    const key = keys[i] ?? '';
    if (key <= after) continue;
    if (!key.startsWith(prefix)) break;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const folder = cut < 0 ? null : key.slice(0, cut + delimiter.length);
    if (folder !== null && (common.has(folder) || after.startsWith(folder))) continue;
    if (parts.length + common.size >= most) {
      more = true;
      break;
    }
    last = key;
    if (folder !== null) common.add(folder);
    else {
      const object = objects.get(key) as SourceObject;
      parts.push(
        `<Contents><Key>${written(key)}</Key><LastModified>${lastModified.toISOString()}</LastModified>` +
          `<ETag>${escapeXml(etagOf(object, revisionOf(key)))}</ETag><Size>${object.bytes}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
      );
    }
  }
  const next = more
    ? `<NextContinuationToken>${escapeXml(encodeURIComponent(last))}</NextContinuationToken><NextMarker>${written(last)}</NextMarker>`
    : '';
  return (
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${written(prefix)}</Prefix>` +
    `<KeyCount>${parts.length + common.size}</KeyCount><MaxKeys>${most}</MaxKeys><IsTruncated>${more}</IsTruncated>${next}` +
    parts.join('') +
    [...common].map((folder) => `<CommonPrefixes><Prefix>${written(folder)}</Prefix></CommonPrefixes>`).join('') +
    '</ListBucketResult>'
  );
}

/** Index of the first key that is not before `from`. */
function firstFrom(keys: readonly string[], from: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
