import { type LedgerEntry } from '../../core/ledger/entry';

/** Keeps what has ended or happened. Again and again gives one object. */
export interface LedgerActivities {
  /** Done within seconds: where the bucket does not take the entry, the workflow `recordLater` goes on trying. */
  recordInLedger(entry: LedgerEntry): Promise<void>;
  /** Fails as `Transient` for as long as the bucket does not take the entry. */
  recordLateInLedger(entry: LedgerEntry): Promise<void>;
}
