import { type CopyRef } from '../../core/catalogue/copy';
import { type InstanceSettings, type Placement, type RestorePlan } from '../../core/restore/restorePlan';
import { type RestoredDatabase } from '../../kinds/restoreOperations';

/** The tags by which a restore knows its own work (core/restore/restorePlan.ts). */
export type Ownership = Readonly<Record<string, string>>;

export interface StartRestoreStep {
  readonly plan: RestorePlan;
  readonly ownership: Ownership;
  /** What the database is made of: the chosen copy, or the last one made on the way. */
  readonly source: CopyRef;
  readonly placement: Placement;
}

export interface AddInstanceStep {
  readonly plan: RestorePlan;
  readonly ownership: Ownership;
  readonly instance: InstanceSettings;
  readonly placement: Placement;
}

/** `no-room`: AWS has no capacity there now · `unfit`: it never will, the class is not to be had there. */
export type PlacementOutcome =
  { readonly outcome: 'placed' } | { readonly outcome: 'no-room' | 'unfit'; readonly reason: string };

export interface AwaitRestoredStep {
  readonly plan: RestorePlan;
  /** Null: the database itself. */
  readonly instance: string | null;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly expectedSeconds: number;
}

/** What `restoreRecoveryPoint` calls. Every one may be tried again at any time. */
export interface RestoreActivities {
  /** Checks what someone asked for, finds the copy, and looks at the target. Creates nothing. */
  planRestore(request: unknown, ownership: Ownership): Promise<RestorePlan>;
  createParameterGroups(plan: RestorePlan, ownership: Ownership): Promise<void>;
  startRestore(step: StartRestoreStep): Promise<PlacementOutcome>;
  addInstance(step: AddInstanceStep): Promise<PlacementOutcome>;
  /** Fails with `NotReady` until it is available. `no-room`: AWS gave up for want of capacity, after it had begun. */
  awaitRestored(step: AwaitRestoredStep): Promise<PlacementOutcome>;
  removeInstance(plan: RestorePlan, instance: string, ownership: Ownership): Promise<void>;
  /** Returns what could not be applied. */
  finishRestore(plan: RestorePlan): Promise<readonly string[]>;
  describeRestored(plan: RestorePlan): Promise<RestoredDatabase>;
  /** Fails with `NotReady` until everything of this restore is gone; what is not its own is left alone. */
  removeRestored(plan: RestorePlan, ownership: Ownership): Promise<void>;
}
