import { type Readable } from 'node:stream';
import { type BodySink } from './bodyReader';

/** What a cloud itself states of a whole object's bytes, in hexadecimal; null where it states none. */
export interface StatedChecksums {
  readonly crc32c: string | null;
  /** zlib's, which the AWS SDKs send by default with what they put in one piece. */
  readonly crc32: string | null;
  readonly crc64nvme: string | null;
  readonly sha256: string | null;
  /** Never an ETag of an object under a KMS key or of several parts: those are no MD5. */
  readonly md5: string | null;
}

/** What a cloud states that states nothing, and what is not known yet. */
export const nothingStated: StatedChecksums = { crc32c: null, crc32: null, crc64nvme: null, sha256: null, md5: null };

export interface OpenedObject {
  /** The range asked for. Must be read to its end, or destroyed. */
  readonly body: Readable;
  /** Of the whole object, also where a range is read. */
  readonly bytes: number;
  readonly revision: string;
  /** Where a range is read, a cloud may keep to itself what it knows of the whole: then all are null. */
  readonly stated: StatedChecksums;
}

/** Where bytes are read. S3Store and GcsStore are such. */
export interface ObjectSource {
  /**
   * A range is [from, to). Of `revision` only: another content under the key is a `Conflict`. Checks no checksum: the reader
   * does.
   */
  open(
    key: string,
    options: { readonly from?: number; readonly to?: number; readonly revision?: string },
    signal?: AbortSignal,
  ): Promise<OpenedObject>;
  /** What is known of the whole of one revision, without reading it; another content under the key is a `Conflict`. */
  state(key: string, revision: string, signal?: AbortSignal): Promise<StatedChecksums>;
}

/** Where the engine reads: a source whose bytes come without being copied. S3Store is such. */
export interface DirectSource extends ObjectSource {
  /**
   * As {@link ObjectSource.open}, with the whole range in the sink. None of it has come where the answer is not exactly as
   * long as the sink: `bytes` and `revision` tell why.
   */
  readInto(
    key: string,
    options: { readonly from?: number; readonly to?: number; readonly revision?: string },
    sink: BodySink,
    signal?: AbortSignal,
  ): Promise<ReadObject>;
}

export type ReadObject = Omit<OpenedObject, 'body'> & { readonly came: number };
