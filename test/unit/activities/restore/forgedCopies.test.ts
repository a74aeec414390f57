import { planRestore } from '../../../../src/activities/restore/restorePlanning';
import { copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { failureTypes } from '../../../../src/core/failure';
import { recoveryPointId } from '../../../../src/core/naming';
import { type ResourceRef } from '../../../../src/core/resource';
import { type RestoreRequest } from '../../../../src/core/restore/restoreRequest';
import { FakeCloud } from '../../../fakes/cloud';
import { fleetOf } from '../../client/fleet';

/** A source account is taken over: whoever has it can make snapshots there, and write any tag on them. */

const home: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const other: Scope = { account: '888888888888', region: 'eu-west-1', access: 'source' };
const secure: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const time = '2026-11-21T02:00:00Z';
const taken = '2026-11-21T02:03:00.000Z';

let cloud: FakeCloud;
let clock: number;
let shop: ResourceRef;
let bundles: (string | null)[];

const tagsOf = (resource: ResourceRef, place: string, changes: Record<string, string> = {}) => ({
  [copyTags.fleet]: 'panda',
  [copyTags.resource]: resource.arn,
  [copyTags.recoveryPoint]: recoveryPointId(resource, time),
  [copyTags.scheduledTime]: time,
  [copyTags.dataTime]: taken,
  [copyTags.place]: place,
  [copyTags.tier]: 'standard',
  [copyTags.verified]: 'exists 2026-11-21T02:10:00Z',
  ...changes,
});

beforeEach(async () => {
  clock = Date.parse(taken);
  bundles = [];
  cloud = new FakeCloud({ now: () => clock });
  shop = cloud.addResource({ kind: 'aurora-cluster', ...home, id: 'shop' });
  const copies = cloud.kinds().copiesOf('aurora-cluster');
  const source = await copies.snapshot({ resource: shop, marker: 'farcopy-s', tags: tagsOf(shop, 'source') });
  await copies.sharing?.share(source, home, secure.account);
  clock += 600_000;
  await copies.copy({
    source,
    target: secure,
    marker: 'farcopy-c',
    key: 'alias/farcopy',
    tags: tagsOf(shop, 'secure'),
  });
  clock += 3600_000;
});

/** A snapshot that the attacker makes in an account that is theirs. */
async function plant(where: Scope, changes: Record<string, string>, marker = 'farcopy-planted') {
  const theirs =
    where.account === home.account ? shop : cloud.addResource({ kind: 'aurora-cluster', ...where, id: 'shop' });
  const tags = tagsOf(shop, 'secure', changes);
  return cloud.kinds().copiesOf('aurora-cluster').snapshot({ resource: theirs, marker, tags });
}

const later = '2026-11-30T02:00:00Z';
const newer = () => ({
  [copyTags.recoveryPoint]: recoveryPointId(shop, later),
  [copyTags.scheduledTime]: later,
  [copyTags.dataTime]: later,
});

const plan = (request: Partial<RestoreRequest> = {}) =>
  planRestore(
    {
      fleet: fleetOf(),
      kinds: cloud.kinds(),
      scopes: async () => [home, other],
      readBundle: async (_resource, _time, signed) => {
        bundles.push(signed);
        return null;
      },
    },
    { resource: shop.arn, as: 'shop-back', ...request },
    { 'farcopy:restore': 'r1' },
  );

test('as Farcopy has made everything, the nearest copy is restored, which a vault proves', async () => {
  const { source, differences } = await plan();
  expect(source).toMatchObject({ place: 'source', id: 'farcopy-s' });
  expect(differences.join()).not.toContain('left aside');
});

describe('a snapshot that the attacker plants in the source account', () => {
  it.each([
    ['claims to lie in the vault, and to be newer', () => newer(), {}],
    ['claims so, where the vault is asked for', () => newer(), { from: 'secure' }],
    ['is honest about its place, and newer', () => ({ ...newer(), [copyTags.place]: 'source' }), {}],
    [
      'is newer, and claims the time at which it was made',
      () => ({ ...newer(), [copyTags.place]: 'source', [copyTags.dataTime]: new Date(clock).toISOString() }),
      {},
    ],
    ['bears the tags of the genuine recovery point', () => ({ [copyTags.place]: 'source' }), {}],
  ] as const)('that %s is never restored', async (_, changes, request) => {
    const planted = await plant(home, changes());
    const { source, recoveryPoint } = await plan(request);
    expect(source.arn).not.toBe(planted.arn);
    expect(recoveryPoint).toBe(recoveryPointId(shop, time));
  });

  it('is not taken for the genuine one that was deleted', async () => {
    await cloud.kinds().copiesOf('aurora-cluster').delete({ id: 'farcopy-s' }, home);
    await plant(home, { [copyTags.place]: 'source' }, 'farcopy-s');
    expect((await plan()).source).toMatchObject({ place: 'secure', account: secure.account });
  });

  it('is restored only by whoever asks for what lies at the source, and is told what that means', async () => {
    await plant(home, { ...newer(), [copyTags.place]: 'source', [copyTags.dataTime]: new Date(clock).toISOString() });
    const { source, differences } = await plan({ from: 'source' });
    expect(source).toMatchObject({ place: 'source', id: 'farcopy-planted' });
    expect(differences).toContain('the copy in source is proven by nothing but its own account');
  });

  it('signs no recovery bundle', async () => {
    const bundle = 'f'.repeat(64);
    await plant(home, { [copyTags.place]: 'source', [copyTags.bundle]: bundle });
    await plan();
    expect(bundles).toEqual([null]);
  });

  it('that says who it is not is named to people', async () => {
    const planted = await plant(home, newer());
    expect((await plan()).differences).toContainEqual(
      expect.stringMatching(new RegExp(`^left aside: ${planted.arn}: its tags say that it lies in secure`)),
    );
  });
});

test('another source account says nothing of a resource that is not its own', async () => {
  await plant(other, { ...newer(), [copyTags.place]: 'source' });
  expect((await plan({ from: 'source' })).source).toMatchObject({ account: home.account, id: 'farcopy-s' });
  expect((await plan({ resource: 'shop' })).resource).toEqual(shop);
});

test('where nothing but the source has a copy, nothing is restored unless that is asked for', async () => {
  await cloud.kinds().copiesOf('aurora-cluster').delete({ id: 'farcopy-c' }, secure);
  await expect(plan()).rejects.toMatchObject({
    type: failureTypes.notFound,
    message: expect.stringContaining('--from source') as string,
  });
  expect((await plan({ from: 'source' })).source).toMatchObject({ place: 'source' });
});
