import { type Fleet, parseFleet, rhythmOf } from '../../src/config';
import { type ListedCopy } from '../../src/core/catalogue/catalogue';
import { type FleetLook, type LookedResource, type LookedTemporal, type LookedTier } from '../../src/core/report/look';
import { type Posture, type Resource, resourcePath } from '../../src/core/resource';
import { knownKinds } from '../../src/kinds/registry';
import { planPrune } from '../../src/core/retention/planPrune';
import { offsetOf } from '../../src/config';

/** Noon in UTC, on a Saturday. */
export const lookedAt = Date.parse('2026-11-21T12:00:00Z');

const hour = 3600_000;

/** Kinds whose records have a bundle. */
const bundled = new Set(['aurora-cluster', 'rds-instance']);

/** A fleet of two accounts, two vaults and a bucket in another cloud. */
export const lookedFleet: Fleet = parseFleet(
  `
fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts:
  - {id: "999999999999", regions: [eu-west-1]}
  - {id: "888888888888", regions: [eu-west-1]}
vaults:
  secure: {account: "111111111111", key: alias/farcopy}
  secure-dr: {account: "111111111111", region: eu-central-1, key: alias/farcopy}
  other-cloud:
    bucket: gs://panda-backups
    lock: {mode: compliance, days: 7}
    export: {bucket: "s3://panda-exports", role: "arn:aws:iam::111111111111:role/export", key: alias/farcopy}
select:
  - {kind: aurora-cluster, tags: {backup: "true"}, tier: {tag: tier, default: standard}}
  - {kind: rds-instance, tags: {backup: "true"}, tier: standard}
tiers:
  standard:
    schedule: "0 2 * * *"
    timezone: Europe/Vienna
    rpo: 26h
    route: [secure, secure-dr, other-cloud]
    retention: {daily: 14, minimum: 2}
    drills: {weekly: {schedule: "0 6 * * 1", read: none, to: {account: "222222222222", region: eu-west-1, subnetGroup: drills, instanceClasses: [db.t4g.medium]}}}
  hot:
    schedule: "0 * * * *"
    timezone: Europe/Vienna
    rpo: 2h
    route: [secure, secure-dr]
    retention: {hourly: 24, daily: 14, minimum: 2}
`,
  'fleet.yaml',
  { kinds: knownKinds },
);

export const lookedTiers: readonly LookedTier[] = lookedFleet.tiers.map((tier) => ({
  ...tier,
  meanSeconds: rhythmOf(tier, lookedAt).meanSeconds,
  drills: tier.drills.map(({ name }) => ({ name, longestSeconds: 7 * 86_400 })),
}));

/** All is well with it. */
const safe: Posture = {
  ownBackupDays: 7,
  restorableUntil: '2026-11-21T11:55:00Z',
  deletionProtection: true,
  public: false,
  copiesTakeTags: true,
};

export interface LookedDatabase extends Partial<Omit<Resource, 'posture'>> {
  readonly id: string;
  readonly tier?: string | null;
  readonly without?: LookedResource['without'];
  readonly why?: string;
  readonly note?: string | null;
  readonly posture?: Partial<Posture>;
}

export function lookedDatabase({
  id,
  tier = 'standard',
  without = null,
  why = 'select[0], by its default',
  note = null,
  posture = {},
  ...given
}: LookedDatabase): LookedResource {
  const { kind = 'aurora-cluster', account = '999999999999', region = 'eu-west-1' } = given;
  const arnType = kind === 'rds-instance' ? 'db' : 'cluster';
  return {
    resource: {
      ...{ kind, account, region, id, arn: `arn:aws:rds:${region}:${account}:${arnType}:${id}` },
      ...{ tags: { backup: 'true' }, status: 'available', engine: 'aurora-postgresql', sizeGiB: 100 },
      keyArn: `arn:aws:kms:${region}:${account}:key/1`,
      ...given,
      posture: { ...safe, ...posture },
    },
    ...{ listed: true, tier, without, why, note },
  };
}

export interface LookedCopy {
  readonly of: LookedResource;
  readonly place: string;
  /** How old it is by its scheduled time. */
  readonly hours: number;
  readonly verified?: boolean;
  readonly mark?: string;
  readonly incarnation?: string | null;
  readonly doubt?: string | null;
}

/** A copy as a catalogue lists it: in the bucket as a record, elsewhere as a snapshot. */
export function lookedCopy({
  of,
  place,
  hours,
  verified = true,
  mark,
  incarnation = null,
  doubt = null,
}: LookedCopy): ListedCopy {
  const { resource, tier } = of;
  const scheduledTime = new Date(lookedAt - hours * hour).toISOString().replace('.000Z', 'Z');
  const common = {
    resource: resource.arn,
    recoveryPoint: `${resourcePath(resource)}/${scheduledTime}`,
    ...{ scheduledTime, dataTime: scheduledTime, tier: tier ?? 'standard', place, temporary: false, hold: 'none' },
    verified: verified && place !== 'source' ? `manifest ${scheduledTime}` : null,
    ...{ incarnation, doubt },
  };
  if (place === 'other-cloud')
    return {
      ...common,
      copy: null,
      stored: {
        ...{ bucket: 'gs://panda-backups', prefix: `data/${resource.id}`, objects: 12, bytes: 40 * 1024 ** 3 },
        ...{ manifestSha256: 'a', bundleSha256: 'b', skippedTables: [], proof: { type: 'proven' }, holds: [] },
      },
    };
  const account = place === 'source' ? resource.account : '111111111111';
  const region = place === 'secure-dr' ? 'eu-central-1' : resource.region;
  const name = knownKinds.get(resource.kind).copyName?.('panda', resource, scheduledTime) ?? '';
  return {
    ...common,
    stored: null,
    copy: {
      ...{ kind: resource.kind, account, region, id: name },
      arn: `arn:aws:rds:${region}:${account}:cluster-snapshot:${name}`,
      ...{ status: 'available', rawStatus: 'available', percent: 100, sizeGiB: resource.sizeGiB, keyArn: null },
      ...{ createdAt: scheduledTime, sourceArn: null, resourceId: resource.id, manual: true },
      tags: { 'farcopy:verified': 'exists', ...(mark === undefined ? {} : { 'farcopy:delete-after': mark }) },
    },
  };
}

/** What Temporal knows of a fleet in which nothing happens. */
export function lookedTemporal(
  resources: readonly LookedResource[],
  given: Partial<LookedTemporal> = {},
): LookedTemporal {
  return {
    lifecycles: resources
      .filter(({ tier }) => tier !== null)
      .map(({ resource: { kind, account, region, id }, tier }) => ({
        ...{ kind, account, region, id, tier: tier ?? '', state: 'Idle', glance: null },
      })),
    schedules: lookedTiers.map(({ name }) => ({
      ...{ scheduleId: `fleet-backup-panda-${name}`, tier: name, drill: null, exists: true, pause: null },
      next: ['2026-11-22T01:00:00Z'],
    })),
    underWay: [],
    drills: [
      {
        ...{ resource: resources[0]?.resource ?? null, tier: 'standard', drill: 'weekly', verdict: 'passed' },
        ...{ startedAt: '2026-11-16T05:00:00Z', endedAt: '2026-11-16T05:40:00Z', from: 'secure' },
        ...{ rtoSeconds: 1260, reason: null },
      },
    ],
    drillsSince: '2026-10-22T12:00:00Z',
    history: { source: 'temporal', reachesBackTo: '2026-10-22T12:00:00Z', compliance: null },
    ...given,
  };
}

/** A look at these resources and copies, at {@link lookedAt}; retention is planned of them. */
export function fleetLook(
  resources: readonly LookedResource[],
  copies: readonly ListedCopy[],
  given: Partial<FleetLook> = {},
): FleetLook {
  const looked = new Set(
    knownKinds.names.flatMap((kind) =>
      ['999999999999', '888888888888'].map((account) => `${kind}/${account}/eu-west-1`),
    ),
  );
  const plan = planPrune({
    ...{ fleet: 'panda', now: lookedAt, copies, looked, unread: [], retired: null, kinds: knownKinds },
    present: new Map(
      resources.map(({ resource, tier }) => [
        resourcePath(resource),
        { tier, unclear: null, incarnation: resource.incarnation },
      ]),
    ),
    tiers: new Map(
      lookedFleet.tiers.map(({ name, retention, retentionIn, timezone, route, formerly }) => [
        name,
        { retention, retentionIn, offset: offsetOf(timezone), route: route.map((one) => one.name), formerly },
      ]),
    ),
    exportsFor: new Map(),
  });
  return {
    ...{
      fleet: 'panda',
      now: lookedAt,
      clockAheadSeconds: 0,
      kinds: knownKinds,
      tiers: lookedTiers,
      resources,
      looked,
      copies,
      index: null,
    },
    ...{
      unreadable: [],
      unlisted: [],
      outside: new Set<string>(),
      bundled,
      prunes: true,
      unprotected: [],
      cannotCopy: new Map(),
      stocks: [],
    },
    routes: new Map(
      resources
        .filter(({ tier }) => tier !== null)
        .map(({ resource, tier }) => [resourcePath(resource), { resource, steps: stepsOf(tier === 'hot') }]),
    ),
    retention: { ...plan, id: '3f2a90c1b7d4' },
    temporal: lookedTemporal(resources),
    ...given,
  };
}

function stepsOf(isHot: boolean) {
  const step = (id: string, type: string, place: string | null, reads: string | null, region: string) => ({
    ...{ id, type, place, reads, region, temporary: false },
  });
  return [
    step('snapshot', 'snapshot', 'source', null, 'eu-west-1'),
    step('copy:secure', 'copy', 'secure', 'snapshot', 'eu-west-1'),
    step('copy:secure-dr', 'copy', 'secure-dr', 'copy:secure', 'eu-central-1'),
    ...(isHot
      ? []
      : [
          step('export:other-cloud', 'export', 'other-cloud-export', 'copy:secure', 'eu-west-1'),
          step('transfer:other-cloud', 'transfer', 'other-cloud', 'export:other-cloud', 'eu-west-1'),
        ]),
  ];
}

const hostile = `<script>alert("x")</script>' onmouseover="alert(1)`;

/** A fleet in which about everything that can be wrong is wrong, and most is well. */
export function troubledLook(): FleetLook {
  const shop = lookedDatabase({ id: 'shop-orders', posture: { public: true, deletionProtection: false } });
  const billing = lookedDatabase({ id: 'billing', account: '888888888888', posture: { ownBackupDays: 0 } });
  const hot = lookedDatabase({ id: 'sessions', tier: 'hot', why: 'select[0], by its tag `tier`' });
  const plain = lookedDatabase({ id: 'reports', kind: 'rds-instance', keyArn: null, sizeGiB: 500, why: 'select[1]' });
  const none = lookedDatabase({ id: 'scratch', tier: null, without: 'unmatched', why: 'no rule of select matches' });
  const lost = lookedDatabase({
    id: 'ledger',
    tier: null,
    without: 'problem',
    why: 'has no tag "tier" that names its tier',
  });
  const fresh = lookedDatabase({ id: 'newcomer' });
  const gone = lookedDatabase({ id: 'retired-shop' });
  const resources = [shop, billing, hot, plain, none, lost, fresh];
  const days = (count: number, from = 0) => Array.from({ length: count }, (_, i) => (i + from) * 24 + 10);
  const copies = [
    ...days(18).flatMap((hours) =>
      ['source', 'secure', 'secure-dr', 'other-cloud'].map((place) => lookedCopy({ of: shop, place, hours })),
    ),
    ...days(12).flatMap((hours) => ['source', 'secure'].map((place) => lookedCopy({ of: billing, place, hours }))),
    ...days(9, 3).flatMap((hours) =>
      ['secure-dr', 'other-cloud'].map((place) => lookedCopy({ of: billing, place, hours })),
    ),
    ...Array.from({ length: 20 }, (_, i) =>
      ['secure', 'secure-dr'].map((place) =>
        lookedCopy({ of: hot, place, hours: i + 0.5, verified: i > 1 || place === 'secure' }),
      ),
    ).flat(),
    ...days(16).flatMap((hours) =>
      ['secure', 'secure-dr', 'other-cloud'].map((place) => lookedCopy({ of: plain, place, hours })),
    ),
    lookedCopy({ of: gone, place: 'secure', hours: 400 }),
  ];
  const temporal = lookedTemporal(resources);
  return fleetLook(resources, copies, {
    unreadable: [
      {
        ...{ kind: null, where: '777777777777/eu-west-1', account: '777777777777', region: 'eu-west-1' },
        ...{ message: `AccessDenied: not authorized ${hostile}`, unreachable: false },
      },
    ],
    unprotected: [
      {
        ...{ account: '999999999999', region: 'eu-west-1', id: 'graph-1', what: 'neptune', kind: 'neptune-cluster' },
        ...{
          arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:graph-1',
          why: 'no rule of `select` names neptune-cluster',
        },
      },
    ],
    stocks: [
      {
        ...{ name: 'manual-cluster-snapshots', title: 'manual cluster snapshots', account: '111111111111' },
        ...{
          region: 'eu-west-1',
          used: 92,
          capacity: 100,
          wanted: 300,
          resources: 6,
          fullInDays: 2,
          verdict: 'exceeded',
        },
      },
      {
        ...{ name: 'manual-cluster-snapshots', title: 'manual cluster snapshots', account: '999999999999' },
        ...{
          region: 'eu-west-1',
          used: 40,
          capacity: 100,
          wanted: 60,
          resources: 6,
          fullInDays: 30,
          verdict: 'carried',
        },
      },
    ],
    temporal: {
      ...temporal,
      lifecycles: temporal.lifecycles.map((one) => (one.id === 'reports' ? { ...one, state: 'Paused' } : one)),
      schedules: [
        ...temporal.schedules,
        {
          ...{ scheduleId: 'drill-panda-standard-weekly', tier: 'standard', drill: 'weekly', exists: true, next: [] },
          pause: {
            by: 'alice',
            reason: `migration ${hostile}`,
            since: '2026-11-20T06:00:00Z',
            until: '2026-12-01T06:00:00Z',
          },
        },
      ],
      underWay: [
        {
          ...{ resource: fresh.resource, scheduledTime: '2026-11-21T11:58:00Z', state: 'running', percent: 40 },
          expectedEnd: '2026-11-21T12:25:00Z',
          ...{ steps: ['copy:secure-dr: 62 %'], waitsFor: [] },
        },
        {
          ...{ resource: billing.resource, scheduledTime: '2026-11-21T11:58:00Z', state: 'waiting', percent: 12 },
          expectedEnd: null,
          steps: ['copy:secure-dr: waits for cross-region-copies in 111111111111/eu-central-1'],
          waitsFor: ['cross-region-copies in 111111111111/eu-central-1'],
        },
      ],
      drills: [
        {
          ...{ resource: billing.resource, tier: 'standard', drill: 'weekly', verdict: 'failed' },
          ...{
            startedAt: '2026-11-16T06:00:00Z',
            endedAt: '2026-11-16T06:40:00Z',
            from: 'secure-dr',
            rtoSeconds: null,
          },
          reason: `check rows of orders: ${hostile}`,
        },
        ...temporal.drills,
      ],
    },
  });
}

/** Many resources, each with so many points in every place of its route; one in a hundred is late. */
export function largeLook(count: number, points: number): FleetLook {
  const resources = Array.from({ length: count }, (_, i) =>
    lookedDatabase({
      id: `cluster-${String(i).padStart(5, '0')}`,
      account: i % 2 === 0 ? '999999999999' : '888888888888',
    }),
  );
  const copies = resources.flatMap((of, i) =>
    Array.from({ length: points }, (_, day) =>
      ['secure', 'secure-dr', 'other-cloud'].map((place) =>
        lookedCopy({ of, place, hours: (day + (i % 100 === 0 ? 2 : 0)) * 24 + 10 }),
      ),
    ).flat(),
  );
  return fleetLook(resources, copies);
}
