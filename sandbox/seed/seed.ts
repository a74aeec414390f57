/** How the emulator calls what it plants, see `sandbox/aws/README.md`; Farcopy need not protect all of it. */
export type SeedKind =
  'aurora-cluster' | 'documentdb-cluster' | 'neptune-cluster' | 'multi-az-cluster' | 'rds-instance';

/** A database to put into the emulated clouds. */
export interface SeedResource {
  readonly kind: SeedKind;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly sizeGb: number;
  readonly engine: string;
  readonly encryption: SeedEncryption;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
  /** For how long it has that status, in seconds of the emulated time. Undefined: until it is told otherwise. */
  readonly statusSeconds?: number | undefined;
  /** Undefined: the engine's default. */
  readonly engineVersion?: string | undefined;
  /** How many a cluster has; 0 for a headless secondary cluster of a global database. Undefined: one. */
  readonly instances?: number | undefined;
  readonly instanceClass?: string | undefined;
  /** Multi-AZ DB clusters have it. */
  readonly iops?: number | undefined;
  readonly serverlessV1?: SeedCapacity | undefined;
  readonly serverlessV2?: SeedCapacity | undefined;
  readonly global?: SeedMembership | undefined;
  /** The source of a read replica: its name in the same account and region, its ARN in another region. */
  readonly replicaOf?: string | undefined;
  /** Undefined: it is only a name to the emulator, with nothing in it. */
  readonly data?: SeedData | undefined;
}

/** Real tables in a real PostgreSQL, see `sandbox/seed/database`. */
export interface SeedData {
  /** The name of the database, and of what is in it. */
  readonly database: 'shop';
  /** Of its largest table. */
  readonly rows: number;
}

/** In Aurora capacity units. */
export interface SeedCapacity {
  readonly min: number;
  readonly max: number;
}

/** The part of a cluster in an Aurora global database of its account. */
export interface SeedMembership {
  readonly id: string;
  readonly role: 'primary' | 'secondary';
  readonly writeForwarding?: boolean | undefined;
}

/** Actions that an account does not grant to one of its roles, or to any of them. */
export interface SeedDenial {
  readonly account: string;
  readonly role?: string | undefined;
  /** Patterns: `rds:Describe*`. */
  readonly actions: readonly string[];
  /** Patterns of ARNs. Undefined: everything. */
  readonly resources?: readonly string[] | undefined;
  /** Only requests that have this filter. */
  readonly filter?: { readonly name: string; readonly value: string } | undefined;
}

/** `default` is the account's AWS-managed key, `cmk` its own key `alias/farcopy`. */
export type SeedEncryption = 'none' | 'default' | 'cmk';

/** What is to be in the emulated clouds besides the vault account. */
export interface Seed {
  /** Also those without resources. */
  readonly accounts: readonly string[];
  readonly resources: readonly SeedResource[];
  readonly denials?: readonly SeedDenial[] | undefined;
}

export const emptySeed: Seed = { accounts: [], resources: [] };

/** The same databases, with nothing in them. */
export function withoutData(seed: Seed): Seed {
  return { ...seed, resources: seed.resources.map(({ data: _, ...resource }) => resource) };
}

/** Both seeds; where they name the same resource, the second one's word counts. */
export function mergeSeeds(first: Seed, second: Seed): Seed {
  const key = ({ kind, account, region, id }: SeedResource) => `${kind}/${account}/${region}/${id}`;
  const resources = new Map([...first.resources, ...second.resources].map((resource) => [key(resource), resource]));
  const denials = [...(first.denials ?? []), ...(second.denials ?? [])];
  const distinct = [...new Map(denials.map((denial) => [JSON.stringify(denial), denial])).values()];
  return {
    accounts: [...new Set([...first.accounts, ...second.accounts])].sort(),
    resources: [...resources.values()],
    ...(distinct.length === 0 ? {} : { denials: distinct }),
  };
}
