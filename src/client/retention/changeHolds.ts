import { copyThere } from '../../activities/catalogue/copyThere';
import { isUnreachable } from '../../activities/catalogue/scopeProblem';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type CataloguedCopy } from '../../core/catalogue/catalogue';
import { type Copy, copyTags, noHold, type Scope } from '../../core/catalogue/copy';
import { messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type ResourceRef } from '../../core/resource';
import { type HoldPoint } from '../../core/retention/holdPoints';

/** A copy, and what became of its tag. */
export interface HoldChange {
  readonly resource: ResourceRef;
  readonly recoveryPoint: string;
  readonly place: string;
  /** Its ARN. */
  readonly copy: string;
  /** `unchanged`: its tag said so already. */
  readonly state: 'changed' | 'unchanged' | 'failed';
  /** Why it failed; else null. */
  readonly message: string | null;
  /** Of a failure: whether the same may work later. */
  readonly unreachable: boolean;
}

/** The value of a copy's tag → the new one; null where there is no room for it. */
type Change = (value: string, of: CataloguedCopy) => string | null;

/** AWS takes a few tags a second and account. */
const width = 8;
const tagged = 'its tag was written';
const noRoom = 'others hold it, and its tag has no room for one more: release one of them first, or shorten the reason';

/**
 * Changes what the copies of recovery points say of their holds. Each is asked for its tag just before, since others may have changed it, and once
 * more afterwards: what was deleted or changed in between is not called done.
 *
 * @param isDry nothing is asked for and nothing changed: what the catalogue says decides
 */
export async function changeHolds(
  clouds: Pick<FleetClouds, 'kinds'>,
  points: readonly Pick<HoldPoint, 'resource' | 'copies'>[],
  change: Change,
  { isDry, signal }: { readonly isDry: boolean; readonly signal: AbortSignal },
): Promise<readonly HoldChange[]> {
  const all = points.flatMap(({ resource, copies }) => copies.map((listed) => ({ resource, listed })));
  return inParallel(all, width, async ({ resource, listed }): Promise<HoldChange> => {
    const { recoveryPoint, place, copy } = listed;
    const named = { resource, recoveryPoint, place, copy: copy.arn };
    try {
      const state = isDry ? wouldBe(listed, change) : await changeOne(clouds, listed, change, signal);
      return { ...named, state, message: null, unreachable: false };
    } catch (error) {
      signal.throwIfAborted();
      return { ...named, state: 'failed', message: messageOf(error), unreachable: isUnreachable(error) };
    }
  });
}

type Changed = 'changed' | 'unchanged';

function wouldBe(listed: CataloguedCopy, change: Change): Changed {
  const after = change(listed.hold, listed);
  if (after === null) throw new Error(noRoom);
  return after === listed.hold ? 'unchanged' : 'changed';
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
