import { type ResourceKind } from '../../src/core/resource';

/** A database to put into the emulated clouds. */
export interface SeedResource {
  readonly kind: ResourceKind;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly sizeGb: number;
  readonly engine: string;
  readonly encryption: SeedEncryption;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
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

/** `default` is the account's AWS-managed key, `cmk` its own key `alias/farcopy`. */
export type SeedEncryption = 'none' | 'default' | 'cmk';

/** What is to be in the emulated clouds besides the vault account. */
export interface Seed {
  /** Also those without resources. */
  readonly accounts: readonly string[];
  readonly resources: readonly SeedResource[];
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
  return {
    accounts: [...new Set([...first.accounts, ...second.accounts])].sort(),
    resources: [...resources.values()],
  };
}
