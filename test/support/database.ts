import { defaultRegion } from '../../sandbox/seed/sandboxAccounts';
import { type SeedData, type SeedKind, type SeedResource } from '../../sandbox/seed/seed';
import { type ResourceRef } from '../../src/core/resource';

/** A database to put into the emulated clouds. */
export interface Database {
  readonly kind: SeedKind;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly encryption: 'none' | 'default' | 'cmk';
  /** Alias of its customer-managed key, where it has one. */
  readonly key?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Real tables; for PostgreSQL only. Undefined: it is only a name to the emulator. */
  readonly data?: SeedData;
  /** Engine, topology and state, where they are not the usual ones. */
  readonly seed?: Partial<SeedResource>;
}

/** An Aurora cluster under a customer-managed key, selected by the fleet of this name. */
export function cluster(fleet: string, account: string, id: string, changes: Partial<Database> = {}): Database {
  return {
    kind: 'aurora-cluster',
    account,
    region: defaultRegion,
    id,
    encryption: 'cmk',
    tags: { fleet },
    ...changes,
  };
}

/** The same as an RDS instance. */
export function instance(fleet: string, account: string, id: string, changes: Partial<Database> = {}): Database {
  return cluster(fleet, account, id, { kind: 'rds-instance', ...changes });
}

/** `n` clusters of an account, named `{name}-1`, `{name}-2`, … */
export function clusters(fleet: string, account: string, name: string, n: number): Database[] {
  return Array.from({ length: n }, (_, i) => cluster(fleet, account, `${name}-${i + 1}`));
}

/** What names a database in AWS. */
export function resourceOf({ kind, account, region, id }: Database): ResourceRef {
  const noun = kind === 'rds-instance' ? 'db' : 'cluster';
  return { kind, account, region, id, arn: `arn:aws:rds:${region}:${account}:${noun}:${id}` };
}
