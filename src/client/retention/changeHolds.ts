import { copyThere } from '../../activities/catalogue/copyThere';
import { isUnreachable } from '../../activities/catalogue/scopeProblem';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { parseBucketUrl } from '../../core/catalogue/bucket';
import { type CataloguedCopy, type ListedCopy, type ListedRecord } from '../../core/catalogue/catalogue';
import { copyId } from '../../core/catalogue/judgedCopy';
import { type Copy, copyTags, noHold, type Scope } from '../../core/catalogue/copy';
import { messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type ResourceRef } from '../../core/resource';
import { type HoldPoint } from '../../core/retention/holdPoints';
import { storedHoldsValue } from '../../core/retention/storedHold';
import { changeStoredHold } from './changeStoredHold';

/** A copy, and what became of its hold. */
export interface HoldChange {
  readonly resource: ResourceRef;
  readonly recoveryPoint: string;
  readonly place: string;
  /** Its ARN, or where its objects lie. */
  readonly copy: string;
  /** `unchanged`: it said so already. */
  readonly state: 'changed' | 'unchanged' | 'failed';
  /** Why it failed; else null. */
  readonly message: string | null;
  /** Of a failure: whether the same may work later. */
  readonly unreachable: boolean;
  /** Of a copy in a bucket: whether its cloud keeps every object as well. Null of a snapshot, of a failure, and of what was not tried. */
  readonly locked: boolean | null;
  /** Why the cloud of a copy in a bucket does not keep what is held, or keeps what is released; null: there is nothing to say. */
  readonly remark: string | null;
}

/** A hold as a copy's tag says it → the new value; null where there is no room for it. */
type Change = (value: string, of: Pick<ListedCopy, 'recoveryPoint' | 'place'>) => string | null;

interface Changing {
  /** Nothing is asked for and nothing changed: what the catalogue says decides. */
  readonly isDry: boolean;
  /** Epoch milliseconds: when the holds of copies in buckets are changed. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/** AWS takes a few tags a second and account. */
const width = 8;
/** Of copies in buckets, each of which has many objects. */
const storedWidth = 2;
const tagged = 'its tag was written';
const noRoom = 'others hold it, and its tag has no room for one more: release one of them first, or shorten the reason';

/**
 * Changes what the copies of recovery points say of their holds. Each is asked for it just before, since others may have changed it, and once
 * more afterwards: what was deleted or changed in between is not called done.
 */
export async function changeHolds(
  clouds: Pick<FleetClouds, 'kinds' | 'vaultBucket'>,
  points: readonly Pick<HoldPoint, 'resource' | 'copies' | 'stored'>[],
  change: Change,
  changing: Changing,
): Promise<readonly HoldChange[]> {
  const snapshots = points.flatMap(({ resource, copies }) => copies.map((listed) => ({ resource, listed })));
  const objects = points.flatMap(({ resource, stored }) => stored.map((listed) => ({ resource, listed })));
  const [tags, inBuckets] = await Promise.all([
    inParallel(snapshots, width, ({ resource, listed }) =>
      told(resource, listed, changing.signal, async () => ({
        state: changing.isDry
          ? wouldBe(listed.hold, listed, change)
          : await changeOne(clouds, listed, change, changing.signal),
        ...{ locked: null, remark: null },
      })),
    ),
    inParallel(objects, storedWidth, ({ resource, listed }) =>
      told(resource, listed, changing.signal, () => changeStored(clouds, resource, listed, change, changing)),
    ),
  ]);
  return [...tags, ...inBuckets];
}

async function told(
  resource: ResourceRef,
  listed: CataloguedCopy | ListedRecord,
  signal: AbortSignal,
  work: () => Promise<Pick<HoldChange, 'state' | 'locked' | 'remark'>>,
): Promise<HoldChange> {
  const { recoveryPoint, place } = listed;
  const named = { resource, recoveryPoint, place, copy: copyId(listed) };
  try {
    return { ...named, ...(await work()), message: null, unreachable: false };
  } catch (error) {
    signal.throwIfAborted();
    const unreachable = isUnreachable(error);
    return { ...named, state: 'failed', message: messageOf(error), unreachable, locked: null, remark: null };
  }
}

async function changeStored(
  clouds: Pick<FleetClouds, 'vaultBucket'>,
  resource: ResourceRef,
  listed: ListedRecord,
  change: Change,
  { isDry, clock, signal }: Changing,
): Promise<Pick<HoldChange, 'state' | 'locked' | 'remark'>> {
  const { stored, scheduledTime } = listed;
  if (isDry)
    return { state: wouldBe(storedHoldsValue(stored.holds ?? []), listed, change), locked: null, remark: null };
  const url = parseBucketUrl(stored.bucket);
  if (url === null) throw new Error(`${stored.bucket}: not the URL of a bucket`);
  const holder = { url, bucket: clouds.vaultBucket(url), resource, scheduledTime };
  return changeStoredHold(holder, (value) => change(value, listed), clock, signal);
}

type Changed = 'changed' | 'unchanged';

function wouldBe(value: string, of: Parameters<Change>[1], change: Change): Changed {
  const after = change(value, of);
  if (after === null) throw new Error(noRoom);
  return after === value ? 'unchanged' : 'changed';
}

async function changeOne(
  clouds: Pick<FleetClouds, 'kinds'>,
  listed: CataloguedCopy,
  change: Change,
  signal: AbortSignal,
): Promise<Changed> {
  const { copy } = listed;
  const scope: Scope = { account: copy.account, region: copy.region, access: 'marker' };
  const copies = clouds.kinds.copiesOf(copy.kind);
  const found = await copies.progress({ id: copy.id }, scope, signal);
  if (!isSameCopy(found, listed)) throw new Error('something else bears its identifier now');
  if (found.status === 'deleting') throw new Error('its service is deleting it already');
  const before = found.tags[copyTags.hold] ?? noHold;
  const after = change(before, listed);
  if (after === null) throw new Error(noRoom);
  if (after === before) return 'unchanged';
  await copies.tag(copy, scope, { [copyTags.hold]: after }, signal);
  const now = await copyThere(copies, { id: copy.id }, scope, signal);
  if (now === null || !isSameCopy(now, listed)) throw new Error(`${tagged}, and it is gone: a deletion came between`);
  if (now.status === 'deleting') throw new Error(`${tagged}, and its service is deleting it: a deletion came between`);
  const written = now.tags[copyTags.hold] ?? noHold;
  if (change(written, listed) !== written)
    throw new Error(`${tagged}, and the tag says something else: another person's change came between; run this again`);
  return 'changed';
}

const isSameCopy = ({ arn, tags }: Copy, { copy, recoveryPoint }: CataloguedCopy) =>
  arn === copy.arn && tags[copyTags.recoveryPoint] === recoveryPoint;
