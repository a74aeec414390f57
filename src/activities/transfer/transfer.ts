import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Context } from '@temporalio/activity';
import { beating } from '../beating';
import { type DirectSource, type ObjectSource } from '../../clouds/objectSource';
import { type ComposingStore, type CopyingStore, type ObjectStore, type WriteOptions } from '../../clouds/objectStore';
import { applicationFailure } from '../../core/applicationFailure';
import { bucketLayout, type BucketUrl, formatBucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { copyTags, noHold, type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import {
  type Manifest,
  type ManifestEntry,
  type ManifestShard,
  type RecoveryPointRecord,
} from '../../core/catalogue/manifest';
import { secondsLeft } from '../../core/transfer/transferText';
import { Bandwidth } from '../../transfer/bandwidth';
import { type BufferPool } from '../../transfer/bufferPool';
import { type Hashing } from '../../transfer/hashing/hashing';
import { type TransferRequest } from '../../core/transfer/transferRequest';
import { listRange } from '../../transfer/listRange';
import { planShards, type ShardPlan } from '../../transfer/shardPlan';
import { type SourceObject } from '../../transfer/route';
import { transferObjects } from '../../transfer/transferObjects';
import { tryAgain } from '../../transfer/tryAgain';
import { verifyObjects } from '../../transfer/verifyObjects';
import { writeDocument } from '../../transfer/writeDocument';
import { Speed } from './speed';
import { type FinishRequest, type ShardProgress, type TransferActivities } from './transferContracts';

export interface TransferDependencies {
  readonly openSource: (bucket: BucketUrl, scope: Scope) => ObjectStore & DirectSource;
  readonly openTarget: (bucket: BucketUrl) => ComposingStore & ObjectSource;
  /** Shared by all shards this process works on. */
  readonly memory: BufferPool;
  /** Shared by them too. Default: in the calling thread. */
  readonly hashing?: Hashing;
}

const planPrefix = 'plan/';
const stagingPrefix = 'staging/';

/** The activities behind `transferExport`. */
export function transferActivities({
  openSource,
  openTarget,
  memory,
  hashing,
}: TransferDependencies): TransferActivities {
  const bandwidths = new Map<number, Bandwidth>();
  const bandwidthOf = (bytesPerSecond: number | null): Bandwidth | undefined => {
    if (bytesPerSecond === null) return undefined;
    const bandwidth = bandwidths.get(bytesPerSecond) ?? new Bandwidth(bytesPerSecond);
    bandwidths.set(bytesPerSecond, bandwidth);
    return bandwidth;
  };

  /** Both buckets of a request, and what goes before keys in them. */
  const open = (request: TransferRequest) => {
    const from = bucketOf(request.source.bucket);
    const to = bucketOf(request.target);
    const exportPrefix = request.dataPrefix + bucketLayout.export;
    if (!request.source.prefix.startsWith(exportPrefix))
      throw applicationFailure(
        failureTypes.invalidInput,
        `${formatBucketUrl(from, request.source.prefix)} does not lie under ${exportPrefix}`,
      );
    return {
      source: openSource(from, request.source.scope),
      sourceBucket: from.bucket,
      target: openTarget(to),
      sourcePrefix: from.prefix + exportPrefix,
      targetPrefix: to.prefix + exportPrefix,
      sourceData: from.prefix + request.dataPrefix,
      targetData: to.prefix + request.dataPrefix,
      underway: to.prefix + bucketLayout.underway(request.dataPrefix),
      listed: from.prefix + request.source.prefix,
      root: to.prefix,
    };
  };
  const planKey = (underway: string, shard: number) => `${underway}${planPrefix}${String(shard).padStart(6, '0')}.json`;
  const readPlan = async (
    target: ObjectStore,
    underway: string,
    shard: number,
    signal: AbortSignal,
  ): Promise<ShardPlan> =>
    JSON.parse((await readAll(target, planKey(underway, shard), signal)).toString()) as ShardPlan;

  return {
    async planTransfer(request) {
      const { source, target, sourcePrefix, underway, listed } = open(request);
      const signal = Context.current().cancellationSignal;
      const total = { shards: 0, objects: 0, bytes: 0 };
      return beating(
        async () => {
          async function* pages(): AsyncGenerator<SourceObject[]> {
            for await (const page of source.list(listed, {}, signal))
              yield page.map(({ key, bytes, revision }) => ({ key: key.slice(sourcePrefix.length), bytes, revision }));
          }
          for await (const shard of planShards(pages())) {
            const content = Buffer.from(JSON.stringify(shard));
            await writeDocument(target, planKey(underway, total.shards), content, { contentType: json }, signal);
            total.shards += 1;
            total.objects += shard.objects.length;
            for (const { bytes } of shard.objects) total.bytes += bytes;
          }
          if (total.shards === 0)
            throw applicationFailure(
              failureTypes.notFound,
              `${formatBucketUrl(bucketOf(request.source.bucket), request.source.prefix)}: nothing lies there to transfer`,
            );
          return total;
        },
        () => total,
      );
    },

    async transferShard(request, shard) {
      const { source, sourceBucket, target, sourcePrefix, targetPrefix, targetData, underway } = open(request);
      const signal = Context.current().cancellationSignal;
      let progress = { shard, objects: 0, bytes: 0, totalObjects: 0, totalBytes: 0 };
      return beating(
        async () => {
          const { after, objects } = await readPlan(target, underway, shard, signal);
          const totalBytes = objects.reduce((sum, { bytes }) => sum + bytes, 0);
          progress = { ...progress, totalObjects: objects.length, totalBytes };
          const last = objects.at(-1)?.key ?? '';
          const already = await tryAgain(() => listRange(target, targetPrefix, after, last, signal), signal);
          const bandwidth = bandwidthOf(request.bytesPerSecond);
          const retainUntil = retention(request);
          const { entries, sent } = await transferObjects({
            source,
            target,
            entries: objects,
            sourcePrefix,
            targetPrefix,
            stagingPrefix: underway + stagingPrefix,
            already,
            memory,
            ...(hashing === undefined ? {} : { hashing }),
            signal,
            ...(bandwidth === undefined ? {} : { bandwidth }),
            ...(retainUntil === undefined ? {} : { retainUntil }),
            ...(isCopying(target) ? { copy: { target, sourceBucket } } : {}),
            onProgress: (now) => (progress = { ...progress, ...now }),
          });
          const key = bucketLayout.manifestShard(shard);
          const content = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
          const sha256 = await writeDocument(
            target,
            targetData + key,
            content,
            { contentType: 'application/x-ndjson', retainUntil },
            signal,
          );
          return {
            manifest: { key, objects: entries.length, bytes: totalBytes, sha256 },
            sentObjects: sent.objects,
            sentBytes: sent.bytes,
          };
        },
        withSpeed(() => progress),
      );
    },

    async verifyShard(request, manifest, shard) {
      const { source, target, sourcePrefix, targetPrefix, targetData, underway } = open(request);
      const signal = Context.current().cancellationSignal;
      let progress = { shard, objects: 0, bytes: 0, totalObjects: manifest.objects, totalBytes: manifest.bytes };
      return beating(
        async () => {
          const { after, objects } = await readPlan(target, underway, shard, signal);
          const entries = await readManifestShard(target, targetData, manifest, signal);
          await verifyObjects({
            source,
            target,
            sourcePrefix,
            targetPrefix,
            entries,
            after,
            revisions: new Map(objects.map(({ key, revision }) => [key, revision])),
            level: request.verify,
            onProgress: (done, bytes) => (progress = { ...progress, objects: done, bytes }),
            signal,
          });
          return entries.length;
        },
        withSpeed(() => progress),
      );
    },

    async finishTransfer(request) {
      const { source, target, sourceData, targetData, root } = open(request);
      const signal = Context.current().cancellationSignal;
      return beating(async () => {
        const retainUntil = retention(request);
        const options = { contentType: json, retainUntil };
        const bundle = await findAll(source, sourceData + bucketLayout.bundle, signal);
        const bundleSha256 =
          bundle === null
            ? null
            : await writeDocument(target, targetData + bucketLayout.bundle, bundle, options, signal);
        const { shards } = request;
        const manifest: Manifest = {
          version: 1,
          objects: shards.reduce((sum, { objects }) => sum + objects, 0),
          bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
          shards,
        };
        const { objects, bytes } = manifest;
        const manifestSha256 = await writeDocument(
          target,
          targetData + bucketLayout.manifest,
          document(manifest),
          options,
          signal,
        );
        await writeRecord(target, root, request, { objects, bytes, manifestSha256, bundleSha256 }, signal);
        return { objects, bytes, manifestSha256, bundleSha256 };
      });
    },

    async cleanUpTransfer(request) {
      const { target, targetData, underway } = open(request);
      const signal = Context.current().cancellationSignal;
      await beating(async () => {
        if (isCopying(target)) await target.abandonUploads(targetData, signal);
        if (!(await target.mayDelete(signal))) return;
        for (const prefix of [planPrefix, stagingPrefix])
          for await (const page of target.list(underway + prefix, {}, signal))
            await inParallel(page, 16, ({ key }) => tryAgain(() => target.delete(key, signal), signal));
      });
    },
  };
}

/** Whether it is of the cloud that exports are made in: it can then fetch them by itself. */
const isCopying = (target: ComposingStore): target is CopyingStore => 'copyFrom' in target;

/** What a heartbeat tells: the Temporal UI shows it as it is. */
function withSpeed(progress: () => Omit<ShardProgress, 'bytesPerSecond' | 'secondsLeft'>): () => ShardProgress {
  const speed = new Speed();
  speed.measure(0);
  return () => {
    const now = progress();
    const bytesPerSecond = Math.round(speed.measure(now.bytes));
    const left = secondsLeft(now.bytes, now.totalBytes, bytesPerSecond);
    return { ...now, bytesPerSecond, secondsLeft: left === null ? null : Math.ceil(left) };
  };
}

const json = 'application/json';
const document = (content: object) => Buffer.from(`${JSON.stringify(content, null, 2)}\n`);

function bucketOf(text: string): BucketUrl {
  const url = parseBucketUrl(text);
  if (url === null) throw applicationFailure(failureTypes.invalidInput, `${text} is not the URL of a bucket`);
  return url;
}

function retention({ lock }: TransferRequest): WriteOptions['retainUntil'] {
  return lock === null ? undefined : { mode: lock.mode, until: new Date(lock.until) };
}

async function readAll(store: ObjectStore, key: string, signal: AbortSignal): Promise<Buffer> {
  return tryAgain(async () => {
    try {
      return await buffer(await store.read(key, {}, signal));
    } catch (error) {
      const { type } = error as { type?: unknown };
      throw type === undefined && !signal.aborted
        ? applicationFailure(failureTypes.transient, `${key}: reading broke off`, { cause: error as Error })
        : error;
    }
  }, signal);
}

async function findAll(store: ObjectStore, key: string, signal: AbortSignal): Promise<Buffer | null> {
  try {
    return await readAll(store, key, signal);
  } catch (error) {
    if ((error as { type?: unknown }).type === failureTypes.notFound) return null;
    throw error;
  }
}

async function readManifestShard(
  target: ObjectStore,
  data: string,
  { key, sha256 }: ManifestShard,
  signal: AbortSignal,
): Promise<ManifestEntry[]> {
  const content = await readAll(target, data + key, signal);
  const found = createHash('sha256').update(content).digest('hex');
  if (found !== sha256)
    throw applicationFailure(failureTypes.verificationFailed, `${data}${key}: has SHA-256 ${found}, not ${sha256}`);
  return content
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ManifestEntry);
}

/** Not locked, since holds and later proofs are written there. A hold that someone has set meanwhile stays. */
async function writeRecord(
  target: ComposingStore & ObjectSource,
  root: string,
  request: FinishRequest,
  proven: Pick<RecoveryPointRecord, 'objects' | 'bytes' | 'manifestSha256' | 'bundleSha256'>,
  signal: AbortSignal,
): Promise<void> {
  const { identity, dataPrefix, skippedTables, tags, verify, verifiedAt } = request;
  const key = root + bucketLayout.record(identity.resource, identity.scheduledTime);
  const before = await findAll(target, key, signal);
  const hold =
    before === null ? noHold : ((JSON.parse(before.toString()) as RecoveryPointRecord).tags[copyTags.hold] ?? noHold);
  const record: RecoveryPointRecord = {
    version: 1,
    resource: identity.resource,
    tags: {
      ...tags,
      ...(hold === noHold ? {} : { [copyTags.hold]: hold }),
      [copyTags.verified]: `${verify} ${verifiedAt}`,
    },
    dataPrefix,
    ...proven,
    skippedTables,
    verified: { level: verify, at: verifiedAt },
  };
  await writeDocument(target, key, document(record), { contentType: json }, signal);
}
