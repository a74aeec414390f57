import { type TransferRequest } from '../../../src/core/transfer/transferRequest';
import { createHash, randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { transferActivities } from '../../../src/activities/transfer/transfer';
import { type FinishRequest } from '../../../src/activities/transfer/transferContracts';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { copyTags } from '../../../src/core/catalogue/copy';
import { failureTypes } from '../../../src/core/failure';
import {
  type Manifest,
  type ManifestEntry,
  type ManifestShard,
  type RecoveryPointRecord,
} from '../../../src/core/catalogue/manifest';
import { BufferPool } from '../../../src/transfer/bufferPool';
import { FakeCopyingStore } from '../../fakes/copyingStore';
import { FakeObjectStore } from '../../fakes/objectStore';
import { cluster, fleet, scheduledTime } from '../../workflow/fixtures';

const resource = cluster('999999999999');
const dataPrefix = bucketLayout.dataPrefix(resource, scheduledTime);
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

function scene(targetOf: (source: FakeObjectStore) => FakeObjectStore = () => new FakeObjectStore()) {
  const source = new FakeObjectStore();
  const target = targetOf(source);
  const activities = transferActivities({
    openSource: () => source,
    openTarget: () => target,
    memory: new BufferPool(8 << 20),
  });
  const request: TransferRequest = {
    identity: { fleet, tier: 'standard', resource, scheduledTime },
    source: {
      scope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
      bucket: 's3://panda-exports/farcopy',
      prefix: `${dataPrefix}export/task-1/`,
    },
    target: 'gs://panda-backups/copies',
    dataPrefix,
    lock: null,
    bytesPerSecond: null,
    verify: 'manifest',
  };
  const at = { source: `farcopy/${dataPrefix}`, target: `copies/${dataPrefix}` };
  const put = (name: string, content: Buffer | string) =>
    source.put(`${at.source}export/task-1/${name}`, Buffer.from(content));
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });
  const run = <T>(work: () => Promise<T>): Promise<T> => environment.run(work);
  /** All of it, as the workflow does. */
  const transfer = async (changes: Partial<FinishRequest> = {}) => {
    const whole = { ...request, ...changes };
    const plan = await run(() => activities.planTransfer(whole));
    const shards: ManifestShard[] = [];
    for (let shard = 0; shard < plan.shards; shard += 1) {
      const { manifest } = await run(() => activities.transferShard(whole, shard));
      await run(() => activities.verifyShard(whole, manifest, shard));
      shards.push(manifest);
    }
    const tags = { [copyTags.fleet]: fleet };
    const verifiedAt = '2026-11-21T03:00:00.000Z';
    const finished = await run(() =>
      activities.finishTransfer({ ...whole, shards, skippedTables: [], tags, verifiedAt, ...changes }),
    );
    await run(() => activities.cleanUpTransfer(whole));
    return { plan, finished };
  };
  const textOf = (key: string) => target.objects.get(key)?.content.toString() ?? '';
  return { source, target, activities, request, at, put, run, transfer, textOf };
}

describe('the activities of a transfer within S3', () => {
  it('send no object, leave the same as any, and no upload that was begun', async () => {
    let copying: FakeCopyingStore | undefined;
    const { put, target, at, transfer } = scene(
      (source) => (copying = new FakeCopyingStore(new Map([['panda-exports', source]]))),
    );
    put('shop/public.orders/1/part-0', 'orders');
    await transfer();
    const object = `${at.target}export/task-1/shop/public.orders/1/part-0`;
    expect(copying?.fetched).toEqual([object]);
    expect(target.calls.filter(({ operation, key }) => operation === 'write' && key === object)).toEqual([]);
    expect(target.keys(`${at.target}manifest`)).toHaveLength(2);
    expect(copying?.abandoned).toEqual([at.target]);
  });
});

describe('the activities of a transfer', () => {
  it('leave the objects, a manifest of them, the bundle, and the record: nothing else', async () => {
    const { source, target, at, put, transfer } = scene();
    put('shop/public.orders/1/part-0', 'orders');
    put('export_info_task-1.json', '{}');
    source.put(`${at.source}bundle.json`, '{"version":1}');
    source.put(`${at.source}export/task-0/of another task`, 'x');
    await transfer();
    expect(target.keys()).toEqual(
      [
        `copies/${bucketLayout.record(resource, scheduledTime)}`,
        `${at.target}bundle.json`,
        `${at.target}export/task-1/export_info_task-1.json`,
        `${at.target}export/task-1/shop/public.orders/1/part-0`,
        `${at.target}manifest.json`,
        `${at.target}manifest/000000.ndjson`,
      ].sort(),
    );
  });

  it('let the record prove the manifest, the manifest its shards, and these every object', async () => {
    const { at, put, transfer, textOf } = scene();
    const content = randomBytes(5000);
    put('part-0', content);
    await transfer();
    const record = JSON.parse(textOf(`copies/${bucketLayout.record(resource, scheduledTime)}`)) as RecoveryPointRecord;
    expect(record).toMatchObject({
      objects: 1,
      bytes: 5000,
      manifestSha256: sha256(textOf(`${at.target}manifest.json`)),
      bundleSha256: null,
      dataPrefix,
      verified: { level: 'manifest' },
      tags: { [copyTags.verified]: 'manifest 2026-11-21T03:00:00.000Z' },
    });
    const manifest = JSON.parse(textOf(`${at.target}manifest.json`)) as Manifest;
    const shard = textOf(`${at.target}manifest/000000.ndjson`);
    expect(manifest.shards).toEqual([
      { key: 'manifest/000000.ndjson', objects: 1, bytes: 5000, sha256: sha256(shard) },
    ]);
    expect(JSON.parse(shard) as ManifestEntry).toMatchObject({
      key: 'task-1/part-0',
      bytes: 5000,
      sha256: sha256(content),
    });
  });

  it('write the record after everything else', async () => {
    const { target, put, transfer } = scene();
    put('part-0', 'x');
    await transfer();
    const written = target.calls.filter(({ operation }) => operation === 'write').map(({ key }) => key);
    expect(written.at(-1)).toMatch(/^copies\/catalogue\//);
  });

  it('cut an export into shards, which lie in the bucket and not in histories', async () => {
    const { put, activities, request, run, transfer, target, at } = scene();
    for (let i = 0; i < 5001; i += 1) put(`part-${String(i).padStart(5, '0')}`, '');
    expect(await run(() => activities.planTransfer(request))).toEqual({ shards: 2, objects: 5001, bytes: 0 });
    const { finished } = await transfer();
    expect(finished.objects).toBe(5001);
    expect(target.keys(`${at.target}manifest/`)).toHaveLength(2);
  });

  it('send nothing again when a shard is tried again', async () => {
    const { put, activities, request, run } = scene();
    for (let i = 0; i < 20; i += 1) put(`part-${i}`, randomBytes(100));
    await run(() => activities.planTransfer(request));
    const first = await run(() => activities.transferShard(request, 0));
    const second = await run(() => activities.transferShard(request, 0));
    expect(first.sentObjects).toBe(20);
    expect(second).toEqual({ manifest: first.manifest, sentObjects: 0, sentBytes: 0 });
  });

  it.each(['manifest', 'sample', 'full'] as const)('find a changed object at level %s', async (verify) => {
    const { put, activities, request, run, target, at } = scene();
    put('part-0', randomBytes(1000));
    const whole = { ...request, verify };
    await run(() => activities.planTransfer(whole));
    const { manifest } = await run(() => activities.transferShard(whole, 0));
    const there = target.objects.get(`${at.target}export/task-1/part-0`);
    if (there !== undefined) there.content = randomBytes(1000);
    await expect(run(() => activities.verifyShard(whole, manifest, 0))).rejects.toMatchObject({
      type: failureTypes.verificationFailed,
    });
  });

  it('find at level full what the cloud itself does not see: bytes that differ under an equal CRC32C', async () => {
    const { put, activities, request, run, target, at } = scene();
    put('part-0', randomBytes(1000));
    const whole = { ...request, verify: 'full' } as const;
    await run(() => activities.planTransfer(whole));
    const { manifest } = await run(() => activities.transferShard(whole, 0));
    target.fault = (operation, key) =>
      operation === 'open' && key === `${at.target}export/task-1/part-0` ? { type: 'flip' } : undefined;
    await expect(run(() => activities.verifyShard(whole, manifest, 0))).rejects.toMatchObject({
      type: failureTypes.verificationFailed,
    });
    expect(await run(() => activities.verifyShard({ ...whole, verify: 'manifest' }, manifest, 0))).toBe(1);
  });

  it('find a missing object', async () => {
    const { put, activities, request, run, target, at } = scene();
    put('part-0', 'x');
    await run(() => activities.planTransfer(request));
    const { manifest } = await run(() => activities.transferShard(request, 0));
    target.objects.delete(`${at.target}export/task-1/part-0`);
    await expect(run(() => activities.verifyShard(request, manifest, 0))).rejects.toMatchObject({
      type: failureTypes.verificationFailed,
    });
  });

  it('lock data, manifest and bundle, and neither plan nor record', async () => {
    const { source, put, transfer, target, at } = scene();
    put('part-0', 'x');
    source.put(`${at.source}bundle.json`, '{}');
    await transfer({ lock: { mode: 'compliance', until: '2030-01-01T00:00:00.000Z' } });
    const locked = target.keys().filter((key) => target.objects.get(key)?.retainUntil !== undefined);
    expect(locked).toEqual(target.keys(at.target));
    expect(target.keys('copies/underway/')).toEqual([]);
  });

  it('delete nothing but lists and parts, though a database be called as their folders are', async () => {
    const { put, transfer, target, at } = scene();
    put('plan/public.t/1/part-0', 'x');
    put('staging/public.t/1/part-0', 'y');
    const deleted: string[] = [];
    const really = target.delete.bind(target);
    target.delete = (key: string) => {
      deleted.push(key);
      return really(key);
    };
    await transfer();
    expect(deleted).toEqual([`copies/${bucketLayout.underway(at.target.slice('copies/'.length))}plan/000000.json`]);
  });

  it('keep a hold that was set on the record meanwhile', async () => {
    const { put, transfer, target, textOf } = scene();
    put('part-0', 'x');
    await transfer();
    const key = `copies/${bucketLayout.record(resource, scheduledTime)}`;
    const record = JSON.parse(textOf(key)) as RecoveryPointRecord;
    target.put(key, JSON.stringify({ ...record, tags: { ...record.tags, [copyTags.hold]: 'incident-7' } }));
    await transfer();
    expect((JSON.parse(textOf(key)) as RecoveryPointRecord).tags[copyTags.hold]).toBe('incident-7');
  });

  it('refuse an export in which nothing lies', async () => {
    const { activities, request, run } = scene();
    await expect(run(() => activities.planTransfer(request))).rejects.toMatchObject({ type: failureTypes.notFound });
  });
});
