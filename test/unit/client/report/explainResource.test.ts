import { parseResourceArgument } from '../../../../src/client/catalogue/resourceArgument';
import { isBlind, lookExitCode } from '../../../../src/client/cli/commands/report/lookExitCode';
import { explainResource } from '../../../../src/client/report/explainResource';
import { loadPrices } from '../../../../src/client/report/priceTable';
import { type FleetLook } from '../../../../src/core/report/look';
import { newHold, withHold } from '../../../../src/core/retention/hold';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetLook, lookedCopy, lookedDatabase, lookedFleet } from '../../../fakes/fleetLook';

const shop = lookedDatabase({ id: 'shop' });
const gone = lookedDatabase({ id: 'gone' });
const refusal = { kind: null, where: '999999999999/eu-west-1', account: '999999999999', region: 'eu-west-1' };
const unread = (unreachable: boolean) => ({ ...refusal, message: 'denied', unreachable });
const explained = (look: FleetLook, name: string) =>
  explainResource(lookedFleet, look, loadPrices(), parseResourceArgument(name, knownKinds), null);

describe('a resource that is not in its account', () => {
  const kept = fleetLook([shop], [lookedCopy({ of: gone, place: 'secure', hours: 50 })]);

  test('has gone where all were listed, and is anything else where they were not', async () => {
    expect(await explained(kept, 'gone')).toMatchObject({ state: 'gone', why: 'its account has it no more' });
    const unlisted = { ...kept, looked: new Set<string>() };
    expect(await explained(unlisted, 'gone')).toMatchObject({ state: 'not-listed' });
    const outside = new Set(['aurora-cluster/999999999999/eu-west-1']);
    expect(await explained({ ...unlisted, outside }, 'gone')).toMatchObject({ state: 'outside' });
  });

  test('is none only where everybody could be asked', async () => {
    await expect(explained(kept, 'nobody')).rejects.toThrow('there is no such resource');
    expect(await explained({ ...kept, unreadable: [unread(false)] }, 'nobody')).toBeNull();
  });
});

test('tells when retention lets its copies go, as `prune --plan` does', async () => {
  const copies = Array.from({ length: 20 }, (_, day) => lookedCopy({ of: shop, place: 'secure', hours: day * 24 + 1 }));
  const found = await explained(fleetLook([shop], copies), 'shop');
  expect(found?.retention[0]?.go.map(({ departure }) => departure.type)).toContain('braked');
});

test('tells who holds its copies, where, and where no service locks what is held', async () => {
  const hold = newHold('anna@laptop', Date.parse('2026-11-21T09:00:00Z'), 'breach-7', 'ticket');
  const value = withHold('none', hold) ?? '';
  const held = (place: string, hours: number, locked = true) => {
    const copy = lookedCopy({ of: shop, place, hours });
    if (copy.stored === null) return { ...copy, hold: value };
    return {
      ...copy,
      hold: value,
      stored: { ...copy.stored, holds: [{ id: 'x', hold, locked, cloud: null, releasing: false }] },
    };
  };
  const some = [held('secure', 1), held('other-cloud', 1), held('other-cloud', 25, false)];
  const found = await explained(
    fleetLook([shop], [...some, lookedCopy({ of: shop, place: 'secure', hours: 25 })]),
    'shop',
  );
  expect(found?.holds).toEqual([
    { hold, recoveryPoints: 2, places: ['other-cloud', 'secure'], unlocked: ['other-cloud'] },
  ]);
});

test('a look at which the clouds told nothing is told by its exit code, whatever Temporal said', () => {
  const blind = (unreachable: boolean) => fleetLook([], [], { unreadable: [unread(unreachable)] });
  expect([lookExitCode(blind(true)), lookExitCode(blind(false))]).toEqual([5, 4]);
  expect(isBlind(blind(false))).toBe(true);
  const partial = fleetLook([shop], [], { unreadable: [unread(true)] });
  expect([lookExitCode(partial), isBlind(partial)]).toEqual([3, false]);
  expect([lookExitCode(fleetLook([], [])), isBlind(fleetLook([], []))]).toEqual([0, false]);
});
