import { type StoredObject } from '../clouds/objectStore';
import { type ManifestEntry } from '../core/catalogue/manifest';
import { type Digests } from './hashing/digest';
import { type SourceObject } from './route';

/** What is written beside every object, so that whoever comes later need not read it to know it. */
export const objectMetadata = {
  sourceRevision: 'farcopy-source-revision',
  crc32c: 'farcopy-crc32c',
  sha256: 'farcopy-sha256',
} as const;

export function metadataOf(entry: SourceObject, digests: Digests): Record<string, string> {
  return {
    [objectMetadata.sourceRevision]: entry.revision,
    [objectMetadata.crc32c]: digests.crc32c,
    [objectMetadata.sha256]: digests.sha256,
  };
}

/**
 * The entry of an object that is whole in the target, null for any other: of this revision of the source, of its size, and
 * with the checksum the cloud computes of it equal to the one that was computed of what was read.
 */
export function entryOfWhole(entry: SourceObject, found: StoredObject | null | undefined): ManifestEntry | null {
  if (found === null || found === undefined) return null;
  const sha256 = found.metadata?.[objectMetadata.sha256] ?? '';
  const isWhole =
    found.bytes === entry.bytes &&
    found.metadata?.[objectMetadata.sourceRevision] === entry.revision &&
    found.crc32c !== null &&
    found.crc32c === found.metadata[objectMetadata.crc32c] &&
    /^[0-9a-f]{64}$/.test(sha256);
  return isWhole ? { key: entry.key, bytes: entry.bytes, crc32c: found.crc32c ?? '', sha256 } : null;
}
