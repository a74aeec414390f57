import { type DirectSource } from '../clouds/objectSource';
import { type ComposingStore, type WriteOptions } from '../clouds/objectStore';
import { type ManifestEntry } from '../core/catalogue/manifest';
import { type Bandwidth } from './bandwidth';
import { type BufferPool } from './bufferPool';
import { type Hashing } from './hashing/hashing';
import { type Slots } from './slots';

/** An object to send, as a listing of the source showed it. */
export interface SourceObject {
  /** Relative to the source prefix. */
  readonly key: string;
  readonly bytes: number;
  /** Pins the content: what has changed since the listing is not sent. */
  readonly revision: string;
}

/** Between which places objects travel, and what they may use on their way. */
export interface Route {
  readonly source: DirectSource;
  readonly target: ComposingStore;
  readonly sourcePrefix: string;
  readonly targetPrefix: string;
  readonly stagingPrefix: string;
  readonly partBytes: number;
  readonly memory: BufferPool;
  readonly hashing: Hashing;
  readonly bandwidth: Bandwidth | undefined;
  readonly retainUntil: WriteOptions['retainUntil'];
  readonly signal: AbortSignal;
  /** Tells of bytes that are in the target. */
  readonly arrived: (bytes: number) => void;
  /** One for each piece that is on its way. */
  readonly slots: Slots;
}

export interface Outcome {
  readonly entry: ManifestEntry;
  /** Null where the object was found whole in the target. */
  readonly sentBytes: number | null;
  readonly checkedAgainstSource: boolean;
}
