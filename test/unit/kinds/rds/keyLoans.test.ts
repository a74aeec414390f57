import { type Copy, copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { type CopyOperations, type Sharing } from '../../../../src/kinds/kind';
import { FakeCloud } from '../../../fakes/aws/fakeCloud';

const owner: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const vault: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const lender: Scope = { ...vault, access: 'lender' };
const tags = { [copyTags.fleet]: 'panda', [copyTags.recoveryPoint]: 'rp-1', [copyTags.resource]: 'arn:shop' };

let cloud: FakeCloud;
let copies: CopyOperations;
let sharing: Sharing;

beforeEach(() => {
  cloud = new FakeCloud();
  copies = cloud.kinds().copiesOf('aurora-cluster');
  if (copies.sharing === undefined) throw new Error('it cannot be shared');
  ({ sharing } = copies);
});

/** A copy in the vault, under its key or under none. */
async function copyInVault(encryption: 'customer' | 'none'): Promise<Copy> {
  const { account, region } = owner;
  const resource = cloud.addResource({ kind: 'aurora-cluster', account, region, id: 'shop', encryption });
  const snapshot = await copies.snapshot({ resource, marker: 'farcopy-a', tags });
  await sharing.share(snapshot, owner, vault.account);
  const key = encryption === 'none' ? null : 'alias/farcopy';
  const { id } = await copies.copy({ source: snapshot, target: vault, marker: 'farcopy-b', key, tags });
  return copies.progress({ id }, vault);
}

const lent = () => [...cloud.state.grants.values()];

test('who reads a share all the time is lent no key: keys of their own let them in', async () => {
  await copyInVault('customer');
  expect(lent()).toEqual([]);
});

test('what a vault lends is of use, and is taken back with its key', async () => {
  const copy = await copyInVault('customer');
  await sharing.share(copy, lender, owner.account);
  await sharing.share(copy, lender, owner.account);
  expect(lent()).toEqual([
    {
      KeyId: copy.keyArn,
      GranteePrincipal: `arn:aws:iam::${owner.account}:role/farcopy-restore`,
      Name: `farcopy/${copy.id}`,
    },
  ]);
  await sharing.share(copy, lender, '333333333333');
  await sharing.unshare(copy, lender, owner.account);
  await sharing.unshare(copy, lender, owner.account);
  expect(lent().map(({ GranteePrincipal }) => GranteePrincipal)).toEqual([
    'arn:aws:iam::333333333333:role/farcopy-restore',
  ]);
});

test('with a copy on the way goes the key that was lent for it', async () => {
  const copy = await copyInVault('customer');
  await sharing.share(copy, lender, owner.account);
  await copies.delete(copy, lender);
  expect(lent()).toEqual([]);
  await expect(copies.delete(copy, lender)).resolves.toBeUndefined();
});

test('a plain copy needs no key', async () => {
  await sharing.share(await copyInVault('none'), lender, owner.account);
  expect(lent()).toEqual([]);
});
