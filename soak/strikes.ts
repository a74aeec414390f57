import { defaultRegion, secondRegion, vaultAccount } from '../sandbox/seed/sandboxAccounts';
import { Random } from '../simulation/random';
import { type InjectedFault } from '../test/support/emulatorControl';

/** What goes wrong, or what a person does, from one second of the run to another. */
export interface Strike {
  /** In seconds since the start. */
  readonly from: number;
  readonly to: number;
  readonly what:
    | { readonly type: 'fault'; readonly fault: InjectedFault }
    /** `kill -9` of a worker, which starts again at the end. */
    | { readonly type: 'kill' }
    /** A lifecycle, by the number of its resource, is told to pause and to resume. */
    | { readonly type: 'pause'; readonly resource: number }
    | { readonly type: 'force'; readonly resource: number };
}

export interface StruckFleet {
  readonly seed: number;
  readonly seconds: number;
  readonly resources: number;
  /** Of the databases. */
  readonly accounts: readonly string[];
}

/** Calm before the first strike: workers and lifecycles have begun. */
const calmSeconds = 15;

/**
 * All that strikes a run, in the order in which it begins. The seed alone decides it. Every strike passes before the end, so none
 * excuses a recovery point that fails.
 */
export function strikesOf({ seed, seconds, resources, accounts }: StruckFleet): Strike[] {
  const random = new Random(`soak ${seed}`);
  const regions = [defaultRegion, secondRegion(defaultRegion)];
  const faults = lane(random.fork('faults'), seconds, { gap: [5, 20], length: [5, 30] }, (r) => ({
    type: 'fault',
    fault: faultOf(r, regions, [...accounts, vaultAccount]),
  }));
  const outages = lane(random.fork('outages'), seconds, { gap: [90, 240], length: [5, 15] }, (r) => ({
    type: 'fault',
    fault: { match: { region: r.pick(regions) }, fault: { type: 'region-down' } },
  }));
  const kills = lane(random.fork('kills'), seconds, { gap: [90, 180], length: [1, 10] }, () => ({ type: 'kill' }));
  const pauses = lane(random.fork('pauses'), seconds, { gap: [10, 40], length: [10, 40] }, (r) => ({
    type: 'pause',
    resource: r.whole(0, resources - 1),
  }));
  const forced = lane(random.fork('forced'), seconds, { gap: [20, 60], length: [0, 0] }, (r) => ({
    type: 'force',
    resource: r.whole(0, resources - 1),
  }));
  return [...faults, ...outages, ...kills, ...pauses, ...forced].sort((a, b) => a.from - b.from);
}

/** One after the other, never two at once. */
function lane(
  random: Random,
  seconds: number,
  { gap, length }: { readonly gap: readonly [number, number]; readonly length: readonly [number, number] },
  what: (random: Random) => Strike['what'],
): Strike[] {
  const found: Strike[] = [];
  for (let from = calmSeconds + random.between(0, gap[1]); ;) {
    const to = from + random.between(...length);
    if (to >= seconds) return found;
    found.push({ from, to, what: what(random) });
    from = to + random.between(...gap);
  }
}

function faultOf(random: Random, regions: readonly string[], accounts: readonly string[]): InjectedFault {
  const fault = random.pick([
    { type: 'throttle' },
    { type: 'error', code: 'InternalFailure', status: 500 },
    { type: 'error', code: 'ServiceUnavailable', status: 503 },
    { type: 'error-after-commit' },
    { type: 'timeout', seconds: random.whole(1, 8) },
    { type: 'timeout-after-commit', seconds: random.whole(1, 8) },
  ]);
  const match = random.pick([{}, { region: random.pick(regions) }, { account: random.pick(accounts) }]);
  return { match, fault, probability: random.between(0.05, 0.3) };
}
