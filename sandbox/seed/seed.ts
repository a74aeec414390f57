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

/** Both seeds; where they name the same resource, the second one's word counts. */
export function mergeSeeds(first: Seed, second: Seed): Seed {
  const key = ({ kind, account, region, id }: SeedResource) => `${kind}/${account}/${region}/${id}`;
  const resources = new Map([...first.resources, ...second.resources].map((resource) => [key(resource), resource]));
  return {
    accounts: [...new Set([...first.accounts, ...second.accounts])].sort(),
    resources: [...resources.values()],
  };
}
