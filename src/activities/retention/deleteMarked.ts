import { Context } from '@temporalio/activity';
import { type Fleet } from '../../config';
import { type CataloguedCopy, resourceOf } from '../../core/catalogue/catalogue';
import { type Copy, type CopyRef, copyTags, isHeld, type Scope } from '../../core/catalogue/copy';
import { failureTypeOf, failureTypes, messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { goodMark, parseMark } from '../../core/retention/mark';
import { type DoomedCopy } from '../../core/retention/prunePlan';
import {
  copiesPerRun,
  deletedAtOnce,
  type DeletedCopy,
  type DeletionReport,
  firstLines,
} from '../../core/retention/pruneRun';
import { type ResourceRef } from '../../core/resource';
import { beating } from '../beating';
import { copyThere } from '../catalogue/copyThere';
import { type FleetClouds } from '../catalogue/fleetClouds';
import { remember, remembered } from '../heartbeatMemory';
import { serverTime } from '../serverTime';
import { cloudTime } from './cloudTime';
import { type Judged, planRetention } from './planRetention';
import { readersOf } from './readersOf';
import { requireRevision } from './requireRevision';
import { type DeletionActivities } from './retentionContracts';

/** So many refusals of one account and region are no matter of one copy. */
const mostRefusals = 3;
/** Before each of these groups, restores that have begun meanwhile are asked what they read. Looks of a group share calls. */
const group = 20;

/**
 * Deletes what is marked.
 *
 * @param open the clouds, as the role that deletes opens them
 */
export function deletionActivities(fleet: Fleet, open: () => FleetClouds): DeletionActivities {
  return {
    deleteMarked: (_, revision, goneAlready) =>
      beating(
        async () => {
          const clouds = open();
          try {
            return await new Deletion(fleet, clouds, goneAlready).run(revision);
          } finally {
            clouds.close();
          }
        },
        () => remembered(),
      ),
  };
}

/** A copy that a plan lets go, as its account lists it. */
interface Going {
  readonly doomed: DoomedCopy;
  readonly listed: CataloguedCopy;
  readonly resource: ResourceRef;
}

/** What an earlier try has left in its heartbeat. */
interface Memory {
  readonly begun: readonly (readonly [DeletedCopy, CopyRef])[];
}

/** One try to delete a batch. */
class Deletion {
  private readonly context = Context.current();
  private readonly signal = this.context.cancellationSignal;
  /** By the ARN: what a call may have deleted, in this try or an earlier one. */
  private readonly begun = new Map(
    (remembered<Memory>().begun ?? []).map(([entry, ref]) => [entry.copy, { entry, ref }] as const),
  );
  private readonly deleted = new Map<string, DeletedCopy>();
  private readonly waiting: Record<string, number> = {};
  private readonly problems: string[] = [];
  /** Accounts and regions whose role may not delete: the copies of others are not to wait for that. */
  private readonly refusals = new Map<string, number>();

  constructor(
    private readonly fleet: Fleet,
    private readonly clouds: FleetClouds,
    private readonly goneAlready: number,
  ) {}

  async run(revision: string): Promise<DeletionReport> {
    let plan = '';
    let more = true;
    const ofRun = Math.max(0, (this.fleet.prune?.copiesPerRun ?? copiesPerRun) - this.goneAlready);
    try {
      // First what earlier tries have done: whatever ends this one, that is told.
      for (const { entry, ref } of this.begun.values()) if (await this.isGone(ref)) this.deleted.set(entry.copy, entry);
      requireRevision(this.fleet, revision, 'prune');
      const now = await cloudTime(this.fleet, this.clouds, serverTime(), this.signal);
      const judged = await planRetention(this.fleet, this.clouds, now, this.signal);
      plan = judged.plan.id;
      for (const { where, message } of judged.plan.problems) this.problems.push(`could not read ${where}: ${message}`);
      more = await this.deleteDue(judged, this.dueOf(judged, now), Math.min(deletedAtOnce, ofRun));
    } catch (error) {
      if (this.deleted.size === 0) throw error;
      this.problems.push(messageOf(error));
    }
    return {
      plan,
      deleted: [...this.deleted.values()],
      more,
      isRunOver: this.deleted.size >= ofRun,
      waiting: this.waiting,
      problems: firstLines(this.problems),
    };
  }

  /** Whether there is more that may go. */
  private async deleteDue(judged: Judged, due: readonly Going[], most: number): Promise<boolean> {
    const points = new Map<string, CataloguedCopy[]>();
    for (const listed of judged.snapshots.values()) {
      const known = points.get(listed.recoveryPoint);
      if (known === undefined) points.set(listed.recoveryPoint, [listed]);
      else known.push(listed);
    }
    let next = 0;
    while (next < due.length && this.deleted.size < most && !this.signal.aborted) {
      const some = due.slice(next, next + Math.min(group, most - this.deleted.size));
      const { whoReads, unclear } = await readersOf(this.context.client, this.fleet.name);
      if (unclear !== null) {
        // It may be any: asking again for each group would take hours.
        this.wait(`${unclear} does not say what it reads`, due.length - next);
        return false;
      }
      next += some.length;
      await inParallel(some, group, (going) =>
        this.consider(going, points.get(going.listed.recoveryPoint) ?? [], whoReads),
      );
    }
    return next < due.length;
  }

  /** Marked copies whose time has come, the oldest first. */
  private dueOf({ plan, snapshots }: Judged, now: number): Going[] {
    const due: Going[] = [];
    for (const doomed of plan.doomed) {
      const listed = snapshots.get(doomed.copy.id);
      const resource = listed === undefined ? null : resourceOf(listed, this.fleet.kinds);
      if (listed === undefined || resource === null || parseMark(doomed.copy.mark) === null) continue;
      const why = whyNotYet(doomed, now);
      if (why === null) due.push({ doomed, listed, resource });
      else this.wait(why);
    }
    return due.sort((a, b) => ((a.doomed.copy.dataTime ?? '') < (b.doomed.copy.dataTime ?? '') ? -1 : 1));
  }

  private async consider(
    { doomed, listed, resource }: Going,
    siblings: readonly CataloguedCopy[],
    reads: (listed: CataloguedCopy) => string | null,
  ): Promise<void> {
    const { copy } = listed;
    const place = `${copy.kind} ${copy.account}/${copy.region}`;
    if ((this.refusals.get(place) ?? 0) >= mostRefusals) return this.wait(`nothing of ${place} may be deleted`);
    try {
      const why = reads(listed) ?? (await this.whyNotNow(listed.copy, siblings));
      if (why !== null) return this.wait(why);
      const { recoveryPoint, place: of, dataTime, mark } = doomed.copy;
      const { approvedBy = null } = parseMark(mark) ?? {};
      const { kind, account, region, id, arn } = copy;
      const entry: DeletedCopy = {
        resource,
        place: of,
        copy: arn,
        recoveryPoint,
        dataTime,
        rule: doomed.rule,
        approvedBy,
      };
      this.begun.set(arn, { entry, ref: { kind, account, region, id, arn } });
      remember({ begun: [...this.begun.values()].map((one) => [one.entry, one.ref]) });
      await this.delete(copy);
      this.deleted.set(arn, entry);
    } catch (error) {
      if (this.signal.aborted) return;
      if (failureTypeOf(error) === failureTypes.configuration)
        this.refusals.set(place, (this.refusals.get(place) ?? 0) + 1);
      this.problems.push(`could not delete ${copy.arn}: ${messageOf(error)}`);
    }
  }

  /** Whether the call has deleted it, its answer alone does not tell: it may be lost. */
  private async delete(copy: Copy): Promise<void> {
    try {
      const scope: Scope = { account: copy.account, region: copy.region, access: 'pruner' };
      await this.clouds.kinds.copiesOf(copy.kind).delete({ id: copy.id }, scope, this.signal);
    } catch (error) {
      const isGone = await this.isGone(copy).catch(() => null);
      if (isGone === true) return;
      // It is there: nothing of it need be remembered.
      if (isGone === false) this.begun.delete(copy.arn);
      throw error;
    }
  }

  private async isGone(copy: CopyRef): Promise<boolean> {
    const found = await this.found(copy);
    return found === null || found.status === 'deleting';
  }

  /**
   * A listing is a while old when the call is made: a hold may have been set on any copy of the recovery point, an identifier be given
   * anew.
   */
  private async whyNotNow(copy: Copy, siblings: readonly CataloguedCopy[]): Promise<string | null> {
    const others = siblings.filter((one) => one.copy.arn !== copy.arn);
    const [found = null, ...beside] = await Promise.all(
      [copy, ...others.map((one) => one.copy)].map((one) => this.found(one)),
    );
    if (beside.some((one) => one !== null && isHeld(one))) return 'they are held since a moment ago';
    return found === null ? 'somebody else has deleted them' : whyAnother(found, copy);
  }

  /** Null of what is there no more. */
  private found({ kind, id, account, region }: CopyRef): Promise<Copy | null> {
    return copyThere(this.clouds.kinds.copiesOf(kind), { id }, { account, region, access: 'pruner' }, this.signal);
  }

  private wait(why: string, copies = 1): void {
    this.waiting[why] = (this.waiting[why] ?? 0) + copies;
  }
}

function whyNotYet({ copy, policy, brake }: DoomedCopy, now: number): string | null {
  const mark = goodMark(copy.mark, policy, now);
  if (mark === null) return 'their policy has changed since, or their mark is weeks old: they are marked anew';
  if (!(now >= Date.parse(mark.notBefore))) return 'their time has not come';
  return brake !== null && mark.approvedBy === null ? 'a person must say so' : null;
}

function whyAnother(found: Copy, listed: Copy): string | null {
  const differs = (name: string) => found.tags[name] !== listed.tags[name];
  if (found.arn !== listed.arn || found.createdAt !== listed.createdAt || !found.manual)
    return 'something else bears their identifier now';
  if (isHeld(found)) return 'they are held since a moment ago';
  if ([copyTags.fleet, copyTags.recoveryPoint, copyTags.deleteAfter].some(differs)) return 'their tags change';
  return found.status === 'available' ? null : `their service says that they are ${found.rawStatus}`;
}
