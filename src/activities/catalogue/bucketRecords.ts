import { text } from 'node:stream/consumers';
import { type ObjectStore } from '../../clouds/objectStore';
import { bucketLayout, recordOfKey } from '../../core/catalogue/bucket';
import { type RecoveryPointRecord } from '../../core/catalogue/manifest';
import { DamagedRecordError, readRecord } from '../../core/catalogue/readRecord';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type Kinds } from '../../core/kind';
import { scheduledTimeLabel } from '../../core/naming';
import { type CopyKey, HoldActs, holdsOfCopy, readHold, type StoredHold } from '../../core/retention/storedHold';

const holdsAtOnce = 8;

/** A record as a listing shows it: what it is of stands in its key. */
export interface RecordEntry {
  readonly key: string;
  /** `kind/account/region/id` */
  readonly path: string;
  /** As it stands in the key: `20261121t020000z`. */
  readonly time: string;
}

/** The time of a record as tags have it: `2026-11-21T02:00:00Z`. */
export const scheduledTimeOf = ({ time }: RecordEntry): string =>
  scheduledTimeLabel(time.toUpperCase().replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));

/**
 * The records of all whole recovery points in a bucket: nothing is read yet.
 *
 * @param prefix the bucket URL's
 */
export async function listRecords(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<RecordEntry[]> {
  const entries: RecordEntry[] = [];
  for await (const page of store.list(`${prefix}${bucketLayout.records()}`, {}, signal))
    for (const { key } of page) {
      const record = recordOfKey(key.slice(prefix.length));
      if (record !== null) entries.push({ key, ...record });
    }
  return entries;
}

/** @throws DamagedRecordError naming the record and what is wrong with it. */
export async function openRecord(
  store: ObjectStore,
  { key, path, time }: RecordEntry,
  kinds: Kinds,
  signal?: AbortSignal,
): Promise<RecoveryPointRecord> {
  const content = await text(await store.read(key, {}, signal));
  try {
    return readRecord(content, path, time, kinds);
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) throw error;
    throw new DamagedRecordError(`${key} is damaged: ${error.message}`);
  }
}

/**
 * Who holds which copies in a bucket: no object is read yet.
 *
 * @param prefix the bucket URL's
 * @param copy of this copy alone; by default of all
 */
export async function listHoldActs(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
  copy: CopyKey | null,
  signal?: AbortSignal,
): Promise<HoldActs> {
  const acts = new HoldActs();
  const under = copy === null ? bucketLayout.holds : holdsOfCopy(copy);
  for await (const page of store.list(`${prefix}${under}`, {}, signal))
    for (const { key } of page) acts.add(key.slice(prefix.length));
  return acts;
}

/** The holds of a copy, each with its author and reason. */
export async function readHolds(
  store: Pick<ObjectStore, 'read'>,
  prefix: string,
  acts: HoldActs,
  copy: CopyKey,
  signal?: AbortSignal,
): Promise<readonly StoredHold[]> {
  return inParallel(acts.active(copy), holdsAtOnce, async (active) => {
    try {
      return readHold(active, await text(await store.read(`${prefix}${active.key}`, {}, signal)));
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.notFound) throw error;
      // Whoever has taken its text away has not released it.
      return readHold(active, '');
    }
  });
}
