import { type DatabaseAccess } from '../catalogue/databaseAccess';
import { type DrillPolicy } from './drill';
import { type DrillCheckResult } from './drillResult';
import { type ResourceRef } from '../resource';
import { type StepReport } from '../steps/stepGraph';
import { type VisibleState } from '../searchAttributes';

/** Input of the workflow `restoreDrill`: one drill of one resource. */
export interface RestoreDrillInput {
  readonly version: 1;
  readonly fleet: string;
  readonly tier: string;
  /** Or, as people write it: identifier, path `kind/account/region/id` (or the end of it), or ARN. */
  readonly resource: ResourceRef | string;
  readonly drill: DrillPolicy;
  /** Null: not at all, as a drill does that only restores, or that restores to a server of its own. */
  readonly connect: DatabaseAccess | null;
  /** The latest recovery point whose data is not from after this time (ISO 8601). */
  readonly at?: string | undefined;
  /** The recovery point of this id, or of this scheduled time. */
  readonly point?: string | undefined;
  /** Whether the fleet keeps a ledger; absent: it does not. */
  readonly ledger?: boolean | undefined;
}

/** What its query `progress` answers. */
export interface RestoreDrillProgress {
  readonly state: VisibleState;
  /** Null until they are chosen. */
  readonly resource: ResourceRef | null;
  readonly recoveryPoint: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly steps: readonly StepReport[];
  readonly checks: readonly DrillCheckResult[];
}
