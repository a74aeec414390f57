import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { Context, log } from '@temporalio/activity';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { hexOfCrc32c } from '../../clouds/hexOfCrc32c';
import { type WriteOptions } from '../../clouds/objectStore';
import { type Fleet, revisionOf } from '../../config';
import { canonical } from '../../core/canonical';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypeOf, failureTypes, messageOf } from '../../core/failure';
import { type LedgerEntry, type StoredEntry } from '../../core/ledger/entry';
import { ledgerEntry, mostEntryBytes } from '../../core/ledger/entryShape';
import { ledgerLayout } from '../../core/ledger/ledgerLayout';
import { workflowNames } from '../../core/messageNames';
import { parsed } from '../../core/messages/shape';
import { ledgerWorkflowId } from '../../core/naming';
import { searchAttributes } from '../../core/searchAttributes';
import { version } from '../../core/version';
import { serverTime } from '../serverTime';
import { type LedgerActivities } from './ledgerContracts';
import { type OpenedState } from './stateBucket';

/** Nobody is to wait for a bucket that does not answer. */
const patienceMilliseconds = 8_000;

/**
 * Writes entries down, each as one object that nothing overwrites. Its key goes by what the entry says, so whoever writes it again,
 * since an answer was lost, finds it there.
 *
 * @param open the fleet file's bucket; null where it names none
 */
export function ledgerActivities(fleet: Fleet, open: () => OpenedState | null): LedgerActivities {
  const fleetFile = revisionOf(fleet);

  async function write(entry: LedgerEntry, signal: AbortSignal): Promise<void> {
    const state = open();
    if (state === null) {
      // Somebody has taken it out of the fleet file since the entry was asked for.
      log.warn('the fleet file names no state bucket: an entry of the ledger is not kept');
      return;
    }
    const { url, store, lock } = state;
    const key = `${url.prefix}${ledgerLayout.key(entry, digestOf(entry).slice(0, 16))}`;
    const stored: StoredEntry = {
      ...entry,
      writtenBy: { build: version, fleetFile, at: new Date(serverTime()).toISOString() },
    };
    const content = Buffer.from(`${JSON.stringify(stored)}\n`);
    if (content.length > mostEntryBytes)
      throw applicationFailure(failureTypes.invalidInput, `the entry has ${content.length} bytes`);
    const options: WriteOptions = {
      crc32c: hexOfCrc32c(crc32c(content)),
      contentType: 'application/json',
      onlyIf: 'absent',
      ...(lock === null ? {} : { retainUntil: { mode: lock.mode, until: lockedUntil(entry, lock.days) } }),
    };
    try {
      await store.write(key, content, options, signal);
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.conflict || (await store.head(key, signal)) === null) throw error;
    }
  }

  /** Whatever hangs, be it the credentials, which hear no signal: it holds neither the caller nor the slot. */
  async function writeInTime(entry: LedgerEntry, cancelled: AbortSignal): Promise<void> {
    const overdue = AbortSignal.timeout(patienceMilliseconds);
    const writing = write(entry, AbortSignal.any([cancelled, overdue]));
    const given = new Promise<never>((_, reject) => {
      const giveUp = () => reject(applicationFailure(failureTypes.transient, 'the state bucket does not answer'));
      overdue.addEventListener('abort', giveUp, { once: true });
    });
    await Promise.race([writing, given]);
  }

  return {
    async recordInLedger(given) {
      const { cancellationSignal, client, info } = Context.current();
      const entry = plausible(given);
      try {
        await writeInTime(entry, cancellationSignal);
      } catch (error) {
        cancellationSignal.throwIfAborted();
        log.warn('the ledger does not take an entry: it is tried for longer', { problem: messageOf(error) });
        await client.workflow.start(workflowNames.recordLater, {
          workflowId: ledgerWorkflowId(entry.fleet, digestOf(entry)),
          taskQueue: info.taskQueue,
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          args: [{ version: 1, entry }],
          typedSearchAttributes: [{ key: searchAttributes.fleet, value: entry.fleet }],
          staticSummary: `${entry.type} ${entry.outcome} · ${entry.at}`,
        });
      }
    },

    async recordLateInLedger(given) {
      const { cancellationSignal } = Context.current();
      const entry = plausible(given);
      await writeInTime(entry, cancellationSignal).catch((error: unknown) => {
        // Whatever it is, a person may mend it within the days that this is tried.
        throw applicationFailure(failureTypes.transient, messageOf(error));
      });
    },
  };
}

/** Entries are tried for 30 days. */
const oldestMilliseconds = 31 * 86_400_000;
const clockToleranceMilliseconds = 5 * 60_000;

/** Anybody may have sent it: nobody writes the history of a time that is long gone, or still to come. */
function plausible(given: unknown): LedgerEntry {
  const entry = parsed(ledgerEntry, given, 'the entry');
  const at = Date.parse(entry.at);
  const now = serverTime();
  const since = entry.type === 'recovery-point' ? Date.parse(entry.protectedSince) : at;
  if (at > now + clockToleranceMilliseconds || at < now - oldestMilliseconds || since > at)
    throw applicationFailure(failureTypes.invalidInput, `the entry is of ${entry.at}: nothing of now`);
  return entry;
}

/** A clock that is behind would have a lock in the past refused. */
function lockedUntil({ at }: LedgerEntry, days: number): Date {
  return new Date(Math.max(Date.parse(at) + days * 86_400_000, serverTime() + 60_000));
}

function digestOf(entry: LedgerEntry): string {
  return createHash('sha256').update(canonical(entry)).digest('hex');
}
