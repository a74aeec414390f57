import { type Proof } from '../../../sandbox/demo/proof';
import { type RestoredCluster, type SeenRestore } from '../../../sandbox/demo/restoreProof';
import { proveRoute, type Restored } from '../../../sandbox/demo/routeProof';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { copyTags } from '../../../src/core/catalogue/copy';
import { type Manifest, type RecoveryPointRecord } from '../../../src/core/catalogue/manifest';
import {
  arnIn,
  cluster,
  dataPrefix,
  exportFolder,
  type FakeClouds,
  keyOf,
  ordersKey,
  recordKey,
  reportKey,
  run,
  scratch,
  secure,
  second,
  snapshot,
  withBuckets,
} from './fakeClouds';

const critical = { ...run, clusters: [{ ...cluster, tier: 'critical' }] };
const orders = {
  schema: 'shop',
  name: 'orders',
  rows: 1_000_000,
  checksum: '81',
  columns: { id: 'bigint not null', sizes: 'integer[]' },
};
const returns = { schema: 'warehouse', name: 'returns', rows: 0, checksum: '0', columns: { id: 'bigint' } };
const restore = (from: string): SeenRestore => ({
  from,
  to: 'somewhere',
  rtoSeconds: 12.3,
  problem: null,
  tables: [returns, orders],
});
const good: RestoredCluster = {
  source: [orders, returns],
  restores: [restore('secure-dr'), restore('gs://panda-backups')],
};
const kept = { account: '222222222222', region: 'eu-central-1', id: 'panda-cluster-1-restored' };
const places = [{ account: '222222222222', region: 'eu-central-1' }];

const proofOf = (
  clouds: FakeClouds,
  restored: RestoredCluster = good,
  others: Partial<Restored> = {},
): Promise<Proof> =>
  proveRoute(critical, clouds, { clusters: new Map([[cluster.arn, restored]]), places, kept: [], ...others });

const proofAfter = (spoil: (clouds: FakeClouds) => void): Promise<Proof> => {
  const clouds = withBuckets();
  spoil(clouds);
  return proofOf(clouds);
};

test('copies in both buckets and two equal databases prove the route, each reported as it was found', async () => {
  const { resources, missing } = await proofAfter(() => {});
  expect(missing).toEqual([]);
  const [resource] = resources;
  expect(resource?.state).toBe('completed');
  expect(resource?.copies.map(({ place, kind }) => `${place} ${kind}`)).toEqual([
    'source snapshot',
    'secure snapshot',
    'secure-dr snapshot',
    's3 s3',
    'gcs gcs',
  ]);
  const common = {
    status: 'available',
    dataTime: '2026-11-21T02:00:01.250Z',
    verified: true,
    objects: 4,
    bytes: expect.any(Number) as number,
    crc32cChecked: 4,
    skippedTables: [],
  };
  expect(resource?.copies.slice(3)).toEqual([
    {
      place: 's3',
      kind: 's3',
      account: '111111111111',
      region: 'eu-west-1',
      arn: `s3://panda-exports-eu-west-1/${dataPrefix}export/`,
      kmsKeyId: keyOf(secure),
      ...common,
    },
    {
      place: 'gcs',
      kind: 'gcs',
      account: null,
      region: null,
      arn: `gs://panda-backups/${dataPrefix}`,
      kmsKeyId: null,
      ...common,
    },
  ]);
  expect(resource?.restores).toEqual([
    { from: 'secure-dr', to: 'somewhere', tables: 2, rows: 1_000_000, equal: true, rtoSeconds: 12.3 },
    { from: 'gs://panda-backups', to: 'somewhere', tables: 2, rows: 1_000_000, equal: true, rtoSeconds: 12.3 },
  ]);
});

const record = (change: (before: RecoveryPointRecord) => Partial<RecoveryPointRecord>) => (c: FakeClouds) =>
  c.gcs.change<RecoveryPointRecord>(recordKey, change);
const exportRecord = (change: (before: RecoveryPointRecord) => Partial<RecoveryPointRecord>) => (c: FakeClouds) =>
  c.s3.change<RecoveryPointRecord>(recordKey, change);
const task = (change: Partial<FakeClouds['exportTasks'][number]>) => (c: FakeClouds) => {
  const [first] = c.exportTasks;
  if (first !== undefined) c.exportTasks.splice(0, 1, { ...first, ...change });
};

test.each<[string, (clouds: FakeClouds) => void, RegExp]>([
  // The export in S3.
  ['an export that RDS knows nothing of', (c) => c.exportTasks.splice(0), /s3 .*RDS has no export of the copy/],
  ['an export of another snapshot', task({ sourceArn: arnIn(second) }), /s3 .*RDS has no export of the copy/],
  ['two exports', (c) => c.exportTasks.push(...c.exportTasks), /s3 .*RDS has 2 exports/],
  ['an export that failed', task({ status: 'FAILED' }), /s3 .*the status of its export is FAILED/],
  ['an export under another key', task({ keyArn: keyOf(second) }), /s3 .*its key is arn:aws:kms:eu-central-1/],
  ['a warning of RDS', task({ warning: 'some tables' }), /s3 .*RDS warns: some tables/],
  ['an export into another bucket', task({ bucket: 'other' }), /s3 .*it was exported to s3:\/\/other\//],
  [
    'objects of another export',
    (c) => c.s3.contents.set(`${dataPrefix}export/other/1.parquet`, Buffer.from('?')),
    /s3 .*export\/other\/1\.parquet is of another export/,
  ],
  ['an export without its report', (c) => c.s3.contents.delete(reportKey), /s3 .*report of its tables is missing/],
  [
    'a table that RDS left out',
    (c) =>
      c.s3.write(reportKey, {
        perTableStatus: [{ target: 'shop.shop.orders', status: 'SKIPPED', warningMessage: 'rows of 2 GB' }],
      }),
    /s3 .*RDS left out shop\.shop\.orders: rows of 2 GB/,
  ],
  [
    'an empty bucket of exports',
    (c) => c.s3.contents.clear(),
    /s3 \(s3:\/\/panda-exports-eu-west-1\): there is no export/,
  ],
  [
    'an export without a recovery bundle',
    (c) => c.s3.contents.delete(dataPrefix + bucketLayout.bundle),
    /s3 .*there is no recovery bundle/,
  ],
  ['an export without a record', (c) => c.s3.contents.delete(recordKey), /s3 .*there is no record of it/],
  ['an export without a proof', exportRecord(() => ({ verified: undefined })), /s3 .*its record has no proof/],
  [
    'a record of other objects',
    exportRecord(() => ({ objects: 3 })),
    /s3 .*its record tells of 3 objects with \d+ bytes, there are 4/,
  ],
  // What was made of it in the other cloud.
  ['an empty bucket', (c) => c.gcs.contents.clear(), /gcs \(gs:\/\/panda-backups\): there is nothing of the export/],
  [
    'a missing object',
    (c) => c.gcs.contents.delete(ordersKey),
    /gcs .*shop\.orders\/1\/part-00000\.gz\.parquet is missing/,
  ],
  [
    'an object with a flipped bit',
    (c) => c.gcs.contents.set(ordersKey, Buffer.from('a million osders')),
    /gcs .*shop\.orders.* has CRC32C [0-9a-f]{8} instead of [0-9a-f]{8}/,
  ],
  [
    'an object that was cut off',
    (c) => c.gcs.contents.set(ordersKey, Buffer.from('a million')),
    /gcs .*shop\.orders.* has 9 bytes instead of 16/,
  ],
  [
    'an object without a checksum',
    (c) => c.gcs.told.set(ordersKey, { crc32c: null }),
    /gcs .*shop\.orders.* has CRC32C none instead of [0-9a-f]{8}/,
  ],
  [
    'an object that is left of a transfer',
    (c) => c.gcs.contents.set(`${dataPrefix}staging/1`, Buffer.from('half')),
    /^gs:\/\/panda-backups\/data\/.*staging\/1: left over$/m,
  ],
  [
    'an object that nobody exported',
    (c) => c.gcs.contents.set(`${exportFolder}shop/shop.more/1/part.parquet`, Buffer.from('more')),
    /^gs:\/\/panda-backups\/.*shop\.more\/1\/part\.parquet: left over$/m,
  ],
  [
    'an object in the bucket of the other region',
    (c) => c.s3InSecondRegion.contents.set('stray', Buffer.from('?')),
    /^s3:\/\/panda-exports-eu-central-1\/stray: left over$/m,
  ],
  ['a copy without a record', (c) => c.gcs.contents.delete(recordKey), /gcs .*there is no record of it/],
  ['a copy without a proof', record(() => ({ verified: undefined })), /gcs .*its record has no proof/],
  [
    'a copy whose tags tell no proof',
    record(({ tags }) => ({ tags: { ...tags, [copyTags.verified]: '' } })),
    /gcs .*its record has no proof/,
  ],
  [
    'a lesser proof than was asked for',
    record(({ tags, verified: { at } }) => ({
      tags: { ...tags, [copyTags.verified]: `manifest ${at}` },
      verified: { level: 'manifest', at },
    })),
    /gcs .*its record tells the proof manifest instead of full/,
  ],
  [
    'a record of another place',
    record(({ tags }) => ({ tags: { ...tags, [copyTags.place]: 'secure' } })),
    /gcs .*in its record, tag farcopy:place is secure instead of other-cloud/,
  ],
  [
    'a record of another moment',
    record(({ tags }) => ({ tags: { ...tags, [copyTags.dataTime]: '2026-11-20T02:00:01.250Z' } })),
    /gcs .*in its record, tag farcopy:data-time/,
  ],
  [
    'a record of data elsewhere',
    record(() => ({ dataPrefix: 'data/other/' })),
    /gcs .*its record tells of data under data\/other\//,
  ],
  ['a record of other bytes', record(() => ({ bytes: 1 })), /gcs .*its record tells of 4 objects with 1 bytes/],
  [
    'a record that hides a table',
    record(() => ({ skippedTables: [{ table: 'shop.orders', reason: null }] })),
    /gcs .*its record tells of 1 tables that RDS left out/,
  ],
  [
    'a copy without a manifest',
    (c) => c.gcs.contents.delete(dataPrefix + bucketLayout.manifest),
    /gcs .*there is no manifest/,
  ],
  [
    'a manifest that was changed',
    (c) => c.gcs.change<Manifest>(dataPrefix + bucketLayout.manifest, () => ({ objects: 5 })),
    /gcs .*a manifest with SHA-256 [\s\S]*its manifest tells of 5 objects/,
  ],
  [
    'a manifest without its list',
    (c) => c.gcs.contents.delete(dataPrefix + bucketLayout.manifestShard(0)),
    /gcs .*manifest\/000000\.ndjson of the manifest is missing/,
  ],
  [
    'a list that was changed',
    (c) => c.gcs.contents.set(dataPrefix + bucketLayout.manifestShard(0), Buffer.from('{}')),
    /gcs .*manifest\/000000\.ndjson is not what the manifest tells/,
  ],
  [
    'a copy without its recovery bundle',
    (c) => c.gcs.contents.delete(dataPrefix + bucketLayout.bundle),
    /gcs .*bundle\.json is missing/,
  ],
  [
    'another recovery bundle',
    (c) => c.gcs.write(dataPrefix + bucketLayout.bundle, { version: 2 }),
    /gcs .*bundle\.json has CRC32C [\s\S]*a recovery bundle with SHA-256/,
  ],
  // What restores leave.
  [
    'a restored cluster that was left',
    (c) => c.clustersIn.set(scratch, [{ id: kept.id, arn: 'arn:restored', endpoint: null, port: null }]),
    /^arn:restored: left over$/m,
  ],
  [
    'a temporary snapshot where it was restored to',
    (c) => c.places.set(scratch, [snapshot(scratch, 'restore-landing', '2026-11-21T02:04:00Z', null)]),
    /^arn:aws:rds:eu-central-1:222222222222:cluster-snapshot:farcopy-panda-1: left over$/m,
  ],
])('%s is found', async (_, spoil, expected) => {
  const { missing } = await proofAfter(spoil);
  expect(missing.join('\n')).toMatch(expected);
});

test.each<[string, RestoredCluster, RegExp]>([
  [
    'a restore that failed',
    { ...good, restores: [{ ...restore('secure-dr'), problem: 'no room', tables: null, rtoSeconds: null }] },
    /restored from secure-dr: no room\n.*restored from secure-dr: nothing could be read from it/,
  ],
  [
    'a missing table',
    { ...good, restores: [{ ...restore('gs://x'), tables: [orders] }] },
    /restored from gs:\/\/x: table warehouse\.returns is missing/,
  ],
  [
    'a table with fewer rows',
    { ...good, restores: [{ ...restore('gs://x'), tables: [{ ...orders, rows: 999_999 }, returns] }] },
    /table shop\.orders has 999999 rows instead of 1000000/,
  ],
  [
    'a table with other contents',
    { ...good, restores: [{ ...restore('gs://x'), tables: [{ ...orders, checksum: '82' }, returns] }] },
    /table shop\.orders has other contents than its source/,
  ],
  [
    'a column of another type with the same text',
    {
      ...good,
      restores: [
        { ...restore('gs://x'), tables: [{ ...orders, columns: { ...orders.columns, sizes: 'text' } }, returns] },
      ],
    },
    /table shop\.orders: column sizes is text instead of integer\[\]/,
  ],
  [
    'a missing column',
    { ...good, restores: [{ ...restore('gs://x'), tables: [orders, { ...returns, columns: {} }] }] },
    /table warehouse\.returns: column id is missing instead of bigint/,
  ],
  [
    'a table more',
    {
      ...good,
      restores: [{ ...restore('gs://x'), tables: [orders, returns, { ...orders, schema: 'farcopy_restore' }] }],
    },
    /table farcopy_restore\.orders is not in its source/,
  ],
  [
    'a source with nothing in it',
    { source: [returns], restores: [{ ...restore('gs://x'), tables: [returns] }] },
    /its source has no rows to compare/,
  ],
  ['a cluster that was not restored', { source: [], restores: [] }, /panda-cluster-1: it was not restored/],
])('%s is found', async (_, restored, expected) => {
  const { resources, missing } = await proofOf(withBuckets(), restored);
  expect(missing.join('\n')).toMatch(expected);
  expect(resources[0]?.restores.filter(({ equal }) => equal)).toEqual([]);
});

test('a restored cluster that is to stay is not left over', async () => {
  const clouds = withBuckets();
  clouds.clustersIn.set(scratch, [{ id: kept.id, arn: 'arn:restored', endpoint: null, port: null }]);
  expect((await proofOf(clouds, good, { kept: [kept] })).missing).toEqual([]);
});

test('a copy that differs in the other cloud leaves the recovery point partial', async () => {
  const { resources } = await proofAfter((c) => c.gcs.contents.delete(ordersKey));
  expect(resources[0]).toMatchObject({ state: 'partially-failed' });
  expect(resources[0]?.copies[4]).toMatchObject({ verified: false, objects: 3, crc32cChecked: 3 });
});

test('of a hundred objects that are missing, the first are named and the others counted', async () => {
  const { missing } = await proofAfter((c) => {
    for (let i = 0; i < 100; i++) c.s3.contents.set(`${exportFolder}shop/shop.many/${i}.parquet`, Buffer.from('x'));
  });
  expect(missing.filter((sentence) => sentence.includes('is missing'))).toHaveLength(5);
  expect(missing.join('\n')).toContain('95 objects more are missing or differ');
});

test('a cluster that no bucket is meant for needs neither buckets nor restores', async () => {
  const clouds = withBuckets();
  const standard = { ...run, clusters: [{ ...cluster, id: 'panda-cluster-2', arn: `${cluster.arn}2` }] };
  const { resources } = await proveRoute(standard, clouds, { clusters: new Map(), places: [], kept: [] });
  expect(resources[0]).toMatchObject({ restores: [] });
  expect(resources[0]?.copies).toHaveLength(3);
});
