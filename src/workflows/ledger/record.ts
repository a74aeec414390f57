import { CancellationScope, log, patched, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { type LedgerActivities } from '../../activities/ledger/ledgerContracts';
import { type Recorder } from '../../core/ledger/entries';
import { askedMemo, type LedgerEntry, type RecordLaterInput, toldBy } from '../../core/ledger/entry';
import { describeFailure } from '../failures';
import { quick } from '../activityOptions';

/** It waits for a worker for as long as everything else does. A few tries, since nothing is to wait for what cannot be kept. */
const { recordInLedger } = proxyActivities<LedgerActivities>({
  ...{ startToCloseTimeout: '20 seconds', scheduleToCloseTimeout: quick.scheduleToCloseTimeout },
  retry: { initialInterval: '1 second', maximumAttempts: 5 },
});
const { recordLateInLedger } = proxyActivities<LedgerActivities>({
  startToCloseTimeout: '50 seconds',
  scheduleToCloseTimeout: '30 days',
  retry: { initialInterval: '1 minute', maximumInterval: '1 hour' },
  // There may be thousands: backups and restores go first.
  priority: { priorityKey: 5 },
});

/** Has an entry written into the ledger; null: there is none. Takes seconds at most while workers run, and never fails. */
export async function record(entry: LedgerEntry | null): Promise<void> {
  if (entry === null || !patched('the ledger')) return;
  await CancellationScope.nonCancellable(() => recordInLedger(entry)).catch((error: unknown) =>
    log.error('an entry of the ledger is lost', { problem: describeFailure(error).message }),
  );
}

export function recorder(): Recorder {
  const { workflowId: id, runId, startTime, memo } = workflowInfo();
  return { workflow: { id, runId }, begun: startTime.getTime(), now: Date.now(), asked: toldBy(memo?.[askedMemo]) };
}

/** Goes on trying to write one entry, for as long as it takes its bucket to be there again: a month at most. */
export async function recordLater({ entry }: RecordLaterInput): Promise<void> {
  await recordLateInLedger(entry);
}
