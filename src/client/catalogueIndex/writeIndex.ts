import { crc32c } from '@node-rs/crc32';
import { type CatalogueProblem, listCopies } from '../../activities/catalogue/listCopies';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type OpenedState } from '../../activities/ledger/stateBucket';
import { timeOfAws } from '../../activities/retention/cloudTime';
import { hexOfCrc32c } from '../../clouds/hexOfCrc32c';
import { type WriteOptions } from '../../clouds/objectStore';
import { type Fleet } from '../../config';
import { failureTypeOf, failureTypes } from '../../core/failure';
import {
  type IndexManifest,
  indexLayout,
  indexVersion,
  mostIndexProblems,
  mostManifestBytes,
} from '../../core/catalogueIndex/indexLayout';
import { lastMarked } from '../../core/retention/planPrune';
import { shortened } from '../../core/plainText';
import { version } from '../../core/version';
import { InvalidRequestError } from '../invalidRequestError';
import { groupsByPlace, placesOf, placesPrint } from './indexedPlaces';
import { readObject } from './readObject';
import { packShard } from './shardFile';

/** What an index has, once it is written. */
export interface WrittenIndex {
  /** False: nothing of the clouds could be read, and the index of before stays. */
  readonly isWritten: boolean;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly copies: number;
  readonly bytes: number;
  readonly shards: readonly { readonly place: string | null; readonly copies: number; readonly bytes: number }[];
  readonly problems: readonly CatalogueProblem[];
}

export interface WriteIndexOptions {
  /** Epoch milliseconds, by this machine's clock; AWS's counts where it tells the time. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** Told what goes on, in words for people. */
  readonly onProgress: (text: string) => void;
}

/**
 * Makes the index of the catalogue anew: reads every copy of the fleet from the clouds, writes the shards, and then the manifest that names them.
 * Whoever reads meanwhile reads the index of before.
 *
 * @throws InvalidRequestError where somebody else has written one meanwhile; failures of the bucket
 */
export async function writeIndex(
  fleet: Fleet,
  clouds: FleetClouds,
  { url, store }: OpenedState,
  { now, signal, onProgress }: WriteIndexOptions,
): Promise<WrittenIndex> {
  const ofAws = await timeOfAws(fleet, clouds, signal).catch(() => {
    signal.throwIfAborted();
    return null;
  });
  // Before anything is read: what is made meanwhile may be missing.
  const began = ofAws ?? now;
  const at = new Date(began).toISOString();
  const manifestKey = `${url.prefix}${indexLayout.manifest(fleet.name)}`;
  // Whoever may not write there learns it before anybody waits for the clouds.
  const before = await store.head(manifestKey, signal);
  const slot = before === null ? 'a' : (await slotOf(store, manifestKey)) === 'a' ? 'b' : 'a';
  onProgress('reading the clouds');
  const { copies, problems } = await listCopies(fleet, clouds, { signal });
  if (copies.length === 0 && problems.length > 0)
    return { isWritten: false, at, copies: 0, bytes: 0, shards: [], problems };
  onProgress(`${copies.length} copies read`);
  const markedAt = lastMarked(copies, began);
  const shards: IndexManifest['shards'][number][] = [];
  for (const [place, groups] of groupsByPlace(copies, placesOf(fleet))) {
    const { content, ...shard } = packShard(place, groups);
    // Whoever has ended meanwhile has made the slot the one that is read.
    if ((await store.head(manifestKey, signal))?.revision !== before?.revision) throw writtenMeanwhile();
    await store.write(
      `${url.prefix}${indexLayout.shard(fleet.name, slot, place)}`,
      content,
      { crc32c: hexOfCrc32c(crc32c(content)), contentType: 'application/gzip' },
      signal,
    );
    shards.push(shard);
    onProgress(`${place ?? 'other places'}: ${shard.copies} copies, ${shard.bytes} bytes`);
  }
  const manifest: IndexManifest = {
    ...{ version: indexVersion, fleet: fleet.name, places: placesPrint(fleet), at, build: version },
    ...{ markedAt: markedAt === null ? null : new Date(markedAt).toISOString(), slot, copies: copies.length },
    problems: problems.slice(0, mostIndexProblems).map(bounded),
    moreProblems: problems.length > mostIndexProblems,
    shards,
  };
  const content = Buffer.from(`${JSON.stringify(manifest)}\n`);
  const options: WriteOptions = {
    crc32c: hexOfCrc32c(crc32c(content)),
    contentType: 'application/json',
    onlyIf: before === null ? 'absent' : { revision: before.revision },
  };
  try {
    await store.write(manifestKey, content, options, signal);
  } catch (error) {
    if (failureTypeOf(error) !== failureTypes.conflict) throw error;
    throw writtenMeanwhile();
  }
  return {
    ...{ isWritten: true, at, copies: copies.length, problems },
    bytes: content.length + shards.reduce((sum, { bytes }) => sum + bytes, 0),
    shards: shards.map(({ place, copies: ofPlace, bytes }) => ({ place, copies: ofPlace, bytes })),
  };
}

const writtenMeanwhile = () =>
  new InvalidRequestError('somebody else has written the index meanwhile', 'run it again, once');

/** The slot that readers use now; null where nobody can tell, and so nobody reads. */
async function slotOf(store: OpenedState['store'], key: string): Promise<unknown> {
  try {
    const content = await readObject(store, key, mostManifestBytes);
    return (JSON.parse(content?.toString() ?? '') as { readonly slot?: unknown }).slot;
  } catch {
    return null;
  }
}

/** What services say may be long. */
function bounded({ kind, where, account, region, message, unreachable, resource }: CatalogueProblem) {
  return {
    ...{ kind, where: shortened(where, 2000), account, region, message: shortened(message, 4000), unreachable },
    ...(resource === undefined ? {} : { resource: shortened(resource, 2000) }),
  };
}
