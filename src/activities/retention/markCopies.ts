import { Context } from '@temporalio/activity';
import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { type CataloguedCopy } from '../../core/catalogue/catalogue';
import { copyTags, noHold } from '../../core/catalogue/copy';
import { failureTypes, messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { formatMark, graceMilliseconds, type Mark, parseMark } from '../../core/retention/mark';
import { type DoomedCopy } from '../../core/retention/prunePlan';
import { firstLines } from '../../core/retention/pruneRun';
import { beating } from '../beating';
import { type FleetClouds } from '../catalogue/fleetClouds';
import { serverTime } from '../serverTime';
import { planRetention, type RetentionPlan } from './planRetention';
import { type MarkActivities } from './retentionContracts';

/** AWS takes a few tags a second and account. */
const width = 8;

/**
 * Marks what retention lets go.
 *
 * @param open the clouds, as the role that marks opens them
 */
export function markActivities(fleet: Fleet, open: () => FleetClouds): MarkActivities {
  return {
    markCopies: (_, approved) =>
      beating(async () => {
        const { cancellationSignal: signal } = Context.current();
        const clouds = open();
        try {
          const now = serverTime();
          const { plan, snapshots } = await planRetention(fleet, clouds, now, signal);
          requirePlan(plan, approved);
          const failures: string[] = [];
          const write = async (id: string, mark: string): Promise<number> => {
            const found = snapshots.get(id);
            if (found === undefined) return 0;
            try {
              const scope = { account: found.copy.account, region: found.copy.region, access: 'marker' } as const;
              await clouds.kinds
                .copiesOf(found.copy.kind)
                .tag(found.copy, scope, { [copyTags.deleteAfter]: mark }, signal);
              return 1;
            } catch (error) {
              signal.throwIfAborted();
              failures.push(`${id}: ${messageOf(error)}`);
              return 0;
            }
          };
          const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);

          const going = plan.doomed.filter(({ copy }) => snapshots.has(copy.id));
          const isBraked = ({ brake, copy }: DoomedCopy) =>
            brake !== null && approved === null && parseMark(copy.mark)?.approved !== true;
          const marked = await inParallel(
            going.filter((one) => !isBraked(one)),
            width,
            async (one) => {
              const mark = markOf(one, approved !== null, now);
              return mark === null ? 0 : write(one.copy.id, formatMark(mark));
            },
          );
          const unmarked = await inParallel(staying(plan, snapshots), width, (id) => write(id, noMark));
          return {
            plan: plan.id,
            doomed: plan.doomed.length,
            marked: sum(marked),
            unmarked: sum(unmarked),
            braked: going.filter(isBraked).length,
            brakes: firstLines(plan.brakes),
            inBuckets: plan.doomed.length - going.length,
            problems: firstLines([
              ...plan.problems.map(({ where, message }) => `could not read ${where}: ${message}`),
              ...failures.map((failure) => `could not mark ${failure}`),
            ]),
            ledger: fleet.state !== null,
          };
        } finally {
          clouds.close();
        }
      }),
  };
}

/** In place of a mark: tags are overwritten, never taken away. */
const noMark = 'none';

/** The brakes are for a person to loosen, who has seen what goes: no more and no less goes then. */
function requirePlan({ id, doomed }: RetentionPlan, approved: string | null): void {
  if (approved === null || approved === id) return;
  throw applicationFailure(
    failureTypes.invalidInput,
    `plan ${approved} is not what retention would do now: that is plan ${id}, by which ${doomed.length} copies go; look at it by \`farcopy prune --plan\`. Nothing was marked`,
  );
}

/** How a copy is to be marked; null: it is marked so already. A changed policy begins the wait anew. */
function markOf({ copy, policy }: DoomedCopy, isApproved: boolean, now: number): Mark | null {
  const before = parseMark(copy.mark);
  if (before?.policy === policy) {
    if (before.approved || !isApproved) return null;
    return { ...before, approved: true };
  }
  return { notBefore: new Date(now + graceMilliseconds).toISOString(), policy, approved: isApproved };
}

/**
 * ARNs of marked copies that are to stay. Where something could not be read, a copy may stay for that alone, and would have to wait anew
 * once it can be read: only what is held loses its mark then.
 */
function staying(plan: RetentionPlan, snapshots: ReadonlyMap<string, CataloguedCopy>): readonly string[] {
  const marked = [...plan.kept, ...plan.refused].filter(({ copy }) => parseMark(copy.mark) !== null);
  const ids = marked.map(({ copy }) => copy.id).filter((id) => snapshots.has(id));
  return plan.problems.length === 0 ? ids : ids.filter((id) => snapshots.get(id)?.hold !== noHold);
}
