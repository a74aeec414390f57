import { type StoredObject } from '../clouds/objectStore';
import { DigestOfReading, type FinishedDigest } from './hashing/digest';
import { eachChunk } from './readRange';
import { type Outcome, type Route, type SourceObject } from './route';
import { arrived, damaged } from './sendWhole';
import { tryAgain } from './tryAgain';
import { writeEntry } from './writeEntry';

/**
 * Sends a large object to a bucket that removes nothing: read once for its checksum, then again straight into one request
 * that must arrive with that checksum. What breaks off begins anew.
 */
export async function sendTwice(route: Route, entry: SourceObject, found: StoredObject | undefined): Promise<Outcome> {
  const { source, target, bandwidth, signal } = route;
  const from = route.sourcePrefix + entry.key;
  const digests = await tryAgain(() => digestOf(route, from, entry), signal);
  const written = await writeEntry(route, entry, digests, found, async (key, options) => {
    const { body } = await source.open(from, { revision: entry.revision }, signal);
    async function* content() {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        await bandwidth?.take(chunk.length, signal);
        yield chunk;
      }
    }
    try {
      return await target.writeStream(key, content(), entry.bytes, options, signal);
    } finally {
      body.destroy();
    }
  });
  return arrived(route, entry, digests, written);
}

/** The checksums of an object, read for nothing else. */
export async function digestOf({ source, signal }: Route, key: string, entry: SourceObject): Promise<FinishedDigest> {
  const digest = new DigestOfReading();
  await eachChunk(source, key, entry, [0, entry.bytes], signal, digest.begin);
  const finished = digest.finish();
  if (finished.wrong !== null) throw damaged(key, finished.wrong);
  return finished;
}
