import { Random } from '../random';
import { type Effect, type Fault, regions, type Scenario, sourceAccounts, vaultAccount } from '../scenario';
import { type WrittenRetention, type WrittenRules } from './pruneScenario';

const hour = 3600;
const day = 24 * hour;
const prunedOneIn = 6;
const prunedSeed = 3;

const policies: readonly WrittenRetention[] = [
  { daily: 3, minimum: 1 },
  { daily: 2, weekly: 2, minimum: 2 },
  { hourly: 3, daily: 2, minimum: 1 },
  { keepDays: 2, minimum: 2 },
  { minimum: 3 },
  { minimum: 2 },
  { daily: 3, minimum: 1, places: { 'secure-dr': { daily: 5, minimum: 1 }, source: { minimum: 1 } } },
  { weekly: 1, daily: 4, minimum: 1, places: { secure: { daily: 2, minimum: 2 } } },
];
const zones = ['UTC', 'Europe/Vienna', 'America/New_York'];

/** Lets some scenarios go on for days in which copies are pruned. All others stay what they are, and so does the beginning of these. */
export function withPrune(scenario: Scenario): Scenario {
  if (scenario.seed % prunedOneIn !== prunedSeed) return scenario;
  const random = new Random(`prune ${scenario.seed}`);
  const tiers = scenario.tiers.map(({ name }) => name);
  const days = random.whole(4, 6);
  const rounds = Array.from({ length: days }, (_, i) =>
    tiers.map((tier, n) => ({ tier, at: (i + 1) * day + 2 * hour + n * 60 })),
  ).flat();
  // So long after the last round that what it has pushed out goes as well.
  const runs = Array.from({ length: days + 5 }, (_, i) => i * day + 12 * hour);
  const isCalm = random.chance(0.1);
  return {
    ...scenario,
    rounds: [...scenario.rounds, ...rounds],
    prune: {
      rules: rulesOf(random.fork('rules'), tiers),
      changed: rulesOf(random.fork('changed'), tiers),
      daysBefore: random.whole(2, 9),
      runs,
    },
    faults: isCalm ? scenario.faults : [...scenario.faults, ...faultsOf(random.fork('faults'), runs)],
    happenings: isCalm
      ? scenario.happenings
      : [...scenario.happenings, ...happeningsOf(random.fork('happenings'), runs)].sort((a, b) => a.at - b.at),
  };
}

function rulesOf(random: Random, tiers: readonly string[]): WrittenRules {
  return {
    retention: Object.fromEntries(tiers.map((tier) => [tier, random.pick(policies)])),
    timezone: random.pick(zones),
    retired: random.chance(0.3) ? { after: '7d', retention: { daily: 2, minimum: 1 } } : null,
  };
}

/** Of the runs, those that find something that has waited for long enough. */
const firstDue = 3;

/** About the time at which copies are marked and deleted; as a rule, of a run that deletes. */
function near(random: Random, runs: readonly number[]): number {
  const run = random.pick(random.chance(0.8) ? runs.slice(firstDue) : runs);
  return run + random.pick([-1800, -10, 0, 1, 1, 2, 2, 3, 3, 4, 5, 8, 20, 90]) + random.next();
}

function faultsOf(random: Random, runs: readonly number[]): Fault[] {
  const effects: readonly Effect[] = [
    'unavailable', 'throttled', 'throttled', 'answer-lost', 'answer-lost', 'hangs', 'doubled', 'unreachable',
    'no-credentials', 'denied',
  ]; // prettier-ignore
  const commands = ['AddTags', 'Delete', 'Delete', 'Describe', 'GetCallerIdentity', 'list', 'Publish', null];
  return Array.from({ length: random.whole(0, 4) }, (): Fault => {
    const isRegion = random.chance(0.2);
    const from = isRegion ? near(random, runs) - 3 * hour : near(random, runs);
    return {
      from,
      to: from + (isRegion ? 6 * hour : random.pick([2, 20, 120, hour, 7 * hour])),
      account: isRegion || random.chance(0.6) ? null : random.pick([...sourceAccounts, vaultAccount]),
      region: isRegion ? random.pick(regions) : null,
      command: isRegion ? null : random.pick(commands),
      rate: isRegion ? 1 : random.pick([0.1, 0.3, 0.6, 1]),
      effect: isRegion ? 'unreachable' : random.pick(effects),
    };
  });
}

function happeningsOf(random: Random, runs: readonly number[]): Scenario['happenings'] {
  const first = { at: (runs[0] ?? 0) + hour, draw: random.next(), what: 'approval' } as const;
  // What lies there at the beginning was never pruned: brakes hold it until a person has looked.
  const approved = random.chance(0.85) ? [first] : [];
  const others = Array.from({ length: random.whole(1, 9) }, () => {
    const base = { at: Math.max(300, near(random, runs)), draw: random.next() };
    const what = random.pick([
      'hold', 'hold', 'hold', 'retention-worker-lost', 'retention-worker-lost', 'retention-worker-lost',
      'fleet-file-changed', 'fleet-file-changed', 'copied-tags', 'cloud-clock', 'approval', 'approval', 'approval',
      'prune-cancelled', 'prune-asked', 'old-restore', 'old-restore', 'newest-deleted', 'newest-deleted', 'tier-changed',
      'made-again',
    ] as const); // prettier-ignore
    switch (what) {
      case 'hold':
        return { ...base, what, seconds: random.pick([hour, day, 2 * day]) };
      case 'retention-worker-lost':
        return {
          ...base,
          what,
          crew: random.pick(['marker', 'pruner', 'pruner'] as const),
          seconds: random.pick([1, 60, hour, 7 * hour, day]),
          skewSeconds: random.pick([0, 90, -4 * day, 4 * day, 4 * day]),
        };
      case 'fleet-file-changed':
        return { ...base, what, to: random.pick(['changed', 'rules'] as const), lagSeconds: random.pick([1, 60, day]) };
      case 'cloud-clock':
        // Nearly right, or so wrong that nobody may go by it.
        return {
          ...base,
          what,
          seconds: random.pick([600, day]),
          skewSeconds: random.pick([120, -120, 3 * day, -3 * day]),
        };
      case 'old-restore':
        // It takes a while before a restore reads anything.
        return { ...base, what, at: Math.max(300, base.at - 10 - 240 * base.draw) };
      case 'made-again':
        return { ...base, what, seconds: random.pick([600, day]) };
      default:
        return { ...base, what };
    }
  });
  return [...approved, ...others];
}
