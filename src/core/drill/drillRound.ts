import { type DatabaseAccess } from '../catalogue/databaseAccess';
import { type DrillPolicy } from './drill';

/** Input of the workflow `drillTier`: one round of a drill. */
export interface DrillTierInput {
  readonly version: 1;
  readonly fleet: string;
  readonly tier: string;
  /** Name of the drill; what it does, the workers' fleet file says. */
  readonly drill: string;
}

/** A drill and how it reaches what it restores. */
export interface PlannedDrill {
  readonly drill: DrillPolicy;
  readonly connect: DatabaseAccess | null;
}

/** What came of one resource of a round. */
export interface DrillVerdict {
  /** `kind/account/region/id`. */
  readonly resource: string;
  /** `not-performed`: nothing is known of its copies, since the drill itself could not be done. */
  readonly verdict: 'passed' | 'failed' | 'not-performed';
  readonly recoveryPoint: string | null;
  readonly from: string | null;
  readonly rtoSeconds: number | null;
  readonly failures: readonly string[];
}

/** How a round of a drill ended. */
export interface DrillTierSummary {
  readonly state: 'passed' | 'failed';
  readonly fleet: string;
  readonly tier: string;
  readonly drill: string;
  /** How many resources the tier has; some of them were drawn. */
  readonly resources: number;
  readonly passed: number;
  readonly failed: number;
  readonly verdicts: readonly DrillVerdict[];
  /** Accounts that could not be read. */
  readonly problems: readonly string[];
}

/**
 * Draws some of many, each as likely as any other.
 *
 * @param count null for all
 * @param random gives numbers in [0, 1)
 */
export function drawn<T>(all: readonly T[], count: number | null, random: () => number): T[] {
  const left = [...all];
  const wanted = Math.min(count ?? all.length, all.length);
  return Array.from({ length: wanted }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
}
