import { type ResourceRef } from '../resource';
import { type RestoreReport } from '../restore/restoreReport';
import { type StepReport } from '../steps/stepGraph';

/** The steps of a drill, in their order. Those that a drill does not need are left out. */
export const drillSteps = ['choose', 'verify', 'restore', 'connect', 'read', 'checks', 'teardown'] as const;
export type DrillStep = (typeof drillSteps)[number];

/** What came of one check. Texts are cut to sizes that a history takes. */
export interface DrillCheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** As PostgreSQL writes it; null where there was none. */
  readonly found: string | null;
  /** In words. */
  readonly expected: string;
  /** Why it is not as expected, in PostgreSQL's words where those say it; null where all is well. */
  readonly message: string | null;
}

/** How a drill ended, for people and for their alarms. */
export interface DrillResult {
  readonly version: 1;
  readonly verdict: 'passed' | 'failed';
  readonly fleet: string;
  readonly tier: string;
  readonly drill: string;
  /** Null where what was named was not found. */
  readonly resource: ResourceRef | null;
  /** Null where nothing was there to restore. */
  readonly recoveryPoint: string | null;
  /** When the data is from (ISO 8601, UTC). */
  readonly dataTime: string | null;
  /** The place of the copy: `source`, or a vault's name. */
  readonly from: string | null;
  /** `account/region/identifier`, or the URL of the scratch database, which are gone by now. */
  readonly to: string | null;
  /** From the beginning of the restore until the database answered; null where it never did. */
  readonly rtoSeconds: number | null;
  readonly rtoObjectiveSeconds: number | null;
  readonly steps: readonly StepReport[];
  /** How what was restored compares, of a restore into PostgreSQL. */
  readonly report: RestoreReport | null;
  readonly checks: readonly DrillCheckResult[];
  /** Read to their end, each. */
  readonly tables: number;
  readonly rows: number;
  /** Why it failed, in words for people; none where it passed. */
  readonly failures: readonly string[];
  /** What to know of a verdict that it does not depend on: what is not as it was, or was not looked at. */
  readonly notes: readonly string[];
  /** True: nothing is left of it. Else what is, and why. */
  readonly tornDown: true | string;
}
