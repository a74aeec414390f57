import { type ObjectStore } from '../../clouds/objectStore';
import { failureTypeOf, failureTypes } from '../../core/failure';

/**
 * An object whole; null where there is none.
 *
 * @param most bytes that it may have: whoever can write into the bucket can write any number
 * @throws failures of the bucket, and an error of an object that is larger
 */
export async function readObject(
  store: Pick<ObjectStore, 'read'>,
  key: string,
  most = Infinity,
  signal?: AbortSignal,
): Promise<Buffer | null> {
  try {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of await store.read(key, {}, signal)) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
      if (size > most) throw new Error(`it has more than ${most} bytes`);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (failureTypeOf(error) === failureTypes.notFound) return null;
    throw error;
  }
}
