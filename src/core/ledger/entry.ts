import { shortened } from '../plainText';
import { type ResourceRef } from '../resource';

/** What an entry of the ledger may be of. */
export const entryTypes = ['recovery-point', 'restore', 'drill', 'alert', 'prune', 'hold', 'act'] as const;
export type EntryType = (typeof entryTypes)[number];

/**
 * Who asked for it and why, as the caller has told: Temporal does not say who sends a message, so nothing of it is proven. Null
 * where nobody said.
 */
export interface AsToldByCaller {
  readonly by: string | null;
  readonly why: string | null;
}

/** The memo of a workflow that says {@link AsToldByCaller}, for whoever starts one. */
export const askedMemo = 'asked';

export const untold: AsToldByCaller = { by: null, why: null };

interface Common {
  readonly version: 1;
  readonly fleet: string;
  /** Null of what concerns no tier. */
  readonly tier: string | null;
  /** Null of what concerns the whole fleet. */
  readonly resource: ResourceRef | null;
  /** When it ended or happened, by Temporal's clock: ISO 8601, UTC, with milliseconds. */
  readonly at: string;
  /** How it ended, or what was done: letters a–z and hyphens. */
  readonly outcome: string;
  /** Why it ended so, for people; null where there is nothing to say. */
  readonly reason: string | null;
  readonly asToldByCaller: AsToldByCaller;
  /** Whose history tells more, for as long as Temporal keeps it. */
  readonly workflow: { readonly id: string; readonly runId: string };
}

/** What became of a place of a route. */
export interface PlaceEntry {
  readonly place: string;
  /** Null where it lacks its copy. */
  readonly copy: {
    readonly account: string;
    readonly region: string;
    readonly id: string;
    readonly arn: string;
    /** Of a snapshot, as its service tells. */
    readonly sizeGiB: number;
    /** Of objects in a bucket. */
    readonly bytes: number | null;
    readonly verifiedAt: string;
  } | null;
}

/** The outcome is a `RecoveryPointState`. */
export interface RecoveryPointEntry extends Common {
  readonly type: 'recovery-point';
  readonly scheduledTime: string;
  /** When the data is from; null where there is no copy. */
  readonly dataTime: string | null;
  /** The RPO in force when it ended. */
  readonly rpoSeconds: number;
  /** The scheduled time of the last complete one, this one included; else when protection began. */
  readonly protectedSince: string;
  readonly forced: boolean;
  readonly places: readonly PlaceEntry[];
  /** By step: seconds from its start to its proof. */
  readonly stepSeconds: Readonly<Record<string, number>>;
}

export interface RestoreEntry extends Common {
  readonly type: 'restore';
  readonly outcome: 'completed' | 'failed' | 'cancelled';
  readonly recoveryPoint: string;
  readonly dataTime: string | null;
  /** The place of the copy. */
  readonly from: string;
  /** `account/region/identifier`, or the server and database of PostgreSQL. */
  readonly to: string;
  /** Until it could be used; null where it never could. */
  readonly rtoSeconds: number | null;
  readonly totalSeconds: number;
}

/** The outcome is `passed`, `failed` or `cancelled`. */
export interface DrillEntry extends Common {
  readonly type: 'drill';
  readonly drill: string;
  readonly recoveryPoint: string | null;
  readonly dataTime: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Measured; null where the database never answered. */
  readonly rtoSeconds: number | null;
  readonly rtoObjectiveSeconds: number | null;
  readonly checks: { readonly passed: number; readonly failed: number };
  /** Null: nothing is left of it. Else what is. */
  readonly left: string | null;
}

/** The outcome says the transition: `opened`, `resolved`; or `given-up`: a receiver could not be told of it. */
export interface AlertEntry extends Common {
  readonly type: 'alert';
  /** The event: `rpo-missed`. */
  readonly alert: string;
  readonly rpoSeconds: number | null;
}

/** A copy of a resource that retention has deleted. */
export interface PrunedCopy {
  readonly place: string;
  /** Its ARN. */
  readonly copy: string;
  readonly recoveryPoint: string;
  readonly dataTime: string | null;
  readonly rule: string;
  /** The plan by which a person has let it go; null: no brake held it. */
  readonly approvedBy: string | null;
}

/** The outcome is `marked` or `deleted`. */
export interface PruneEntry extends Common {
  readonly type: 'prune';
  /** The plan by which they go. */
  readonly plan: string;
  readonly copies: readonly PrunedCopy[];
}

/** The outcome is `set` or `released`. */
export interface HoldEntry extends Common {
  readonly type: 'hold';
  readonly hold: string;
  readonly copies: readonly string[];
}

/** What an operator did; the outcome says what: `pause`, `resume`, `force`, `retire`, `cancel`, `close-alert`. */
export interface ActEntry extends Common {
  readonly type: 'act';
}

/** One thing that has ended or happened. Small, plain, and written once. */
export type LedgerEntry =
  RecoveryPointEntry | RestoreEntry | DrillEntry | AlertEntry | PruneEntry | HoldEntry | ActEntry;

/** Input of the workflow `recordLater`. */
export interface RecordLaterInput {
  readonly version: 1;
  readonly entry: LedgerEntry;
}

/** Who wrote an entry down, which may be another worker days later. */
export interface Writer {
  /** Farcopy's version. */
  readonly build: string;
  /** Tells revisions of the fleet file apart: the beginning of a SHA-256. */
  readonly fleetFile: string;
  readonly at: string;
}

/** An entry as its object has it. */
export type StoredEntry = LedgerEntry & { readonly writtenBy: Writer };

const mostCharacters = 2000;
const mostCharactersOfName = 256;

/** A reason as an entry takes it; null of an empty one. */
export function entryReason(text: string | null | undefined): string | null {
  return shortened(text ?? '', mostCharacters) || null;
}

/** What a caller has told of itself, whatever it has sent. */
export function toldBy(given: unknown): AsToldByCaller {
  const { by, why } = (given ?? {}) as { readonly by?: unknown; readonly why?: unknown };
  const told = (value: unknown, most: number) =>
    typeof value === 'string' && value !== '' ? shortened(value, most) : null;
  return { by: told(by, mostCharactersOfName), why: told(why, mostCharacters) };
}
