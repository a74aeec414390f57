import { type Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { inParallel } from '../../core/inParallel';
import { type LedgerEntry, type RecordLaterInput } from '../../core/ledger/entry';
import { workflowNames } from '../../core/messageNames';
import { fleetTaskQueue } from '../../core/naming';
import { searchAttributes } from '../../core/searchAttributes';

const width = 4;

/** Has workers write entries of what no workflow has done: one `recordLater` each, under the id that the entry names. Nobody waits for it. */
export async function startEntries(client: Client, entries: readonly LedgerEntry[]): Promise<void> {
  await inParallel(entries, width, async (entry) => {
    const input: RecordLaterInput = { version: 1, entry };
    await client.workflow.start(workflowNames.recordLater, {
      workflowId: entry.workflow.id,
      taskQueue: fleetTaskQueue(entry.fleet),
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      args: [input],
      typedSearchAttributes: [{ key: searchAttributes.fleet, value: entry.fleet }],
      staticSummary: `${entry.type} ${entry.outcome} · ${entry.at}`,
    });
  });
}
