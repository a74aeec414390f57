import fc from 'fast-check';
import { type ManifestShard } from '../../../../src/core/catalogue/manifest';
import { ShardedTransfer } from '../../../../src/core/transfer/shardedTransfer';
import {
  type TransferExportInput,
  transferExportInput,
  transferRequest,
} from '../../../../src/core/transfer/transferRequest';

const begun = Date.parse('2026-11-21T02:00:00Z');
const input: TransferExportInput = {
  version: 1,
  fleet: 'panda',
  identity: {
    fleet: 'panda',
    tier: 'gold',
    resource: { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop', arn: 'arn' },
    scheduledTime: '2026-11-21T02:00:00Z',
  },
  sourceScope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
  sourceBucket: 's3://panda-exports',
  sourcePrefix: 'data/x/export/task-1/',
  targetBucket: 'gs://panda-backups',
  dataPrefix: 'data/x/',
  lock: { mode: 'compliance', days: 30 },
  bytesPerSecond: null,
  verify: 'manifest',
  skippedTables: [],
  exported: 30,
  tags: {},
};
const manifest = (shard: number, objects = 10): ManifestShard => ({
  key: `shard-${shard}`,
  objects,
  bytes: 1000,
  sha256: String(shard),
});
const plan = { shards: 3, objects: 30, bytes: 3000 };

function planned(continued?: TransferExportInput['continued']): ShardedTransfer {
  const transfer = new ShardedTransfer({ ...input, ...(continued === undefined ? {} : { continued }) }, begun);
  if (!transfer.isPlanned) transfer.planned(plan);
  return transfer;
}
function bring(transfer: ShardedTransfer, ...shards: number[]): void {
  for (const shard of shards) {
    transfer.arrived(shard, manifest(shard));
    transfer.verified(shard, manifest(shard));
  }
}

test('whatever order shards come in, they are whole in the order of their numbers', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (order) => {
      const transfer = planned();
      bring(transfer, ...order);
      expect(transfer.whole.map(({ sha256 }) => sha256)).toEqual(['0', '1', '2']);
    }),
  );
});

test('the run that continues goes on with the shards that are left, by the same clock', () => {
  const first = planned();
  bring(first, 1, 0);
  const second = new ShardedTransfer({ ...input, continued: first.continued }, begun + 3600_000);
  expect(second.startedAt).toBe(begun);
  expect(second.left).toEqual([2]);
  expect(second.progress(begun + 3600_000)).toMatchObject({ objects: 20, totalObjects: 30, bytes: 2000 });
  bring(second, 2);
  expect(second.whole).toHaveLength(3);
});

test('an export that has lost objects since it was proven is not whole', () => {
  expect(() => new ShardedTransfer({ ...input, exported: 31 }, begun).planned(plan)).toThrow(
    '30 of 31 objects of the export are left in s3://panda-exports',
  );
});

test('shards that hold less than was planned are not whole', () => {
  const transfer = planned();
  bring(transfer, 1, 2);
  transfer.verified(0, manifest(0, 9));
  expect(() => transfer.whole).toThrow('29 of 30 objects were proven in gs://panda-backups');
});

test('what has arrived is told before it is proven', () => {
  const transfer = new ShardedTransfer(input, begun);
  expect(transfer.lines(begun)).toEqual(['Listing the export']);
  expect(transfer.progress(begun)).toMatchObject({ objects: 0, totalObjects: null, totalBytes: null });
  transfer.planned(plan);
  transfer.arrived(0, manifest(0));
  expect(transfer.labelOf(0)).toBe('shard 1 of 3');
  expect(transfer.lines(begun + 10_000)).toEqual([
    '- **shards**: 1 of 3',
    '- **objects**: 10 of 30',
    '- **bytes**: 1.0 of 3.0 kB, 100 B/s, 20 s left',
    '',
    'What is on its way: heartbeats of the pending activities.',
  ]);
  bring(transfer, 0, 1, 2);
  expect(transfer.lines(begun)).toHaveLength(3);
});

test('everything is locked for as long from the first run on', () => {
  expect(transferRequest(input, begun).lock).toEqual({ mode: 'compliance', until: '2026-12-21T02:00:00.000Z' });
  expect(transferRequest({ ...input, lock: null }, begun).lock).toBeNull();
});

describe('the transfer of a step', () => {
  const { identity } = input;
  const step = {
    place: 'other-cloud',
    scope: input.sourceScope,
    input: { from: 's3://panda-exports', to: 'gs://panda-backups', lock: null, bytesPerSecond: null, verify: 'full' },
  } as const;
  const source = {
    ...identity.resource,
    place: 'other-cloud-export',
    arn: 's3://panda-exports/data/x/export/task-1/',
    keyArn: null,
    sizeGiB: 1,
    dataTime: '2026-11-21T02:01:00Z',
    verifiedAt: '2026-11-21T03:00:00Z',
    objects: 30,
    bytes: 3000,
    skippedTables: [{ table: 'public.odd', reason: null }],
  };

  it('brings what was exported to where the plan says, and tells of what was left out', () => {
    expect(transferExportInput(identity, step, source)).toMatchObject({
      sourceBucket: 's3://panda-exports',
      sourcePrefix: 'data/x/export/task-1/',
      targetBucket: 'gs://panda-backups',
      dataPrefix: 'data/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z/',
      verify: 'full',
      exported: 30,
      skippedTables: source.skippedTables,
      tags: { 'farcopy:place': 'other-cloud', 'farcopy:data-time': source.dataTime },
    });
  });

  it('is refused where the export lies in another bucket', () => {
    expect(() => transferExportInput(identity, step, { ...source, arn: 's3://panda-exports-2/data/' })).toThrow(
      's3://panda-exports-2/data/ does not lie in s3://panda-exports',
    );
  });
});
