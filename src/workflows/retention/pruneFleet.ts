import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import {
  type DeletionActivities,
  type MarkActivities,
  type RevisionActivities,
} from '../../activities/retention/retentionContracts';
import { failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type LedgerEntry } from '../../core/ledger/entry';
import { deletedEntries, markedEntry } from '../../core/ledger/pruneEntries';
import { markTaskQueue, pruneTaskQueue } from '../../core/naming';
import { type Notification } from '../../core/notification';
import {
  markNotification,
  type PruneFleetInput,
  pruneNotification,
  type PruneReport,
} from '../../core/retention/pruneRun';
import { PruneRecord } from '../../core/retention/pruneRecord';
import { keyword } from '../../core/searchAttributes';
import { brief, listing, waited } from '../activityOptions';
import { orTell } from '../failures';
import { record, recorder } from '../ledger/record';
import { notify } from '../notify';
import { VisibleProgress } from '../visibleProgress';

const { fleetRevision } = proxyActivities<RevisionActivities>(brief);
/** Lists the whole fleet and writes a tag a copy. The next run begins where nobody serves the queue. */
const patience = {
  ...listing,
  // What a batch has deleted is told, even if someone cancels.
  ...waited,
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '6 hours',
} as const;
const entriesAtOnce = 8;

/**
 * One run of retention: marks what it lets go, and deletes what was marked days ago and is let go still. Marking and deleting are
 * done by workers of two queues, who plan by themselves: this workflow tells them when, and by which revision of the fleet file.
 *
 * @throws ApplicationFailure `OperationFailed` at the end, with the {@link PruneReport}, where something could not be read, marked or
 * deleted.
 */
export async function pruneFleet({ fleet, revision }: PruneFleetInput): Promise<PruneReport> {
  const { markCopies } = proxyActivities<MarkActivities>({ ...patience, taskQueue: markTaskQueue(fleet) });
  const { deleteMarked } = proxyActivities<DeletionActivities>({ ...patience, taskQueue: pruneTaskQueue(fleet) });
  const run = new PruneRecord();
  const visible = new VisibleProgress();
  const problem = (message: string) => run.problem(message);
  const keepBooks = (entries: readonly (LedgerEntry | null)[]) => inParallel(entries, entriesAtOnce, record);
  // For an hour: what is to be deleted does not wait for a receiver that is down.
  const tell = async (notification: Notification | null) => {
    if (notification !== null) await CancellationScope.nonCancellable(() => notify(notification, []));
  };

  try {
    const file = revision ?? (await orTell(() => fleetRevision(fleet), problem));
    const marking = file === null ? null : await orTell(() => markCopies(fleet, file), problem);
    if (marking !== null) {
      run.marked(marking);
      visible.show('Running', run.lines);
      if (marking.ledger) await keepBooks([markedEntry(fleet, marking, recorder())]);
      await tell(markNotification(fleet, marking));
    }
    while (file !== null && marking !== null && !run.isOver) {
      const batch = await orTell(() => deleteMarked(fleet, file, run.deleted), problem);
      if (batch === null) break;
      run.deletedSome(batch);
      visible.show('Running', run.lines);
      if (marking.ledger) await keepBooks(deletedEntries(fleet, batch, recorder()));
    }
  } finally {
    await tell(pruneNotification(fleet, run.report));
  }
  const { report, reason } = run;
  visible.show(reason === '' ? 'Completed' : 'PartiallyFailed', run.lines, reason);
  if (reason === '') return report;
  throw ApplicationFailure.nonRetryable(keyword(reason), failureTypes.operationFailed, report);
}
