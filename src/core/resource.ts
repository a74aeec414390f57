/** The name of a kind, as the registry has it (src/kinds/registry.ts). */
export type ResourceKind = string;

/** Names one thing to protect; small enough to travel in workflow inputs. */
export interface ResourceRef {
  readonly kind: ResourceKind;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** The identifier its owner gave it, as its service stores it. */
  readonly id: string;
  readonly arn: string;
}

/** How the resource is encrypted at rest. `default` is the account's own key, which AWS manages: nothing under it can be shared. */
export type SourceEncryption =
  | { readonly type: 'none' }
  | { readonly type: 'default'; readonly keyArn: string }
  | { readonly type: 'customer'; readonly keyArn: string };

/**
 * What a service's own list says of how safe a resource is without Farcopy. Null where the service does not tell, or where it does not
 * matter.
 */
export interface Posture {
  /** How many days the service's own backups reach back; 0: it makes none. */
  readonly ownBackupDays: number | null;
  /** The latest moment that the service itself could bring it back to (ISO 8601, UTC). */
  readonly restorableUntil: string | null;
  readonly deletionProtection: boolean | null;
  /** Whether it has an address in the internet. */
  readonly public: boolean | null;
  /** Whether copies that others make of it take over its tags. */
  readonly copiesTakeTags: boolean | null;
}

/** A resource as its account describes it now. */
export interface Resource extends ResourceRef {
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
  readonly engine: string;
  /**
   * What the service itself calls this very thing: another one that bears its name, since it was deleted and made again or was
   * renamed, is called otherwise. Absent where the service has no such name.
   */
  readonly incarnation?: string;
  /** As AWS reports it; some services report 1 until a copy tells the real size. */
  readonly sizeGiB: number;
  /** ISO 8601, UTC; absent where the list of its service does not tell. */
  readonly createdAt?: string;
  /** What a kind's plan must know besides. */
  readonly facts?: Readonly<Record<string, string | boolean | null>>;
  /** Absent of kinds whose lists tell nothing of it. */
  readonly posture?: Posture;
  /** The key's ARN where storage is encrypted, else null. Whether it is the default key needs one more call. */
  readonly keyArn: string | null;
}

/** `kind/999999999999/eu-west-1/panda-cluster-1`: unique in the world, readable, and part of workflow ids. */
export function resourcePath(ref: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>): string {
  return `${ref.kind}/${ref.account}/${ref.region}/${ref.id}`;
}

/** Strips a described resource to what names it. */
export function resourceRef({ kind, account, region, id, arn }: ResourceRef): ResourceRef {
  return { kind, account, region, id, arn };
}
