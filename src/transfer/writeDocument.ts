import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { type ComposingStore, type WriteOptions } from '../clouds/objectStore';
import { hexOfCrc32c } from '../clouds/hexOfCrc32c';
import { writeOnce } from './writeOnce';

/** Writes a small document, or finds that it lies there already; answers with its SHA-256. */
export async function writeDocument(
  store: ComposingStore,
  key: string,
  content: Uint8Array,
  options: Pick<WriteOptions, 'contentType' | 'retainUntil'>,
  signal: AbortSignal,
): Promise<string> {
  const expected = hexOfCrc32c(crc32c(content));
  await writeOnce({
    target: store,
    key,
    found: undefined,
    isIt: (there) => there.bytes === content.length && there.crc32c === expected,
    write: (onlyIf) => store.write(key, content, { ...options, crc32c: expected, onlyIf }, signal),
    signal,
  });
  return createHash('sha256').update(content).digest('hex');
}
