import { type RestorePlan } from '../../core/restore/restorePlan';

/** The tags by which a restore knows its own work (core/restore/restoreOwnership.ts). */
export type Ownership = Readonly<Record<string, string>>;

/** What `restoreRecoveryPoint` calls beside its steps. May be tried again at any time. */
export interface RestoreActivities {
  /** Checks what someone asked for, finds the copy, and looks at the target. Creates nothing. */
  planRestore(request: unknown, ownership: Ownership): Promise<RestorePlan>;
}
