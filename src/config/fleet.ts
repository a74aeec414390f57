import { type DatabaseAccess } from '../core/catalogue/databaseAccess';
import { type DrillPolicy, type DrillTarget } from '../core/drill/drill';
import { type Kinds } from '../core/kind';
import { type LimitOverride } from '../core/limits/limit';
import {
  type BucketVault,
  type Destination,
  type Polling,
  type ProtectionPolicy,
  type Retention,
  type Vault,
} from '../core/backup/policy';
import { type ResourceKind } from '../core/resource';
import { type Channel, type Heartbeat, type QuietHours } from './channel';
import { type BlackoutWindow } from './schedule/blackout';
import { type FleetIssue } from './reading/fleetFileError';

/** A fleet file, checked and resolved: plain data, beside what is known of kinds. */
export interface Fleet {
  readonly name: string;
  /** Every kind that a fleet may protect, whether this one selects it or not. */
  readonly kinds: Kinds;
  readonly roles: FleetRoles;
  readonly accounts: FleetAccounts;
  readonly vaults: readonly Vault[];
  /** Vaults in buckets. */
  readonly buckets: readonly BucketVault[];
  /** Alias of a key in the source accounts, or null. */
  readonly shareableKey: string | null;
  readonly singleStepCopy: boolean;
  /** The first that matches a resource decides. */
  readonly select: readonly SelectRule[];
  /** In the order of the file. */
  readonly tiers: readonly Tier[];
  /** What may go of resources that are gone, or in no tier any more; null: nothing. */
  readonly retired: RetiredPolicy | null;
  /** What goes by itself; null: nothing. */
  readonly prune: PruneSettings | null;
  /** Where restores may lead beside the account of the resource itself and the targets of drills. */
  readonly restoreTargets: readonly RestoreTarget[];
  readonly limits: readonly LimitOverride[];
  readonly polling: Polling;
  /** ARNs of the SNS topics that hear of outcomes. */
  readonly snsTopics: readonly string[];
  /** Who else hears of them. */
  readonly channels: readonly Channel[];
  /** When they hear of what is critical only; null: never. */
  readonly quietHours: QuietHours | null;
  /** Null: nobody notices that Farcopy is silent. */
  readonly heartbeat: Heartbeat | null;
  /** Where the ledger is kept; null: nowhere. */
  readonly state: StateBucket | null;
  /** What the author should look at, though the file can be used. */
  readonly warnings: readonly FleetIssue[];
}

export interface RetiredPolicy {
  /** How old the newest copy is before anything goes. */
  readonly afterSeconds: number;
  readonly retention: Retention;
}

/** How copies that retention lets go are deleted. */
export interface PruneSettings {
  /** Whether a schedule does it by itself. */
  readonly enabled: boolean;
  /** A cron expression. */
  readonly schedule: string;
  /** Of the IANA database. */
  readonly timezone: string;
  /** At most so many copies go in one run. */
  readonly copiesPerRun: number;
}

/** A bucket that keeps what Farcopy knows of the past. */
export interface StateBucket {
  /** `s3://panda-state/farcopy`. */
  readonly bucket: string;
  /** Where a bucket of S3 is, and who opens it; null: it is of another cloud. */
  readonly home: { readonly account: string; readonly region: string; readonly role: string } | null;
  /** No entry can be deleted before; null: it is not locked. */
  readonly lock: BucketVault['lock'];
}

export interface FleetRoles {
  /** ARNs in which `{account}` stands for the account. */
  readonly source: string;
  readonly vault: string;
  /** Undefined: {@link vault} in the accounts of vaults, {@link source} in all others. */
  readonly restore?: string | undefined;
  /** Undefined: {@link restore}, or else {@link vault}. */
  readonly lender?: string | undefined;
  /** What lists and marks copies that retention lets go. Undefined: nobody does. */
  readonly marker?: string | undefined;
  /** What deletes marked copies. Undefined: nobody does. */
  readonly pruner?: string | undefined;
  /** A text, the environment variable that holds it, or null where none is sent. */
  readonly externalId: string | { readonly env: string } | null;
  readonly sessionName: string;
}

export type FleetAccounts =
  | { readonly type: 'listed'; readonly accounts: readonly Account[] }
  | {
      readonly type: 'organization';
      /** The account that may list the organisation's accounts. */
      readonly account: string;
      readonly regions: readonly string[];
      /** Globs of ids and names. */
      readonly include: readonly string[];
      readonly exclude: readonly string[];
    };

/** An account whose resources are protected. */
export interface Account {
  readonly id: string;
  /** For people; the id where it has none. */
  readonly name: string;
  readonly regions: readonly string[];
}

/** An account, or a server of PostgreSQL with all its databases. */
export type RestoreTarget =
  | {
      readonly type: 'aws';
      readonly account: string;
      /** Null: every region of the fleet file. */
      readonly regions: readonly string[] | null;
    }
  | Extract<DrillTarget, { type: 'postgres' }>;

/** What a resource must match, all of what is given: tags each, names and ARNs any. */
export interface Criteria {
  /** Accepted values by tag key. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  /** Globs. */
  readonly names: readonly string[];
  readonly arns: readonly string[];
}

export interface SelectRule {
  readonly kind: ResourceKind;
  readonly match: Criteria;
  /** Any one of these takes a resource out of the rule. */
  readonly exclude: Criteria;
  readonly tier: string | { readonly tag: string; readonly default: string | null };
}

export interface Tier {
  readonly name: string;
  /** Cron expressions; it fires when any one does. Calendars of the file are among them. */
  readonly schedule: readonly string[];
  /** Of the IANA database. */
  readonly timezone: string;
  readonly jitterSeconds: number;
  /** The fleet's windows and the tier's own; for its drills as well, each in its own zone. */
  readonly blackout: readonly BlackoutWindow[];
  readonly rpoSeconds: number;
  readonly route: readonly Destination[];
  readonly retention: Retention;
  /** By the place: what counts there instead. */
  readonly retentionIn: Readonly<Record<string, Retention>>;
  readonly verify: ProtectionPolicy['verify'];
  /** Null: its databases are not connected to. */
  readonly connect: DatabaseAccess | null;
  readonly drills: readonly DrillPolicy[];
  readonly priority: ProtectionPolicy['priority'];
  /** Names of tiers that it has taken the place of. */
  readonly formerly: readonly string[];
  readonly paused: boolean;
}
