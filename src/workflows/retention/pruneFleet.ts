import { proxyActivities } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type DeletionActivities, type MarkActivities } from '../../activities/retention/retentionContracts';
import { failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type LedgerEntry } from '../../core/ledger/entry';
import { deletedEntries, markedEntry } from '../../core/ledger/pruneEntries';
import { markTaskQueue, pruneTaskQueue } from '../../core/naming';
import { type PruneFleetInput, pruneNotification, type PruneReport } from '../../core/retention/pruneRun';
import { PruneRecord } from '../../core/retention/pruneRecord';
import { keyword } from '../../core/searchAttributes';
import { listing } from '../activityOptions';
import { describeFailure, isOurCancellation, orTell } from '../failures';
import { record, recorder } from '../ledger/record';
import { notify } from '../notify';
import { VisibleProgress } from '../visibleProgress';

/** Lists the whole fleet and writes a tag a copy. Tomorrow's run begins where nobody serves the queue. */
const patience = { ...listing, startToCloseTimeout: '1 hour', scheduleToCloseTimeout: '6 hours' } as const;
const entriesAtOnce = 8;

/**
 * One run of retention: marks what it lets go, and deletes what was marked days ago and is let go still. Marking and deleting are
 * done by workers of two queues, who plan by themselves: this workflow tells them nothing but when.
 *
 * @throws ApplicationFailure `InvalidInput` where the plan that was named is not today's; `OperationFailed` at the end, with the
 * {@link PruneReport}, where something could not be read, marked or deleted.
 */
export async function pruneFleet({ fleet, plan }: PruneFleetInput): Promise<PruneReport> {
  const { markCopies } = proxyActivities<MarkActivities>({ ...patience, taskQueue: markTaskQueue(fleet) });
  const { deleteMarked } = proxyActivities<DeletionActivities>({ ...patience, taskQueue: pruneTaskQueue(fleet) });
  const run = new PruneRecord();
  const visible = new VisibleProgress();

  const keepBooks = (entries: () => readonly (LedgerEntry | null)[]) => inParallel(entries(), entriesAtOnce, record);

  const marking =
    plan === null
      ? await orTell(
          () => markCopies(fleet, plan),
          (message) => run.problem(message),
        )
      : await orFail(() => markCopies(fleet, plan), visible);
  if (marking !== null) {
    run.marked(marking);
    visible.show('Running', run.lines);
    if (marking.ledger) await keepBooks(() => [markedEntry(fleet, marking, recorder())]);
  }
  while (marking !== null && !run.isOver) {
    const batch = await orTell(
      () => deleteMarked(fleet, run.deleted),
      (message) => run.problem(message),
    );
    if (batch === null) break;
    run.deletedSome(batch);
    visible.show('Running', run.lines);
    if (marking.ledger) await keepBooks(() => deletedEntries(fleet, batch, recorder()));
  }

  const { report, reason } = run;
  visible.show(reason === '' ? 'Completed' : 'PartiallyFailed', run.lines, reason);
  const told = pruneNotification(fleet, report);
  if (told !== null) await notify(told);
  if (reason === '') return report;
  throw ApplicationFailure.nonRetryable(keyword(reason), failureTypes.operationFailed, report);
}

/** Whoever has named a plan reads why it is not carried out, and not that some activity has failed. */
async function orFail<T>(work: () => Promise<T>, visible: VisibleProgress): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isOurCancellation(error)) throw error;
    const { type, message } = describeFailure(error);
    visible.show('Failed', [], message);
    throw ApplicationFailure.nonRetryable(message, type);
  }
}
