import { planRestore } from '../../../../src/activities/restore/restorePlanning';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { failureTypes } from '../../../../src/core/failure';
import { type ResourceRef } from '../../../../src/core/resource';
import { type RestoreRequest } from '../../../../src/core/restore/restoreRequest';
import { awsError, FakeCloud } from '../../../fakes/cloud';
import { fleetOf } from '../../client/fleet';

const home: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const other: Scope = { account: '888888888888', region: 'eu-west-1', access: 'source' };
const secure: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const scheduledTime = '2026-11-21T02:00:00Z';
const fleet = fleetOf('restore: {targets: [{account: "333333333333", regions: [eu-west-1]}]}');

let cloud: FakeCloud;
let shop: ResourceRef;

beforeEach(async () => {
  cloud = new FakeCloud({ now: () => Date.parse('2026-11-21T02:03:00Z') });
  shop = cloud.addResource({ kind: 'aurora-cluster', ...home, id: 'shop' });
  const copies = cloud.kinds().copiesOf('aurora-cluster');
  const identity = { fleet: 'panda', tier: 'standard', resource: shop, scheduledTime };
  const tags = (place: string) => ({
    ...recoveryPointTags(identity, place, '2026-11-21T02:03:00Z'),
    [copyTags.verified]: 'exists 2026-11-21T02:10:00Z',
  });
  const source = await copies.snapshot({ resource: shop, marker: 'farcopy-s', tags: tags('source') });
  await copies.sharing?.share(source, home, secure.account);
  await copies.copy({ source, target: secure, marker: 'farcopy-c', key: 'alias/farcopy', tags: tags('secure') });
});

const plan = (request: Partial<RestoreRequest> = {}) =>
  planRestore(
    { fleet, kinds: cloud.kinds(), scopes: async () => [home, other], readBundle: async () => null },
    { resource: shop.arn, as: 'shop-back', from: 'secure', ...request },
    { 'farcopy:restore': 'r1' },
  );

test.each([undefined, '333333333333/eu-west-1'])(
  'a copy comes back where its database was, and into %s',
  async (to) => {
    expect((await plan(to === undefined ? {} : { to })).target.account).toBe(to?.split('/')[0] ?? home.account);
  },
);

test.each([
  ['an account of nobody’s', '666666666666/eu-west-1'],
  ['the account of other databases of the fleet', `${other.account}/eu-west-1`],
  ['another region of an account that is named', '333333333333/us-east-1'],
])('none comes into %s: the fleet file does not say so', async (_, to) => {
  await expect(plan({ to })).rejects.toMatchObject({
    type: failureTypes.configuration,
    message: expect.stringMatching(new RegExp(`^to: the fleet file of panda does not let .* into ${to};`)) as string,
  });
});

test('no drill is a way into an account where restores may lead', async () => {
  const drill = { fleet: 'panda', workflowId: 'drill/shop', runId: 'r', since: scheduledTime };
  await expect(plan({ to: '333333333333/eu-west-1', drill })).rejects.toMatchObject({
    type: failureTypes.configuration,
    message: expect.stringContaining('no drill of the fleet file of panda restores into') as string,
  });
});

test('where the vault may not lend its key, planning says so, and lends nothing', async () => {
  cloud.fault({ call: 'lendKey', failure: () => awsError('AccessDeniedException', 'not authorized', 400), times: 9 });
  await expect(plan()).rejects.toMatchObject({
    type: failureTypes.configuration,
    message: expect.stringContaining('the lender role may not') as string,
  });
  expect([...cloud.state.grants]).toEqual([]);
});
