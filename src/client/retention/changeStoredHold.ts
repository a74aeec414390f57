import { crc32c } from '@node-rs/crc32';
import { listHoldActs, readHolds } from '../../activities/catalogue/bucketRecords';
import { type ObjectVersion, type VersionedBucket, versionsOfKey } from '../../clouds/versionedBucket';
import { hexOfCrc32c } from '../../clouds/hexOfCrc32c';
import { bucketLayout, type BucketUrl, recordOfKey } from '../../core/catalogue/bucket';
import { noHold } from '../../core/catalogue/copy';
import { failureTypeOf, failureTypes, messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type ResourceRef } from '../../core/resource';
import { isSameHold, parseHolds } from '../../core/retention/hold';
import {
  type CopyKey,
  type HoldAct,
  holdActKey,
  HoldActs,
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
 * is held, and runs it again. Several people may do so at once: what each finds afterwards is not what the other has done, both are told, and
 * the copy stays held.
 *
 * @param change the value of all its holds, as a tag has it → the new one; null where there is no room for it
 * @param clock epoch milliseconds
 * @throws where the bucket does not answer, or something has not come to its end: the copy counts as held until it has.
 */
export async function changeStoredHold(
  holder: StoredHolder,
  change: (value: string) => string | null,
  clock: () => number,
  signal: AbortSignal,
): Promise<StoredChange> {
  const copy = new HeldObjects(holder, clock, signal);
  await copy.look();
  const before = copy.holds;
  const after = change(storedHoldsValue(before));
  if (after === null) throw new Error(noRoom);
  const wanted = parseHolds(after);
  const added = wanted.filter((hold) => !before.some((one) => isSameHold(one.hold, hold)));
  const gone = before.filter(({ hold }) => !wanted.some((one) => isSameHold(one, hold)));
  // Somebody releases just now what this sets, and must find that it is wanted.
  const sets = parseHolds(change(noHold) ?? noHold);
  const renewed = before.filter(({ hold, releasing }) => releasing && sets.some((one) => isSameHold(one, hold)));
  for (const hold of [...added, ...renewed.map((one) => one.hold)])
    await copy.write(holdId(hold), 'set', holdNote(hold));

  const isAll = gone.length === before.length + added.length;
  if (gone.length > 0) await copy.release(gone, isAll);
  await copy.look();
  requireUnchanged(copy.holds, change);
  const isSet = added.length + renewed.length > 0;
  const state = isSet || gone.length > 0 ? 'changed' : 'unchanged';
  // Somebody has released the others at the same time: neither has had the cloud let go.
  if (copy.holds.length === 0 && gone.length > 0 && !isAll && cloudOf(before) === 'ours') await copy.setAll(false);
  if (copy.holds.length === 0)
    return { state, locked: false, remark: gone.some(({ cloud }) => cloud === 'others') ? leftHeld : null };
  // Of several, whoever releases one has nothing to do with what keeps the others.
  if (gone.length > 0 && !isSet && copy.holds.every(({ locked }) => locked))
    return { state, locked: true, remark: null };
  const { remark, cloud } = await copy.lock(before);
  await copy.look();
  // Released while the cloud was told: what was set since would be nobody's.
  if (copy.holds.length === 0 && cloud === 'ours') await copy.setAll(false);
  requireUnchanged(copy.holds, change);
  if (copy.holds.some(({ hold, releasing }) => releasing && sets.some((one) => isSameHold(one, hold))))
    throw new Error(changedMeanwhile);
  if (remark === null) await copy.sayLocked();
  return { state, locked: remark === null, remark };
}

function requireUnchanged(holds: readonly StoredHold[], change: (value: string) => string | null): void {
  const value = storedHoldsValue(holds);
  if (change(value) !== value) throw new Error(changedMeanwhile);
}

/** Whose what the cloud holds of a copy is; null: nobody of Farcopy has begun to set any. */
function cloudOf(holds: readonly StoredHold[]): StoredHold['cloud'] {
  if (holds.some(({ cloud }) => cloud === 'others')) return 'others';
  return holds.some(({ cloud }) => cloud === 'ours') ? 'ours' : null;
}

/** The objects of one copy, and what was done to its holds. */
class HeldObjects {
  holds: readonly StoredHold[] = [];
  private acts = new HoldActs();
  /** How many objects the cloud was made to hold since {@link lock} began. */
  private held = 0;
  private readonly copy: CopyKey;
  private readonly recordKey: string;
  private readonly dataPrefix: string;

  constructor(
    private readonly holder: StoredHolder,
    private readonly clock: () => number,
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

  /**
   * Says what was done, where nothing is ever overwritten.
   *
   * @returns the key of what says it
   */
  async write(id: string, act: HoldAct, text = ''): Promise<string> {
    const { bucket, url } = this.holder;
    const key = holdActKey(this.copy, id, act, this.acts.after(this.copy, id, this.clock()));
    this.acts.add(key);
    const content = Buffer.from(text);
    const options = {
      crc32c: hexOfCrc32c(crc32c(content)),
      contentType: 'application/json',
      onlyIf: 'absent',
    } as const;
    await bucket.write(`${url.prefix}${key}`, content, options, this.signal);
    return key;
  }

  /**
   * Releases some of the holds.
   *
   * @param isAll whether nobody holds the copy then: the cloud lets go first, of what Farcopy has had it hold
   */
  async release(gone: readonly StoredHold[], isAll: boolean): Promise<void> {
    const isOurs = cloudOf(gone) === 'ours';
    const begun = new Map<string, string>();
    if (isAll) {
      for (const { id } of gone) begun.set(id, await this.write(id, 'unlocked'));
      if (isOurs) await this.setAll(false);
      await this.look();
      // Somebody has set another one since, or one of these again: it counts on the cloud as well.
      if (this.holds.some(({ id }) => this.isSetSince(id, begun.get(id)))) {
        if (isOurs) await this.setAll(true);
        await this.look();
        if (isOurs && this.holds.length === 0) await this.setAll(false);
        throw new Error(changedMeanwhile);
      }
    }
    for (const { id, hold } of gone) {
      const released = await this.write(id, 'released');
      if (!isAll) continue;
      await this.look();
      const acts = this.acts.of(this.copy, id);
      const indexOf = (key: string | undefined) => acts.findIndex((act) => act.key === key);
      const between = acts.slice(indexOf(begun.get(id)) + 1, indexOf(released));
      if (!between.some(({ act }) => act === 'set' || act === 'locked')) continue;
      // Somebody has set it in the moment between the two: it stays.
      await this.write(id, 'set', holdNote(hold));
      if (isOurs) await this.write(id, 'locking');
      throw new Error(changedMeanwhile);
    }
  }

  /** Whether somebody has done more to a hold, since that act, than release it as well. */
  private isSetSince(id: string, act: string | undefined): boolean {
    const last = this.acts.of(this.copy, id).at(-1);
    return last?.key !== act && (act === undefined || last?.act !== 'unlocked');
  }

  /**
   * Has the cloud keep every object, whatever was said of that: somebody may have had it let go since.
   *
   * @param before the holds that a moment ago were there
   * @returns why it does not, in words for people; and whose what it holds is
   */
  async lock(
    before: readonly StoredHold[],
  ): Promise<{ readonly remark: string | null; readonly cloud: StoredHold['cloud'] }> {
    const known = cloudOf([...before, ...this.holds]);
    let cloud = known;
    this.held = 0;
    try {
      if (!(await this.holder.bucket.canHold(this.signal))) return { remark: 'its bucket has no Object Lock', cloud };
      // Found before the first of its own: what the cloud keeps then, somebody else has it keep.
      if (cloud === null) {
        const found = (await this.isHeldByCloud()) ? 'others' : 'ours';
        // It took a request for each object: others may have set holds since, and released these.
        await this.look();
        cloud = cloudOf(this.holds) ?? found;
        if (this.holds.length === 0) throw new Error(changedMeanwhile);
      }
      for (const { id, cloud: said } of this.holds)
        if (said !== cloud) await this.write(id, cloud === 'ours' ? 'locking' : 'beside');
      await this.setAll(true);
      return { remark: null, cloud };
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.configuration) throw error;
      const isNone = known === null && cloud === 'ours' && this.held === 0;
      // What somebody else sets there later is not Farcopy's to take off.
      if (isNone) for (const { id } of this.holds) await this.write(id, 'refused');
      return { remark: messageOf(error), cloud: isNone ? null : cloud };
    }
  }

  async sayLocked(): Promise<void> {
    for (const { id, locked } of this.holds) if (!locked) await this.write(id, 'locked');
  }

  private async isHeldByCloud(): Promise<boolean> {
    const { bucket } = this.holder;
    let isAny = false;
    for await (const page of this.versions()) {
      await inParallel(page, objectsAtOnce, async (version) => {
        if (!isAny && (await bucket.isHeld(version, this.signal))) isAny = true;
      });
      if (isAny) return true;
    }
    return false;
  }

  async setAll(isOn: boolean): Promise<void> {
    const { bucket } = this.holder;
    if (!(await bucket.canHold(this.signal))) return;
    for await (const page of this.versions())
      await inParallel(page, objectsAtOnce, async (version) => {
        if (version.held === isOn) return;
        await bucket.hold(version, isOn, this.signal);
        if (isOn) this.held += 1;
      });
  }

  private async *versions(): AsyncGenerator<readonly ObjectVersion[]> {
    const { bucket } = this.holder;
    yield* versionsOfKey(bucket, this.recordKey, this.signal);
    yield* bucket.listVersions(this.dataPrefix, this.signal);
  }
}
