import { createHash } from 'node:crypto';
import { describeStep, readRecoveryBundle, signStep } from '../../../../src/activities/backup/recoveryBundle';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { type Scope } from '../../../../src/core/catalogue/copy';
import { type DatabaseAccess } from '../../../../src/core/catalogue/databaseAccess';
import { failureTypes } from '../../../../src/core/failure';
import { type ResourceRef } from '../../../../src/core/resource';
import { step, type Step } from '../../../../src/core/steps/step';
import { type StepResult, type VerifiedCopy } from '../../../../src/core/steps/stepResult';
import { type StepCall } from '../../../../src/kinds/kind';
import { rdsBundle } from '../../../../src/kinds/rds/bundle/rdsBundle';
import { type DatabaseConfiguration } from '../../../../src/kinds/rds/databaseConfiguration';
import { type RestoredDatabase } from '../../../../src/kinds/rds/restore/restoreOperations';
import { awsError, fakeConfiguration, FakeCloud } from '../../../fakes/cloud';
import { FakeObjectStore } from '../../../fakes/objectStore';
import { fleetOf } from '../../client/fleet';

const scheduledTime = '2026-11-21T02:00:00Z';
const scope: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const otherCloud = {
  name: 'other-cloud',
  bucket: 'gs://panda-backups',
  home: null,
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

const atOnce = { seconds: 0, secondsPerGiB: 0 };

function callOf(resource: ResourceRef, of: Step, changes: Partial<StepCall> = {}): StepCall {
  return {
    identity: { fleet: 'panda', tier: 'critical', resource, scheduledTime },
    step: of,
    input: of.input,
    source: null,
    results: {},
    ownership: null,
    now: 0,
    since: 0,
    attempt: 1,
    signal: new AbortController().signal,
    ...changes,
  };
}

interface Written {
  /** Of the first copy: null where there is none to tell. */
  readonly dataTime?: string;
  readonly connect?: DatabaseAccess;
}

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
  const kind = cloud.kind('aurora-cluster');
  const at = { endpoint: 'shop.eu-west-1.rds.example', port: 5432, databaseName: 'shop', masterUsername: 'postgres' };
  const bundle = rdsBundle(
    {
      describe: async (...asked) => (await kind.restore?.configuration(...asked)) as unknown as DatabaseConfiguration,
      progress: () => Promise.resolve(at as RestoredDatabase),
    },
    {
      open: async ({ host, database }, { user }, _resource, { access, account }) => {
        connected.push(`${user}@${host}/${database} as ${access} of ${account}`);
        throw connecting.fails;
      },
    },
  );
  Object.assign(kind, { bundle });
  const kinds = cloud.kinds();
  const write = async ({ dataTime, connect }: Written = {}, attempt = 1): Promise<StepResult> => {
    const bucket = 's3://panda-exports-eu-west-1/farcopy';
    const input = { bucket, connect: connect === undefined ? null : { ...connect } };
    const describe = step({ id: 'bundle:x', type: 'describe', scope, marker: bucket, expects: atOnce, input });
    const source = dataTime === undefined ? null : ({ dataTime } as VerifiedCopy);
    const { result } = await describeStep({ kinds, openStore }).start(callOf(resource, describe, { source, attempt }));
    return result ?? {};
  };
  const written = () => readRecoveryBundle(fleet, openStore, resource, scheduledTime, null);
  return { cloud, store, resource, opened, openStore, write, written, connected, connecting, kinds };
}

test('what is written beside a recovery point is what a restore reads back', async () => {
  const { cloud, store, resource, opened, openStore, write } = scene();
  cloud.configurations.set(resource.arn, fakeConfiguration(resource, { port: 6543 }));
  expect(await write()).toEqual({ notes: [] });
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
  expect(await write({ dataTime })).toEqual({});
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
  const parameterGroup = { name: 'tuned', family: 'aurora-postgresql16', description: 'of shop', parameters: [] };
  cloud.configurations.set(resource.arn, fakeConfiguration(resource, { parameterGroup }));
  cloud.fault({ call: 'parameterGroups', failure: () => awsError('AccessDenied', 'not authorized', 403) });
  expect((await write({ dataTime })).notes).toEqual([
    expect.stringMatching(/^parameter group tuned: .*not authorized/),
  ]);
  expect(await write({ dataTime })).toEqual({ notes: [] });
  expect(await written()).toMatchObject({ configuration: { unread: [], parameterGroup } });
  expect(await write({ dataTime })).toEqual({});
});

test('a recovery point without a bundle has none', async () => {
  const { resource, openStore } = scene();
  expect(await readRecoveryBundle(fleet, openStore, resource, scheduledTime, null)).toBeNull();
});

test('a database that is gone by then leaves none', async () => {
  const { cloud, store, resource, write } = scene();
  cloud.removeResource(resource);
  await expect(write()).rejects.toMatchObject({
    type: failureTypes.notFound,
    message: expect.stringContaining('gone before it could be described') as string,
  });
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
    expect(await write({ connect })).toEqual({ notes: unread });
    expect(connected).toEqual(['reader@shop.eu-west-1.rds.example/shop as source of 999999999999']);
    expect(await written()).toMatchObject({ schemas: [], unread, configuration: { port: 5432 } });
  });

  test('are asked for again where the trouble passes, but not for ever', async () => {
    const { write, connecting } = living();
    connecting.fails = applicationFailure(failureTypes.transient, 'it restarts');
    await expect(write({ connect }, 1)).rejects.toMatchObject({ type: failureTypes.transient });
    expect(await write({ connect }, 5)).toEqual({ notes: ['schemas of all databases: it restarts'] });
  });

  test.each([
    ['without `connect`', {}, {}, '`connect`'],
    ['of MySQL', { connect }, { engine: 'aurora-mysql' }, 'aurora-mysql'],
  ])('%s are not read: the bundle says so, and nobody is told again and again', async (_, request, settings, said) => {
    const { cloud, resource, write, written, connected } = scene();
    cloud.configurations.set(resource.arn, fakeConfiguration(resource, settings));
    expect(await write(request)).toEqual({ notes: [] });
    expect(connected).toEqual([]);
    expect((await written())?.unread.join()).toContain(said);
  });
});

test('what lies in buckets is told to the copies in AWS, in tags that RDS takes', async () => {
  const { cloud, resource, kinds } = scene();
  const made = await kinds.copiesOf('aurora-cluster').snapshot({ resource, marker: 'farcopy-copy', tags: {} });
  const copy = { ...made, place: 'secure', dataTime: '', verifiedAt: '' };
  const manifests = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64));
  const transfers = manifests.map((manifestSha256, i): [string, StepResult] => [
    `transfer:${i}`,
    { facts: { manifestSha256, bundleSha256: 'e'.repeat(64) } },
  ]);
  const input = { copies: ['copy:secure', 'copy:failed'], transfers: transfers.map(([id]) => id) };
  const sign = step({ id: 'sign', type: 'sign', scope, marker: 'sign', expects: atOnce, input });
  const results = { 'copy:secure': { copy }, ...Object.fromEntries(transfers) };
  const { start } = signStep({ kinds });
  await start(callOf(resource, sign, { results }));
  const tags = cloud.allCopies()[0]?.tags ?? {};
  expect(tags['farcopy:bundle']).toBe('e'.repeat(64));
  expect(tags['farcopy:manifest']?.split(' ')).toEqual(manifests.slice(0, 3));
  expect(tags['farcopy:manifest']?.length).toBeLessThanOrEqual(256);

  cloud.fault({ call: 'tag', failure: () => awsError('AccessDenied', 'not authorized', 403) });
  await expect(start(callOf(resource, sign, { results }))).rejects.toMatchObject({
    type: failureTypes.configuration,
    message: expect.stringMatching(/^the copies in AWS do not prove those in buckets: .*not authorized/) as string,
  });
});
