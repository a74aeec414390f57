import { type Polling } from '../backup/policy';
import { type RecoveryPointIdentity, type Scope } from '../catalogue/copy';
import { drillTagsOf, type ScratchOwner } from '../drill/drillScratch';
import { urgentPriority } from '../limits/permit';
import { type ResourceRef } from '../resource';
import { type Step } from '../steps/step';
import { type VerifiedCopy } from '../steps/stepResult';
import { type Walk } from '../steps/walk';

/** Where the configuration of the old resource comes from. */
export type ConfigurationSource = 'recovery-bundle' | 'live' | 'none';

/** What of a restore a kind plans. */
export interface RestoredThing {
  /** Copies and shares on the way, and what is made of them. */
  readonly steps: readonly Step[];
  /** Once these steps are done it can be used: what a recovery time objective is about. */
  readonly usable: readonly string[];
  /** Once this step is done the data is back, and is kept although a later step fails. */
  readonly keeps: string;
  /** What will be made, for people. */
  readonly lines: readonly RestoreLine[];
  /** What will not be as it was, in words for people. */
  readonly differences: readonly string[];
}

export interface RestoreLine {
  readonly step: string;
  readonly what: string;
  readonly where: string;
}

/** Everything that a restore will do. */
export interface RestorePlan extends RestoredThing {
  readonly version: 1;
  readonly fleet: string;
  readonly tier: string;
  readonly resource: ResourceRef;
  readonly recoveryPoint: string;
  readonly scheduledTime: string;
  readonly source: VerifiedCopy;
  readonly target: Scope;
  /** Identifier of what is made. */
  readonly id: string;
  readonly configurationFrom: ConfigurationSource;
  readonly polling: Polling;
  /** Whether the fleet keeps a ledger; absent: it does not. */
  readonly ledger?: boolean;
}

/** What the last step of a restore tells of what was made. */
export interface RestoredFacts {
  readonly arn: string;
  /** For people: how it is reached. */
  readonly lines: readonly string[];
  /** Whether what a kind restores can be connected to and read. */
  readonly answersSql: boolean;
  /** Where; null where it names no endpoint. */
  readonly sql: SqlEndpoint | null;
  /** The kind's own words about it, for `--json`. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface SqlEndpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string | null;
  readonly masterUsername: string | null;
}

/** Every activity carries it: the plan itself would fill the history. */
export function identityOf({ fleet, tier, resource, scheduledTime }: RestorePlan): RecoveryPointIdentity {
  return { fleet, tier, resource, scheduledTime };
}

/**
 * @param own tags by which the restore knows its own work
 * @param drill its tags mark as scratch what it leaves behind when it is terminated, and nobody waits for its data
 */
export function restoreWalk(
  plan: RestorePlan,
  own: Readonly<Record<string, string>>,
  drill: ScratchOwner | null,
): Walk {
  const { steps, source, polling } = plan;
  return {
    identity: identityOf(plan),
    steps,
    sizeGiB: source.sizeGiB,
    source,
    learned: {},
    polling,
    priority: drill === null ? urgentPriority : 1,
    ownership: { ...own, ...(drill === null ? {} : drillTagsOf(drill)) },
    failsTogether: true,
  };
}
