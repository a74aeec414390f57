import { randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type Storage } from '@google-cloud/storage';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { version } from '../../core/version';
import { nothingStated, type ObjectSource, type OpenedObject, type StatedChecksums } from '../objectSource';
import {
  type BucketState,
  type ComposingStore,
  type DescribedBucket,
  type StoredObject,
  type WriteOptions,
} from '../objectStore';
import { type PlainHttp, readText } from '../plainHttp';
import { type PlainRequest } from '../plainRequest';
import { type CallListener } from '../tellCalls';
import { type ObjectVersion, type Protection, type VersionedBucket } from '../versionedBucket';
import { GcsError } from './classifyGcsError';
import { dropToken } from './dropToken';
import { gcsCall } from './gcsFailure';
import { toldCall } from './toldCall';

export interface GcsStoreOptions {
  /** Says where GCS is and who asks: endpoint, credentials and emulator host are its own. */
  readonly storage: Storage;
  readonly bucket: string;
  /** Connections, which many stores may share. */
  readonly http: PlainHttp;
  /** Told each call. */
  readonly onCall?: CallListener | undefined;
}

/** An object as the JSON API tells it, as far as it concerns us. */
interface ObjectResource {
  readonly name: string;
  readonly size: string;
  /** Base64 of four bytes, the most significant first. */
  readonly crc32c?: string;
  readonly generation: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retention?: { readonly mode?: string; readonly retainUntilTime?: string };
}

/** The same of one version, as far as it tells of its hold. */
interface HeldResource extends Pick<ObjectResource, 'name' | 'size' | 'generation' | 'retention'> {
  readonly temporaryHold?: boolean;
  readonly eventBasedHold?: boolean;
  readonly timeCreated?: string;
  readonly storageClass?: string;
  /** When the retention policy of the bucket lets it go. */
  readonly retentionExpirationTime?: string;
}

const versionFields =
  'name,size,generation,timeCreated,storageClass,retention,retentionExpirationTime,eventBasedHold,temporaryHold';

/** Whoever refuses this many in a row means it. */
const mostTokens = 3;

interface BucketResource {
  readonly location?: string;
  readonly retentionPolicy?: { readonly retentionPeriod?: string; readonly isLocked?: boolean };
  readonly encryption?: { readonly defaultKmsKeyName?: string };
  readonly softDeletePolicy?: { readonly retentionDurationSeconds?: string };
  readonly versioning?: { readonly enabled?: boolean };
  readonly objectRetention?: { readonly mode?: string };
}

const objectFields = 'name,size,crc32c,generation,metadata,retention';

/**
 * A bucket of GCS, spoken to by plain requests of the JSON API: the client library neither lets a request be aborted nor
 * composes with metadata, and sending bytes through it costs half the speed (plainHttp.ts). Revisions are generations.
 */
export class GcsStore implements ComposingStore, DescribedBucket, ObjectSource, VersionedBucket {
  /** https://cloud.google.com/storage/docs/composite-objects */
  readonly composeLimit = 32;

  constructor(private readonly options: GcsStoreOptions) {}

  async *list(
    prefix: string,
    { after }: { readonly after?: string } = {},
    signal?: AbortSignal,
  ): AsyncGenerator<readonly StoredObject[]> {
    // Where GCS begins: the key itself comes again, and is left out.
    const query = { prefix, startOffset: after };
    for await (const items of this.pages<ObjectResource>(query, objectFields, signal)) {
      const objects = items.map(stored).filter(({ key }) => key !== after);
      if (objects.length > 0) yield objects;
    }
  }

  async head(key: string, signal?: AbortSignal): Promise<StoredObject | null> {
    try {
      return stored(
        await this.json<ObjectResource>(
          'storage.objects.get',
          key,
          { method: 'GET', path: '/storage/v1', parts: this.object(key), query: { fields: objectFields } },
          signal,
        ),
      );
    } catch (error) {
      if ((error as { type?: unknown }).type === failureTypes.notFound) return null;
      throw error;
    }
  }

  async open(
    key: string,
    { from = 0, to, revision }: { readonly from?: number; readonly to?: number; readonly revision?: string } = {},
    signal?: AbortSignal,
  ): Promise<OpenedObject> {
    return this.call('storage.objects.get', key, signal, async () => {
      const response = await this.send(
        {
          method: 'GET',
          path: '/storage/v1',
          parts: this.object(key),
          query: { alt: 'media', ifGenerationMatch: revision },
          // Without gzip as accepted encoding GCS would unpack what is stored packed, and say so in no length.
          headers: {
            'accept-encoding': 'gzip',
            ...(from === 0 && to === undefined ? {} : { range: `bytes=${from}-${to === undefined ? '' : to - 1}` }),
          },
        },
        signal,
      );
      const { statusCode = 0, headers } = response;
      if (statusCode !== 200 && statusCode !== 206) throw await refusal(response);
      const generation = String(headers['x-goog-generation'] ?? '');
      if (revision !== undefined && generation !== revision) {
        response.destroy();
        throw applicationFailure(failureTypes.conflict, `${this.url(key)}: generation ${generation}, not ${revision}`);
      }
      const range = /^bytes \d+-\d+\/(\d+)$/.exec(headers['content-range'] ?? '');
      const hashes = [headers['x-goog-hash'] ?? []].flat().join(',');
      const crc32c = /crc32c=([A-Za-z0-9+/=]+)/.exec(hashes)?.[1];
      return {
        body: response,
        bytes: Number(range?.[1] ?? headers['content-length']),
        revision: generation,
        stated: {
          ...nothingStated,
          crc32c: crc32c === undefined ? null : Buffer.from(crc32c, 'base64').toString('hex'),
        },
      };
    });
  }

  async state(key: string, revision: string, signal?: AbortSignal): Promise<StatedChecksums> {
    const found = await this.head(key, signal);
    if (found?.revision !== revision)
      throw applicationFailure(failureTypes.conflict, `${this.url(key)}: no generation ${revision} any more`);
    return { ...nothingStated, crc32c: found.crc32c };
  }

  async read(
    key: string,
    options: { readonly from?: number; readonly to?: number; readonly revision?: string } = {},
    signal?: AbortSignal,
  ) {
    return (await this.open(key, options, signal)).body;
  }

  async write(key: string, content: Uint8Array, options: WriteOptions, signal?: AbortSignal): Promise<StoredObject> {
    const { head, tail, headers } = multipart(key, content.length, options);
    return this.upload(key, options, { headers, body: [head, content, tail] }, signal);
  }

  async writeStream(
    key: string,
    content: AsyncIterable<Uint8Array>,
    bytes: number,
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    const { head, tail, headers } = multipart(key, bytes, options);
    async function* body() {
      yield head;
      yield* content;
      yield tail;
    }
    return this.upload(key, options, { headers, body: body() }, signal);
  }

  async compose(
    key: string,
    parts: readonly Pick<StoredObject, 'key' | 'revision' | 'bytes'>[],
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    const { crc32c: _, ...destination } = resource(key, options);
    const composed = await this.json<ObjectResource>(
      'storage.objects.create',
      key,
      {
        method: 'POST',
        path: '/storage/v1',
        parts: [...this.object(key), 'compose'],
        query: { ...preconditions(options), fields: objectFields },
        json: {
          kind: 'storage#composeRequest',
          destination,
          sourceObjects: parts.map((part) => ({
            name: part.key,
            generation: part.revision,
            objectPreconditions: { ifGenerationMatch: part.revision },
          })),
        },
      },
      signal,
    );
    const result = this.checked(stored(composed), options);
    if (options.retainUntil !== undefined && composed.retention?.mode === undefined)
      await this.retain(key, options, signal);
    return result;
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.json(
        'storage.objects.delete',
        key,
        { method: 'DELETE', path: '/storage/v1', parts: this.object(key) },
        signal,
      );
    } catch (error) {
      if ((error as { type?: unknown }).type !== failureTypes.notFound) throw error;
    }
  }

  async *listVersions(prefix: string, signal?: AbortSignal): AsyncGenerator<readonly ObjectVersion[]> {
    const query = { prefix, versions: 'true' };
    for await (const items of this.pages<HeldResource>(query, versionFields, signal))
      if (items.length > 0) yield items.map(versionOf);
  }

  private async *pages<Resource>(
    query: { readonly prefix: string; readonly startOffset?: string | undefined; readonly versions?: string },
    fields: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Resource[]> {
    let pageToken: string | undefined;
    do {
      const page = await this.json<{ items?: Resource[]; nextPageToken?: string }>(
        'storage.objects.list',
        query.prefix,
        {
          method: 'GET',
          path: '/storage/v1',
          parts: ['b', this.options.bucket, 'o'],
          query: { ...query, fields: `nextPageToken,items(${fields})`, pageToken },
        },
        signal,
      );
      yield page.items ?? [];
      pageToken = page.nextPageToken === '' ? undefined : page.nextPageToken;
    } while (pageToken !== undefined);
  }

  /** Every bucket of GCS takes holds: https://cloud.google.com/storage/docs/object-holds */
  canHold(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Listings tell it. */
  protectionOf({ protection }: ObjectVersion): Promise<Protection> {
    return Promise.resolve(protection ?? { retainUntil: null, holds: [] });
  }

  /** Listings tell it. */
  isHeld({ held }: ObjectVersion): Promise<boolean> {
    return Promise.resolve(held === true);
  }

  async hold({ key, version }: Pick<ObjectVersion, 'key' | 'version'>, isOn: boolean, signal?: AbortSignal) {
    const { temporaryHold = false } = await this.json<Partial<HeldResource>>(
      'storage.objects.update',
      key,
      {
        method: 'PATCH',
        path: '/storage/v1',
        parts: this.object(key),
        query: { generation: version, fields: 'temporaryHold' },
        json: { temporaryHold: isOn },
      },
      signal,
    );
    if (temporaryHold !== isOn)
      throw applicationFailure(
        failureTypes.configuration,
        `${this.url(key)}: the bucket answered, and ${isOn ? 'holds the object not' : 'holds the object still'}`,
      );
  }

  async mayDelete(signal?: AbortSignal): Promise<boolean> {
    return (await this.describe(signal, 'retentionPolicy')).retentionSeconds === 0;
  }

  /** How the bucket is set up: needs the permission `storage.buckets.get`. */
  async describe(
    signal?: AbortSignal,
    fields = 'location,retentionPolicy,versioning,objectRetention,softDeletePolicy,encryption',
  ): Promise<BucketState> {
    const found = await this.json<BucketResource>(
      'storage.buckets.get',
      '',
      { method: 'GET', path: '/storage/v1', parts: ['b', this.options.bucket], query: { fields } },
      signal,
    );
    return {
      location: found.location ?? 'an unknown place',
      retentionSeconds: Number(found.retentionPolicy?.retentionPeriod ?? 0),
      retentionIsFinal: found.retentionPolicy?.isLocked === true,
      softDeleteSeconds: Number(found.softDeletePolicy?.retentionDurationSeconds ?? 0),
      versioning: found.versioning?.enabled === true,
      locksObjects: found.objectRetention?.mode === 'Enabled',
      deletesNeedMfa: false,
      defaultKey: found.encryption?.defaultKmsKeyName ?? null,
    };
  }

  private async upload(
    key: string,
    options: WriteOptions,
    { headers, body }: Required<Pick<PlainRequest, 'headers' | 'body'>>,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    const uploaded = await this.json<ObjectResource>(
      'storage.objects.create',
      key,
      {
        method: 'POST',
        path: '/upload/storage/v1',
        parts: ['b', this.options.bucket, 'o'],
        query: { uploadType: 'multipart', name: key, ...preconditions(options), fields: objectFields },
        headers,
        body,
      },
      signal,
    );
    return this.checked(stored(uploaded), options);
  }

  /** What GCS says it has stored is held against what it was to store. */
  private checked(found: StoredObject, { crc32c }: WriteOptions): StoredObject {
    if (found.crc32c === crc32c) return found;
    throw applicationFailure(
      failureTypes.verificationFailed,
      `${this.url(found.key)}: GCS stored content with CRC32C ${found.crc32c ?? 'unknown'} instead of ${crc32c}`,
    );
  }

  private async retain(key: string, options: WriteOptions, signal?: AbortSignal): Promise<void> {
    await this.json(
      'storage.objects.setRetention',
      key,
      {
        method: 'PATCH',
        path: '/storage/v1',
        parts: this.object(key),
        json: { retention: resource(key, options).retention },
      },
      signal,
    );
  }

  private async json<T>(permission: string, key: string, request: GcsRequest, signal?: AbortSignal): Promise<T> {
    return this.call(permission, key, signal, async () => {
      const response = await this.send(request, signal);
      const { statusCode = 0 } = response;
      if (statusCode < 200 || statusCode > 299) throw await refusal(response);
      const text = await readText(response);
      return (text === '' ? {} : JSON.parse(text)) as T;
    });
  }

  private call<T>(
    permission: string,
    key: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    return gcsCall({ subject: this.url(key), permission }, signal, () =>
      toldCall(permission, this.options.onCall, signal, work),
    );
  }

  /** A token may end before its time (a revoked one, a clock that is off): what is refused for that is sent with another. */
  private async send(request: GcsRequest, signal?: AbortSignal): Promise<IncomingMessage> {
    for (let tokens = 1; ; tokens += 1) {
      const { response, authorization } = await this.sendOnce(request, signal);
      if (response.statusCode !== 401 || authorization === undefined || tokens === mostTokens) return response;
      await dropToken(this.options.storage, authorization);
      const refused = await refusal(response);
      if (request.body !== undefined && !Array.isArray(request.body))
        throw applicationFailure(
          failureTypes.transient,
          'a token has ended, and what was sent with it must begin anew',
          {
            cause: refused,
          },
        );
    }
  }

  private async sendOnce({ method, path, parts, query = {}, headers, json, body }: GcsRequest, signal?: AbortSignal) {
    const { storage, http } = this.options;
    const { protocol, hostname, port, pathname } = new URL(storage.apiEndpoint);
    const search = new URLSearchParams(
      Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ).toString();
    const content = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    // As the library itself does: whoever stands in for GCS is told no token, unless it is to be.
    const isPublic = storage.customEndpoint && storage.useAuthWithCustomEndpoint !== true;
    const granted: Record<string, string> = isPublic
      ? {}
      : await storage.authClient.getRequestHeaders(storage.apiEndpoint);
    const response = await http.send(
      {
        method,
        protocol,
        hostname,
        port,
        path: `${pathname.replace(/\/$/, '')}${path}/${parts.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`,
        headers: {
          'user-agent': `farcopy/${version}`,
          ...granted,
          ...(content === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(content.length) }),
          ...headers,
        },
        ...(content === undefined ? {} : { body: [content] }),
        ...(body === undefined ? {} : { body }),
      },
      signal,
    );
    return { response, authorization: granted.Authorization };
  }

  private object(key: string): readonly string[] {
    return ['b', this.options.bucket, 'o', key];
  }

  private url(key: string): string {
    return `gs://${this.options.bucket}/${key}`;
  }
}

interface GcsRequest {
  readonly method: PlainRequest['method'];
  readonly path: '/storage/v1' | '/upload/storage/v1';
  /** Segments of the path behind it, not yet escaped. */
  readonly parts: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: PlainRequest['body'];
}

function stored({ name, size, crc32c, generation, metadata }: ObjectResource): StoredObject {
  return {
    key: name,
    bytes: Number(size),
    crc32c: crc32c === undefined ? null : Buffer.from(crc32c, 'base64').toString('hex'),
    revision: String(generation),
    metadata: metadata ?? {},
  };
}

function versionOf(found: HeldResource): ObjectVersion {
  const { name, generation, size, timeCreated, storageClass = 'STANDARD', retention, retentionExpirationTime } = found;
  const until = [retention?.retainUntilTime, retentionExpirationTime].flatMap((time) =>
    time === undefined ? [] : [new Date(time).toISOString()],
  );
  const held = found.temporaryHold === true;
  return {
    ...{ key: name, version: String(generation), held, bytes: Number(size), storageClass },
    createdAt: new Date(timeCreated ?? 0).toISOString(),
    protection: {
      retainUntil: until.sort().at(-1) ?? null,
      holds: [...(held ? ['a temporary hold'] : []), ...(found.eventBasedHold === true ? ['an event-based hold'] : [])],
    },
  };
}

function preconditions({ onlyIf }: WriteOptions): { ifGenerationMatch: string | undefined } {
  return { ifGenerationMatch: onlyIf === 'absent' ? '0' : onlyIf?.revision };
}

function resource(key: string, { crc32c, metadata, contentType, retainUntil }: WriteOptions) {
  return {
    name: key,
    crc32c: Buffer.from(crc32c, 'hex').toString('base64'),
    contentType: contentType ?? 'application/octet-stream',
    ...(metadata === undefined ? {} : { metadata }),
    ...(retainUntil === undefined
      ? {}
      : {
          retention: {
            mode: retainUntil.mode === 'compliance' ? 'Locked' : 'Unlocked',
            retainUntilTime: retainUntil.until.toISOString(),
          },
        }),
  };
}

/** Content with what describes it in one request: its checksum is there first, so that GCS refuses anything else. */
function multipart(key: string, bytes: number, options: WriteOptions) {
  const boundary = `farcopy-${randomUUID()}`;
  const description = resource(key, options);
  const head = Buffer.from(
    `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(description)}\r\n` +
      `--${boundary}\r\ncontent-type: ${description.contentType}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    head,
    tail,
    headers: {
      'content-type': `multipart/related; boundary=${boundary}`,
      'content-length': String(head.length + bytes + tail.length),
    },
  };
}

/** `{"error": {"code": 412, "message": "…", "errors": [{"reason": "conditionNotMet"}]}}`, or plain text. */
async function refusal(response: IncomingMessage): Promise<GcsError> {
  const text = await readText(response);
  const status = response.statusCode ?? 0;
  const requestId = [response.headers['x-guploader-uploadid'] ?? null].flat()[0] ?? null;
  try {
    const { error } = JSON.parse(text) as { error: { message?: string; errors?: { reason?: string }[] } };
    return new GcsError(status, error.errors?.[0]?.reason ?? '', error.message ?? `HTTP ${status}`, requestId);
  } catch {
    return new GcsError(status, '', text.slice(0, 500) || `HTTP ${status}`, requestId);
  }
}
