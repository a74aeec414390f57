import { ApplicationFailure } from '@temporalio/common';
import { type CopyingStore, type StoredObject } from '../clouds/objectStore';
import { failureTypes } from '../core/failure';
import { type Outcome, type Route, type SourceObject } from './route';
import { digestOf } from './sendTwice';
import { arrived } from './sendWhole';
import { tryAgain } from './tryAgain';
import { writeEntry } from './writeEntry';

/** A target that fetches objects of the source's cloud itself. */
export interface ServerSideCopy {
  readonly target: CopyingStore;
  readonly sourceBucket: string;
  /** Set once the cloud has refused it: whoever may read one side need not be whoever may write the other. */
  isDenied: boolean;
}

/**
 * Has the target fetch an object. It is read here all the same, though not sent: what the cloud computes of its copy must be
 * the CRC32C of what was read, and a manifest needs the SHA-256, which no cloud computes of what it copies in parts.
 *
 * @returns null where the cloud refuses; then it has to be sent.
 */
export async function sendByCopy(
  route: Route,
  copy: ServerSideCopy,
  entry: SourceObject,
  found: StoredObject | undefined,
): Promise<Outcome | null> {
  const { signal } = route;
  const from = route.sourcePrefix + entry.key;
  const digests = await tryAgain(() => digestOf(route, from, entry), signal);
  const source = { bucket: copy.sourceBucket, key: from, revision: entry.revision, bytes: entry.bytes };
  try {
    const written = await writeEntry(route, entry, digests, found, (key, options) =>
      copy.target.copyFrom(source, key, options, signal),
    );
    return arrived(route, entry, digests, written);
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || error.type !== failureTypes.configuration) throw error;
    copy.isDenied = true;
    return null;
  }
}
