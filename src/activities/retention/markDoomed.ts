import { type CataloguedCopy } from '../../core/catalogue/catalogue';
import { copyTags } from '../../core/catalogue/copy';
import { messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { formatMark, goodMark, graceMilliseconds, type Mark, noMark, parseMark } from '../../core/retention/mark';
import { type DoomedCopy } from '../../core/retention/prunePlan';
import { firstLines, type MarkReport } from '../../core/retention/pruneRun';
import { type FleetClouds } from '../catalogue/fleetClouds';
import { type Judged } from './planRetention';

/** AWS takes a few tags a second and account. */
const width = 8;

/** The plan that a person has seen, and wants carried out, brakes or not. */
export interface Approval {
  readonly plan: string;
  /** ARNs of what it lets go: nothing else is approved. */
  readonly copies: ReadonlySet<string>;
}

export interface MarkOptions {
  /** Null: brakes hold. */
  readonly approval: Approval | null;
  /** Epoch milliseconds: the wait begins when a mark is written, however long all of them take. */
  readonly clock: () => Promise<number>;
  readonly signal?: AbortSignal | undefined;
  /** Told of each tag that was written. */
  readonly onMarked?: (() => void) | undefined;
}

/**
 * Marks what a plan lets go, and takes marks from what it keeps. Marked again, a copy keeps its mark and the time of it.
 *
 * @param clouds as the role that marks opens them
 */
export async function markDoomed(
  { plan, snapshots }: Judged,
  clouds: FleetClouds,
  { approval, clock, signal, onMarked }: MarkOptions,
): Promise<Omit<MarkReport, 'ledger'>> {
  const now = await clock();
  const failures: string[] = [];
  const write = async ({ copy }: CataloguedCopy, mark: string): Promise<boolean> => {
    const scope = { account: copy.account, region: copy.region, access: 'marker' } as const;
    try {
      await clouds.kinds.copiesOf(copy.kind).tag(copy, scope, { [copyTags.deleteAfter]: mark }, signal);
      onMarked?.();
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`${copy.arn}: ${messageOf(error)}`);
      return false;
    }
  };
  const going = plan.doomed.flatMap((doomed) => {
    const listed = snapshots.get(doomed.copy.id);
    return listed === undefined ? [] : [{ doomed, listed }];
  });
  const isApproved = ({ copy, policy }: DoomedCopy) =>
    approval?.copies.has(copy.id) === true || typeof goodMark(copy.mark, policy, now)?.approvedBy === 'string';
  const isBraked = (one: DoomedCopy) => one.brake !== null && !isApproved(one);
  const wanted = going.filter(({ doomed }) => !isBraked(doomed) && (approval === null || isApproved(doomed)));
  const marked = await inParallel(wanted, width, async ({ doomed, listed }) => {
    const mark = markOf(doomed, approval, await clock());
    return mark !== null && write(listed, formatMark(mark));
  });
  // A copy that something keeps is Farcopy's own; what is refused may be anybody's.
  const staying = (approval === null ? plan.kept : []).flatMap(({ copy }) =>
    parseMark(copy.mark) === null ? [] : (snapshots.get(copy.id) ?? []),
  );
  const unmarked = await inParallel(staying, width, (listed) => write(listed, noMark));
  return {
    plan: plan.id,
    doomed: plan.doomed.length,
    marked: marked.filter(Boolean).length,
    unmarked: unmarked.filter(Boolean).length,
    braked: going.filter(({ doomed }) => isBraked(doomed)).length,
    brakes: firstLines(plan.brakes),
    inBuckets: plan.doomed.length - going.length,
    firstGoes: new Date(now + graceMilliseconds).toISOString(),
    problems: firstLines([
      ...plan.problems.map(({ where, message }) => `could not read ${where}: ${message}`),
      ...failures.map((failure) => `could not mark ${failure}`),
    ]),
  };
}

/**
 * How a copy is to be marked; null: it is marked so already. A changed policy begins the wait anew, and so does a person's word for what a brake
 * has held.
 */
function markOf({ copy, policy, brake }: DoomedCopy, approval: Approval | null, now: number): Mark | null {
  const approvedBy = approval?.copies.has(copy.id) === true ? approval.plan : null;
  const before = goodMark(copy.mark, policy, now);
  const anew: Mark = { notBefore: new Date(now + graceMilliseconds).toISOString(), policy, approvedBy };
  if (before === null) return anew;
  if (before.approvedBy !== null || approvedBy === null) return null;
  return brake === null ? { ...before, approvedBy } : anew;
}
