import { type FakeResource } from '../test/fakes/aws/databases';
import { Random } from './random';
import { type PruneHappening, type PruneScenario, type WrittenRules } from './retention/pruneScenario';

/** What goes wrong with a call that it befalls. */
export type Effect =
  /** Before anything is done. */
  | 'unavailable' | 'throttled' | 'denied' | 'unreachable' | 'no-credentials'
  /** It is done, and its answer is lost. */
  | 'answer-lost'
  /** It takes half a minute, and then nobody knows. */
  | 'hangs'
  /** It is sent twice: the second answer is the one that arrives. */
  | 'doubled'; // prettier-ignore

/** Calls to a cloud that go wrong for a while. Times are seconds from the beginning. */
export interface Fault {
  readonly from: number;
  readonly to: number;
  readonly account: string | null;
  readonly region: string | null;
  /** The beginning of the commands' names: `Copy`; null: any. */
  readonly command: string | null;
  /** How many of the calls, 0–1. */
  readonly rate: number;
  readonly effect: Effect;
}

/** Something that someone does, or that befalls. Which thing it is about is drawn by `draw` from what is there then. */
export type Happening = { readonly at: number; readonly draw: number } & (
  | { readonly what: 'worker-lost'; readonly seconds: number; readonly skewSeconds: number }
  | { readonly what: 'pause' | 'force' | 'lifecycle-cancelled' | 'lifecycle-terminated'; readonly seconds: number }
  | { readonly what: 'recovery-point-cancelled' | 'recovery-point-terminated' | 'round-cancelled' }
  | { readonly what: 'stranger-works'; readonly seconds: number; readonly snapshots: number }
  | { readonly what: 'quota'; readonly seconds: number; readonly capacity: number }
  | { readonly what: 'capacity-override'; readonly seconds: number; readonly capacity: number }
  | { readonly what: 'key-disabled'; readonly seconds: number }
  | { readonly what: 'resource-busy'; readonly seconds: number }
  | { readonly what: 'resource-deleted' }
  | { readonly what: 'operation-fails' }
  | { readonly what: 'copy-deleted' }
  | { readonly what: 'workers-forget' }
  /** Someone restores into another account; `again`: and once more, so long after. */
  | { readonly what: 'restore'; readonly seconds: number; readonly again: boolean }
  /** A source account is taken over: newer copies lie there, which call themselves a vault's. */
  | { readonly what: 'forgery'; readonly seconds: number }
  | { readonly what: 'transfer-cancelled' | 'export-fails' }
  /** The last recovery point that did not come off is asked for once more. */
  | { readonly what: 'asked-again' }
  /** Recovery points of other fleets ask for permits of the same limit. */
  | { readonly what: 'crowd'; readonly waiters: number }
  /** A signal with an argument that is none. */
  | { readonly what: 'nonsense' }
  | PruneHappening
);

/** When a tier's schedule fires. */
export interface Round {
  readonly tier: string;
  readonly at: number;
}

export interface ScenarioTier {
  readonly name: string;
  readonly route: readonly string[];
  readonly rpoHours: number;
}

/** Everything that a simulation is begun with, as plain data: what is left out of it does not happen. */
export interface Scenario {
  readonly seed: number;
  readonly tiers: readonly ScenarioTier[];
  readonly resources: readonly FakeResource[];
  readonly rounds: readonly Round[];
  readonly faults: readonly Fault[];
  readonly happenings: readonly Happening[];
  /** Null where nothing is pruned. */
  readonly prune: PruneScenario | null;
  /** Whether AWS lets more through than the fleet file allows: then only we keep ourselves to it. */
  readonly generousQuotas: boolean;
  /** How often is looked, where it is not as usual; one second is short enough for a scenario in real time. */
  readonly pollSeconds?: number;
  /** Seconds, of an operation. */
  readonly operations: { readonly shortest: number; readonly longest: number; readonly slowShare: number };
}

export const fleetName = 'sim';
export const sourceAccounts = ['999999999999', '888888888888'] as const;
export const vaultAccount = '111111111111';
export const secondVaultAccount = '222222222222';
export const regions = ['eu-west-1', 'eu-central-1'] as const;
export const topic = `arn:aws:sns:eu-west-1:${vaultAccount}:farcopy`;
export const keyAlias = 'alias/farcopy';

/** Vaults by name: account and region, null where copies stay in the region of their resource. */
export const vaults = {
  secure: { account: vaultAccount, region: null },
  'secure-dr': { account: vaultAccount, region: { 'eu-west-1': 'eu-central-1', 'eu-central-1': 'eu-west-1' } },
  far: { account: secondVaultAccount, region: 'us-east-1' },
} as const;

/** A vault in a bucket of S3. */
export const coldVault = {
  bucket: 's3://sim-cold/copies',
  account: secondVaultAccount,
  region: 'us-east-1',
  key: keyAlias,
  export: {
    bucket: 's3://sim-exports-{region}',
    role: `arn:aws:iam::${vaultAccount}:role/farcopy-export`,
    key: keyAlias,
  },
} as const;
/** Kinds whose copies can be exported to a bucket. */
const exported: readonly string[] = ['aurora-cluster', 'rds-instance'];
const archive = 'archive';

const routes = [['secure'], ['secure', 'secure-dr'], ['secure', 'secure-dr'], ['secure', 'far'], ['far']] as const;
const kinds = ['aurora-cluster', 'rds-instance', 'documentdb-cluster', 'neptune-cluster', 'multi-az-cluster'] as const;
const hour = 3600;

/** The scenario of a seed, in which nothing is pruned. */
export function backupScenarioOf(seed: number): Scenario {
  const random = new Random(`scenario ${seed}`);
  const tiers = tiersOf(random.fork('tiers'));
  const rounds = roundsOf(random.fork('rounds'), tiers);
  const last = lastOf(rounds);
  const isCalm = random.chance(0.1);
  return {
    seed,
    tiers,
    resources: resourcesOf(random.fork('resources'), tiers),
    rounds,
    faults: isCalm ? [] : faultsOf(random.fork('faults'), rounds),
    happenings: isCalm ? [] : happeningsOf(random.fork('happenings'), last),
    prune: null,
    generousQuotas: random.chance(0.5),
    operations: random.pick([
      { shortest: 120, longest: 1800, slowShare: 0 },
      { shortest: 20, longest: 600, slowShare: 0 },
      { shortest: 600, longest: 4 * hour, slowShare: 0.05 },
    ]),
  };
}

function tiersOf(random: Random): ScenarioTier[] {
  const tiers: ScenarioTier[] = ['critical', 'standard'].slice(0, random.whole(1, 2)).map((name) => ({
    name,
    route: random.pick(routes),
    rpoHours: random.pick([6, 12, 26]),
  }));
  const cold = { name: archive, route: ['secure', 'cold'], rpoHours: 26 };
  return random.chance(0.3) ? [...tiers, cold] : tiers;
}

function resourcesOf(random: Random, tiers: readonly ScenarioTier[]): FakeResource[] {
  const isLarge = random.chance(0.2);
  const count = isLarge ? random.whole(7, 14) : random.whole(1, 6);
  // A large fleet of one kind in one place waits for permits.
  const crowded = isLarge ? { kind: random.pick(exported), account: random.pick(sourceAccounts) } : null;
  const taken = new Set<string>();
  return Array.from({ length: count }, (_, i): FakeResource => {
    const tier = random.pick(tiers).name;
    const kind =
      crowded?.kind ?? random.pick<string>(tier === archive ? kinds.filter((name) => exported.includes(name)) : kinds);
    const account = crowded?.account ?? random.pick(sourceAccounts);
    const region = crowded !== null || random.chance(0.75) ? regions[0] : regions[1];
    // Names are shared across kinds and places, as people do.
    const wanted = `db-${random.whole(1, 4)}`;
    const form = kind === 'rds-instance' ? 'instance' : 'cluster';
    const id = taken.has(`${form} ${account} ${region} ${wanted}`) ? `db-${i + 10}` : wanted;
    taken.add(`${form} ${account} ${region} ${id}`);
    return {
      kind,
      account,
      region,
      id,
      sizeGiB: random.whole(1, 2000),
      encryption: random.pick(['customer', 'customer', 'customer', 'default', 'none']),
      tags: { backup: 'true', tier },
    };
  });
}

function roundsOf(random: Random, tiers: readonly ScenarioTier[]): Round[] {
  return tiers.flatMap(({ name }, i) => {
    const every = random.pick([2, 6, 12]) * hour;
    const count = random.whole(1, 2);
    return Array.from({ length: count }, (_, n) => ({ tier: name, at: 600 + i * 60 + n * every }));
  });
}

const lastOf = (rounds: readonly Round[]) => Math.max(...rounds.map(({ at }) => at));

function faultsOf(random: Random, rounds: readonly Round[]): Fault[] {
  const faults: Fault[] = [];
  const last = lastOf(rounds);
  const begin = () => random.whole(0, last + 2 * hour);
  const commands = [null, null, 'Create', 'Copy', 'Describe', 'Modify', 'Delete', 'AddTags', 'DescribeKey', 'Publish'];
  const effects: readonly Effect[] = [
    'unavailable', 'throttled', 'answer-lost', 'answer-lost', 'hangs', 'doubled', 'unreachable', 'no-credentials', 'denied',
  ]; // prettier-ignore
  for (let i = random.whole(0, 5); i > 0; i -= 1) {
    const from = begin();
    faults.push({
      from,
      to: from + random.pick([60, 600, hour, 3 * hour]),
      account: random.chance(0.3) ? random.pick([...sourceAccounts, vaultAccount]) : null,
      region: null,
      command: random.pick(commands),
      rate: random.pick([0.05, 0.2, 0.5, 1]),
      effect: random.pick(effects),
    });
  }
  if (random.chance(0.15)) {
    const from = begin();
    const isRegion = random.chance(0.5);
    faults.push({
      from,
      to: from + random.whole(1, 8) * hour,
      account: isRegion ? null : random.pick([...sourceAccounts, vaultAccount]),
      region: isRegion ? random.pick(regions) : null,
      command: null,
      rate: 1,
      effect: random.pick(['unreachable', 'unavailable']),
    });
  }
  // Nobody hears anything: the topic is gone.
  if (random.chance(0.1))
    faults.push({
      from: 0,
      to: 30 * 24 * hour,
      account: null,
      region: null,
      command: 'Publish',
      rate: 1,
      effect: 'denied',
    });
  // Whatever a round begins is done, but no answer comes; then a change of permissions refuses everything for a while.
  if (random.chance(0.15)) {
    const { at } = random.pick(rounds);
    const refused = at + random.whole(3, 8);
    const everywhere = { account: random.pick(sourceAccounts), region: null, rate: 1 };
    faults.push(
      { ...everywhere, from: at, to: refused, command: 'Create', effect: 'answer-lost' },
      { ...everywhere, from: refused, to: refused + random.whole(30, 90), command: null, effect: 'denied' },
    );
  }
  return faults;
}

function happeningsOf(random: Random, last: number): Happening[] {
  const happenings: Happening[] = [];
  for (let i = random.whole(0, 5); i > 0; i -= 1) {
    const at = random.whole(300, last + 2 * hour);
    const draw = random.next();
    const seconds = random.pick([60, 600, hour, 5 * hour]);
    const what = random.pick([
      'worker-lost', 'worker-lost', 'workers-forget', 'pause', 'force', 'lifecycle-cancelled', 'lifecycle-terminated',
      'recovery-point-cancelled', 'recovery-point-cancelled', 'recovery-point-terminated', 'round-cancelled',
      'stranger-works', 'quota', 'capacity-override', 'key-disabled', 'resource-busy', 'resource-deleted',
      'operation-fails', 'operation-fails', 'copy-deleted', 'restore', 'restore', 'forgery', 'transfer-cancelled',
      'export-fails', 'asked-again', 'nonsense',
    ] as const); // prettier-ignore
    switch (what) {
      case 'worker-lost':
        happenings.push({
          at,
          draw,
          what,
          seconds: random.pick([5, 60, 600]),
          skewSeconds: random.pick([0, 0, 90, -90]),
        });
        break;
      case 'stranger-works':
        happenings.push({ at, draw, what, seconds, snapshots: random.whole(1, 6) });
        break;
      case 'quota':
        happenings.push({ at, draw, what, seconds, capacity: random.whole(1, 3) });
        break;
      case 'capacity-override':
        happenings.push({ at, draw, what, seconds, capacity: random.whole(0, 2) });
        break;
      case 'restore':
        happenings.push({ at, draw, what, seconds: random.pick([1, 300, 1800]), again: random.chance(0.6) });
        break;
      case 'forgery':
      case 'pause':
      case 'force':
      case 'lifecycle-cancelled':
      case 'lifecycle-terminated':
      case 'key-disabled':
      case 'resource-busy':
        happenings.push({ at, draw, what, seconds });
        break;
      default:
        happenings.push({ at, draw, what });
    }
  }
  // Someone asks for what did not come off, and restores, once there is something to restore.
  if (random.chance(0.4))
    happenings.push({ at: last + random.whole(2, 9) * hour, draw: random.next(), what: 'asked-again' });
  if (random.chance(0.3)) {
    const at = last + random.whole(3, 9) * hour;
    const draw = random.next();
    // Of what is restored.
    if (random.chance(0.3)) happenings.push({ at: at - 60, draw, what: 'forgery', seconds: hour });
    happenings.push({
      at,
      draw,
      what: 'restore',
      seconds: random.pick([1, 300]),
      again: random.chance(0.6),
    });
  }
  if (random.chance(0.02))
    happenings.push({
      at: random.whole(300, hour),
      draw: random.next(),
      what: 'crowd',
      waiters: random.whole(500, 4000),
    });
  // Exports are rare, and so are those that fail.
  if (random.chance(0.2)) happenings.push({ at: random.whole(300, last), draw: random.next(), what: 'export-fails' });
  return happenings.sort((a, b) => a.at - b.at);
}

const roles = ['source', 'vault', 'lender', 'restore'];
const retentionRoles = ['marker', 'pruner'];

/**
 * The fleet file that an operator has written for it.
 *
 * @param rules of retention, where copies are pruned
 */
export function fleetText(
  { tiers, pollSeconds, prune }: Scenario,
  rules: WrittenRules | null = prune?.rules ?? null,
): string {
  return JSON.stringify({
    fleet: fleetName,
    roles: Object.fromEntries(
      [...roles, ...(rules === null ? [] : retentionRoles)].map((role) => [
        role,
        `arn:aws:iam::{account}:role/farcopy-${role}`,
      ]),
    ),
    accounts: sourceAccounts.map((id) => ({ id, regions })),
    vaults: Object.fromEntries([
      ...Object.entries(vaults).map(([name, { account, region }]): [string, object] => [
        name,
        { account, key: keyAlias, ...(region === null ? {} : { region }) },
      ]),
      ['cold', coldVault] as [string, object],
    ]),
    shareableKey: keyAlias,
    restore: { targets: sourceAccounts.map((account) => ({ account, regions })) },
    select: kinds.flatMap((kind) => {
      // A rule that reaches a bucket must be of a kind that can be exported to one.
      const own = tiers.filter(({ name }) => name !== archive || exported.includes(kind));
      return own.map(({ name }) => ({ kind, tags: { backup: 'true', tier: name }, tier: name }));
    }),
    tiers: Object.fromEntries(
      tiers.map(({ name, route, rpoHours }) => [
        name,
        {
          schedule: '0 2 * * *',
          rpo: `${rpoHours}h`,
          route,
          retention: rules?.retention[name] ?? { daily: 14, minimum: 2 },
          ...(rules === null ? {} : { timezone: rules.timezone }),
        },
      ]),
    ),
    ...(rules === null ? {} : { prune: 'enabled', ...(rules.retired === null ? {} : { retired: rules.retired }) }),
    notifications: { snsTopics: [topic] },
    state: {
      bucket: 's3://sim-state',
      role: `arn:aws:iam::${coldVault.account}:role/farcopy-state`,
      region: regions[0],
    },
    ...(pollSeconds === undefined ? {} : { polling: { shortest: `${pollSeconds}s`, longest: `${pollSeconds}s` } }),
  });
}
