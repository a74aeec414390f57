import { type StoredObject, type WriteOptions } from '../clouds/objectStore';
import { type Digests } from './hashing/digest';
import { entryOfWhole, metadataOf } from './objectMetadata';
import { type Route, type SourceObject } from './route';
import { writeOnce } from './writeOnce';

/** Writes the object of an entry in its own way, on the condition of {@link writeOnce}; what is whole there is taken as it is. */
export function writeEntry(
  { target, targetPrefix, retainUntil, signal }: Route,
  entry: SourceObject,
  digests: Digests,
  found: StoredObject | undefined,
  write: (key: string, options: WriteOptions) => Promise<StoredObject>,
): Promise<{ object: StoredObject; adopted: boolean }> {
  const key = targetPrefix + entry.key;
  const { crc32c } = digests;
  const metadata = metadataOf(entry, digests);
  return writeOnce({
    target,
    key,
    found,
    isIt: (there) => entryOfWhole(entry, there)?.crc32c === crc32c,
    write: (onlyIf) => write(key, { crc32c, metadata, onlyIf, retainUntil }),
    signal,
  });
}
