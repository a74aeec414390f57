import { crc32c } from '@node-rs/crc32';
import { listHoldActs, readHolds } from '../../activities/catalogue/bucketRecords';
import { type ObjectVersion, type VersionedBucket } from '../../clouds/versionedBucket';
import { hexOfCrc32c } from '../../clouds/hexOfCrc32c';
import { bucketLayout, type BucketUrl, recordOfKey } from '../../core/catalogue/bucket';
import { failureTypeOf, failureTypes, messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type ResourceRef } from '../../core/resource';
import { isSameHold, parseHolds } from '../../core/retention/hold';
import {
  type CopyKey,
  type HoldAct,
  holdActKey,
  type HoldActs,
  holdId,
  holdNote,
  type StoredHold,
  storedHoldsValue,
} from '../../core/retention/storedHold';

/** A copy in a bucket, opened to change its holds. */
export interface StoredHolder {
  readonly url: BucketUrl;
  readonly bucket: VersionedBucket;
  readonly resource: ResourceRef;
  readonly scheduledTime: string;
}

/** What became of the holds of a copy in a bucket. */
export interface StoredChange {
  readonly state: 'changed' | 'unchanged';
  /** Whether somebody holds the copy, and the cloud keeps every object of it as well. */
  readonly locked: boolean;
  /** Why the cloud does not keep what is held, or keeps what is released, in words for people. */
  readonly remark: string | null;
}

const objectsAtOnce = 16;
const noRoom = 'others hold it, and there is no room for one more: release one of them first';
const leftHeld =
  'its cloud kept objects of it before Farcopy did: that hold stays, and is for whoever set it to take away';
const changedMeanwhile = 'another person has changed its holds meanwhile: run this again';

/**
 * Changes the holds of a copy in a bucket: first what Farcopy says of it, then what the cloud does. Whoever is killed in between leaves a copy that
 * is held, and runs it again.
 *
 * @param change the value of all its holds, as a tag has it → the new one; null where there is no room for it
 * @param now epoch milliseconds
 * @throws where the bucket does not answer, or something has not come to its end: the copy counts as held until it has.
 */
export async function changeStoredHold(
  holder: StoredHolder,
  change: (value: string) => string | null,
  now: number,
  signal: AbortSignal,
): Promise<StoredChange> {
  const copy = new HeldObjects(holder, now, signal);
  await copy.look();
  const before = copy.holds;
  const after = change(storedHoldsValue(before));
  if (after === null) throw new Error(noRoom);
  const wanted = parseHolds(after);
  const added = wanted.filter((hold) => !before.some((one) => isSameHold(one.hold, hold)));
  const gone = before.filter(({ hold }) => !wanted.some((one) => isSameHold(one, hold)));

  // Found before the first of its own: what the cloud keeps then, somebody else has it keep.
  const foreign =
    before.length === 0 ? added.length > 0 && (await copy.isHeldByCloud()) : before.every((one) => one.foreign);
  for (const hold of added) await copy.write(holdId(hold), 'set', holdNote(hold, foreign));

  const staying = before.length + added.length - gone.length;
  if (gone.length > 0 && staying === 0) {
    for (const { id } of gone) await copy.write(id, 'unlocked');
    if (!gone.some((one) => one.foreign)) await copy.unlock(gone.some(({ locked }) => locked));
    await copy.look();
    // Somebody has set another one since: it counts on the cloud as well.
    if (copy.holds.some(({ id }) => !gone.some((one) => one.id === id))) {
      await copy.setAll(true);
      throw new Error(changedMeanwhile);
    }
  }
  for (const { id } of gone) await copy.write(id, 'released');

  await copy.look();
  const value = storedHoldsValue(copy.holds);
  if (change(value) !== value) throw new Error(changedMeanwhile);
  const state = added.length + gone.length === 0 ? 'unchanged' : 'changed';
  if (copy.holds.length === 0)
    return { state, locked: false, remark: gone.some((one) => one.foreign) ? leftHeld : null };
  const remark = await copy.lock();
  return { state, locked: remark === null, remark };
}

/** The objects of one copy, and what was done to its holds. */
class HeldObjects {
  holds: readonly StoredHold[] = [];
  private acts: HoldActs | null = null;
  private readonly copy: CopyKey;
  private readonly recordKey: string;
  private readonly dataPrefix: string;

  constructor(
    private readonly holder: StoredHolder,
    private readonly now: number,
    private readonly signal: AbortSignal,
  ) {
    const { url, resource, scheduledTime } = holder;
    const record = bucketLayout.record(resource, scheduledTime);
    const copy = recordOfKey(record);
    if (copy === null) throw new Error(`${record}: not the key of a record`);
    this.copy = copy;
    this.recordKey = `${url.prefix}${record}`;
    this.dataPrefix = `${url.prefix}${bucketLayout.dataPrefix(resource, scheduledTime)}`;
  }

  async look(): Promise<void> {
    const { bucket, url } = this.holder;
    this.acts = await listHoldActs(bucket, url.prefix, this.copy, this.signal);
    this.holds = await readHolds(bucket, url.prefix, this.acts, this.copy, this.signal);
  }

  /** Says what was done, where nothing is ever overwritten. */
  async write(id: string, act: HoldAct, text = ''): Promise<void> {
    const { bucket, url } = this.holder;
    const key = holdActKey(this.copy, id, act, this.acts?.after(this.copy, id, this.now) ?? this.now);
    this.acts?.add(key);
    const content = Buffer.from(text);
    const options = {
      crc32c: hexOfCrc32c(crc32c(content)),
      contentType: 'application/json',
      onlyIf: 'absent',
    } as const;
    await bucket.write(`${url.prefix}${key}`, content, options, this.signal);
  }

  /**
   * Has the cloud keep every object, if no hold says yet that it does.
   *
   * @returns why it does not, in words for people
   */
  async lock(): Promise<string | null> {
    const open = this.holds.filter(({ locked }) => !locked);
    if (open.length === 0) return null;
    try {
      if (!(await this.holder.bucket.canHold(this.signal))) return 'its bucket has no Object Lock';
      await this.setAll(true);
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.configuration) throw error;
      return messageOf(error);
    }
    for (const { id } of open) await this.write(id, 'locked');
    return null;
  }

  /** Whether the cloud keeps any object by such a hold; what cannot be seen may be. */
  async isHeldByCloud(): Promise<boolean> {
    const { bucket } = this.holder;
    try {
      if (!(await bucket.canHold(this.signal))) return false;
      let isAny = false;
      await this.each(async (version) => {
        if (await bucket.isHeld(version, this.signal)) isAny = true;
      });
      return isAny;
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.configuration) throw error;
      return true;
    }
  }

  /** @param wasLocked whether the cloud kept every object: where it never did, nobody may have been allowed to */
  async unlock(wasLocked: boolean): Promise<void> {
    try {
      await this.setAll(false);
    } catch (error) {
      if (wasLocked || failureTypeOf(error) !== failureTypes.configuration) throw error;
    }
  }

  async setAll(isOn: boolean): Promise<void> {
    const { bucket } = this.holder;
    if (!(await bucket.canHold(this.signal))) return;
    await this.each(async (version) => {
      if (version.held !== isOn) await bucket.hold(version, isOn, this.signal);
    });
  }

  private async each(work: (version: ObjectVersion) => Promise<void>): Promise<void> {
    const { bucket } = this.holder;
    for (const prefix of [this.recordKey, this.dataPrefix])
      for await (const page of bucket.listVersions(prefix, this.signal)) {
        const own = prefix === this.recordKey ? page.filter(({ key }) => key === prefix) : page;
        await inParallel(own, objectsAtOnce, work);
      }
  }
}
