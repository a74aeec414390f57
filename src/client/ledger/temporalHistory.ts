import { type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { type EntryType, type LedgerEntry } from '../../core/ledger/entry';
import { workflowNames } from '../../core/messageNames';
import { searchAttributes } from '../../core/searchAttributes';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { matches } from '../catalogue/resourceArgument';
import { listWithoutMemos } from '../listWithoutMemos';
import { type LedgerQuestion } from './readLedger';

/** What Temporal still shows of something that has ended: what all entries of the ledger have. */
export type RememberedEntry = Pick<LedgerEntry, 'type' | 'at' | 'tier' | 'outcome' | 'reason' | 'workflow'> & {
  readonly resource: NamedResource | null;
  readonly recoveryPoint: string | null;
};

export interface RememberedHistory {
  /** The newest first. */
  readonly entries: readonly RememberedEntry[];
  readonly more: boolean;
  /** What ended before is forgotten: ISO 8601; null where the namespace does not say how long it keeps. */
  readonly reachesBackTo: string | null;
}

const typeOf: Readonly<Record<string, EntryType>> = {
  [workflowNames.createRecoveryPoint]: 'recovery-point',
  [workflowNames.restoreRecoveryPoint]: 'restore',
  [workflowNames.restoreDrill]: 'drill',
};

/** History without a ledger: workflows that have ended, for as long as Temporal keeps them. Acts are not among them. */
export async function temporalHistory(
  client: Client,
  fleet: string,
  { named, types, limit, from, to }: LedgerQuestion,
): Promise<RememberedHistory> {
  const names = Object.keys(typeOf).filter((name) => types.some((type) => type === typeOf[name]));
  const entries: RememberedEntry[] = [];
  const between = `CloseTime >= '${new Date(from).toISOString()}' AND CloseTime < '${new Date(to).toISOString()}'`;
  if (names.length > 0) {
    const query = `WorkflowType IN (${names.map((name) => `'${name}'`).join(', ')}) AND ${searchAttributes.fleet.name} = '${fleet}' AND ${between}`;
    for await (const execution of listWithoutMemos(client, { query })) {
      const entry = entryOf(execution);
      if (entry === null) continue;
      const { resource } = entry;
      if (named.length === 0 || (resource !== null && named.some((one) => matches(one, resource)))) entries.push(entry);
    }
  }
  entries.sort((a, b) => (a.at < b.at ? 1 : -1));
  return { entries: entries.slice(0, limit), more: entries.length > limit, reachesBackTo: await keptSince(client) };
}

function entryOf({
  type,
  workflowId,
  runId,
  closeTime,
  typedSearchAttributes: shown,
}: WorkflowExecutionInfo): RememberedEntry | null {
  const known = typeOf[type];
  if (known === undefined || closeTime === undefined) return null;
  const kind = shown.get(searchAttributes.kind);
  const account = shown.get(searchAttributes.account);
  const region = shown.get(searchAttributes.region);
  const id = shown.get(searchAttributes.resource);
  const named = kind !== undefined && account !== undefined && region !== undefined && id !== undefined;
  const state = shown.get(searchAttributes.state) ?? 'Unknown';
  return {
    type: known,
    at: closeTime.toISOString(),
    tier: shown.get(searchAttributes.tier) ?? null,
    resource: named ? { kind, account, region, id } : null,
    recoveryPoint: shown.get(searchAttributes.recoveryPoint) ?? null,
    outcome: known === 'drill' && state === 'Completed' ? 'passed' : hyphened(state),
    reason: shown.get(searchAttributes.reason) ?? null,
    workflow: { id: workflowId, runId },
  };
}

/** `PartiallyFailed` as the ledger has it: `partially-failed`. */
const hyphened = (state: string) => state.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

async function keptSince({ connection, options: { namespace } }: Client): Promise<string | null> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  return seconds === 0 ? null : new Date(Date.now() - seconds * 1000).toISOString();
}
