import { ApplicationFailure } from '@temporalio/common';
import { type ObjectStore, type StoredObject, type WriteOptions } from '../clouds/objectStore';
import { failureTypes } from '../core/failure';
import { tryAgain } from './tryAgain';

/** How often what lies under the key may be another one each time it is looked at. */
const mostChanges = 5;

export interface WriteOnce {
  readonly target: Pick<ObjectStore, 'head'>;
  readonly key: string;
  /** What was seen under the key, if anything. */
  readonly found: StoredObject | null | undefined;
  /** What lies there after all may be what was to be written: by another worker, or by a try whose answer was lost. */
  readonly isIt: (found: StoredObject) => boolean;
  readonly write: (onlyIf: NonNullable<WriteOptions['onlyIf']>) => Promise<StoredObject>;
  readonly signal: AbortSignal;
}

/**
 * Writes an object on the condition that nothing has changed since it was looked for: two workers can then never tear or
 * overwrite each other's.
 *
 * @returns the object, and whether it was there already.
 */
export async function writeOnce(options: WriteOnce): Promise<{ object: StoredObject; adopted: boolean }> {
  const { target, key, isIt, write, signal } = options;
  let found = options.found ?? null;
  for (let changes = 0; ; changes += 1) {
    if (found !== null && isIt(found)) return { object: found, adopted: true };
    const seen = found;
    try {
      const object = await tryAgain(() => write(seen === null ? 'absent' : { revision: seen.revision }), signal);
      return { object, adopted: false };
    } catch (error) {
      const isConflict = error instanceof ApplicationFailure && error.type === failureTypes.conflict;
      if (!isConflict || changes === mostChanges) throw error;
      found = await tryAgain(() => target.head(key, signal), signal);
    }
  }
}
