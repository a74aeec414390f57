import { Random } from '../random';
import { backupScenarioOf, type Fault, regions, type Scenario, sourceAccounts, vaultAccount } from '../scenario';

/** What befalls one copy as soon as it is begun, whenever that is. */
export interface Turn {
  readonly what: 'operation-fails' | 'recovery-point-cancelled';
  /** Of which resource of the scenario. */
  readonly resource: number;
  /** Where the copy is begun. */
  readonly place: 'source' | 'vault';
}

/** A scenario that real time suffices for. It ends one way, whichever of what runs side by side comes first. */
export interface BriefScenario extends Scenario {
  readonly turns: readonly Turn[];
}

const forEver = 30 * 24 * 3600;

/** The fleet of a seed, one round of each tier, and what goes wrong with it: everything within seconds. */
export function briefScenarioOf(seed: number): BriefScenario {
  const scenario = backupScenarioOf(seed);
  const random = new Random(`brief scenario ${seed}`);
  const resources = scenario.resources.slice(0, 8);
  return {
    ...scenario,
    resources,
    rounds: scenario.tiers.map(({ name }, i) => ({ tier: name, at: 1 + i })),
    happenings: [],
    faults: [...lasting(random.fork('lasting')), ...passing(random.fork('passing'))],
    turns: turnsOf(random.fork('turns'), resources.length),
    pollSeconds: 1,
    operations: { shortest: 2, longest: 5, slowShare: 0 },
  };
}

/** What is refused stays refused, and is believed. */
function lasting(random: Random): Fault[] {
  if (random.chance(0.5)) return [];
  const [account, command, region] = random.pick([
    [vaultAccount, 'Copy', regions[0]],
    [vaultAccount, 'Copy', regions[1]],
    [sourceAccounts[0], 'Create', null],
    [sourceAccounts[1], 'Describe', null],
  ]);
  return [{ from: 0, to: forEver, account, region, command, rate: 1, effect: 'denied' }];
}

/** What comes back is tried again, and leaves no trace. */
function passing(random: Random): Fault[] {
  return Array.from({ length: random.whole(0, 2) }, () => ({
    from: 0,
    to: random.whole(4, 10),
    account: null,
    region: null,
    command: random.pick([null, 'Create', 'Copy', 'Modify', 'AddTags', 'Publish']),
    rate: random.pick([0.1, 0.3]),
    effect: random.pick(['unavailable', 'throttled', 'answer-lost', 'doubled', 'unreachable'] as const),
  }));
}

function turnsOf(random: Random, resources: number): Turn[] {
  if (random.chance(0.4)) return [];
  return [
    {
      what: random.pick(['operation-fails', 'recovery-point-cancelled'] as const),
      resource: random.whole(0, resources - 1),
      place: random.pick(['source', 'vault'] as const),
    },
  ];
}
