import { resourceKinds, type ResourceKind } from '../../../src/core/resource';
import { defaultCapacity } from '../../../src/core/limits/limit';
import { type Scope } from '../../../src/core/catalogue/copy';
import { describeResourceProvider, type ProviderFixture } from '../../conformance/resourceProvider';
import { FakeCloud } from '../../fakes/cloud';

const owner: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const vault: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const vaultElsewhere: Scope = { ...vault, region: 'eu-central-1' };

async function fakeFixture(kind: ResourceKind): Promise<ProviderFixture> {
  let stock = 100;
  const capacities = new Map<string, number>();
  const cloud = new FakeCloud({
    now: () => Date.UTC(2026, 10, 21),
    duration: () => Infinity,
    restoreDuration: () => Infinity,
    stock: () => stock,
    capacity: (ref) => capacities.get([ref.account, ref.region, ref.limit].join()) ?? defaultCapacity[ref.limit] ?? 1,
  });
  cloud.forbidKey(owner, 'alias/private', vault.account);
  return {
    provider: cloud.provider(kind),
    owner,
    vault,
    vaultElsewhere,
    key: 'alias/farcopy',
    addResource: async (id, encryption) =>
      cloud.addResource({
        kind,
        account: owner.account,
        region: owner.region,
        id,
        tags: { backup: 'true' },
        ...(encryption === 'forbidden' ? { encryption: 'customer', key: 'alias/private' } : { encryption }),
      }),
    setCapacity: async ({ account, region }, limit, capacity) =>
      void capacities.set([account, region, limit].join(), capacity),
    setStock: async (count) => void (stock = count),
    finish: async (copy) => cloud.finish(copy),
    fail: async (copy) => cloud.fail(copy),
    finishRestore: async ({ id }, scope) => {
      for (const database of cloud.databasesIn(kind, scope).values())
        for (const thing of [database, ...database.instances.values()]) if (thing.id === id) thing.endsAt = 0;
    },
    close: async () => {},
  };
}

for (const kind of resourceKinds) describeResourceProvider(`the fake ${kind}`, () => fakeFixture(kind));

describe('the fake cloud', () => {
  const resourceOf = (cloud: FakeCloud) =>
    cloud.addResource({ kind: 'aurora-cluster', account: owner.account, region: owner.region, id: 'panda-1' });

  it('follows the clock it is given, and remembers the most that ran together', async () => {
    let now = 0;
    const cloud = new FakeCloud({ now: () => now, duration: ({ sizeGiB }) => sizeGiB * 10 });
    const provider = cloud.provider('aurora-cluster');
    const resource = resourceOf(cloud);
    const one = await provider.snapshot.start({ resource, id: 'one', tags: {} });
    now = 500;
    await provider.snapshot.start({ resource, id: 'two', tags: {} });
    expect(await provider.snapshot.progress(one, owner)).toMatchObject({ status: 'in-progress', percent: 50 });
    now = 1000;
    expect(await provider.snapshot.progress(one, owner)).toMatchObject({ status: 'available', percent: 100 });
    await provider.snapshot.start({ resource, id: 'three', tags: {} });
    expect(cloud.highWater({ ...owner, limit: 'cluster-snapshots-in-progress' })).toBe(2);
    expect(cloud.calls.get('snapshot')).toBe(3);
  });

  it('throws an injected fault as often as asked, before or after the work', async () => {
    const cloud = new FakeCloud({ duration: () => Infinity });
    const provider = cloud.provider('aurora-cluster');
    const resource = resourceOf(cloud);
    cloud.fault({ call: 'snapshot', about: 'one', failure: () => new Error('lost answer'), afterCommit: true });
    await expect(provider.snapshot.start({ resource, id: 'one', tags: {} })).rejects.toThrow('lost answer');
    expect(cloud.allCopies()).toHaveLength(1);
    await expect(provider.snapshot.start({ resource, id: 'one', tags: {} })).resolves.toMatchObject({ id: 'one' });
  });
});
