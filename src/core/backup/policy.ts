import { type DatabaseAccess } from '../catalogue/databaseAccess';
import { type LimitOverride } from '../limits/limit';
import { type VerificationLevel } from '../catalogue/manifest';

/** A vault of the fleet file: account, key, and its region as a function of the resource's. */
export interface Vault {
  readonly name: string;
  readonly account: string;
  /** A region; or a map from the resource's region to the vault's; or null: the resource's own region. */
  readonly region: string | Readonly<Record<string, string>> | null;
  /** A key of the vault account: alias, id or ARN. An alias or id is looked up in the region of the copy. */
  readonly key: string;
}

/** The region a vault has for a resource of `region`; null where the fleet file names none. */
export function vaultRegion(vault: Vault, region: string): string | null {
  if (vault.region === null || typeof vault.region === 'string') return vault.region ?? region;
  return vault.region[region] ?? null;
}

/** A bucket of the fleet file that exports are copied to: with its `export`, the way there. */
export interface BucketVault {
  readonly name: string;
  /** `gs://panda-backups/farcopy`. */
  readonly bucket: string;
  /** Where a bucket of S3 is; null: it is of another cloud. */
  readonly home: BucketHome | null;
  readonly export: ExportTarget;
  /** What is written may not be deleted before, null to set none. */
  readonly lock: { readonly mode: 'governance' | 'compliance'; readonly days: number } | null;
  /** Bytes a second that one worker sends at most, null for no limit. */
  readonly bytesPerSecond: number | null;
}

/** Where a bucket of S3 is, and what is written there is encrypted under. */
export interface BucketHome {
  readonly account: string;
  readonly region: string;
  /** A key of that account: alias, id or ARN. */
  readonly key: string;
}

/** Where AWS exports to, on the way to a {@link BucketVault}. */
export interface ExportTarget {
  /** `s3://panda-exports`: in the region of the vault whose copy is exported. */
  readonly bucket: string;
  /** ARN of the role that AWS takes on to write there. */
  readonly role: string;
  /** A key of the vault account, under which exports are encrypted. */
  readonly key: string;
}

export type Destination = Vault | BucketVault;

export const isBucketVault = (destination: Destination): destination is BucketVault => 'bucket' in destination;

/** Which copies to keep of a resource in a place, by the time of their data (docs/retention.md). */
export interface Retention {
  readonly hourly?: number | undefined;
  readonly daily?: number | undefined;
  readonly weekly?: number | undefined;
  readonly monthly?: number | undefined;
  readonly yearly?: number | undefined;
  /** Everything within so many days of the newest copy. */
  readonly keepDays?: number | undefined;
  /** Never fewer than this many, however old. */
  readonly minimum: number;
}

/** How often a slow operation is asked how far it is. */
export interface Polling {
  /** An end is noticed within this time, once it is near. */
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
}

/** What a tier means for one of its resources: everything a lifecycle needs, resolved from the fleet file. */
export interface ProtectionPolicy {
  readonly fleet: string;
  readonly tier: string;
  /** 1 is served first, 5 last; Temporal's own scale. */
  readonly priority: 1 | 2 | 3 | 4 | 5;
  /** Seconds a resource may be without a new verified recovery point. */
  readonly rpoSeconds: number;
  /** In the order the copies travel. */
  readonly route: readonly Destination[];
  readonly retention: Retention;
  /** A key of the *source* account, for copies of what the default key encrypts: alias, id or ARN. */
  readonly shareableKey: string | null;
  /** Copy across accounts and regions in one call where a step needs both. */
  readonly singleStepCopy: boolean;
  /** How much is proven of copies in buckets. */
  readonly verify: Exclude<VerificationLevel, 'exists' | 'restore'>;
  /** How its database is connected to; null: it is not. */
  readonly connect: DatabaseAccess | null;
  readonly limits: readonly LimitOverride[];
  readonly polling: Polling;
  /** Whether the fleet keeps a ledger; absent: it does not. */
  readonly ledger?: boolean | undefined;
}
