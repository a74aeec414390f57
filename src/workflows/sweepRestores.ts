import { proxyActivities } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type SweepActivities } from '../activities/sweep/sweepContracts';
import { failureTypes } from '../core/failure';
import { inParallel } from '../core/inParallel';
import { keyword } from '../core/searchAttributes';
import { leftoverText, type SweepInput, type SweepReport } from '../core/sweep/sweep';
import { SweepRecord } from '../core/sweep/sweepRecord';
import { askedEvery, brief, listing } from './activityOptions';
import { orTell } from './failures';
import { VisibleProgress } from './visibleProgress';

const { planSweep } = proxyActivities<SweepActivities>({ ...brief, startToCloseTimeout: '5 minutes' });
/** The next sweep is an hour away: a place that does not answer for so long is told. */
const { findLeftovers } = proxyActivities<SweepActivities>({ ...listing, scheduleToCloseTimeout: '30 minutes' });

const placesAtOnce = 8;
const removalsAtOnce = 8;

/**
 * Removes what recovery points, restores and drills have left behind that were ended by force: scratch databases, their
 * parameter groups, temporary snapshots, shares. Only what is marked so, and only once the run it was made for has ended.
 *
 * @throws ApplicationFailure `OperationFailed` at the end, with the {@link SweepReport}, where something could not be looked
 * at or removed.
 */
export async function sweepRestores({ fleet, dryRun }: SweepInput): Promise<SweepReport> {
  const { places, pollSeconds } = await planSweep();
  const record = new SweepRecord({ fleet, dryRun });
  const visible = new VisibleProgress();
  const show = () => visible.show('Running', record.lines);
  const problem = (message: string) => record.problem(message);
  const { removeLeftover } = proxyActivities<SweepActivities>({
    ...askedEvery(pollSeconds),
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: '45 minutes',
  });

  await inParallel(places, placesAtOnce, async (place) => {
    await orTell(async () => record.found(await findLeftovers(place)), problem);
    show();
  });
  for (const leftovers of dryRun ? [] : record.groups)
    await inParallel(leftovers, removalsAtOnce, async (leftover) => {
      const summary = leftoverText(leftover);
      const remove = () => removeLeftover.executeWithOptions({ summary }, [leftover]).then(() => record.gone(leftover));
      await orTell(remove, (message) => problem(`${summary}: ${message}`));
      show();
    });

  const { report, reason } = record;
  visible.show(record.visibleState, record.lines, reason);
  if (reason === '') return report;
  throw ApplicationFailure.nonRetryable(keyword(reason), failureTypes.operationFailed, report);
}
