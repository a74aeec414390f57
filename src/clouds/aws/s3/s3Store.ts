import { type IncomingHttpHeaders } from 'node:http';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { crc32c } from '@node-rs/crc32';
import { hexOfCrc32c } from '../../hexOfCrc32c';
import { type Scope } from '../../../core/catalogue/copy';
import { type BodySink } from '../../bodyReader';
import { type DirectSource, type OpenedObject, type ReadObject, type StatedChecksums } from '../../objectSource';
import { type ObjectStore, type StoredObject, type WriteOptions } from '../../objectStore';
import { type PlainHttp, readText } from '../../plainHttp';
import { type PlainRequest } from '../../plainRequest';
import { type AwsCall, awsCall, awsPages } from '../awsFailure';
import { S3Request } from './s3Request';
import { s3Condition, s3Description } from './s3WriteOptions';

export interface S3StoreOptions {
  /** With `responseChecksumValidation: 'WHEN_REQUIRED'`, or reading is a quarter as fast (plainHttp.ts): the reader checks. */
  readonly client: S3Client;
  readonly bucket: string;
  /** As whom the bucket is reached: for what a failure tells. */
  readonly scope: Scope;
  /** Connections for reading, which many stores may share. */
  readonly http: PlainHttp;
  /** Of KMS: what is written is encrypted under it; by default under the bucket's own. */
  readonly key?: string | undefined;
}

/** A bucket of S3. Its revisions are ETags, without their quotes. */
export class S3Store implements ObjectStore, DirectSource {
  private readonly requests: S3Request;

  constructor(private readonly options: S3StoreOptions) {
    this.requests = new S3Request(options.client, options.bucket);
  }

  async *list(
    prefix: string,
    { after }: { readonly after?: string } = {},
    signal?: AbortSignal,
  ): AsyncGenerator<readonly StoredObject[]> {
    const { client, bucket } = this.options;
    const pages = awsPages(this.call('s3:ListBucket', prefix), signal, () =>
      paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: prefix, ...(after === undefined ? {} : { StartAfter: after }) },
        { abortSignal: signal },
      ),
    );
    for await (const page of pages)
      yield (page.Contents ?? []).map(({ Key, Size, ETag }) => ({
        key: Key ?? '',
        bytes: Size ?? 0,
        crc32c: null,
        revision: withoutQuotes(ETag),
        metadata: null,
      }));
  }

  async head(key: string, signal?: AbortSignal): Promise<StoredObject | null> {
    return awsCall(this.call('s3:GetObject', key), signal, async () => {
      try {
        const found = await this.headObject({ Key: key }, signal);
        return {
          key,
          bytes: found.ContentLength ?? 0,
          crc32c: hexOfWhole(found.ChecksumCRC32C, 4),
          revision: withoutQuotes(found.ETag),
          metadata: found.Metadata ?? {},
        };
      } catch (error) {
        if ((error as { name?: unknown }).name === 'NoSuchKey') return null;
        throw error;
      }
    });
  }

  async open(
    key: string,
    { from = 0, to, revision }: { readonly from?: number; readonly to?: number; readonly revision?: string } = {},
    signal?: AbortSignal,
  ): Promise<OpenedObject> {
    const { http } = this.options;
    return this.get(key, { from, to, revision }, signal, async (request) => {
      const response = await http.send(request, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode !== 200 && statusCode !== 206)
        return { statusCode, headers, text: await readText(response), body: response };
      return { statusCode, headers, text: '', body: response };
    });
  }

  async readInto(
    key: string,
    options: { readonly from?: number; readonly to?: number; readonly revision?: string },
    sink: BodySink,
    signal?: AbortSignal,
  ): Promise<ReadObject> {
    return this.get(key, options, signal, (request) => this.options.http.read(request, sink, signal));
  }

  async state(key: string, revision: string, signal?: AbortSignal): Promise<StatedChecksums> {
    return awsCall(this.call('s3:GetObject', key), signal, async () => {
      const found = await this.headObject({ Key: key, IfMatch: `"${revision}"` }, signal);
      const isWhole = found.ChecksumType !== 'COMPOSITE';
      return {
        crc32c: isWhole ? hexOfWhole(found.ChecksumCRC32C, 4) : null,
        crc32: isWhole ? hexOfWhole(found.ChecksumCRC32, 4) : null,
        crc64nvme: isWhole ? hexOfWhole(found.ChecksumCRC64NVME, 8) : null,
        sha256: isWhole ? hexOfWhole(found.ChecksumSHA256, 32) : null,
        md5: md5Of(revision, found.ServerSideEncryption, found.SSECustomerAlgorithm),
      };
    });
  }

  async read(
    key: string,
    options: { readonly from?: number; readonly to?: number; readonly revision?: string } = {},
    signal?: AbortSignal,
  ) {
    return (await this.open(key, options, signal)).body;
  }

  async write(key: string, content: Uint8Array, options: WriteOptions, signal?: AbortSignal): Promise<StoredObject> {
    const { client, bucket } = this.options;
    const written = await awsCall(this.call('s3:PutObject', key), signal, () =>
      client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: content,
          ContentLength: content.length,
          ChecksumCRC32C: Buffer.from(options.crc32c, 'hex').toString('base64'),
          ...s3Description(options, this.options.key),
          ...s3Condition(options),
        }),
        { abortSignal: signal },
      ),
    );
    return {
      key,
      bytes: content.length,
      crc32c: hexOfWhole(written.ChecksumCRC32C, 4) ?? hexOfCrc32c(crc32c(content)),
      revision: withoutQuotes(written.ETag),
      metadata: options.metadata ?? {},
    };
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    const { client, bucket } = this.options;
    await awsCall(this.call('s3:DeleteObject', key), signal, () =>
      client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal }),
    );
  }

  /** An answer to HEAD has no body, and so no code: only its status tells what is wrong. */
  private async headObject(input: { readonly Key: string; readonly IfMatch?: string }, signal?: AbortSignal) {
    const { client, bucket } = this.options;
    try {
      return await client.send(new HeadObjectCommand({ Bucket: bucket, ChecksumMode: 'ENABLED', ...input }), {
        abortSignal: signal,
      });
    } catch (error) {
      const code = codeOfStatus[(error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0];
      throw code === undefined ? error : Object.assign(error as Error, { name: code });
    }
  }

  /** What `send` answers, with what S3 says of the object. */
  private async get<T extends S3Answer>(
    key: string,
    { from = 0, to, revision }: { readonly from?: number; readonly to?: number; readonly revision?: string },
    signal: AbortSignal | undefined,
    send: (request: PlainRequest) => Promise<T>,
  ): Promise<Omit<OpenedObject, 'body'> & T> {
    const headers = {
      'x-amz-checksum-mode': 'ENABLED',
      ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      ...(from === 0 && to === undefined ? {} : { range: `bytes=${from}-${to === undefined ? '' : to - 1}` }),
    };
    signal?.throwIfAborted();
    return awsCall(this.call('s3:GetObject', key), signal, async () => {
      let answer = await send(await this.requests.get(key, headers));
      if (answer.statusCode === 400 && answer.text.includes('ExpiredToken')) {
        // The client assumes the role again when a call of its own is refused for that.
        await this.head(key, signal);
        answer = await send(await this.requests.get(key, headers));
      }
      if (answer.statusCode !== 200 && answer.statusCode !== 206) throw refusalOf(answer);
      return { ...answer, ...described(answer.headers) };
    });
  }

  private call(action: string, key: string): AwsCall {
    return { subject: `s3://${this.options.bucket}/${key}`, ...this.options.scope, action };
  }
}

interface S3Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** Of a refusal. */
  readonly text: string;
}

function described(headers: IncomingHttpHeaders): Omit<OpenedObject, 'body'> {
  const range = /^bytes \d+-\d+\/(\d+)$/.exec(headers['content-range'] ?? '');
  const revision = withoutQuotes(headers.etag);
  return {
    bytes: Number(range?.[1] ?? headers['content-length']),
    revision,
    stated: {
      ...statedOf(headers),
      md5: md5Of(
        revision,
        headerOf(headers, 'x-amz-server-side-encryption'),
        headerOf(headers, 'x-amz-server-side-encryption-customer-algorithm'),
      ),
    },
  };
}

const headerOf = (headers: IncomingHttpHeaders, name: string) => [headers[name]].flat()[0];

/** An ETag is the MD5 of what was put in one piece and lies plain or under a key of S3's own; of nothing else. */
function md5Of(etag: string, encryption: string | undefined, customerAlgorithm: string | undefined): string | null {
  const isPlain = (encryption === undefined || encryption === 'AES256') && customerAlgorithm === undefined;
  return isPlain && /^[0-9a-f]{32}$/.test(etag) ? etag : null;
}

function statedOf(headers: IncomingHttpHeaders): Omit<StatedChecksums, 'md5'> {
  const stated = (name: string, bytes: number) => {
    const value = headers[`x-amz-checksum-${name}`];
    const whole = headers['x-amz-checksum-type'] !== 'COMPOSITE';
    return typeof value === 'string' && whole ? hexOfWhole(value, bytes) : null;
  };
  return {
    crc32c: stated('crc32c', 4),
    crc32: stated('crc32', 4),
    crc64nvme: stated('crc64nvme', 8),
    sha256: stated('sha256', 32),
  };
}

/** Hexadecimal digits of a checksum in base64; null for `…-3`, which is one of checksums of parts. */
function hexOfWhole(base64: string | undefined, bytes: number): string | null {
  if (base64 === undefined || base64.includes('-')) return null;
  const binary = Buffer.from(base64, 'base64');
  return binary.length === bytes ? binary.toString('hex') : null;
}

/** An error like the SDK's, for the one table. */
function refusalOf({ statusCode, headers, text }: S3Answer): Error {
  const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const code = field('Code') ?? codeOfStatus[statusCode] ?? `Http${statusCode}`;
  return Object.assign(new Error(field('Message') ?? `HTTP ${statusCode}`), {
    name: code,
    $metadata: { httpStatusCode: statusCode, requestId: headerOf(headers, 'x-amz-request-id') },
  });
}

/** Where the answer has no body. */
const codeOfStatus: Readonly<Record<number, string>> = {
  403: 'AccessDenied',
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
};

const withoutQuotes = (etag = '') => etag.replace(/^"|"$/g, '');
