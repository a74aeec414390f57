import { type ObjectStore, type StoredObject } from '../clouds/objectStore';

/** The objects under a prefix whose keys lie behind `after` and not behind `last`; both, and the answer's keys, relative. */
export async function listRange(
  store: ObjectStore,
  prefix: string,
  after: string | null,
  last: string,
  signal?: AbortSignal,
): Promise<Map<string, StoredObject>> {
  const found = new Map<string, StoredObject>();
  const pages = store.list(prefix, after === null ? {} : { after: prefix + after }, signal);
  for await (const page of pages)
    for (const object of page) {
      const key = object.key.slice(prefix.length);
      if (compareKeys(key, last) > 0) return found;
      found.set(key, object);
    }
  return found;
}

/** Both clouds list by the bytes of UTF-8. */
export const compareKeys = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
