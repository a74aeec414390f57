import { type ListCopiesOptions, listCopies } from '../../../../src/activities/catalogue/listCopies';
import { type FleetClouds } from '../../../../src/activities/catalogue/fleetClouds';
import { meantBy, parseResourceArgument } from '../../../../src/client/catalogue/resourceArgument';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { bucketLayout } from '../../../../src/core/catalogue/bucket';
import { copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { remarksOn } from '../../../../src/client/cli/commands/copies';
import { failureTypes } from '../../../../src/core/failure';
import { type RecoveryPointRecord } from '../../../../src/core/catalogue/manifest';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { compactTime } from '../../../../src/core/naming';
import { resourcePath, type ResourceRef } from '../../../../src/core/resource';
import { newHold, parseHolds } from '../../../../src/core/retention/hold';
import { holdActKey, holdId, holdNote } from '../../../../src/core/retention/storedHold';
import { knownKinds } from '../../../../src/kinds/registry';
import { ConnectedKinds, type KindOperations } from '../../../../src/kinds/kind';
import { FakeCloud } from '../../../fakes/cloud';
import { FakeObjectStore, transientFailure } from '../../../fakes/objectStore';
import { fleetOf } from '../../client/fleet';

const otherCloud = {
  name: 'other-cloud',
  bucket: 'gs://panda-backups/keep',
  home: null,
  export: {
    bucket: 's3://panda-exports-{region}',
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

function recordOf(resource: ResourceRef, scheduledTime: string, changes: Partial<RecoveryPointRecord> = {}) {
  return {
    version: 1,
    resource,
    tags: recoveryPointTags(
      { fleet: 'panda', tier: 'standard', resource, scheduledTime },
      'other-cloud',
      '2026-11-21T02:03:00.000Z',
    ),
    dataPrefix: bucketLayout.dataPrefix(resource, scheduledTime),
    objects: 12,
    bytes: 3456,
    manifestSha256: 'a'.repeat(64),
    bundleSha256: null,
    skippedTables: [],
    verified: { level: 'full', at: '2026-11-21T02:30:00.000Z' },
    ...changes,
  } satisfies RecoveryPointRecord;
}

/** A vault account with a snapshot, the bucket that it is exported to, and the one of the other cloud. */
async function scene() {
  const cloud = new FakeCloud({ now: () => Date.UTC(2026, 10, 25) });
  const resource = (id: string) =>
    cloud.addResource({ kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id });
  const shop = resource('shop');
  const stock = resource('stock');
  const stores = new Map([
    ['gs panda-backups', new FakeObjectStore()],
    ['s3 panda-exports-eu-west-1 as vault of 111111111111/eu-west-1', new FakeObjectStore()],
  ]);
  const [other, exports] = [...stores.values()] as [FakeObjectStore, FakeObjectStore];
  const put = (store: FakeObjectStore, prefix: string, of: ResourceRef, time: string, content: object | string) =>
    store.put(
      `${prefix}${bucketLayout.record(of, time)}`,
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  const clouds: FleetClouds = {
    access: undefined as never,
    kinds: cloud.kinds(),
    reader: null,
    selected: ['aurora-cluster'],
    bucket: ({ scheme, bucket }, scope) => {
      const who = scope === null ? '' : ` as ${scope.access} of ${scope.account}/${scope.region}`;
      const store = stores.get(`${scheme} ${bucket}${who}`);
      if (store === undefined) throw new Error(`${scheme}://${bucket}${who} is nobody's`);
      return store;
    },
    vaultBucket: () => {
      throw new Error('nobody asks how it is set up');
    },
    scopes: () => Promise.resolve([{ account: '999999999999', region: 'eu-west-1', access: 'source' }]),
    close: () => undefined,
  };
  const snapshot = (of: ResourceRef, scheduledTime: string) =>
    cloud
      .kinds()
      .copiesOf('aurora-cluster')
      .snapshot({
        resource: of,
        marker: `${of.id}-${scheduledTime.replace(/\W/g, '')}`,
        tags: recoveryPointTags({ fleet: 'panda', tier: 'standard', resource: of, scheduledTime }, 'source', null),
      });
  const list = (options?: ListCopiesOptions) => listCopies(fleet, clouds, options);
  return { shop, stock, other, exports, put, snapshot, list, clouds };
}

/** A copy of it in the vault, signed with what lies in the bucket. */
async function vaultCopy(clouds: FleetClouds, of: ResourceRef, scheduledTime: string, tags: Record<string, string>) {
  const vault: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
  const copies = clouds.kinds.copiesOf(of.kind);
  const identity = { fleet: 'panda', tier: 'standard', resource: of, scheduledTime };
  const ours = { ...recoveryPointTags(identity, 'secure', '2026-11-21T02:03:00.000Z'), ...tags };
  const source = await copies.snapshot({ resource: of, marker: `s-${scheduledTime.replace(/\W/g, '')}`, tags: {} });
  await copies.sharing?.share(source, { account: of.account, region: of.region, access: 'source' }, vault.account);
  return copies.copy({
    source,
    target: vault,
    marker: `c-${scheduledTime.replace(/\W/g, '')}`,
    key: 'alias/farcopy',
    tags: ours,
  });
}

const [first, second, third] = ['2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z', '2026-11-21T04:00:00Z'] as const;

test('a copy in a bucket is held by what lies beside it, and the copy stays in the list where that cannot be read', async () => {
  const { shop, other, put, list } = await scene();
  put(other, 'keep/', shop, first, recordOf(shop, first));
  put(other, 'keep/', shop, second, recordOf(shop, second));
  const hold = newHold('anna@laptop', Date.parse(first), 'breach-7', 'ticket');
  const copy = { path: resourcePath(shop), time: compactTime(first) };
  const key = (act: 'set' | 'locked') => `keep/${holdActKey(copy, holdId(hold), act, Date.parse(second))}`;
  other.put(key('set'), holdNote(hold));
  other.put(key('locked'), '');
  const held = async () => {
    const { copies, problems } = await list();
    expect(problems).toEqual([]);
    return copies.map((one) => [
      one.scheduledTime,
      one.hold === 'none' ? null : parseHolds(one.hold),
      one.stored?.holds,
    ]);
  };
  const of = { id: holdId(hold), locked: true, cloud: null, releasing: false, hold };
  expect(await held()).toEqual([
    [second, null, []],
    [first, [hold], [of]],
  ]);
  // Whoever takes its text away while it is listed has not released it, and its copy is not left out.
  other.fault = (operation, at) =>
    operation === 'open' && at === key('set')
      ? { type: 'throw', error: applicationFailure(failureTypes.notFound, 'none') }
      : undefined;
  expect(await held()).toMatchObject([
    [second, null, []],
    [first, [{ by: null }], [{ locked: true }]],
  ]);
  other.fault = (operation, at) =>
    operation === 'list' && at === 'keep/retention/holds/' ? { type: 'throw', error: transientFailure() } : undefined;
  expect((await list()).problems).toHaveLength(1);
});

test('copies in buckets stand beside snapshots, with what their records say', async () => {
  const { shop, other, exports, put, snapshot, list } = await scene();
  await snapshot(shop, first);
  put(
    exports,
    '',
    shop,
    first,
    recordOf(shop, first, { manifestSha256: null, verified: { level: 'exists', at: 'T' } }),
  );
  put(other, 'keep/', shop, first, recordOf(shop, first, { skippedTables: [{ table: 'a.b', reason: 'too wide' }] }));
  const { copies, total, problems } = await list();
  expect(problems).toEqual([]);
  expect(total).toBe(3);
  expect(copies.map(({ place, verified, dataTime, tier }) => ({ place, verified, dataTime, tier }))).toEqual([
    {
      place: 'other-cloud',
      verified: 'full 2026-11-21T02:30:00.000Z',
      dataTime: '2026-11-21T02:03:00.000Z',
      tier: 'standard',
    },
    { place: 'other-cloud-export', verified: 'exists T', dataTime: '2026-11-21T02:03:00.000Z', tier: 'standard' },
    { place: 'source', verified: null, dataTime: null, tier: 'standard' },
  ]);
  expect(copies[0]).toMatchObject({
    resource: shop.arn,
    recoveryPoint: 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z',
    copy: null,
    stored: {
      bucket: 'gs://panda-backups/keep',
      prefix: 'data/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z/',
      objects: 12,
      bytes: 3456,
      skippedTables: [{ table: 'a.b', reason: 'too wide' }],
    },
  });
  expect(copies[2]).toMatchObject({ stored: null, copy: { account: '999999999999' } });
});

test('of thousands of records only those that are shown are read', async () => {
  const { shop, stock, other, put, list } = await scene();
  for (let minute = 0; minute < 1500; minute += 1)
    for (const resource of [shop, stock]) {
      const time = new Date(Date.parse(first) + minute * 60_000).toISOString().replace('.000Z', 'Z');
      put(other, 'keep/', resource, time, recordOf(resource, time));
    }
  const { copies, total } = await list({ limit: 3 });
  expect(total).toBe(3000);
  expect(copies.map(({ scheduledTime, resource }) => `${scheduledTime} ${resource.split(':').at(-1)}`)).toEqual([
    '2026-11-22T02:59:00Z shop',
    '2026-11-22T02:59:00Z stock',
    '2026-11-22T02:58:00Z shop',
  ]);
  expect(other.count('open')).toBe(3);
  const named = await list({ limit: 2, isWanted: meantBy([parseResourceArgument('eu-west-1/stock', knownKinds)]) });
  expect(named).toMatchObject({ total: 1500, ofFleet: 3000 });
  expect(named.copies.every(({ resource }) => resource === stock.arn)).toBe(true);
  expect(other.count('open')).toBe(5);
  expect(await list({ place: 'secure' })).toMatchObject({ total: 0, ofFleet: 3000 });
  expect(other.count('open')).toBe(5);
});

test.each([
  ['no JSON', 'not JSON', 'it is no JSON'],
  ['cut short', JSON.stringify({ version: 1 }), 'it names no resource'],
  ['null', 'null', 'it is no object'],
])('a record that is %s is named, and hides no other', async (_what, content, message) => {
  const { shop, other, put, list } = await scene();
  put(other, 'keep/', shop, first, recordOf(shop, first));
  put(other, 'keep/', shop, second, content);
  const { copies, problems } = await list();
  expect(copies.map(({ scheduledTime }) => scheduledTime)).toEqual([first]);
  expect(problems).toEqual([
    {
      where: 'gs://panda-backups/keep',
      account: null,
      region: null,
      message: `keep/catalogue/aurora-cluster/999999999999/eu-west-1/shop/20261121t030000z.json is damaged: ${message}`,
      unreachable: false,
      resource: resourcePath(shop),
      kind: null,
    },
  ]);
});

test('a record that speaks of another resource than its place is damaged', async () => {
  const { shop, stock, other, put, list } = await scene();
  put(other, 'keep/', shop, first, recordOf(stock, first));
  const { copies, problems } = await list();
  expect(copies).toEqual([]);
  expect(problems[0]?.message).toMatch(/is damaged: it is of aurora-cluster\/999999999999\/eu-west-1\/stock$/);
});

test('a bucket that does not answer is one problem beside the rest, however much lies in it', async () => {
  const { shop, other, exports, put, list } = await scene();
  put(exports, '', shop, first, recordOf(shop, first));
  for (const time of [first, second, third]) put(other, 'keep/', shop, time, recordOf(shop, time));
  other.fault = (operation) =>
    operation === 'open' ? { type: 'throw', error: applicationFailure(failureTypes.transient, 'HTTP 503') } : undefined;
  const { copies, problems } = await list();
  expect(copies.map(({ place }) => place)).toEqual(['other-cloud-export']);
  expect(problems).toEqual([
    {
      kind: null,
      where: 'gs://panda-backups/keep',
      account: null,
      region: null,
      message: 'HTTP 503',
      unreachable: true,
    },
  ]);
});

test('a record that is pruned while it is listed is no problem, and another takes its row', async () => {
  const { shop, other, put, list } = await scene();
  for (const time of [first, second]) put(other, 'keep/', shop, time, recordOf(shop, time));
  other.fault = (operation, key) =>
    operation === 'open' && key.endsWith('20261121t030000z.json')
      ? { type: 'throw', error: applicationFailure(failureTypes.notFound, 'none') }
      : undefined;
  const { copies, problems } = await list({ limit: 1 });
  expect(problems).toEqual([]);
  expect(copies.map(({ scheduledTime }) => scheduledTime)).toEqual([first]);
});

test('copies of another fleet in the same bucket are not of this one', async () => {
  const { shop, other, put, list } = await scene();
  const record = recordOf(shop, first);
  put(other, 'keep/', shop, first, { ...record, tags: { ...record.tags, 'farcopy:fleet': 'bear' } });
  expect(await list()).toMatchObject({ copies: [], total: 0, problems: [] });
});

test('an organisation that does not answer hides neither vaults nor buckets', async () => {
  const { shop, other, put, clouds } = await scene();
  put(other, 'keep/', shop, first, recordOf(shop, first));
  const { copies, problems } = await listCopies(fleet, {
    ...clouds,
    scopes: () => Promise.reject(applicationFailure(failureTypes.transient, 'no answer')),
  });
  expect(copies.map(({ place }) => place)).toEqual(['other-cloud']);
  expect(problems.map(({ where, message }) => `${where}: ${message}`)).toEqual(['the organisation: no answer']);
});

test('a kind that may not be listed in an account is one problem there, and hides no other kind', async () => {
  const { shop, snapshot, clouds } = await scene();
  await snapshot(shop, first);
  const refusing = (name: string): KindOperations => ({
    ...clouds.kinds.of(name),
    description: knownKinds.get(name),
    copies: {
      ...clouds.kinds.copiesOf(name),
      list: () => {
        throw applicationFailure(failureTypes.configuration, `${name} may not be listed`);
      },
    },
  });
  const [aurora, rds] = knownKinds.names as [string, string];
  const some = new ConnectedKinds([clouds.kinds.of(aurora), refusing(rds)]);
  const { copies, problems } = await listCopies(fleet, { ...clouds, kinds: some });
  expect(copies).toHaveLength(1);
  expect(
    problems
      .map(({ kind, where, message }) => ({ kind, where, message }))
      .sort((a, b) => a.where.localeCompare(b.where)),
  ).toEqual(
    ['111111111111/eu-central-1', '111111111111/eu-west-1', '999999999999/eu-west-1'].map((place) => ({
      kind: rds,
      where: `${rds} in ${place}`,
      message: `${rds} may not be listed`,
    })),
  );
  const none = new ConnectedKinds([refusing(aurora), refusing(rds)]);
  const nothing = await listCopies(fleet, { ...clouds, kinds: none });
  expect(nothing.problems.map(({ kind, where }) => `${kind ?? 'no kind'} ${where}`).sort()).toEqual([
    'no kind 111111111111/eu-central-1',
    'no kind 111111111111/eu-west-1',
    'no kind 999999999999/eu-west-1',
  ]);
});

test('a snapshot whose tags disagree is shown as what its ARN says, and found by no name', async () => {
  const { shop, clouds, list } = await scene();
  const identity = { fleet: 'panda', tier: 'standard', resource: shop, scheduledTime: first };
  await clouds.kinds.copiesOf('aurora-cluster').snapshot({
    resource: shop,
    marker: 'odd',
    tags: { ...recoveryPointTags(identity, 'source', null), [copyTags.recoveryPoint]: `rds-instance/x/${first}` },
  });
  expect(await list()).toMatchObject({ total: 1, copies: [{ resource: shop.arn }] });
  expect(await list({ isWanted: meantBy([parseResourceArgument('shop', knownKinds)]) })).toMatchObject({
    total: 0,
    ofFleet: 1,
  });
});

test('records in buckets are held against what the vaults’ copies are signed with, and people are told', async () => {
  const { shop, other, put, list, clouds } = await scene();
  const verified = { [copyTags.verified]: 'exists 2026-11-21T03:00:00Z' };
  await vaultCopy(clouds, shop, first, { ...verified, [copyTags.manifest]: 'a'.repeat(64) });
  await vaultCopy(clouds, shop, second, { ...verified, [copyTags.manifest]: 'b'.repeat(64) });
  await vaultCopy(clouds, shop, third, verified);
  for (const time of [first, second, third]) put(other, 'keep/', shop, time, recordOf(shop, time));
  const { copies } = await list({ place: 'other-cloud' });
  expect(copies.map(({ stored, verified: proof }) => [stored?.proof.type, proof?.split(' ')[0] ?? null])).toEqual([
    ['unproven', 'full'],
    ['refuted', null],
    ['proven', 'full'],
  ]);
  expect(remarksOn(copies)).toEqual([
    expect.stringMatching(/20261121t030000z.*not believed: its record is not what the vaults' copies are signed with/),
    expect.stringMatching(/20261121t040000z.*no vault proves it/),
  ]);
});

test('a planted snapshot is listed as what it is, and not as the vault’s that it claims to be', async () => {
  const { shop, list, clouds } = await scene();
  const identity = { fleet: 'panda', tier: 'standard', resource: shop, scheduledTime: third };
  const tags = { ...recoveryPointTags(identity, 'secure', third), [copyTags.verified]: `restore ${third}` };
  await clouds.kinds.copiesOf(shop.kind).snapshot({ resource: shop, marker: 'planted', tags });
  const { copies } = await list();
  expect(copies).toMatchObject([{ place: 'source', verified: null, doubt: 'its tags say that it lies in secure' }]);
  expect((await list({ place: 'secure' })).copies).toEqual([]);
  expect(remarksOn(copies)).toEqual([expect.stringContaining('planted: not believed')]);
});

test('copies of another database of the same name are told apart', async () => {
  const { shop, list, clouds } = await scene();
  const made = (incarnation: string) => ({ [copyTags.verified]: 'exists T', [copyTags.incarnation]: incarnation });
  await vaultCopy(clouds, shop, first, made('cluster-A'));
  await vaultCopy(clouds, shop, second, made('cluster-A'));
  await vaultCopy(clouds, shop, third, made('cluster-B'));
  const { copies } = await list({ place: 'secure' });
  expect(remarksOn(copies)).toEqual([
    `${shop.arn}: copies of ${second} and before are of another one of that name, which was deleted and made again, or swapped`,
  ]);
});
