import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  readRecoveryBundle,
  recoveryBundleActivities,
  type WriteBundleRequest,
} from '../../../../src/activities/backup/recoveryBundle';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { type Scope } from '../../../../src/core/catalogue/copy';
import { type DatabaseAccess } from '../../../../src/core/catalogue/databaseAccess';
import { failureTypes } from '../../../../src/core/failure';
import { FakeCloud } from '../../../fakes/cloud';
import { FakeObjectStore } from '../../../fakes/objectStore';
import { fakeConfiguration } from '../../../fakes/restores';
import { fleetOf } from '../../client/fleet';

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

const connect: DatabaseAccess = { user: 'reader', authentication: { type: 'iam' }, tls: 'require' };

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
  const connected: string[] = [];
  /** What connecting to a database comes to. */
  const connecting = { fails: applicationFailure(failureTypes.configuration, 'wrong password') };
  const { writeRecoveryBundle, signCopies } = recoveryBundleActivities({
    providers: cloud.providers(),
    openStore,
    connections: {
      open: async ({ host, database }, { user }, _resource, { access, account }) => {
        connected.push(`${user}@${host}/${database} as ${access} of ${account}`);
        throw connecting.fails;
      },
    },
  });
  const write = (changes: Partial<WriteBundleRequest> = {}, attempt = 1) =>
    new MockActivityEnvironment({ attempt }).run(writeRecoveryBundle, {
      resource,
      scheduledTime,
      bucket: 's3://panda-exports-eu-west-1/farcopy',
      scope,
      ...changes,
    });
  const written = () => readRecoveryBundle(fleet, openStore, resource, scheduledTime, null);
  return { cloud, store, resource, opened, openStore, write, written, connected, connecting, signCopies };
}

test('what is written beside a recovery point is what a restore reads back', async () => {
  const { cloud, store, resource, opened, openStore, write } = scene();
  cloud.configurations.set(resource.arn, fakeConfiguration(resource, { port: 6543 }));
  expect(await write()).toEqual({ unread: [] });
  expect(store.keys()).toEqual([
    'farcopy/data/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z/bundle.json',
  ]);
  const bundle = await readRecoveryBundle(fleet, openStore, resource, scheduledTime, null);
  expect(bundle).toMatchObject({ version: 1, resource, configuration: { port: 6543 } });
  expect(new Set(opened)).toEqual(new Set(['panda-exports-eu-west-1 as vault of 111111111111/eu-west-1']));
});

test('a bundle that someone has changed is not believed where the copies in AWS are signed', async () => {
  const { cloud, store, resource, openStore, write } = scene();
  cloud.configurations.set(resource.arn, fakeConfiguration(resource, { port: 6543 }));
  await write();
  const [key = ''] = store.keys();
  const content = store.objects.get(key)?.content ?? Buffer.alloc(0);
  const signed = `${'0'.repeat(64)} ${createHash('sha256').update(content).digest('hex')}`;
  const read = () => readRecoveryBundle(fleet, openStore, resource, scheduledTime, signed);
  expect(await read()).toMatchObject({ configuration: { port: 6543 } });
  store.put(key, content.toString().replace('6543', '5432'));
  await expect(read()).rejects.toMatchObject({
    type: failureTypes.verificationFailed,
    message: expect.stringMatching(/^s3:.*bundle\.json is not the one that the copies are signed with$/) as string,
  });
});

test('of a recovery point that is made again the bundle stays what it was, unless it is older than the data', async () => {
  const { cloud, store, resource, write, written } = scene();
  cloud.configurations.set(resource.arn, fakeConfiguration(resource, { port: 6543 }));
  // The clock of these activities stands at the epoch.
  const dataTime = '1970-01-01T00:00:00Z';
  await write({ dataTime });
  const [key = ''] = store.keys();
  const before = store.objects.get(key)?.content;
  cloud.configurations.set(resource.arn, fakeConfiguration(resource, { port: 1111 }));
  expect(await write({ dataTime })).toEqual({ unread: [] });
  expect(store.objects.get(key)?.content).toEqual(before);
  await write({ dataTime: '1970-01-02T00:00:00Z' });
  expect(await written()).toMatchObject({ configuration: { port: 1111 } });
});

test.each(['no JSON', '{}', '{"collectedAt": "2099-01-01T00:00:00Z", "configuration": {"unread": []}, "unread": []}'])(
  'what someone has put in the place of a bundle is not kept: %s',
  async (content) => {
    const { cloud, store, resource, write, written } = scene();
    cloud.configurations.set(resource.arn, fakeConfiguration(resource, { port: 6543 }));
    const dataTime = '1970-01-01T00:00:00Z';
    await write({ dataTime });
    store.put(store.keys()[0] ?? '', content);
    await write({ dataTime });
    expect(await written()).toMatchObject({ configuration: { port: 6543 } });
  },
);

test('a bundle that is not whole is collected again', async () => {
  const { cloud, resource, write, written } = scene();
  // The clock of these activities stands at the epoch.
  const dataTime = '1970-01-01T00:00:00Z';
  cloud.configurations.set(resource.arn, fakeConfiguration(resource, { unread: ['roles: AccessDenied'] }));
  await write({ dataTime });
  cloud.configurations.set(resource.arn, fakeConfiguration(resource));
  expect(await write({ dataTime })).toEqual({ unread: [] });
  expect(await written()).toMatchObject({ configuration: { unread: [] } });
});

test('a recovery point without a bundle has none', async () => {
  const { resource, openStore } = scene();
  expect(await readRecoveryBundle(fleet, openStore, resource, scheduledTime, null)).toBeNull();
});

test('a database that is gone by then leaves none', async () => {
  const { cloud, store, resource, write } = scene();
  cloud.removeResource(resource);
  expect(await write()).toBeNull();
  expect(store.keys()).toEqual([]);
});

describe('schemas', () => {
  const living = () => {
    const at = scene();
    at.cloud.configurations.set(at.resource.arn, fakeConfiguration(at.resource));
    return at;
  };

  test('of a database that nobody can connect to are missing, which is told; the rest is written', async () => {
    const { write, written, connected } = living();
    const unread = ['schemas of all databases: wrong password'];
    expect(await write({ connect })).toEqual({ unread });
    expect(connected).toEqual(['reader@shop.eu-west-1.rds.example/shop as source of 999999999999']);
    expect(await written()).toMatchObject({ schemas: [], unread, configuration: { port: 5432 } });
  });

  test('are asked for again where the trouble passes, but not for ever', async () => {
    const { write, connecting } = living();
    connecting.fails = applicationFailure(failureTypes.transient, 'it restarts');
    await expect(write({ connect }, 1)).rejects.toMatchObject({ type: failureTypes.transient });
    expect(await write({ connect }, 5)).toEqual({ unread: ['schemas of all databases: it restarts'] });
  });

  test.each([
    ['without `connect`', {}, {}, '`connect`'],
    ['of MySQL', { connect }, { engine: 'aurora-mysql' }, 'aurora-mysql'],
  ])('%s are not read: the bundle says so, and nobody is told again and again', async (_, request, settings, said) => {
    const { cloud, resource, write, written, connected } = scene();
    cloud.configurations.set(resource.arn, fakeConfiguration(resource, settings));
    expect(await write(request)).toEqual({ unread: [] });
    expect(connected).toEqual([]);
    expect((await written())?.unread.join()).toContain(said);
  });
});

test('what lies in buckets is told to the copies in AWS, in tags that RDS takes', async () => {
  const { cloud, resource, signCopies } = scene();
  const copy = await cloud.provider('aurora-cluster').snapshot.start({ resource, id: 'copy', tags: {} });
  const home: Scope = { account: copy.account, region: copy.region, access: 'source' };
  const manifests = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64));
  await new MockActivityEnvironment().run(signCopies, {
    copies: [{ copy, scope: home }],
    manifests,
    bundles: ['e'.repeat(64)],
  });
  const tags = cloud.allCopies()[0]?.tags ?? {};
  expect(tags['farcopy:bundle']).toBe('e'.repeat(64));
  expect(tags['farcopy:manifest']?.split(' ')).toEqual(manifests.slice(0, 3));
  expect(tags['farcopy:manifest']?.length).toBeLessThanOrEqual(256);
});
