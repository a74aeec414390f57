import { changeHolds, type HoldChange } from '../../../../src/client/retention/changeHolds';
import { listHoldPoints } from '../../../../src/client/retention/listHoldPoints';
import { type CopyRef, copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { newHold, withHold } from '../../../../src/core/retention/hold';
import { type HoldPoint } from '../../../../src/core/retention/holdPoints';
import { HeldFleet } from './heldFleet';

const day = '2026-11-20T02:00:00Z';
const all = { named: [], time: null, from: null, to: null };
const { signal } = new AbortController();
const hold = newHold('anna@laptop', Date.parse(day), 'breach-7', 'ticket');
const vault: Scope = { account: '111111111111', region: 'eu-central-1', access: 'marker' };

let world: HeldFleet;
let points: readonly HoldPoint[];
let inSecondRegion: CopyRef;
beforeEach(async () => {
  world = new HeldFleet();
  await world.backUp(world.add('shop'), day);
  ({ points } = await listHoldPoints(world.fleet, world.clouds('marker'), all, signal, () => undefined));
  const found = points.flatMap(({ copies }) => copies).find(({ place }) => place === 'secure-dr');
  if (found === undefined) throw new Error('there is no copy in the second region');
  inSecondRegion = found.copy;
});

const copies = () => world.cloud.kinds().copiesOf('aurora-cluster');
const set = (isDry = false) =>
  changeHolds(world.clouds('marker'), points, (value) => withHold(value, hold), {
    isDry,
    clock: () => Date.parse(day),
    signal,
  });
const said = (changes: readonly HoldChange[]) =>
  Object.fromEntries(changes.map(({ place, state, message }) => [place, message ?? state]));

it('loses no hold that somebody has set since the copies were listed', async () => {
  await copies().tag(inSecondRegion, vault, { [copyTags.hold]: 'legal' });
  expect(said(await set())).toEqual({ source: 'changed', secure: 'changed', 'secure-dr': 'changed' });
  expect(world.tags()[`shop ${day} in secure-dr`]).toMatch(/^legal \+ 2026-11-20T02:00:00Z by=anna@laptop/);
});

it('tags nothing that has become something else since, and tells of what is gone', async () => {
  await copies().tag(inSecondRegion, vault, { [copyTags.recoveryPoint]: 'another' });
  expect(said(await set())['secure-dr']).toBe('something else bears its identifier now');
  expect(world.cloud.allCopies().filter(({ tags }) => tags[copyTags.hold] === 'none')).toHaveLength(1);
  await copies().delete(inSecondRegion, { ...vault, access: 'pruner' });
  expect((await set()).filter(({ state }) => state !== 'unchanged')).toMatchObject([
    { place: 'secure-dr', state: 'failed', message: expect.stringContaining('there is none') as string },
  ]);
});

it('tells where a tag has no room for one more, and leaves it as it is', async () => {
  const full = 'x'.repeat(250);
  await copies().tag(inSecondRegion, vault, { [copyTags.hold]: full });
  expect(said(await set())['secure-dr']).toContain('its tag has no room for one more');
  expect(world.tags()[`shop ${day} in secure-dr`]).toBe(full);
});

it('asks nothing and tags nothing in a dry run', async () => {
  const calls = new Map(world.cloud.calls);
  expect(said(await set(true))).toEqual({ source: 'changed', secure: 'changed', 'secure-dr': 'changed' });
  expect(world.cloud.calls).toEqual(calls);
});
