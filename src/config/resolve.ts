import { accountOfArn } from '../core/arn';
import { type DatabaseAccess } from '../core/catalogue/databaseAccess';
import { type DrillCheck, type DrillPolicy, type DrillTarget } from '../core/drill/drill';
import { parseDuration } from '../core/duration';
import { type Kinds } from '../core/kind';
import { type BucketVault, type Destination, type ProtectionPolicy, type Vault } from '../core/backup/policy';
import { type Channel, type QuietHours } from './channel';
import {
  type Criteria,
  type Fleet,
  type FleetAccounts,
  type RestoreTarget,
  type SelectRule,
  type StateBucket,
  type Tier,
} from './fleet';
import { type FleetIssue } from './reading/fleetFileError';
import { minuteOf } from './schedule/calendar';
import { windowOf } from './schema/blackout';
import { parseBandwidth } from './schema/scalars';
import { cronsOf } from './schema/schedule';
import { type FleetFile } from './schema/fleetFile';

/** A checked file with names resolved, durations in seconds and defaults filled in. */
export function resolveFleet(file: FleetFile, kinds: Kinds, warnings: readonly FleetIssue[]): Fleet {
  const vaults = Object.entries(file.vaults).flatMap(([name, vault]): Vault[] =>
    'bucket' in vault ? [] : [{ name, account: vault.account, region: vault.region ?? null, key: vault.key }],
  );
  const buckets = Object.entries(file.vaults).flatMap(([name, vault]): BucketVault[] =>
    'bucket' in vault
      ? [
          {
            name,
            bucket: vault.bucket,
            home: 'account' in vault ? { account: vault.account, region: vault.region, key: vault.key } : null,
            export: vault.export,
            lock: vault.lock ?? null,
            bytesPerSecond: vault.bandwidth === undefined ? null : (parseBandwidth(vault.bandwidth) ?? null),
          },
        ]
      : [],
  );
  return {
    name: file.fleet,
    kinds,
    roles: { ...file.roles, externalId: file.roles.externalId ?? null },
    accounts: resolveAccounts(file.accounts),
    vaults,
    buckets,
    shareableKey: file.shareableKey ?? null,
    singleStepCopy: file.singleStepCopy,
    select: file.select.map(resolveRule),
    tiers: Object.entries(file.tiers).map(([name, tier], i) =>
      resolveTier(name, { ...tier, blackout: [...file.blackout, ...tier.blackout] }, i, [...vaults, ...buckets]),
    ),
    retired:
      file.retired === undefined
        ? null
        : { afterSeconds: seconds(file.retired.after), retention: file.retired.retention },
    prune: file.prune ?? null,
    restoreTargets: file.restore.targets.map(resolveRestoreTarget),
    limits: file.limits,
    polling: { shortestSeconds: seconds(file.polling.shortest), longestSeconds: seconds(file.polling.longest) },
    snsTopics: file.notifications.snsTopics,
    channels: file.notifications.channels.map(resolveChannel),
    quietHours: file.notifications.quietHours === undefined ? null : resolveQuietHours(file.notifications.quietHours),
    heartbeat: file.notifications.heartbeat ?? null,
    state: file.state === undefined ? null : resolveState(file.state),
    warnings,
  };
}

function resolveState(state: NonNullable<FleetFile['state']>): StateBucket {
  const { bucket, lock = null } = state;
  if (!('role' in state)) return { bucket, home: null, lock };
  const { role, region } = state;
  // The schema let ARNs of roles through only.
  return { bucket, home: { account: accountOfArn(role) ?? '', region, role }, lock };
}

/** RFC 6409 and RFC 8314. */
const smtpPorts = { 'smtp:': 587, 'smtps:': 465 } as const;

function resolveChannel(channel: FleetFile['notifications']['channels'][number]): Channel {
  const events = channel.events ?? null;
  if (channel.type !== 'smtp') return { ...channel, events };
  const { server, tls, credentials = null, ...mail } = channel;
  const { protocol, hostname, port } = new URL(server);
  return {
    ...{ ...mail, events, credentials },
    // An address of IPv6 without the brackets that only a URL needs.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? smtpPorts[protocol as keyof typeof smtpPorts] : Number(port),
    tls: protocol === 'smtps:' ? 'implicit' : tls === 'none' ? 'none' : 'starttls',
  };
}

function resolveQuietHours({ from, to, timezone }: NonNullable<FleetFile['notifications']['quietHours']>): QuietHours {
  const [fromMinute, toMinute] = [minuteOf(from), minuteOf(to)];
  return { fromMinute, toMinute: toMinute > fromMinute ? toMinute : toMinute + 24 * 60, timezone };
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

function resolveTier(
  name: string,
  tier: FleetFile['tiers'][string],
  position: number,
  destinations: readonly Destination[],
): Tier {
  const { places: retentionIn = {}, ...retention } = tier.retention;
  return {
    name,
    schedule: cronsOf(tier.schedule),
    timezone: tier.timezone,
    jitterSeconds: seconds(tier.jitter),
    blackout: tier.blackout.map(windowOf),
    rpoSeconds: seconds(tier.rpo),
    route: tier.route.flatMap((stop) => destinations.filter((destination) => destination.name === stop)),
    retention,
    retentionIn,
    verify: tier.verify,
    connect: tier.connect === undefined ? null : resolveAccess(tier.connect),
    drills: Object.entries(tier.drills ?? {}).map(([drill, settings]) => resolveDrill(drill, settings, tier.timezone)),
    priority: (tier.priority ?? Math.min(position + 1, 5)) as ProtectionPolicy['priority'],
    formerly: tier.formerly,
    paused: tier.paused,
  };
}

type FileTier = FleetFile['tiers'][string];
type FileDrill = NonNullable<FileTier['drills']>[string];

function resolveAccess({ user, authentication, tls }: NonNullable<FileTier['connect']>): DatabaseAccess {
  return {
    user: user ?? null,
    authentication: authentication === 'iam' ? { type: 'iam' } : { type: 'secret', ...authentication },
    tls,
  };
}

function resolveDrill(name: string, drill: FileDrill, timezone: string): DrillPolicy {
  return {
    name,
    schedule: drill.schedule === undefined ? [] : cronsOf(drill.schedule),
    timezone: drill.timezone ?? timezone,
    jitterSeconds: seconds(drill.jitter),
    paused: drill.paused,
    point: drill.point,
    resources: drill.resources === 'all' ? null : drill.resources,
    from: drill.from ?? null,
    to: resolveTarget(drill.to),
    rtoSeconds: drill.rto === undefined ? null : seconds(drill.rto),
    readsAll: drill.read === 'all',
    database: drill.database ?? null,
    checks: drill.checks.map(resolveCheck),
  };
}

function resolveTarget(to: FileDrill['to']): DrillTarget {
  if ('postgres' in to) return { type: 'postgres', url: to.postgres, secret: to.secret ?? null };
  const { account, region, subnetGroup = null, securityGroups = [], instanceClasses = [] } = to;
  return { type: 'aws', account, region, subnetGroup, securityGroups, instanceClasses };
}

function resolveRestoreTarget(to: FleetFile['restore']['targets'][number]): RestoreTarget {
  if ('postgres' in to) return { type: 'postgres', url: to.postgres, secret: to.secret ?? null };
  return { type: 'aws', account: to.account, regions: to.regions ?? null };
}

function resolveCheck(check: FileDrill['checks'][number]): DrillCheck {
  const { name, resources = [] } = check;
  if ('table' in check) {
    const { table, rows } = check;
    return { type: 'rows', name: name ?? `${table} has at least ${rows} rows`, resources, table, atLeast: rows };
  }
  if ('freshness' in check) {
    const { freshness: query, within } = check;
    return {
      type: 'freshness',
      name: name ?? `${query} within ${within}`,
      resources,
      query,
      withinSeconds: seconds(within),
    };
  }
  const { query, equals, atLeast, atMost } = check;
  return { type: 'query', name: name ?? query, resources, query, equals, atLeast, atMost };
}

/** The schema let durations through only. */
function seconds(duration: string): number {
  return parseDuration(duration) ?? 0;
}
