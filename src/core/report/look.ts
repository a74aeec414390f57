import { type LifecycleGlance } from '../backup/lifecycleGlance';
import { type Destination, type Retention } from '../backup/policy';
import { type Unprotected } from '../backup/unprotected';
import { type ListedCopy } from '../catalogue/catalogue';
import { type VerificationLevel } from '../catalogue/manifest';
import { type Kinds } from '../kind';
import { type PrunePlan } from '../retention/prunePlan';
import { type RetentionCounts } from '../retention/retentionCounts';
import { type Resource, type ResourceRef } from '../resource';
import { type SchedulePause } from '../schedulePause';
import { type SeenCopies } from './seenCopies';

type Named = Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;

/** A tier of the fleet file, as far as a report needs it. */
export interface LookedTier {
  readonly name: string;
  readonly rpoSeconds: number;
  readonly route: readonly Destination[];
  readonly retention: Retention;
  readonly retentionIn: Readonly<Record<string, Retention>>;
  readonly verify: VerificationLevel;
  /** Between two rounds, in seconds. */
  readonly meanSeconds: number;
  readonly drills: readonly LookedDrillPolicy[];
}

export interface LookedDrillPolicy {
  readonly name: string;
  /** Between two rounds of it at the most, in seconds; null: it has no schedule. */
  readonly longestSeconds: number | null;
}

/** What the fleet file makes of a resource that is there. */
export interface LookedResource {
  readonly resource: Resource;
  /** False: its account could not be listed. Its copies tell that it is there, and what it was like nobody knows. */
  readonly listed: boolean;
  /** Null where no tier has it. */
  readonly tier: string | null;
  /** Why it is in no tier: `excluded` by a rule, or by none at all (`unmatched`); `problem`: it is selected, and nobody knows into which. */
  readonly without: 'excluded' | 'unmatched' | 'problem' | null;
  /** By which rule, in words for people. */
  readonly why: string;
  /** A tag that names no tier, where a default stands in. */
  readonly note: string | null;
}

/** Something that could not be read, in words for people. */
export interface Unreadable {
  readonly kind: string | null;
  readonly where: string;
  readonly account: string | null;
  readonly region: string | null;
  readonly message: string;
  readonly unreachable: boolean;
  /** The path of the one resource that it concerns; absent: all that lies there. */
  readonly resource?: string;
}

export interface LookedStock {
  readonly name: string;
  readonly title: string;
  readonly account: string;
  readonly region: string;
  readonly used: number | null;
  readonly capacity: number;
  readonly wanted: number;
  readonly resources: number;
  readonly fullInDays: number | null;
  readonly verdict: 'carried' | 'tight' | 'exceeded';
}

export interface LookedSchedule {
  readonly scheduleId: string;
  readonly tier: string | null;
  readonly drill: string | null;
  readonly exists: boolean;
  readonly pause: SchedulePause | null;
  /** ISO 8601, UTC. */
  readonly next: readonly string[];
}

/** Something that Temporal runs for a resource now. */
export interface UnderWay {
  readonly resource: Named;
  readonly scheduledTime: string;
  readonly state: string;
  /** 0–100; null where no worker tells. */
  readonly percent: number | null;
  /** When it will have ended, if it takes what earlier ones took (ISO 8601, UTC); null: nobody knows. */
  readonly expectedEnd: string | null;
  /** What it is at, or waits for, in words for people. */
  readonly steps: readonly string[];
  /** What its steps wait for: a limit in its account and region, as a rule. */
  readonly waitsFor: readonly string[];
}

export interface LookedDrill {
  /** Null until it is known. */
  readonly resource: Named | null;
  readonly tier: string;
  readonly drill: string;
  readonly verdict: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly from: string | null;
  readonly rtoSeconds: number | null;
  readonly reason: string | null;
}

/** What a plan for a resource would do, as far as it costs something. */
export interface LookedRoute {
  readonly resource: Named;
  readonly steps: readonly {
    readonly id: string;
    readonly type: string;
    readonly place: string | null;
    readonly reads: string | null;
    readonly region: string;
    readonly temporary: boolean;
  }[];
}

/** How far back it can be seen. */
export interface LookedHistory {
  readonly source: 'ledger' | 'temporal';
  readonly reachesBackTo: string | null;
  /** Of the last 30 days, by path; null where no ledger tells. */
  readonly compliance:
    readonly { readonly path: string; readonly share: number | null; readonly gaps: number }[] | null;
}

/** How the parts of {@link LookedTemporal} are called where one could not be read. */
export const partsOfTemporal = {
  schedules: 'the schedules in Temporal',
  underWay: 'what runs in Temporal',
  drills: 'the drills in Temporal',
  history: 'the history in Temporal',
} as const;

/** What Temporal knows. */
export interface LookedTemporal {
  readonly lifecycles: readonly (Named & {
    readonly tier: string;
    readonly state: string;
    readonly glance: LifecycleGlance | null;
  })[];
  readonly schedules: readonly LookedSchedule[];
  readonly underWay: readonly UnderWay[];
  readonly drills: readonly LookedDrill[];
  /** From when on {@link drills} has all there were (ISO 8601, UTC); null: nobody knows. */
  readonly drillsSince: string | null;
  readonly history: LookedHistory;
}

/** What was reckoned of the copies in an index, resource by resource: it is as old as it is, and never truth. */
export interface LookedIndex {
  /** When the clouds were asked (ISO 8601, UTC). */
  readonly at: string;
  readonly ageSeconds: number;
  readonly copies: number;
  /** By path. */
  readonly seen: ReadonlyMap<string, SeenCopies>;
  /** Of the plan of retention. */
  readonly counts: RetentionCounts;
}

/** Everything that the clouds, Temporal and the ledger say of a fleet at one moment. */
export interface FleetLook {
  readonly fleet: string;
  /** Epoch milliseconds: by AWS's clock, or by this machine's where AWS tells no time. */
  readonly now: number;
  /** How far this machine's clock goes before AWS's; null: AWS has told no time. */
  readonly clockAheadSeconds: number | null;
  readonly kinds: Kinds;
  readonly tiers: readonly LookedTier[];
  readonly resources: readonly LookedResource[];
  /** `kind/account/region`, wherever all resources of the kind were listed. */
  readonly looked: ReadonlySet<string>;
  /** Each of them; none where an index stands in. */
  readonly copies: readonly ListedCopy[];
  /** What an index of the catalogue says of the copies; null: the clouds have listed them. */
  readonly index: LookedIndex | null;
  /** Everything that could not be read. */
  readonly unreadable: readonly Unreadable[];
  /** Of it, where copies may lie that nobody has listed. */
  readonly unlisted: readonly Unreadable[];
  /** `kind/account/region` of copies whose resources the fleet file reaches no more. */
  readonly outside: ReadonlySet<string>;
  /** Kinds whose records in buckets have a recovery bundle. */
  readonly bundled: ReadonlySet<string>;
  /** Whether a schedule deletes what is marked. */
  readonly prunes: boolean;
  readonly unprotected: readonly Unprotected[];
  /** Why a resource that is selected would not be backed up, by path. */
  readonly cannotCopy: ReadonlyMap<string, string>;
  readonly routes: ReadonlyMap<string, LookedRoute>;
  readonly stocks: readonly LookedStock[];
  /** Null where nobody could plan. Of an index, what stays and what is refused is counted there alone. */
  readonly retention: (PrunePlan & { readonly id: string }) | null;
  /** Null where Temporal did not answer. */
  readonly temporal: LookedTemporal | null;
}
