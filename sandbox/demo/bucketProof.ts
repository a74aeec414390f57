import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { bucketLayout } from '../../src/core/catalogue/bucket';
import { copyTags } from '../../src/core/catalogue/copy';
import { inParallel } from '../../src/core/inParallel';
import { type Manifest, type RecoveryPointRecord, type SkippedTable } from '../../src/core/catalogue/manifest';
import { scheduledTimeLabel } from '../../src/core/naming';
import { exportPlace } from '../../src/core/catalogue/copy';
import { backupBucket, exportBucket, keyAlias, vaultAccount } from '../seed/sandboxAccounts';
import { type RouteClouds, type SeenBucket, type SeenObject } from './clouds';
import { type ExpectedCluster, type ExpectedRun, type ProvenObjects, wrongTags } from './proof';

/** The vault of the fleet file that is a bucket of another cloud. */
const otherCloud = 'other-cloud';
/** The level that the critical tier asks for. */
const expectedLevel = 'full';
const readsAtOnce = 4;
/** A copy of which everything differs is told of in a few sentences. */
const mostTold = 5;

/** An object whose bytes the proof has seen. */
interface ReadObject {
  readonly bytes: number;
  readonly crc32c: string;
}

/** What has to lie in the buckets, and what does not hold. */
export interface BucketProof {
  readonly copies: readonly ProvenObjects[];
  readonly problems: readonly string[];
  /** URLs of everything that belongs to the recovery point, whether it is right or wrong. */
  readonly accounted: readonly string[];
}

/**
 * Proves the copies that left AWS: the export of the vault's copy in S3, told complete by RDS, under the vault's key, with all
 * its tables; and in Google Cloud Storage every object of it, with the CRC32C that reading the bytes in S3 gives, a record that
 * tells the proof, a manifest and a recovery bundle.
 *
 * @param secureArn of the snapshot that was to be exported; null where there is none
 * @param dataTime when the data are from, as the first snapshot has it
 */
export async function proveBuckets(
  run: Pick<ExpectedRun, 'fleet'>,
  cluster: ExpectedCluster,
  secureArn: string | null,
  dataTime: Date | null,
  clouds: RouteClouds,
): Promise<BucketProof> {
  const resource = { kind: 'aurora-cluster' as const, ...cluster };
  const time = scheduledTimeLabel(cluster.scheduledTime);
  const context: Context = {
    run,
    cluster,
    dataTime,
    dataPrefix: bucketLayout.dataPrefix(resource, time),
    recordKey: bucketLayout.record(resource, time),
  };
  const exported = await proveExport(context, secureArn, clouds);
  const transferred = await proveTransfer(context, exported, clouds);
  return {
    copies: [exported.copy, transferred.copy],
    problems: [...exported.problems, ...transferred.problems],
    accounted: [...exported.accounted, ...transferred.accounted],
  };
}

interface Context {
  readonly run: Pick<ExpectedRun, 'fleet'>;
  readonly cluster: ExpectedCluster;
  readonly dataTime: Date | null;
  readonly dataPrefix: string;
  readonly recordKey: string;
}

interface Exported extends Pick<BucketProof, 'problems' | 'accounted'> {
  readonly copy: ProvenObjects;
  /** By key; what lies in S3 is what has to lie in the other cloud. */
  readonly objects: ReadonlyMap<string, ReadObject>;
  readonly bundle: ReadObject | null;
}

async function proveExport(context: Context, secureArn: string | null, clouds: RouteClouds): Promise<Exported> {
  const { cluster, dataPrefix, recordKey } = context;
  const name = exportBucket(context.run.fleet, cluster.region);
  const url = (key: string) => `s3://${name}/${key}`;
  const place = { place: 's3', kind: 's3', account: vaultAccount, region: cluster.region } as const;
  const bucket = clouds.s3Bucket(vaultAccount, cluster.region, name);
  const listed = await bucket.objects();
  const exportPrefix = dataPrefix + bucketLayout.export;
  const inExport = listed.filter(({ key }) => key.startsWith(exportPrefix));
  const objects = new Map(await inParallel(inExport, readsAtOnce, async ({ key }) => [key, await seen(bucket, key)]));
  const bundleKey = dataPrefix + bucketLayout.bundle;
  const bundle = has(listed, bundleKey) ? await seen(bucket, bundleKey) : null;

  const wrong: string[] = [];
  const tasks = (await clouds.exports(vaultAccount, cluster.region)).filter(({ sourceArn }) => sourceArn === secureArn);
  const [task] = tasks;
  const key = await clouds.keyArn(vaultAccount, cluster.region, keyAlias);
  const skippedTables: SkippedTable[] = [];
  if (task === undefined) wrong.push('RDS has no export of the copy in the vault');
  else {
    if (tasks.length > 1) wrong.push(`RDS has ${tasks.length} exports of the copy in the vault, one was expected`);
    if (task.status !== 'COMPLETE') wrong.push(`the status of its export is ${task.status}`);
    if (task.keyArn !== key) wrong.push(`its key is ${task.keyArn ?? 'none'} instead of ${key ?? keyAlias}`);
    if (task.warning !== null) wrong.push(`RDS warns: ${task.warning}`);
    const folder = `${task.prefix}/${task.id}/`;
    if (task.bucket !== name || !folder.startsWith(exportPrefix))
      wrong.push(`it was exported to s3://${task.bucket}/${folder}`);
    for (const { key: other } of inExport)
      if (!other.startsWith(folder)) wrong.push(`${url(other)} is of another export`);
    const reports = inExport.filter((object) => /\/export_tables_info_[^/]*\.json$/.test(object.key));
    if (reports.length === 0) wrong.push("RDS's report of its tables is missing");
    for (const report of reports) skippedTables.push(...skippedIn(await bucket.read(report.key)));
    for (const { table, reason } of skippedTables)
      wrong.push(`RDS left out ${table}${reason === null ? '' : `: ${reason}`}`);
  }
  if (bundle === null) wrong.push('there is no recovery bundle');
  const record = has(listed, recordKey) ? await readRecord(bucket, recordKey) : null;
  const sizes = { objects: objects.size, bytes: total([...objects.values()]) };
  if (record === null) wrong.push('there is no record of it');
  else {
    wrong.push(...wrongRecord(record, { ...sizes, skippedTables }, exportPlace(otherCloud), context));
    if (!isProof(record)) wrong.push('its record has no proof');
  }
  const copy: ProvenObjects = {
    ...place,
    arn: objects.size === 0 ? null : url(exportPrefix),
    status: objects.size === 0 ? 'missing' : 'available',
    kmsKeyId: task?.keyArn ?? null,
    dataTime: record?.tags?.[copyTags.dataTime] ?? null,
    verified: objects.size > 0 && wrong.length === 0,
    ...sizes,
    crc32cChecked: objects.size,
    skippedTables,
  };
  return {
    copy,
    objects,
    bundle,
    problems: told(context, `s3 (s3://${name})`, objects.size === 0 ? ['there is no export'] : wrong),
    accounted: [...objects.keys(), bundleKey, recordKey].map(url),
  };
}

async function proveTransfer(context: Context, exported: Exported, clouds: RouteClouds) {
  const { dataPrefix, recordKey } = context;
  const name = backupBucket(context.run.fleet);
  const url = (key: string) => `gs://${name}/${key}`;
  const bucket = clouds.gcsBucket(name);
  const listed = await bucket.objects();
  const found = new Map(listed.map((object) => [object.key, object]));
  const differences: string[] = [];
  let compared = 0;
  for (const [key, expected] of exported.objects) {
    const object = found.get(key);
    if (object !== undefined && object.crc32c !== null) compared += 1;
    differences.push(...wrongObject(key, object, expected));
  }
  const present = [...exported.objects.keys()].flatMap((key) => found.get(key) ?? []);
  const sizes = { objects: present.length, bytes: total(present) };

  const wrong = [...differences.slice(0, mostTold)];
  if (differences.length > mostTold) wrong.push(`${differences.length - mostTold} objects more are missing or differ`);
  const bundleKey = dataPrefix + bucketLayout.bundle;
  if (exported.bundle !== null) wrong.push(...wrongObject(bundleKey, found.get(bundleKey), exported.bundle));
  const record = found.has(recordKey) ? await readRecord(bucket, recordKey) : null;
  const manifest = await readManifest(context, bucket, found);
  if (record === null) wrong.push('there is no record of it');
  else {
    wrong.push(...wrongRecord(record, { ...sizes, skippedTables: exported.copy.skippedTables }, otherCloud, context));
    const tag = record.tags?.[copyTags.verified];
    if (!isProof(record) || tag !== `${record.verified.level} ${record.verified.at}`)
      wrong.push('its record has no proof');
    else if (record.verified.level !== expectedLevel)
      wrong.push(`its record tells the proof ${record.verified.level} instead of ${expectedLevel}`);
    if (manifest !== null && record.manifestSha256 !== manifest.sha256)
      wrong.push(`its record tells of a manifest with SHA-256 ${record.manifestSha256 ?? 'none'}`);
    if (found.has(bundleKey) && record.bundleSha256 !== sha256(await bucket.read(bundleKey)))
      wrong.push(`its record tells of a recovery bundle with SHA-256 ${record.bundleSha256 ?? 'none'}`);
  }
  if (manifest === null) wrong.push('there is no manifest');
  else wrong.push(...manifest.wrong(sizes));
  const isThere = present.length > 0;
  const copy: ProvenObjects = {
    place: 'gcs',
    kind: 'gcs',
    account: null,
    region: null,
    arn: isThere ? url(dataPrefix) : null,
    status: isThere ? 'available' : 'missing',
    kmsKeyId: null,
    dataTime: record?.tags?.[copyTags.dataTime] ?? null,
    verified: isThere && wrong.length === 0,
    ...sizes,
    crc32cChecked: compared,
    skippedTables: exported.copy.skippedTables,
  };
  return {
    copy,
    problems: told(context, `gcs (gs://${name})`, isThere ? wrong : ['there is nothing of the export']),
    accounted: [...exported.objects.keys(), bundleKey, recordKey, ...(manifest?.keys ?? [])].map(url),
  };
}

function wrongObject(key: string, object: SeenObject | undefined, expected: ReadObject): string[] {
  if (object === undefined) return [`${key} is missing`];
  if (object.bytes !== expected.bytes) return [`${key} has ${object.bytes} bytes instead of ${expected.bytes}`];
  return object.crc32c === expected.crc32c
    ? []
    : [`${key} has CRC32C ${object.crc32c ?? 'none'} instead of ${expected.crc32c}`];
}

/** The record's word against what lies there. */
function wrongRecord(
  record: RecoveryPointRecord,
  there: Pick<RecoveryPointRecord, 'objects' | 'bytes' | 'skippedTables'>,
  place: string,
  { run, cluster, dataTime, dataPrefix }: Context,
): string[] {
  const tags = wrongTags(record.tags ?? {}, dataTime, cluster, place, run);
  const wrong = tags.map((problem) => `in its record, ${problem}`);
  if (record.dataPrefix !== dataPrefix) wrong.push(`its record tells of data under ${record.dataPrefix}`);
  if (record.objects !== there.objects || record.bytes !== there.bytes)
    wrong.push(
      `its record tells of ${record.objects} objects with ${record.bytes} bytes, there are ${there.objects} with ${there.bytes}`,
    );
  if (record.skippedTables?.length !== there.skippedTables.length)
    wrong.push(`its record tells of ${record.skippedTables?.length} tables that RDS left out`);
  return wrong;
}

function isProof({ verified }: Partial<RecoveryPointRecord>): boolean {
  return verified !== undefined && verified.level !== undefined && !Number.isNaN(Date.parse(verified.at));
}

async function readManifest({ dataPrefix }: Context, bucket: SeenBucket, found: ReadonlyMap<string, SeenObject>) {
  const key = dataPrefix + bucketLayout.manifest;
  if (!found.has(key)) return null;
  const content = await bucket.read(key);
  const { objects, bytes, shards } = JSON.parse(content.toString()) as Manifest;
  const shardProblems: string[] = [];
  for (const shard of shards) {
    const shardKey = dataPrefix + shard.key;
    if (!found.has(shardKey)) shardProblems.push(`${shardKey} of the manifest is missing`);
    else if (sha256(await bucket.read(shardKey)) !== shard.sha256)
      shardProblems.push(`${shardKey} is not what the manifest tells`);
  }
  return {
    sha256: sha256(content),
    keys: [key, ...shards.map((shard) => dataPrefix + shard.key)],
    wrong: (there: { readonly objects: number; readonly bytes: number }) =>
      objects === there.objects && bytes === there.bytes
        ? shardProblems
        : [
            ...shardProblems,
            `its manifest tells of ${objects} objects with ${bytes} bytes, there are ${there.objects} with ${there.bytes}`,
          ],
  };
}

/** Of RDS's own report, a JSON document beside the data. */
function skippedIn(report: Buffer): SkippedTable[] {
  const { perTableStatus } = JSON.parse(report.toString()) as { perTableStatus: Record<string, unknown>[] };
  return perTableStatus.flatMap(({ status, target, warningMessage }) =>
    status === 'COMPLETE'
      ? []
      : [{ table: String(target), reason: typeof warningMessage === 'string' ? warningMessage : null }],
  );
}

async function readRecord(bucket: SeenBucket, key: string): Promise<RecoveryPointRecord> {
  return JSON.parse((await bucket.read(key)).toString()) as RecoveryPointRecord;
}

async function seen(bucket: SeenBucket, key: string): Promise<ReadObject> {
  const content = await bucket.read(key);
  return { bytes: content.length, crc32c: crc32c(content).toString(16).padStart(8, '0') };
}

function told({ cluster: { account, region, id } }: Context, where: string, problems: readonly string[]): string[] {
  return problems.map((problem) => `${account}/${region}/${id}: ${where}: ${problem}`);
}

const has = (objects: readonly SeenObject[], key: string) => objects.some((object) => object.key === key);
const total = (objects: readonly { readonly bytes: number }[]) => objects.reduce((sum, { bytes }) => sum + bytes, 0);
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
