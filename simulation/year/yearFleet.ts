import { type FakeResource } from '../../test/fakes/aws/databases';
import { fleetName, keyAlias, regions, secondVaultAccount, sourceAccounts, topic, vaultAccount } from '../scenario';

export const hour = 3600_000;
export const day = 24 * hour;

/** Rounds at night, where clocks change; once a day; once a month. */
const tiers = {
  hourly: {
    schedule: '0 23,0-6 * * *',
    timezone: 'America/New_York',
    rpo: '16h',
    route: ['hot'],
    retention: { hourly: 12, daily: 3, minimum: 2, places: { source: { minimum: 2 } } },
  },
  daily: {
    schedule: '30 2 * * *',
    timezone: 'Europe/Vienna',
    rpo: '26h',
    route: ['secure', 'secure-dr'],
    retention: { daily: 4, weekly: 2, minimum: 2, places: { source: { minimum: 2 } } },
  },
  monthly: {
    schedule: '0 3 1 * *',
    timezone: 'Europe/Vienna',
    rpo: '32d',
    route: ['secure', 'cold'],
    retention: { monthly: 2, minimum: 2, places: { source: { minimum: 1 }, cold: { monthly: 12, minimum: 1 } } },
  },
} as const;
export type TierName = keyof typeof tiers;
export const tierNames = Object.keys(tiers) as readonly TierName[];

const kinds = ['aurora-cluster', 'rds-instance', 'documentdb-cluster', 'neptune-cluster', 'multi-az-cluster'] as const;
/** Kinds whose copies can be exported to a bucket. */
const exported: readonly string[] = ['aurora-cluster', 'rds-instance'];

/** The fleet file of the year: what is marked waits at least three days, so that each vault holds more than its rules keep. */
export function yearFleetText(): string {
  const roles = ['source', 'vault', 'lender', 'restore', 'marker', 'pruner'];
  return JSON.stringify({
    fleet: fleetName,
    roles: Object.fromEntries(roles.map((role) => [role, `arn:aws:iam::{account}:role/farcopy-${role}`])),
    accounts: sourceAccounts.map((id) => ({ id, regions })),
    vaults: {
      hot: { account: secondVaultAccount, key: keyAlias },
      secure: { account: vaultAccount, key: keyAlias },
      'secure-dr': {
        account: vaultAccount,
        key: keyAlias,
        region: { 'eu-west-1': 'eu-central-1', 'eu-central-1': 'eu-west-1' },
      },
      cold: {
        bucket: 's3://sim-cold/copies',
        account: secondVaultAccount,
        region: 'us-east-1',
        key: keyAlias,
        lock: { mode: 'governance', days: 30 },
        export: {
          bucket: 's3://sim-exports-{region}',
          role: `arn:aws:iam::${vaultAccount}:role/farcopy-export`,
          key: keyAlias,
        },
      },
    },
    shareableKey: keyAlias,
    select: kinds.flatMap((kind) =>
      tierNames
        .filter((tier) => tier !== 'monthly' || exported.includes(kind))
        .map((tier) => ({ kind, tags: { backup: 'true', tier }, tier })),
    ),
    tiers,
    retired: { after: '10d', retention: { monthly: 2, minimum: 1 } },
    prune: { enabled: true, schedule: '30 9 * * *' },
    notifications: { snsTopics: [topic] },
    polling: { shortest: '5m', longest: '20m' },
  });
}

/** 60 resources of all kinds; two more are made in the course of the year. */
export function yearResources(): FakeResource[] {
  const resource = (kind: string, tier: TierName, i: number): FakeResource => ({
    kind,
    account: sourceAccounts[i % 2] ?? sourceAccounts[0],
    region: regions[Math.floor(i / 2) % 2] ?? regions[0],
    id: `${tier}-${kind.split('-')[0] ?? ''}-${i}`,
    sizeGiB: 10,
    tags: { backup: 'true', tier },
    resourceId: `cluster-${tier}-${kind}-${i}`.toUpperCase(),
  });
  const some = (kind: string, tier: TierName, count: number) =>
    Array.from({ length: count }, (_, i) => resource(kind, tier, i));
  return [
    ...some('aurora-cluster', 'hourly', 1),
    ...some('rds-instance', 'hourly', 1),
    ...some('aurora-cluster', 'daily', 4),
    ...some('rds-instance', 'daily', 3),
    ...some('documentdb-cluster', 'daily', 2),
    ...some('neptune-cluster', 'daily', 2),
    // Farcopy finds it, and cannot protect it: AWS copies no snapshots of its kind.
    ...some('multi-az-cluster', 'daily', 1),
    ...some('aurora-cluster', 'monthly', 23),
    ...some('rds-instance', 'monthly', 23),
  ];
}
