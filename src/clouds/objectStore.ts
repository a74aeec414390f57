import { type Readable } from 'node:stream';

/** An object as a listing shows it. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** 8 hexadecimal digits; null where the cloud knows none. */
  readonly crc32c: string | null;
  /** Names this very content: generation (GCS) or ETag (S3). */
  readonly revision: string;
  /** User metadata; null where listings do not tell it (S3). */
  readonly metadata: Readonly<Record<string, string>> | null;
}

export interface WriteOptions {
  /** Of the whole content: the cloud refuses it if what arrived differs. 8 hexadecimal digits. */
  readonly crc32c: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** `absent`: fails as `Conflict` if there is an object; a revision: if it is another one by now. */
  readonly onlyIf?: 'absent' | { readonly revision: string };
  /** No one may delete or overwrite it before (Object Lock, GCS object retention). */
  readonly retainUntil?: { readonly mode: 'governance' | 'compliance'; readonly until: Date };
}

/**
 * One bucket of one cloud. Throws failures of core/failure.ts only: `NotFound`, `Conflict` (a precondition), `Configuration`
 * (bucket, permission or key), `VerificationFailed` (the cloud says that the bytes differ from their checksum), `Transient`.
 * Nothing here tries again for longer than the SDK's own few tries.
 */
export interface ObjectStore {
  /** In the order of the keys, in pages. */
  list(
    prefix: string,
    options?: { readonly after?: string },
    signal?: AbortSignal,
  ): AsyncIterable<readonly StoredObject[]>;
  /** Null where there is none. */
  head(key: string, signal?: AbortSignal): Promise<StoredObject | null>;
  /** A range is [from, to). Of `revision` only, if that is given. Checks no checksum: the reader does. */
  read(
    key: string,
    options?: { readonly from?: number; readonly to?: number; readonly revision?: string },
    signal?: AbortSignal,
  ): Promise<Readable>;
  /** Content that fits into memory. */
  write(key: string, content: Uint8Array, options: WriteOptions, signal?: AbortSignal): Promise<StoredObject>;
  /** Done when there is none. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
}

/** A store that can join objects into one without sending them again. */
export interface ComposingStore extends ObjectStore {
  /** How many objects one {@link compose} joins at most. */
  readonly composeLimit: number;
  /**
   * Joins objects of exactly these revisions, in this order, to one; they stay. `crc32c` is of the result: fails as
   * `VerificationFailed` when the cloud states another. No type of encryption or retention is taken over from them.
   */
  compose(
    key: string,
    parts: readonly Pick<StoredObject, 'key' | 'revision' | 'bytes'>[],
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<StoredObject>;
  /**
   * One request for content that does not fit into memory: exactly `bytes` long. The checksum must be known beforehand, so
   * that the cloud refuses what is not that content.
   */
  writeStream(
    key: string,
    content: AsyncIterable<Uint8Array>,
    bytes: number,
    options: WriteOptions,
    signal?: AbortSignal,
  ): Promise<StoredObject>;
  /** False where the bucket keeps every object for a time: temporary objects cannot be removed from it. */
  mayDelete(signal?: AbortSignal): Promise<boolean>;
}

/** An object of another bucket. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly revision: string;
  readonly bytes: number;
}

/** A store that can fetch objects from other buckets of its cloud by itself. */
export interface CopyingStore extends ComposingStore {
  /**
   * `crc32c` is of the whole: fails as `VerificationFailed` when the cloud computes another one of what it has copied. Another
   * content than `source.revision` is a `Conflict`, and what the cloud may not read `Configuration`.
   */
  copyFrom(source: CopySource, key: string, options: WriteOptions, signal?: AbortSignal): Promise<StoredObject>;
  /** Removes what was begun under a prefix and never came to an end, which no listing shows. */
  abandonUploads(prefix: string, signal?: AbortSignal): Promise<void>;
}

/** How a bucket is set up, as far as it concerns what is kept there. */
export interface BucketState {
  /** Where it is, as its cloud calls the place. */
  readonly location: string;
  /** How long it keeps every object; 0: it has no such rule. */
  readonly retentionSeconds: number;
  /** Whether nobody, not even who administers it, can shorten that for what lies there. */
  readonly retentionIsFinal: boolean;
  /** How long what was deleted can be had back. */
  readonly softDeleteSeconds: number;
  readonly versioning: boolean;
  /** Whether objects can have a retention of their own. */
  readonly locksObjects: boolean;
  /** Whether a second factor of the account's root user is asked for before a version is deleted. */
  readonly deletesNeedMfa: boolean;
  /** The key that it encrypts under unless told otherwise; null where it is the cloud's own, or does not say. */
  readonly defaultKey: string | null;
}

/** A bucket that can say how it is set up. */
export interface DescribedBucket extends Pick<ObjectStore, 'list'> {
  /** Fails as `Configuration` where that may not be seen. */
  describe(signal?: AbortSignal): Promise<BucketState>;
}
