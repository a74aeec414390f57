import { MockActivityEnvironment } from '@temporalio/testing';
import { readRecoveryBundle, recoveryBundleActivities } from '../../../src/activities/recoveryBundle';
import { type Scope } from '../../../src/core/copy';
import { FakeCloud } from '../../fakes/cloud';
import { FakeObjectStore } from '../../fakes/objectStore';
import { fakeConfiguration } from '../../fakes/restores';
import { fleetOf } from '../client/fleet';

const scheduledTime = '2026-11-21T02:00:00Z';
const scope: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const otherCloud = {
  name: 'other-cloud',
  bucket: 'gs://panda-backups',
  export: {
    bucket: 's3://panda-exports-{region}/farcopy',
    role: 'arn:aws:iam::111111111111:role/farcopy-export',
    key: 'alias/farcopy',
  },
  lock: null,
  bytesPerSecond: null,
};
const plain = fleetOf();
const fleet = {
  ...plain,
  buckets: [otherCloud],
  tiers: plain.tiers.map((tier) => ({ ...tier, route: [...tier.route, otherCloud] })),
};

function scene() {
  const cloud = new FakeCloud();
  const store = new FakeObjectStore();
  const resource = cloud.addResource({
    kind: 'aurora-cluster',
    account: '999999999999',
    region: 'eu-west-1',
    id: 'shop',
  });
  const opened: string[] = [];
  const openStore = ({ bucket }: { bucket: string }, { account, region, access }: Scope) => {
    opened.push(`${bucket} as ${access} of ${account}/${region}`);
    return store;
  };
  const { writeRecoveryBundle } = recoveryBundleActivities({ providers: cloud.providers(), openStore });
  const write = () =>
    new MockActivityEnvironment().run(writeRecoveryBundle, {
      resource,
      scheduledTime,
      bucket: 's3://panda-exports-eu-west-1/farcopy',
      scope,
    });
  return { cloud, store, resource, opened, openStore, write };
}

test('what is written beside a recovery point is what a restore reads back', async () => {
  const { cloud, store, resource, opened, openStore, write } = scene();
  cloud.configurations.set(resource.arn, fakeConfiguration(resource, { port: 6543 }));
  expect(await write()).toEqual({ unread: [] });
  expect(store.keys()).toEqual([
    'farcopy/data/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z/bundle.json',
  ]);
  const bundle = await readRecoveryBundle(fleet, openStore, resource, scheduledTime);
  expect(bundle).toMatchObject({ version: 1, resource, configuration: { port: 6543 } });
  expect(new Set(opened)).toEqual(new Set(['panda-exports-eu-west-1 as vault of 111111111111/eu-west-1']));
});

test('a recovery point without a bundle has none', async () => {
  const { resource, openStore } = scene();
  expect(await readRecoveryBundle(fleet, openStore, resource, scheduledTime)).toBeNull();
});

test('a database that is gone by then leaves none', async () => {
  const { cloud, store, resource, write } = scene();
  cloud.removeResource(resource);
  expect(await write()).toBeNull();
  expect(store.keys()).toEqual([]);
});
