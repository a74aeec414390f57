import { Context } from '@temporalio/activity';
import { awsTime } from '../../clouds/aws/awsTime';
import { type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { type CataloguedCopy, resourceOf } from '../../core/catalogue/catalogue';
import { type Copy, copyTags, isHeld, type Scope } from '../../core/catalogue/copy';
import { failureTypeOf, failureTypes, messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { parseMark } from '../../core/retention/mark';
import { type DoomedCopy } from '../../core/retention/prunePlan';
import {
  copiesPerRun,
  deletedAtOnce,
  type DeletedCopy,
  type DeletionReport,
  firstLines,
} from '../../core/retention/pruneRun';
import { type FleetClouds } from '../catalogue/fleetClouds';
import { beating } from '../beating';
import { remember, remembered } from '../heartbeatMemory';
import { serverTime } from '../serverTime';
import { plansOfRestores } from '../sweep/plansOfRestores';
import { planRetention } from './planRetention';
import { type DeletionActivities } from './retentionContracts';

const width = 4;
/** Retention goes by days: clocks that differ by more are wrong. */
const clockToleranceMilliseconds = 10 * 60_000;

/** A copy that a plan lets go, as its account lists it. */
interface Going {
  readonly doomed: DoomedCopy;
  readonly listed: CataloguedCopy;
}

/**
 * Deletes what is marked.
 *
 * @param open the clouds, as the role that deletes opens them
 */
export function deletionActivities(fleet: Fleet, open: () => FleetClouds): DeletionActivities {
  return {
    deleteMarked: (_, goneAlready) =>
      beating(
        async () => {
          const { cancellationSignal: signal } = Context.current();
          const clouds = open();
          try {
            return await deleteDue(fleet, clouds, goneAlready, signal);
          } finally {
            clouds.close();
          }
        },
        () => remembered(),
      ),
  };
}

async function deleteDue(
  fleet: Fleet,
  clouds: FleetClouds,
  goneAlready: number,
  signal: AbortSignal,
): Promise<DeletionReport> {
  const now = serverTime();
  await requireTime(clouds, now, signal);
  const { plan, snapshots } = await planRetention(fleet, clouds, now, signal);
  const reads = await restoresReading(fleet);
  const waiting: Record<string, number> = {};
  const wait = (why: string) => void (waiting[why] = (waiting[why] ?? 0) + 1);
  const problems = plan.problems.map(({ where, message }) => `could not read ${where}: ${message}`);
  // What an earlier try has deleted, it may not have said.
  const begun: DeletedCopy[] = [...(remembered<{ begun: readonly DeletedCopy[] }>().begun ?? [])];
  const isGone = ({ copy }: DeletedCopy) => (snapshots.get(copy)?.copy.status ?? 'deleting') === 'deleting';
  const deleted = begun.filter(isGone);

  const due: Going[] = [];
  for (const doomed of plan.doomed) {
    const listed = snapshots.get(doomed.copy.id);
    if (listed === undefined || parseMark(doomed.copy.mark) === null) continue;
    const why = whyNotYet(doomed, now) ?? reads(listed);
    if (why === null) due.push({ doomed, listed });
    else wait(why);
  }
  due.sort((a, b) => ((a.doomed.copy.dataTime ?? '') < (b.doomed.copy.dataTime ?? '') ? -1 : 1));
  const ofRun = (fleet.prune?.copiesPerRun ?? copiesPerRun) - goneAlready;
  const room = Math.max(0, Math.min(deletedAtOnce, ofRun) - deleted.length);

  await inParallel(due.slice(0, room), width, async ({ doomed, listed }) => {
    const { copy } = listed;
    const resource = resourceOf(listed, fleet.kinds);
    if (resource === null) return;
    const { recoveryPoint, place, dataTime } = doomed.copy;
    const entry: DeletedCopy = { resource, place, copy: copy.arn, recoveryPoint, dataTime, rule: doomed.rule };
    const scope: Scope = { account: copy.account, region: copy.region, access: 'pruner' };
    const copies = clouds.kinds.copiesOf(copy.kind);
    try {
      const found = await copies.progress({ id: copy.id }, scope, signal);
      const why = whyAnother(found, copy);
      if (why !== null) return wait(why);
      begun.push(entry);
      remember({ begun });
      await copies.delete({ id: copy.id }, scope, signal);
      deleted.push(entry);
    } catch (error) {
      signal.throwIfAborted();
      if (failureTypeOf(error) === failureTypes.notFound) wait('somebody else has deleted them');
      else problems.push(`could not delete ${copy.arn}: ${messageOf(error)}`);
    }
  });
  const isRunOver = ofRun <= deleted.length;
  return { plan: plan.id, deleted, more: due.length > room, isRunOver, waiting, problems: firstLines(problems) };
}

/** Temporal's clock and AWS's must agree about the day: the wait is all that stands between a mistake and its end. */
async function requireTime(clouds: FleetClouds, now: number, signal: AbortSignal): Promise<void> {
  const [scope] = await clouds.scopes();
  if (scope === undefined) return;
  const theirs = await awsTime(clouds.access, scope, signal);
  if (theirs === null || Math.abs(theirs - now) <= clockToleranceMilliseconds) return;
  throw applicationFailure(
    failureTypes.operationFailed,
    `it is ${new Date(now).toISOString()} by Temporal's clock and ${new Date(theirs).toISOString()} by AWS's: nothing is deleted before they agree; set the clock of Temporal's server`,
  );
}

function whyNotYet({ copy, policy, brake }: DoomedCopy, now: number): string | null {
  const mark = parseMark(copy.mark);
  if (mark === null) return 'they are not marked';
  if (mark.policy !== policy) return 'their policy has changed since, so they are marked anew';
  if (!(now >= Date.parse(mark.notBefore))) return 'their time has not come';
  if (brake !== null && !mark.approved) return 'a person must say so';
  return null;
}

/** What restores under way read, and drills; where one does not say, anything may be. */
async function restoresReading(fleet: Fleet): Promise<(listed: CataloguedCopy) => string | null> {
  const { restores, silent, planning } = await plansOfRestores(Context.current().client, fleet.name, 'running');
  const read = new Map(restores.map(({ plan, workflowId }) => [plan.source.arn, workflowId]));
  return ({ copy }) => {
    const reader = read.get(copy.arn);
    if (reader !== undefined) return `${reader} reads them`;
    const [unclear] = [...silent, ...planning];
    return unclear === undefined ? null : `${unclear} does not say what it reads`;
  };
}

/** A listing is a while old when the call is made, and an identifier may have been given anew. */
function whyAnother(found: Copy, listed: Copy): string | null {
  const differs = (name: string) => found.tags[name] !== listed.tags[name];
  if (found.arn !== listed.arn || found.createdAt !== listed.createdAt || !found.manual)
    return 'something else bears their identifier now';
  if (isHeld(found)) return 'they are held since a moment ago';
  if ([copyTags.fleet, copyTags.recoveryPoint, copyTags.deleteAfter].some(differs)) return 'their tags change';
  return found.status === 'available' ? null : `their service says that they are ${found.rawStatus}`;
}
