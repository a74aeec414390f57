import { type DirectSource } from '../clouds/objectSource';
import { type StoredObject } from '../clouds/objectStore';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { checkParquet } from './checkParquet';
import { type FinishedDigest } from './hashing/digest';
import { comesAgain, readRange } from './readRange';
import { type Outcome, type Route, type SourceObject } from './route';
import { tryAgain } from './tryAgain';
import { writeEntry } from './writeEntry';

/** Sends an object that fits into memory. */
export async function sendWhole(route: Route, entry: SourceObject, found: StoredObject | undefined): Promise<Outcome> {
  const { target, memory, bandwidth, signal } = route;
  const content = await memory.take(entry.bytes, signal);
  try {
    const digests = await tryAgain(() => readChecked(route, entry, content), signal);
    const written = await writeEntry(route, entry, digests, found, async (key, options) => {
      await bandwidth?.take(entry.bytes, signal);
      return target.write(key, content, options, signal);
    });
    return arrived(route, entry, digests, written);
  } finally {
    memory.give(content);
  }
}

async function readChecked(
  { source, sourcePrefix, hashing, signal }: Route,
  entry: SourceObject,
  content: Buffer,
): Promise<FinishedDigest> {
  const key = sourcePrefix + entry.key;
  const stated = await readRange(source, key, entry, [0, entry.bytes], content, signal);
  const digests = await hashing.whole(content, stated);
  if (digests.wrong !== null) throw damaged(key, digests.wrong);
  checkParquet(key, content.subarray(0, 4), content.subarray(-4));
  if (!digests.checked) await requireSameAgain(source, key, entry, [0, entry.bytes], content, signal);
  return digests;
}

/** Of bytes that the source states nothing of only a second reading can tell that they are its own. */
export async function requireSameAgain(
  source: DirectSource,
  key: string,
  entry: SourceObject,
  range: readonly [number, number],
  content: Buffer,
  signal: AbortSignal,
): Promise<void> {
  if (!(await comesAgain(source, key, entry, range, content, signal))) throw damaged(key, 'two readings that differ');
}

export function damaged(key: string, how: string): Error {
  return applicationFailure(failureTypes.verificationFailed, `${key}: what was read has ${how}`);
}

/** What is told of an object that lies in the target as one. */
export function arrived(
  route: Route,
  entry: SourceObject,
  digests: FinishedDigest,
  { object, adopted }: { readonly object: StoredObject; readonly adopted: boolean },
): Outcome {
  requireSize(object, entry);
  route.arrived(entry.bytes);
  return {
    entry: { key: entry.key, bytes: entry.bytes, crc32c: digests.crc32c, sha256: digests.sha256 },
    sentBytes: adopted ? null : entry.bytes,
    checkedAgainstSource: digests.checked,
  };
}

export function requireSize(object: StoredObject, entry: SourceObject): void {
  if (object.bytes !== entry.bytes)
    throw applicationFailure(
      failureTypes.verificationFailed,
      `${object.key}: the target holds ${object.bytes} bytes instead of ${entry.bytes}`,
    );
}
