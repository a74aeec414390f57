import { type ResourceKind, type ResourceRef } from '../resource';

/** Where one copy lies: which account and region, and under which role Farcopy reaches it. */
export interface Scope {
  readonly account: string;
  readonly region: string;
  /**
   * The fleet file's role that opens this account: the owner's (`source`), the vault's (`vault`), the one that lends a vault's
   * copies (`lender`), the one that makes databases of copies (`restore`), or one that no message names: of the `state` bucket, or of
   * retention, which marks copies (`marker`) or deletes marked ones (`pruner`).
   */
  readonly access: Access;
}

export type Access = 'source' | 'vault' | 'lender' | 'restore' | 'state' | RetentionRole;

/** Roles of retention. Whoever has one reads everything by it, and has no other. */
export type RetentionRole = 'marker' | 'pruner';

/** The identity of a recovery point, as the tags of its copies carry it. */
export interface RecoveryPointIdentity {
  readonly fleet: string;
  readonly tier: string;
  readonly resource: ResourceRef;
  /** ISO 8601, UTC, to the second. */
  readonly scheduledTime: string;
  /** {@link Resource.incarnation}, once the plan has asked for it. */
  readonly incarnation?: string;
}

/** The place of the first copy, in the resource's own account and region. */
export const sourcePlace = 'source';
/** The place of an export on its way to a bucket of another cloud. */
export const exportPlace = (vault: string): string => `${vault}-export`;

/** `other` is every status the code has no rule for; the raw word stays in {@link Copy.rawStatus}. */
export type CopyStatus = 'in-progress' | 'available' | 'failed' | 'deleting' | 'other';

/** Names one physical copy. */
export interface CopyRef {
  readonly kind: ResourceKind;
  readonly account: string;
  readonly region: string;
  /** The snapshot's identifier. */
  readonly id: string;
  readonly arn: string;
}

/** One physical copy as its account describes it now. */
export interface Copy extends CopyRef {
  readonly status: CopyStatus;
  readonly rawStatus: string;
  /** Why it failed, where the service tells. */
  readonly reason?: string;
  /** 0–100, AWS's estimate; a queued copy stays at 0. */
  readonly percent: number;
  readonly sizeGiB: number;
  /** ARN of the key, null where the copy is not encrypted. */
  readonly keyArn: string | null;
  /** When this physical copy was made (ISO 8601, UTC), null until AWS says. Not the time of its data. */
  readonly createdAt: string | null;
  /** The snapshot this one was copied from, null for an original. */
  readonly sourceArn: string | null;
  /**
   * When the data was taken, as the service itself tells of every copy down the line (ISO 8601, UTC): no tag can lie about it.
   * Absent where the service does not tell.
   */
  readonly takenAt?: string;
  /** The ARN or identifier of the resource, as far as AWS tells. */
  readonly resourceId: string | null;
  /** False for automated and AWS Backup snapshots, which are not ours to share or delete. */
  readonly manual: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Tags that make every copy speak for itself: the catalogue is rebuilt from these alone (docs/architecture.md). */
export const copyTags = {
  fleet: 'farcopy:fleet',
  /** The protected resource's ARN. */
  resource: 'farcopy:resource',
  recoveryPoint: 'farcopy:recovery-point',
  scheduledTime: 'farcopy:scheduled-time',
  /** The time of the data: when the first snapshot was created. Retention counts from here. */
  dataTime: 'farcopy:data-time',
  tier: 'farcopy:tier',
  /** `source`, a vault's name, or a temporary place. */
  place: 'farcopy:place',
  /** `temporary` marks what is deleted once the copies made from it are verified; else the tier's retention class. */
  retention: 'farcopy:retention',
  /** A copy with any value but `none` is deleted by nothing. */
  hold: 'farcopy:hold',
  /** Retention has let it go, and nothing deletes it earlier: core/retention/mark.ts. */
  deleteAfter: 'farcopy:delete-after',
  /** `{level} {ISO time}`, written only after the proof. */
  verified: 'farcopy:verified',
  /** What the service called the resource: another one of the same name is called otherwise. */
  incarnation: 'farcopy:incarnation',
  /** SHA-256 of `manifest.json` in the buckets this recovery point lies in too; of several, with a space between them. */
  manifest: 'farcopy:manifest',
  /** The same of `bundle.json`. */
  bundle: 'farcopy:bundle',
} as const;

/** What {@link copyTags.retention} says of an intermediate snapshot. */
export const temporaryRetention = 'temporary';

/** What {@link copyTags.hold} says of a copy without a hold. */
export const noHold = 'none';

/** Whether somebody has said that a copy is to stay whatever comes. */
export function isHeld({ tags }: { readonly tags: Readonly<Record<string, string>> }): boolean {
  return (tags[copyTags.hold] ?? noHold) !== noHold;
}
