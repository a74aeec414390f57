/** The kinds of resource Farcopy protects. A kind is added by a folder under `providers/` and a line in its registry. */
export const resourceKinds = ['aurora-cluster', 'rds-instance'] as const;

/** The name of a kind, as its registry has it. */
export type ResourceKind = string;

/** Names one thing to protect; small enough to travel in workflow inputs. */
export interface ResourceRef {
  readonly kind: ResourceKind;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** The identifier its owner gave it, in the case AWS stores it (lower). */
  readonly id: string;
  readonly arn: string;
}

/**
 * How the resource is encrypted at rest. `default` is the account's AWS-managed `aws/rds` key, under which a snapshot
 * cannot be shared.
 */
export type SourceEncryption =
  | { readonly type: 'none' }
  | { readonly type: 'default'; readonly keyArn: string }
  | { readonly type: 'customer'; readonly keyArn: string };

/** A resource as its account describes it now. */
export interface Resource extends ResourceRef {
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
  readonly engine: string;
  /** Allocated storage as AWS reports it; Aurora reports 1 until a snapshot tells the real size. */
  readonly sizeGiB: number;
  /** What a kind's plan must know besides. */
  readonly facts?: Readonly<Record<string, string | boolean | null>>;
  /** The key's ARN where storage is encrypted, else null. Whether it is the default key needs one more call. */
  readonly keyArn: string | null;
}

/** `aurora-cluster/999999999999/eu-west-1/panda-cluster-1`: unique in the world, readable, and part of workflow ids. */
export function resourcePath(ref: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>): string {
  return `${ref.kind}/${ref.account}/${ref.region}/${ref.id}`;
}

/** Strips a described resource to what names it. */
export function resourceRef({ kind, account, region, id, arn }: ResourceRef): ResourceRef {
  return { kind, account, region, id, arn };
}
