import { MockActivityEnvironment } from '@temporalio/testing';
import { protectionActivities } from '../../../../src/activities/catalogue/lastProtected';
import { VaultListings } from '../../../../src/activities/catalogue/vaultListings';
import { policyOf } from '../../../../src/config';
import { bucketLayout } from '../../../../src/core/catalogue/bucket';
import { copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { type RecoveryPointRecord, type SkippedTable } from '../../../../src/core/catalogue/manifest';
import { type ProtectionPolicy } from '../../../../src/core/backup/policy';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { knownKinds } from '../../../../src/kinds/registry';
import { awsError, FakeCloud } from '../../../fakes/cloud';
import { FakeObjectStore } from '../../../fakes/objectStore';
import { fleetOf } from '../../client/fleet';

const [first, second, third] = ['2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z', '2026-11-21T04:00:00Z'] as const;
const otherCloud = {
  name: 'other-cloud',
  bucket: 'gs://panda-backups/keep',
  home: null,
  export: { bucket: 's3://panda-exports', role: 'arn:aws:iam::111111111111:role/export', key: 'alias/farcopy' },
  lock: null,
  bytesPerSecond: null,
};
const places: Readonly<Record<string, Scope>> = {
  secure: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
  'secure-dr': { account: '111111111111', region: 'eu-central-1', access: 'vault' },
};

interface Checksums {
  readonly manifest: string;
  readonly bundle: string;
}

/** A cluster whose vaults hold what a test puts there. */
function scene() {
  const cloud = new FakeCloud({ now: () => Date.UTC(2026, 10, 25) });
  const store = new FakeObjectStore();
  const account = '999999999999';
  const resource = cloud.addResource({ kind: 'aurora-cluster', account, region: 'eu-west-1', id: 'shop' });
  const copies = cloud.kinds().copiesOf('aurora-cluster');
  const tags = (place: string, scheduledTime: string) =>
    // Data that is newer than its copy is doubted anyway.
    recoveryPointTags(
      { fleet: 'panda', tier: 'standard', resource, scheduledTime },
      place,
      scheduledTime > third ? third : scheduledTime,
    );
  const policy = policyOf(fleetOf(), 'standard');
  let named: ProtectionPolicy = policy;
  const kinds = cloud.kinds();
  const vaults = new VaultListings(fleetOf(), kinds);
  const activities = protectionActivities({
    ...{ described: knownKinds, kinds, vaults },
    openBucket: () => store,
    policyOf: () => named,
  });
  return {
    cloud,
    store,
    policy,
    withBucket: { ...policy, route: [...policy.route, otherCloud] } satisfies ProtectionPolicy,
    async copy(place: string, scheduledTime: string, verified = true, signed: Partial<Checksums> = {}) {
      const scope = places[place];
      if (scope === undefined) throw new Error(`no vault ${place}`);
      const id = scheduledTime.replace(/\W/g, '').toLowerCase();
      const source = await copies.snapshot({ resource, marker: `s${id}`, tags: tags('source', scheduledTime) });
      const home: Scope = { account, region: 'eu-west-1', access: 'source' };
      await copies.sharing?.share(source, home, scope.account);
      const landed = await copies.copy({
        source,
        target: { ...scope, region: 'eu-west-1' },
        marker: `c${id}`,
        key: 'alias/farcopy',
        tags: tags(scope.region === 'eu-west-1' ? place : `${place}-landing`, scheduledTime),
      });
      const copy =
        scope.region === 'eu-west-1'
          ? landed
          : await copies.copy({
              source: landed,
              target: scope,
              marker: `c${id}`,
              key: 'alias/farcopy',
              tags: tags(place, scheduledTime),
            });
      const { manifest = 'a'.repeat(64), bundle = 'b'.repeat(64) } = signed;
      if (verified)
        await copies.tag(copy, scope, {
          [copyTags.verified]: `exists ${scheduledTime}`,
          ...(manifest === '' ? {} : { [copyTags.manifest]: manifest }),
          ...(bundle === '' ? {} : { [copyTags.bundle]: bundle }),
        });
    },
    put(
      scheduledTime: string,
      skippedTables: readonly SkippedTable[] = [],
      proof: Partial<Pick<RecoveryPointRecord, 'bundleSha256' | 'verified'>> = {},
    ) {
      const record = {
        version: 1,
        resource,
        tags: tags('other-cloud', scheduledTime),
        dataPrefix: bucketLayout.dataPrefix(resource, scheduledTime),
        objects: 1,
        bytes: 1,
        manifestSha256: 'a'.repeat(64),
        bundleSha256: 'b'.repeat(64),
        skippedTables,
        verified: { level: 'full', at: scheduledTime },
        ...proof,
      };
      store.put(`keep/${bucketLayout.record(resource, scheduledTime)}`, JSON.stringify(record));
    },
    /** @param of what the fleet file says of the tier */
    ask: (of: ProtectionPolicy = policy, after?: string) => {
      named = of;
      return new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.UTC(2026, 10, 25) }).run<
        [typeof resource, string, string?],
        string | null,
        typeof activities.lastProtected
      >(activities.lastProtected, resource, of.tier, after);
    },
  };
}

test('what was never copied was never protected', async () => {
  expect(await scene().ask()).toBeNull();
});

test('copies whose tags name a time in the future silence nobody', async () => {
  const { copy, ask } = scene();
  for (const time of [first, '2099-01-01T00:00:00Z'])
    for (const place of ['secure', 'secure-dr']) await copy(place, time);
  expect(await ask()).toBe(first);
});

test('a recovery point counts once it is verified in every vault of the route', async () => {
  const { copy, ask } = scene();
  for (const place of ['secure', 'secure-dr']) await copy(place, first);
  await copy('secure', second);
  expect(await ask()).toBe(first);
});

test('a copy without its proof does not count', async () => {
  const { copy, ask, policy } = scene();
  await copy('secure', first);
  await copy('secure', second, false);
  expect(await ask({ ...policy, route: policy.route.slice(0, 1) })).toBe(first);
});

test('in a bucket it counts with its record, if no table is left out', async () => {
  const { copy, put, ask, store, withBucket, policy } = scene();
  const route = [...policy.route.slice(0, 1), ...withBucket.route.slice(2)];
  for (const time of [first, second, third]) await copy('secure', time);
  expect(await ask({ ...withBucket, route })).toBeNull();
  put(first);
  put(second, [{ table: 'a.b', reason: null }]);
  expect(await ask({ ...withBucket, route })).toBe(first);
  put(third);
  expect(await ask({ ...withBucket, route })).toBe(third);
  const [, , latest] = store.keys('keep/catalogue/');
  store.put(latest ?? '', 'not a record');
  expect(await ask({ ...withBucket, route })).toBe(first);
});

test('in a bucket it counts neither below the level of its tier nor without its bundle', async () => {
  const { copy, put, ask, withBucket, policy } = scene();
  const route = [...policy.route.slice(0, 1), ...withBucket.route.slice(2)];
  for (const time of [first, second]) await copy('secure', time);
  await copy('secure', third, true, { bundle: '' });
  put(first);
  put(second, [], { verified: { level: 'sample', at: second } });
  put(third, [], { bundleSha256: null });
  expect(await ask({ ...withBucket, route, verify: 'full' })).toBe(first);
  expect(await ask({ ...withBucket, route, verify: 'sample' })).toBe(second);
});

test('the lifecycles of a fleet that begin together list a vault once', async () => {
  const { cloud, copy, ask } = scene();
  for (const place of ['secure', 'secure-dr']) await copy(place, first);
  const before = cloud.calls.get('listCopies') ?? 0;
  await Promise.all(Array.from({ length: 50 }, () => ask()));
  expect((cloud.calls.get('listCopies') ?? 0) - before).toBe(2);
});

test('what was copied since is found by who wants a listing that is not older', async () => {
  const { copy, ask } = scene();
  expect(await ask()).toBeNull();
  for (const place of ['secure', 'secure-dr']) await copy(place, first);
  expect(await ask()).toBeNull();
  expect(await ask(undefined, new Date(Date.now() + 1).toISOString())).toBe(first);
});

test('a vault that does not answer is asked again by the next try', async () => {
  const { cloud, copy, ask } = scene();
  for (const place of ['secure', 'secure-dr']) await copy(place, first);
  cloud.fault({ call: 'listCopies', failure: () => awsError('InternalFailure', 'HTTP 503', 503) });
  await expect(ask()).rejects.toThrow('HTTP 503');
  expect(await ask()).toBe(first);
});

test('where the route cannot be travelled nothing was, and nobody asks again', async () => {
  const { policy, ask } = scene();
  const route = policy.route.map((vault) => ({ ...vault, region: { 'us-east-1': 'us-west-2' } }));
  expect(await ask({ ...policy, route })).toBeNull();
});

test.each([
  ['is not what the vault’s copy is signed with', { manifest: 'c'.repeat(64) }],
  ['nothing in a vault is signed with', { manifest: '' }],
])('a record in a bucket that %s silences no alarm: whoever can write there could forge it', async (_, signed) => {
  const { copy, put, ask, withBucket, policy } = scene();
  const route = [...policy.route.slice(0, 1), ...withBucket.route.slice(2)];
  await copy('secure', first);
  await copy('secure', second, true, signed);
  put(first);
  put(second);
  expect(await ask({ ...withBucket, route })).toBe(first);
});

test('a copy in a vault counts where it lies, whatever its tag says of its place', async () => {
  const { copy, cloud, ask } = scene();
  for (const place of ['secure', 'secure-dr']) await copy(place, first);
  await copy('secure', second);
  for (const one of cloud.snapshotsIn('aurora-cluster', places.secure!).values())
    one.tags[copyTags.place] = 'secure-dr';
  expect(await ask()).toBe(first);
});
