import { type ObjectStore } from './objectStore';

/** One version of an object that has data. */
export interface ObjectVersion {
  readonly key: string;
  /** Names it: a version id (S3), a generation (GCS). */
  readonly version: string;
  /** Whether {@link VersionedBucket.hold} has it kept; null where listings do not tell. */
  readonly held: boolean | null;
  readonly bytes: number;
  /** When it was written: ISO 8601, UTC. */
  readonly createdAt: string;
  /** As its cloud calls it. */
  readonly storageClass: string;
  /** What keeps it; null where listings do not tell: {@link VersionedBucket.protectionOf}. */
  readonly protection: Protection | null;
}

/** What keeps a version from being deleted. */
export interface Protection {
  /** ISO 8601, UTC; null: no time does. */
  readonly retainUntil: string | null;
  /** Holds of the cloud, in words for people. */
  readonly holds: readonly string[];
}

/** A bucket as whoever keeps copies in it from being deleted sees it. It throws as {@link ObjectStore} does. */
export interface VersionedBucket extends Pick<ObjectStore, 'list' | 'read' | 'write'> {
  /** Every version under a prefix that has data, in the order of the keys, in pages. */
  listVersions(prefix: string, signal?: AbortSignal): AsyncIterable<readonly ObjectVersion[]>;
  /** Whether the cloud can hold objects of this bucket at all. */
  canHold(signal?: AbortSignal): Promise<boolean>;
  /** Fails as `Configuration` where that may not be seen. */
  protectionOf(version: ObjectVersion, signal?: AbortSignal): Promise<Protection>;
  /** Fails as `Configuration` where that may not be seen. */
  isHeld(version: ObjectVersion, signal?: AbortSignal): Promise<boolean>;
  /**
   * Has the cloud keep this version until somebody says otherwise, or no more: a legal hold of Object Lock (S3), a temporary hold (GCS). Fails as
   * `Configuration` where that is not allowed, or was answered and not done.
   */
  hold(version: Pick<ObjectVersion, 'key' | 'version'>, isOn: boolean, signal?: AbortSignal): Promise<void>;
}

/** The versions of the object of this very key: others may begin with it. */
export async function* versionsOfKey(
  bucket: Pick<VersionedBucket, 'listVersions'>,
  key: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly ObjectVersion[]> {
  for await (const page of bucket.listVersions(key, signal)) yield page.filter((version) => version.key === key);
}
