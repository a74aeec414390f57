import { randomInt } from 'node:crypto';
import { nothingStated, type ObjectSource } from '../clouds/objectSource';
import { type ObjectStore, type StoredObject } from '../clouds/objectStore';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { inParallel } from '../core/inParallel';
import { type ManifestEntry } from '../core/catalogue/manifest';
import { Digest } from './hashing/digest';
import { listRange } from './listRange';
import { eachChunk } from './readRange';
import { tryAgain } from './tryAgain';

export interface VerifyOptions {
  readonly source: ObjectSource;
  readonly target: ObjectStore & ObjectSource;
  /** Go before an entry's key. */
  readonly sourcePrefix: string;
  readonly targetPrefix: string;
  /** In the order of the keys. */
  readonly entries: readonly ManifestEntry[];
  /** The key before the first, null where there is none. */
  readonly after: string | null;
  /** What the source's revisions were, by key. */
  readonly revisions: ReadonlyMap<string, string>;
  /**
   * `manifest`: the target's own sizes and CRC32C. `sample`: also 16 objects read back, of large ones a MiB that is held
   * against the same MiB of the source. `full`: also every byte read back, and its SHA-256 held against the manifest's.
   */
  readonly level: 'manifest' | 'sample' | 'full';
  readonly onProgress?: (objects: number, bytes: number) => void;
  readonly signal: AbortSignal;
}

const mebi = 1024 * 1024;
const samples = 16;
const wholeUpTo = 4 * mebi;
const concurrency = 8;

/** @throws ApplicationFailure `VerificationFailed` that names the first object that is missing or differs. */
export async function verifyObjects(options: VerifyOptions): Promise<void> {
  const { target, targetPrefix, entries, after, level, signal } = options;
  const last = entries.at(-1);
  if (last === undefined) return;
  const listed = await tryAgain(() => listRange(target, targetPrefix, after, last.key, signal), signal);
  for (const entry of entries) {
    const found = listed.get(entry.key);
    if (found === undefined) throw failed(targetPrefix, entry, 'is missing');
    if (found.bytes !== entry.bytes) throw failed(targetPrefix, entry, `has ${found.bytes} bytes, not ${entry.bytes}`);
    if (found.crc32c !== entry.crc32c)
      throw failed(targetPrefix, entry, `has CRC32C ${found.crc32c ?? 'unknown'}, not ${entry.crc32c}`);
  }
  if (level === 'manifest') return;
  const chosen = level === 'full' ? entries : sampleOf(entries, samples);
  let objects = 0;
  let bytes = 0;
  await inParallel(chosen, concurrency, async (entry) => {
    const found = listed.get(entry.key);
    if (found === undefined) return;
    if (level === 'full' || entry.bytes <= wholeUpTo) await verifyWhole(options, entry, found);
    else await verifyRange(options, entry, found);
    objects += 1;
    bytes += entry.bytes;
    options.onProgress?.(objects, bytes);
  });
}

async function verifyWhole(options: VerifyOptions, entry: ManifestEntry, found: StoredObject): Promise<void> {
  const sha256 = await readDigest(options.target, found.key, found, [0, entry.bytes], options.signal);
  if (sha256 !== entry.sha256) throw failed(options.targetPrefix, entry, `has SHA-256 ${sha256}, not ${entry.sha256}`);
}

async function verifyRange(options: VerifyOptions, entry: ManifestEntry, found: StoredObject): Promise<void> {
  const from = randomInt(entry.bytes - mebi);
  const range = [from, from + mebi] as const;
  const revision = options.revisions.get(entry.key) ?? '';
  const [there, here] = await Promise.all([
    readDigest(options.target, found.key, found, range, options.signal),
    readDigest(
      options.source,
      options.sourcePrefix + entry.key,
      { bytes: entry.bytes, revision },
      range,
      options.signal,
    ),
  ]);
  if (there !== here) throw failed(options.targetPrefix, entry, `differs from its source in bytes ${from}–${range[1]}`);
}

async function readDigest(
  store: ObjectSource,
  key: string,
  object: { readonly bytes: number; readonly revision: string },
  range: readonly [number, number],
  signal: AbortSignal,
): Promise<string> {
  return tryAgain(async () => {
    const digest = new Digest(nothingStated);
    await eachChunk(store, key, object, range, signal, () => (chunk) => digest.update(chunk));
    return digest.finish().sha256;
  }, signal);
}

/** So many different ones, each as likely as any other. */
function sampleOf<T>(items: readonly T[], count: number): T[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, items.length) }, () => left.splice(randomInt(left.length), 1)).flat();
}

function failed(prefix: string, { key }: ManifestEntry, what: string): Error {
  return applicationFailure(failureTypes.verificationFailed, `${prefix}${key}: ${what}`);
}
