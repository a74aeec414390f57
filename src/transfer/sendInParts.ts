import { setMaxListeners } from 'node:events';
import { ApplicationFailure } from '@temporalio/common';
import { type StoredObject } from '../clouds/objectStore';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { inParallel } from '../core/inParallel';
import { checkParquet } from './checkParquet';
import { combineCrc32c } from './hashing/combineCrc32c';
import { hexOfCrc32c } from '../clouds/hexOfCrc32c';
import { type FinishedDigest } from './hashing/digest';
import { entryOfWhole, objectMetadata } from './objectMetadata';
import { readRange } from './readRange';
import { type Outcome, type Route, type SourceObject } from './route';
import { damaged, requireSameAgain, requireSize } from './sendWhole';
import { tryAgain } from './tryAgain';
import { writeEntry } from './writeEntry';
import { writeOnce } from './writeOnce';

/** What the keys of parts have behind the key of the object. */
export const partSuffix = '.farcopy-part-';

const mostTriesOfDamaged = 3;

interface Part {
  readonly key: string;
  readonly revision: string;
  readonly bytes: number;
  readonly crc: number;
}

/** Sends a large object in parts, each as safely as an object of its own, has the target join them, and removes them. */
export async function sendInParts(
  route: Route,
  entry: SourceObject,
  found: StoredObject | undefined,
): Promise<Outcome> {
  const stage = `${route.stagingPrefix}${entry.key}${partSuffix}`;
  const { parts, digests, sentBytes } = await sendUndamaged(route, entry, stage);
  const object = await join(route, entry, found, stage, parts, digests);
  requireSize(object, entry);
  await tryAgain(() => removeParts(route, stage), route.signal);
  return {
    entry: { key: entry.key, bytes: entry.bytes, crc32c: digests.crc32c, sha256: digests.sha256 },
    sentBytes,
    checkedAgainstSource: digests.checked,
  };
}

/** The source states a checksum of the whole, which cannot tell which part is the damaged one: then all are sent anew. */
async function sendUndamaged(route: Route, entry: SourceObject, stage: string): Promise<SentParts> {
  for (let tries = 1; ; tries += 1) {
    const sent = await sendParts(route, entry, stage);
    if (sent.digests.wrong === null) return sent;
    await tryAgain(() => removeParts(route, stage), route.signal);
    route.arrived(-entry.bytes);
    if (tries === mostTriesOfDamaged) throw damaged(route.sourcePrefix + entry.key, sent.digests.wrong);
  }
}

interface SentParts {
  readonly parts: readonly Part[];
  readonly digests: FinishedDigest;
  readonly sentBytes: number;
}

async function sendParts(route: Route, entry: SourceObject, stage: string): Promise<SentParts> {
  const { target, slots, partBytes } = route;
  const staged = new Map<string, StoredObject>();
  for await (const page of target.list(stage, {}, route.signal)) for (const part of page) staged.set(part.key, part);

  const stated = await tryAgain(
    () => route.source.state(route.sourcePrefix + entry.key, entry.revision, route.signal),
    route.signal,
  );
  const readTwice = Object.values(stated).every((checksum) => checksum === null);

  const local = new AbortController();
  const signal = AbortSignal.any([route.signal, local.signal]);
  setMaxListeners(0, signal);
  // A part behind one that failed is never hashed.
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined);
  const hashing = route.hashing.inParts(stated);
  let sentBytes = 0;
  let arrivedBytes = 0;
  const parts: Part[] = [];
  const underWay = new Set<Promise<void>>();

  const sendPart = async (number: number) => {
    const range = [number * partBytes, Math.min(entry.bytes, (number + 1) * partBytes)] as const;
    const bytes = range[1] - range[0];
    const key = stage + String(number).padStart(6, '0');
    const content = await route.memory.take(bytes, signal);
    try {
      await tryAgain(() => readPart({ ...route, signal }, entry, range, content, readTwice), signal);
      const hashed = hashing.part(number, content);
      const crc = await hashed.crc32c;
      const expected = hexOfCrc32c(crc);
      const written = writeOnce({
        target,
        key,
        found: staged.get(key),
        isIt: (there) => there.bytes === bytes && there.crc32c === expected,
        write: async (onlyIf) => {
          await route.bandwidth?.take(bytes, signal);
          const metadata = { [objectMetadata.sourceRevision]: entry.revision, [objectMetadata.crc32c]: expected };
          return target.write(key, content, { crc32c: expected, metadata, onlyIf }, signal);
        },
        signal,
      });
      const [{ object, adopted }] = await Promise.race([Promise.all([written, hashed.done]), aborted]);
      if (!adopted) sentBytes += bytes;
      parts[number] = { key, revision: object.revision, bytes, crc };
      arrivedBytes += bytes;
      route.arrived(bytes);
    } finally {
      route.memory.give(content);
    }
  };

  try {
    for (let number = 0; number * partBytes < entry.bytes; number += 1) {
      await slots.take();
      if (signal.aborted) {
        slots.give();
        break;
      }
      const work = sendPart(number)
        .catch((error: unknown) => local.abort(error))
        .finally(() => {
          slots.give();
          underWay.delete(work);
        });
      underWay.add(work);
    }
    await Promise.all(underWay);
    if (!signal.aborted) return { parts, digests: await hashing.finish(), sentBytes };
    route.arrived(-arrivedBytes);
    throw signal.reason;
  } finally {
    hashing.end();
  }
}

async function readPart(
  { source, sourcePrefix, signal }: Route,
  entry: SourceObject,
  range: readonly [number, number],
  content: Buffer,
  readTwice: boolean,
) {
  const key = sourcePrefix + entry.key;
  await readRange(source, key, entry, range, content, signal);
  if (range[0] === 0) checkParquet(key, content.subarray(0, 4));
  if (range[1] === entry.bytes) checkParquet(key, content.subarray(-4));
  if (readTwice) await requireSameAgain(source, key, entry, range, content, signal);
}

/** Has the target join the parts, over several levels where there are more than it joins at once. */
async function join(
  route: Route,
  entry: SourceObject,
  found: StoredObject | undefined,
  stage: string,
  parts: readonly Part[],
  digests: FinishedDigest,
): Promise<StoredObject> {
  const { target, signal } = route;
  let level = parts;
  for (let depth = 1; level.length > target.composeLimit; depth += 1) {
    const groups: { readonly key: string; readonly parts: readonly Part[] }[] = [];
    for (let from = 0; from < level.length; from += target.composeLimit)
      groups.push({
        key: `${stage}${depth}-${String(groups.length).padStart(6, '0')}`,
        parts: level.slice(from, from + target.composeLimit),
      });
    level = await inParallel(groups, 8, async (group) => joinGroup(route, group.key, group.parts));
  }
  const key = route.targetPrefix + entry.key;
  const joined = level;
  try {
    const { object } = await writeEntry(route, entry, digests, found, (to, options) =>
      target.compose(to, joined, options, signal),
    );
    return object;
  } catch (error) {
    // Whoever removes parts has joined them.
    if (!(error instanceof ApplicationFailure) || error.type !== failureTypes.notFound) throw error;
    const whole = await tryAgain(() => target.head(key, signal), signal);
    if (whole !== null && entryOfWhole(entry, whole)?.crc32c === digests.crc32c) return whole;
    throw applicationFailure(failureTypes.transient, `${key}: its parts are gone`, { cause: error });
  }
}

async function joinGroup({ target, signal }: Route, key: string, parts: readonly Part[]): Promise<Part> {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const crc = parts.reduce((sum, part) => combineCrc32c(sum, part.crc, part.bytes), 0);
  const expected = hexOfCrc32c(crc);
  const { object } = await writeOnce({
    target,
    key,
    found: undefined,
    isIt: (there) => there.bytes === bytes && there.crc32c === expected,
    write: (onlyIf) => target.compose(key, parts, { crc32c: expected, onlyIf }, signal),
    signal,
  });
  return { key, revision: object.revision, bytes, crc };
}

async function removeParts({ target, signal }: Route, stage: string): Promise<void> {
  const keys: string[] = [];
  for await (const page of target.list(stage, {}, signal)) keys.push(...page.map(({ key }) => key));
  await inParallel(keys, 16, (key) => target.delete(key, signal));
}
