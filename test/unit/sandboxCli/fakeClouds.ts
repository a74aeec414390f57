import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import {
  type RouteClouds,
  type SeenBucket,
  type SeenCluster,
  type SeenExport,
  type SeenObject,
  type SeenSnapshot,
} from '../../../sandbox/demo/clouds';
import { type ExpectedRun } from '../../../sandbox/demo/proof';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { copyTags } from '../../../src/core/catalogue/copy';
import { type Manifest, type RecoveryPointRecord } from '../../../src/core/catalogue/manifest';

export const cluster = {
  account: '999999999999',
  region: 'eu-west-1',
  id: 'panda-cluster-1',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1',
  tier: 'standard',
  scheduledTime: new Date('2026-11-21T02:00:00.000Z'),
};
export const run: ExpectedRun = {
  fleet: 'panda',
  clusters: [cluster],
  endedAt: new Date('2026-11-21T02:05:00.000Z'),
};
const dataTime = '2026-11-21T02:00:01.250Z';

export const source = '999999999999/eu-west-1';
export const secure = '111111111111/eu-west-1';
export const second = '111111111111/eu-central-1';
export const scratch = '222222222222/eu-central-1';

export const keyOf = (scope: string) => `arn:aws:kms:${scope.split('/')[1]}:${scope.split('/')[0]}:key/own`;

export function arnIn(scope: string): string {
  const [account, region] = scope.split('/');
  return `arn:aws:rds:${region}:${account}:cluster-snapshot:farcopy-panda-1`;
}

function tagsOf(place: string, tier: string): Record<string, string> {
  return {
    [copyTags.fleet]: 'panda',
    [copyTags.resource]: cluster.arn,
    [copyTags.recoveryPoint]: 'aurora-cluster/999999999999/eu-west-1/panda-cluster-1/2026-11-21T02:00:00Z',
    [copyTags.scheduledTime]: '2026-11-21T02:00:00Z',
    [copyTags.dataTime]: dataTime,
    [copyTags.tier]: tier,
    [copyTags.place]: place,
    [copyTags.retention]: tier,
    [copyTags.hold]: 'none',
  };
}

export function snapshot(
  scope: string,
  place: string,
  createdAt: string,
  from: string | null,
  tier = 'standard',
): SeenSnapshot {
  return {
    id: 'farcopy-panda-1',
    arn: arnIn(scope),
    clusterId: cluster.id,
    status: 'available',
    manual: true,
    createdAt: new Date(createdAt),
    keyArn: keyOf(scope),
    sourceArn: from === null ? null : arnIn(from),
    tags: { ...tagsOf(place, tier), [copyTags.verified]: 'exists 2026-11-21T02:04:00.000Z' },
  };
}

/** What the clouds show of one cluster's recovery point, to be spoilt by a test. */
export class FakeClouds implements RouteClouds {
  readonly places: Map<string, SeenSnapshot[]>;
  readonly keys = new Map([source, secure, second].map((scope) => [scope, keyOf(scope)]));
  readonly readers = new Map<string, string[]>();
  readonly clustersIn = new Map<string, SeenCluster[]>([
    [source, [{ id: cluster.id, arn: cluster.arn, endpoint: null, port: null }]],
  ]);
  readonly exportTasks: SeenExport[] = [];
  readonly s3 = new FakeBucket();
  readonly s3InSecondRegion = new FakeBucket();
  readonly gcs = new FakeBucket();

  constructor(tier = 'standard') {
    this.places = new Map([
      [source, [snapshot(source, 'source', dataTime, null, tier)]],
      [secure, [snapshot(secure, 'secure', '2026-11-21T02:01:00.000Z', source, tier)]],
      [second, [snapshot(second, 'secure-dr', '2026-11-21T02:02:00.000Z', secure, tier)]],
    ]);
  }

  async snapshots(account: string, region: string) {
    return this.places.get(`${account}/${region}`) ?? [];
  }
  async keyArn(account: string, region: string) {
    return this.keys.get(`${account}/${region}`) ?? null;
  }
  async sharedWith(account: string, region: string) {
    return this.readers.get(`${account}/${region}`) ?? [];
  }
  async exports() {
    return this.exportTasks;
  }
  async clusters(account: string, region: string) {
    return this.clustersIn.get(`${account}/${region}`) ?? [];
  }
  s3Bucket(_account: string, region: string) {
    return region === 'eu-west-1' ? this.s3 : this.s3InSecondRegion;
  }
  gcsBucket() {
    return this.gcs;
  }
  change(scope: string, change: Partial<SeenSnapshot>) {
    this.places.set(
      scope,
      (this.places.get(scope) ?? []).map((seen) => ({ ...seen, ...change })),
    );
  }
}

/** A bucket in memory; what it tells of an object may be made to differ from what lies in it. */
export class FakeBucket implements SeenBucket {
  readonly contents = new Map<string, Buffer>();
  readonly told = new Map<string, Partial<SeenObject>>();

  async objects() {
    return [...this.contents].map(([key, content]) => ({
      key,
      bytes: content.length,
      crc32c: crc32c(content).toString(16).padStart(8, '0'),
      ...this.told.get(key),
    }));
  }
  async read(key: string) {
    const content = this.contents.get(key);
    if (content === undefined) throw new Error(`${key} is not there`);
    return content;
  }
  json<T extends object>(key: string): T {
    return JSON.parse((this.contents.get(key) ?? '').toString()) as T;
  }
  write(key: string, content: object) {
    this.contents.set(key, Buffer.from(JSON.stringify(content)));
  }
  /** Changes members of a document. */
  change<T extends object>(key: string, change: (before: T) => Partial<T>) {
    const before = this.json<T>(key);
    this.write(key, { ...before, ...change(before) });
  }
}

export const dataPrefix = 'data/aurora-cluster/999999999999/eu-west-1/panda-cluster-1/20261121t020000z/';
export const recordKey = 'catalogue/aurora-cluster/999999999999/eu-west-1/panda-cluster-1/20261121t020000z.json';
export const exportFolder = `${dataPrefix}export/farcopy-panda-1/`;
export const ordersKey = `${exportFolder}shop/shop.orders/1/part-00000.gz.parquet`;
export const reportKey = `${exportFolder}export_tables_info_farcopy-panda-1_from_1_to_2.json`;

/** The same with a copy of the cluster in both buckets, as the critical tier has it. */
export function withBuckets(clouds = new FakeClouds('critical')): FakeClouds {
  const { s3, gcs } = clouds;
  clouds.exportTasks.push({
    id: 'farcopy-panda-1',
    status: 'COMPLETE',
    sourceArn: arnIn(secure),
    keyArn: keyOf(secure),
    bucket: 'panda-exports-eu-west-1',
    prefix: `${dataPrefix}export`,
    warning: null,
  });
  s3.write(`${exportFolder}export_info_farcopy-panda-1.json`, { status: 'COMPLETE' });
  s3.write(reportKey, { perTableStatus: [{ target: 'shop.shop.orders', status: 'COMPLETE' }] });
  s3.contents.set(ordersKey, Buffer.from('a million orders'));
  s3.contents.set(`${exportFolder}shop/shop.products/1/part-00000.gz.parquet`, Buffer.from('bamboo'));
  for (const [key, content] of s3.contents) gcs.contents.set(key, content);
  const objects = s3.contents.size;
  const bytes = [...s3.contents.values()].reduce((sum, { length }) => sum + length, 0);
  // S3 keeps the CRC32C of nothing here.
  s3.objects = async () =>
    [...s3.contents].map(([key, content]) => ({ key, bytes: content.length, crc32c: null, ...s3.told.get(key) }));

  for (const bucket of [s3, gcs]) bucket.write(dataPrefix + bucketLayout.bundle, { version: 1 });
  const shard = bucketLayout.manifestShard(0);
  gcs.contents.set(dataPrefix + shard, Buffer.from('{"key":"…"}\n'));
  const manifest: Manifest = {
    version: 1,
    objects,
    bytes,
    shards: [{ key: shard, objects, bytes, sha256: sha256(gcs, dataPrefix + shard) }],
  };
  gcs.write(dataPrefix + bucketLayout.manifest, manifest);
  const at = '2026-11-21T02:04:00.000Z';
  const record: RecoveryPointRecord = {
    version: 1,
    resource: { kind: 'aurora-cluster', ...cluster },
    tags: tagsOf('other-cloud-export', 'critical'),
    dataPrefix,
    objects,
    bytes,
    manifestSha256: null,
    bundleSha256: null,
    skippedTables: [],
    verified: { level: 'exists', at },
  };
  s3.write(recordKey, record);
  gcs.write(recordKey, {
    ...record,
    tags: { ...tagsOf('other-cloud', 'critical'), [copyTags.verified]: `full ${at}` },
    manifestSha256: sha256(gcs, dataPrefix + bucketLayout.manifest),
    bundleSha256: sha256(gcs, dataPrefix + bucketLayout.bundle),
    verified: { level: 'full', at },
  });
  return clouds;
}

function sha256({ contents }: FakeBucket, key: string): string {
  return createHash('sha256')
    .update(contents.get(key) ?? '')
    .digest('hex');
}
