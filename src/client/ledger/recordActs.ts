import { type Client } from '@temporalio/client';
import { type ActEntry, type AsToldByCaller, entryReason } from '../../core/ledger/entry';
import { ledgerWorkflowId } from '../../core/naming';
import { type ResourceRef } from '../../core/resource';
import { startEntries } from './startEntries';

/** What somebody has done by a command, and no workflow keeps on record. */
export interface ClientAct {
  /** Letters a–z and hyphens: `cancel`. */
  readonly outcome: string;
  readonly tier: string | null;
  /** Null of what is about none, or about one that nobody knows by its ARN. */
  readonly resource: ResourceRef | null;
  /** What it was done to, for people. */
  readonly what: string;
  readonly told: AsToldByCaller;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Has workers write down what was done. Nobody waits for that. */
export async function recordActs(client: Client, fleet: string, acts: readonly ClientAct[]): Promise<void> {
  await startEntries(
    client,
    acts.map(({ outcome, tier, resource, what, told, now }): ActEntry => {
      const at = new Date(now).toISOString();
      const id = ledgerWorkflowId(fleet, `${outcome} ${what} ${at}`);
      return {
        ...{ version: 1, type: 'act', fleet, tier, resource, at, outcome, reason: entryReason(what) },
        ...{ asToldByCaller: told, workflow: { id, runId: '-' } },
      };
    }),
  );
}
