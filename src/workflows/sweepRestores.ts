import { isCancellation, proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type SweepActivities } from '../activities/sweep/sweepContracts';
import { failureTypes } from '../core/failure';
import { inParallel } from '../core/inParallel';
import { keyword, searchAttributes } from '../core/searchAttributes';
import { type Found, type Leftover, leftoverText, type SweepInput, type SweepReport } from '../core/sweep/sweep';
import { describeFailure } from './failures';

const { planSweep } = proxyActivities<SweepActivities>({
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '1 hour',
});
/** The next sweep is an hour away: a place that does not answer for so long is told. */
const { findLeftovers } = proxyActivities<SweepActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  scheduleToCloseTimeout: '30 minutes',
});

const placesAtOnce = 8;
const removalsAtOnce = 8;
/** A page of text that a person reads; everything else is in the clouds. */
const mostTold = 200;

/**
 * Removes what restores and drills have left behind that were ended by force: scratch databases, their parameter groups,
 * temporary snapshots, shares. Only what is marked so, and only once the run it was made for has ended.
 *
 * @throws ApplicationFailure `OperationFailed` at the end, with the {@link SweepReport}, where something could not be looked
 * at or removed.
 */
export async function sweepRestores({ fleet, dryRun }: SweepInput): Promise<SweepReport> {
  const { places, pollSeconds } = await planSweep();
  const problems: string[] = [];
  const orphans = new Map<string, Leftover>();
  const kept = new Map<string, Found['kept'][number]>();
  const removed: string[] = [];
  const report = (): SweepReport => ({
    fleet,
    dryRun,
    found: [...orphans.keys()].slice(0, mostTold),
    removed: removed.slice(0, mostTold),
    kept: [...kept.values()].slice(0, mostTold),
    problems: problems.slice(0, mostTold),
  });
  const show = () =>
    setCurrentDetails(
      [
        `**${orphans.size}** found, **${removed.length}** removed, ${kept.size} left alone`,
        ...[...orphans.keys()].map((what) => `- ${what}${removed.includes(what) ? ': removed' : ''}`),
        ...problems.map((problem) => `- ${problem}`),
      ].join('\n'),
    );

  await inParallel(places, placesAtOnce, async (place) => {
    try {
      const found = await findLeftovers(place);
      for (const orphan of found.orphans) orphans.set(leftoverText(orphan), orphan);
      for (const one of found.kept) kept.set(one.what, one);
    } catch (error) {
      if (isCancellation(error)) throw error;
      problems.push(describeFailure(error).message);
    }
  });
  show();

  const { removeLeftover } = proxyActivities<SweepActivities>({
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: '45 minutes',
    retry: { initialInterval: pollSeconds * 1000, backoffCoefficient: 1 },
  });
  const remove = (leftovers: readonly Leftover[]) =>
    inParallel(leftovers, removalsAtOnce, async (leftover) => {
      const what = leftoverText(leftover);
      try {
        await removeLeftover.executeWithOptions({ summary: what }, [leftover]);
        removed.push(what);
      } catch (error) {
        if (isCancellation(error)) throw error;
        problems.push(`${what}: ${describeFailure(error).message}`);
      }
      show();
    });
  if (!dryRun) {
    const all = [...orphans.values()];
    // A parameter group goes when no database has it any more.
    await remove(all.filter(({ type }) => type !== 'parameter-group'));
    await remove(all.filter(({ type }) => type === 'parameter-group'));
  }

  const reason = problems.join('; ');
  upsertSearchAttributes([
    { key: searchAttributes.state, value: problems.length === 0 ? 'Completed' : 'PartiallyFailed' },
    { key: searchAttributes.reason, value: reason === '' ? null : keyword(reason) },
  ]);
  if (problems.length === 0) return report();
  throw ApplicationFailure.create({
    message: keyword(reason),
    type: failureTypes.operationFailed,
    nonRetryable: true,
    details: [report()],
  });
}
