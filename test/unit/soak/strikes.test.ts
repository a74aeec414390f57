import { strikesOf } from '../../../soak/strikes';

const accounts = ['999999999999', '888888888888'];
const hour = (seed: number) => strikesOf({ seed, seconds: 3600, resources: 100, accounts });
const of = (seed: number, type: string) => hour(seed).filter(({ what }) => what.type === type);

it('makes of a seed the same strikes again, and of another one others', () => {
  expect(hour(17)).toEqual(hour(17));
  expect(hour(17)).not.toEqual(hour(18));
});

it('strikes in the order of time, and everything passes before the end', () => {
  const strikes = hour(3);
  expect(strikes.map(({ from }) => from)).toEqual(strikes.map(({ from }) => from).sort((a, b) => a - b));
  expect(strikes.filter(({ from, to }) => from < 15 || to < from || to >= 3600)).toEqual([]);
});

it('strikes with everything in an hour, whatever the seed', () => {
  const wanted = ['throttle', 'error', 'error-after-commit', 'timeout', 'timeout-after-commit', 'region-down'];
  for (const seed of [1, 2, 3]) {
    const faults = hour(seed).flatMap(({ what }) => (what.type === 'fault' ? [what.fault.fault.type] : []));
    expect(wanted.filter((type) => !faults.includes(type))).toEqual([]);
    for (const type of ['kill', 'pause', 'force']) expect(of(seed, type).length).toBeGreaterThan(10);
  }
});

it('kills a worker only once the one before runs again', () => {
  const kills = of(1, 'kill');
  expect(kills.filter(({ from }, i) => from < (kills[i - 1]?.to ?? 0) + 60)).toEqual([]);
});

it('names resources that there are', () => {
  const named = hour(1).flatMap(({ what }) => ('resource' in what ? [what.resource] : []));
  expect([Math.min(...named) >= 0, Math.max(...named) <= 99]).toEqual([true, true]);
});
