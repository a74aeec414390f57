import { type Scope } from '../../../src/core/catalogue/copy';
import { FakeCloud, throttling } from '../../fakes/cloud';

const owner: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };

describe('the fake cloud', () => {
  const resourceOf = (cloud: FakeCloud) =>
    cloud.addResource({ kind: 'aurora-cluster', account: owner.account, region: owner.region, id: 'panda-1' });

  it('follows the clock it is given, and remembers the most that ran together', async () => {
    let now = 0;
    const cloud = new FakeCloud({ now: () => now, duration: ({ sizeGiB }) => sizeGiB * 10 });
    const copies = cloud.kinds().copiesOf('aurora-cluster');
    const resource = resourceOf(cloud);
    const one = await copies.snapshot({ resource, marker: 'one', tags: {} });
    now = 500;
    await copies.snapshot({ resource, marker: 'two', tags: {} });
    expect(await copies.progress(one, owner)).toMatchObject({ status: 'in-progress', percent: 50 });
    now = 1000;
    expect(await copies.progress(one, owner)).toMatchObject({ status: 'available', percent: 100 });
    await copies.snapshot({ resource, marker: 'three', tags: {} });
    expect(cloud.highWater({ ...owner, limit: 'cluster-snapshots-in-progress' })).toBe(2);
    expect(cloud.calls.get('snapshot')).toBe(3);
  });

  it('throws an injected fault as often as asked, before or after the work', async () => {
    const cloud = new FakeCloud({ duration: () => Infinity });
    const copies = cloud.kinds().copiesOf('aurora-cluster');
    const resource = resourceOf(cloud);
    const snapshot = () => copies.snapshot({ resource, marker: 'one', tags: {} });
    cloud.fault({ call: 'snapshot', about: 'one', failure: throttling });
    await expect(snapshot()).rejects.toThrow('Rate exceeded');
    expect(cloud.allCopies()).toEqual([]);
    cloud.fault({ call: 'snapshot', about: 'one', failure: throttling, afterCommit: true });
    await expect(snapshot()).rejects.toThrow('Rate exceeded');
    expect(cloud.allCopies()).toHaveLength(1);
  });
});
