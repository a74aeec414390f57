import { parseDuration } from '../core/duration';
import { type ProtectionPolicy, type Vault } from '../core/policy';
import { type Criteria, type Fleet, type FleetAccounts, type SelectRule, type Tier } from './fleet';
import { type FleetIssue } from './fleetFileError';
import { type FleetFile } from './schema/fleetFile';

/** A checked file with names resolved, durations in seconds and defaults filled in. */
export function resolveFleet(file: FleetFile, warnings: readonly FleetIssue[]): Fleet {
  const vaults = Object.entries(file.vaults).map(([name, { account, region, key }]): Vault => ({
    name,
    account,
    region: region ?? null,
    key,
  }));
  return {
    name: file.fleet,
    roles: { ...file.roles, externalId: file.roles.externalId ?? null },
    accounts: resolveAccounts(file.accounts),
    vaults,
    shareableKey: file.shareableKey ?? null,
    singleStepCopy: file.singleStepCopy,
    select: file.select.map(resolveRule),
    tiers: Object.entries(file.tiers).map(([name, tier], i) => resolveTier(name, tier, i, vaults)),
    limits: file.limits,
    polling: { shortestSeconds: seconds(file.polling.shortest), longestSeconds: seconds(file.polling.longest) },
    snsTopics: file.notifications.snsTopics,
    warnings,
  };
}

function resolveAccounts(accounts: FleetFile['accounts']): FleetAccounts {
  if (Array.isArray(accounts)) {
    return { type: 'listed', accounts: accounts.map(({ id, name, regions }) => ({ id, name: name ?? id, regions })) };
  }
  const { account, regions, include = ['*'], exclude = [] } = accounts.organization;
  return { type: 'organization', account, regions, include, exclude };
}

function resolveRule({ kind, exclude, tier, ...match }: FleetFile['select'][number]): SelectRule {
  return {
    kind,
    match: resolveCriteria(match),
    exclude: resolveCriteria(exclude ?? {}),
    tier: typeof tier === 'string' ? tier : { tag: tier.tag, default: tier.default ?? null },
  };
}

function resolveCriteria({
  tags = {},
  names = [],
  arns = [],
}: NonNullable<FleetFile['select'][number]['exclude']>): Criteria {
  return { tags: Object.fromEntries(Object.entries(tags).map(([key, values]) => [key, [values].flat()])), names, arns };
}

function resolveTier(name: string, tier: FleetFile['tiers'][string], position: number, vaults: readonly Vault[]): Tier {
  return {
    name,
    schedule: [tier.schedule].flat(),
    timezone: tier.timezone,
    jitterSeconds: seconds(tier.jitter),
    rpoSeconds: seconds(tier.rpo),
    route: tier.route.flatMap((stop) => vaults.filter((vault) => vault.name === stop)),
    retention: tier.retention,
    priority: (tier.priority ?? Math.min(position + 1, 5)) as ProtectionPolicy['priority'],
    paused: tier.paused,
  };
}

/** The schema let durations through only. */
function seconds(duration: string): number {
  return parseDuration(duration) ?? 0;
}
