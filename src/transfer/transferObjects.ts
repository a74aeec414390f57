import { type ComposingStore, type StoredObject, type WriteOptions } from '../clouds/objectStore';
import { type ManifestEntry } from '../core/manifest';
import { type ObjectSource } from '../clouds/objectSource';
import { type Bandwidth } from './bandwidth';
import { type BufferPool } from './bufferPool';

/** An object to send, as a listing of the source showed it. */
export interface SourceObject {
  /** Relative to the source prefix. */
  readonly key: string;
  readonly bytes: number;
  /** Pins the content: what has changed since the listing is not sent. */
  readonly revision: string;
}

export interface TransferOptions {
  readonly source: ObjectSource;
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
  /** Larger objects travel in parts of this size. Default 16 MiB, at least 64 KiB. */
  readonly partBytes?: number;
  /** What is on its way lies here; shared by all transfers of a process. Default: one of 128 MiB. */
  readonly memory?: BufferPool;
  /** Shared by all transfers of a process. Default: no limit. */
  readonly bandwidth?: Bandwidth;
  readonly retainUntil?: WriteOptions['retainUntil'];
  /** What a listing of the target prefix showed, by key relative to it: what is whole there is not sent again. */
  readonly already?: ReadonlyMap<string, StoredObject>;
  /** Reads twice what the source states no checksum of. Default false. */
  readonly readTwice?: boolean;
  /** Called whenever an object or a part has arrived. */
  readonly onProgress?: (progress: TransferProgress) => void;
  readonly signal?: AbortSignal;
}

export interface TransferProgress {
  /** Objects that are whole in the target, those found there included. */
  readonly objects: number;
  /** Bytes of {@link objects} and of parts of objects on their way. */
  readonly bytes: number;
}

export interface TransferResult {
  /** In the order of the keys. */
  readonly entries: readonly ManifestEntry[];
  /** What was sent now; the rest was found whole. */
  readonly sent: { readonly objects: number; readonly bytes: number };
  /** Objects whose bytes were held against a checksum that the source itself stated. */
  readonly checkedAgainstSource: number;
}
