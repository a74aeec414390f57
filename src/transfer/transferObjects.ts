import { setMaxListeners } from 'node:events';
import { type DirectSource } from '../clouds/objectSource';
import { type ComposingStore, type StoredObject, type WriteOptions } from '../clouds/objectStore';
import { type ManifestEntry } from '../core/catalogue/manifest';
import { type Bandwidth } from './bandwidth';
import { BufferPool } from './bufferPool';
import { type Hashing } from './hashing/hashing';
import { hashingHere } from './hashing/hashingHere';
import { entryOfWhole } from './objectMetadata';
import { type Outcome, type Route, type SourceObject } from './route';
import { sendByCopy, type ServerSideCopy } from './sendByCopy';
import { sendInParts } from './sendInParts';
import { sendTwice } from './sendTwice';
import { sendWhole } from './sendWhole';
import { Slots } from './slots';

export interface TransferOptions {
  readonly source: DirectSource;
  readonly target: ComposingStore;
  readonly entries: AsyncIterable<SourceObject> | Iterable<SourceObject>;
  /** What goes before an entry's key in the source; empty, or ends with a slash. */
  readonly sourcePrefix: string;
  /** What goes before an entry's key in the target; empty, or ends with a slash. */
  readonly targetPrefix: string;
  /** Under it lie the parts of large objects until they are joined. Ends with a slash. */
  readonly stagingPrefix: string;
  /** Objects, or parts of large ones, that are on their way at once. Default 16. */
  readonly concurrency?: number;
  /** Larger objects travel in parts of this size. Default 16 MiB. */
  readonly partBytes?: number;
  /** What is on its way lies here; shared by all transfers of a process. Default: one of 96 MiB. */
  readonly memory?: BufferPool;
  /** Shared by all transfers of a process. Default: in the calling thread. */
  readonly hashing?: Hashing;
  /** Shared by all transfers of a process. Default: no limit. */
  readonly bandwidth?: Bandwidth;
  readonly retainUntil?: WriteOptions['retainUntil'];
  /** Where the target can fetch from the source itself: nothing is sent then, unless that is refused. */
  readonly copy?: Omit<ServerSideCopy, 'isDenied'>;
  /** What a listing of the target prefix showed, by key relative to it: what is whole there is not sent again. */
  readonly already?: ReadonlyMap<string, StoredObject>;
  /** Called whenever an object or a part has arrived. */
  readonly onProgress?: (progress: TransferProgress) => void;
  readonly signal?: AbortSignal;
}

export interface TransferProgress {
  /** Objects that are whole in the target, those found there included. */
  readonly objects: number;
  /** Bytes of {@link objects}, and of the parts that have arrived of others. */
  readonly bytes: number;
}

export interface TransferResult {
  /** In the order of {@link TransferOptions.entries}. */
  readonly entries: readonly ManifestEntry[];
  /** What was sent now; the rest was found whole. */
  readonly sent: { readonly objects: number; readonly bytes: number };
  /** Of what was sent: objects whose bytes were held against a checksum that the source itself states. */
  readonly checkedAgainstSource: number;
}

/** One fills the slots with its parts; the next begins while the last of these are on their way. */
const largeAtOnce = 2;

const mebi = 1024 * 1024;
const defaults = { concurrency: 16, partBytes: 16 * mebi, memoryBytes: 96 * mebi };

/**
 * Copies objects from one store to another, so that what has arrived is what the source holds or nothing at all.
 *
 * - Bytes are in memory, and have been held against their length and what the source states of them (CRC32C, CRC-32,
 *   CRC-64/NVME, SHA-256 or the MD5 of a plain ETag), before the first is sent; the target gets their CRC32C with them and
 *   refuses others.
 * - What the source states nothing of (objects of S3 from before the end of 2024, in several parts or under a KMS key, and
 *   those with a checksum of checksums of parts) is read twice, and must come out the same. Files of Parquet are also looked
 *   at for their magic at both ends.
 * - Every range of a large object is of one revision. Parts are joined by the target; the CRC32C of the whole, known from
 *   those of the parts, must come out. Where a bucket keeps every object (a retention policy) parts could not be removed:
 *   a large object is then read twice, first for its checksum, and sent in one request that cannot be taken up again.
 * - Any number of transfers of the same objects may run, be killed and run again: writes are conditional, what is whole is
 *   taken as it is, and so an object is sent again at most once a kill. Parts that lie there are not sent again, though
 *   read, since nothing else could tell the SHA-256 of the whole.
 *
 * Memory is bounded by `memory`, whatever the size and number of objects.
 *
 * @throws ApplicationFailure `Conflict` when the source changes, `VerificationFailed` when bytes differ from their checksum
 * time and again, `Transient` when trouble lasted for minutes, and whatever the stores throw. What has arrived by then stays.
 */
export async function transferObjects(options: TransferOptions): Promise<TransferResult> {
  const { source, target, sourcePrefix, targetPrefix, stagingPrefix, already, signal, onProgress } = options;
  const { concurrency = defaults.concurrency, partBytes = defaults.partBytes } = options;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const abort = () => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });

  const results: ManifestEntry[] = [];
  const progress = { objects: 0, bytes: 0 };
  const sent = { objects: 0, bytes: 0 };
  let checkedAgainstSource = 0;
  const slots = new Slots(concurrency);
  const route: Route = {
    source,
    target,
    sourcePrefix,
    targetPrefix,
    stagingPrefix,
    partBytes,
    memory: options.memory ?? new BufferPool(defaults.memoryBytes),
    hashing: options.hashing ?? hashingHere,
    bandwidth: options.bandwidth,
    retainUntil: options.retainUntil,
    signal: stop.signal,
    arrived: (bytes) => {
      progress.bytes += bytes;
      onProgress?.({ ...progress });
    },
    slots,
  };
  let mayDelete: Promise<boolean> | undefined;
  const copy = options.copy === undefined ? undefined : { ...options.copy, isDenied: false };
  const send = async (entry: SourceObject, found: StoredObject | undefined): Promise<Outcome> => {
    const copied = copy === undefined || copy.isDenied ? null : await sendByCopy(route, copy, entry, found);
    if (copied !== null) return copied;
    if (!isLarge(entry)) return sendWhole(route, entry, found);
    mayDelete ??= target.mayDelete(stop.signal);
    return (await mayDelete) ? sendInParts(route, entry, found) : sendTwice(route, entry, found);
  };
  const isLarge = (entry: SourceObject) => entry.bytes > partBytes;
  const largeSlots = new Slots(largeAtOnce);

  const underWay = new Set<Promise<void>>();
  let index = 0;
  try {
    for await (const entry of options.entries) {
      stop.signal.throwIfAborted();
      const at = index++;
      const found = already?.get(entry.key);
      const whole = entryOfWhole(entry, found);
      if (whole !== null) {
        results[at] = whole;
        progress.objects += 1;
        route.arrived(entry.bytes);
        continue;
      }
      // Parts of large objects take slots of their own.
      const queue = isLarge(entry) ? largeSlots : slots;
      await queue.take();
      const work = send(entry, found)
        .then((outcome) => {
          results[at] = outcome.entry;
          progress.objects += 1;
          onProgress?.({ ...progress });
          if (outcome.sentBytes === null) return;
          sent.objects += 1;
          sent.bytes += outcome.sentBytes;
          if (outcome.checkedAgainstSource) checkedAgainstSource += 1;
        })
        .catch((error: unknown) => stop.abort(error))
        .finally(() => {
          queue.give();
          underWay.delete(work);
        });
      underWay.add(work);
    }
  } catch (error) {
    stop.abort(error);
  } finally {
    await Promise.all(underWay);
    signal?.removeEventListener('abort', abort);
  }
  stop.signal.throwIfAborted();
  return { entries: results, sent, checkedAgainstSource };
}
