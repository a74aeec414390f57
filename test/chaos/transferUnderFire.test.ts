import { type TransferExportInput } from '../../src/core/transfer/transferRequest';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { checksumOf, objectsOf } from '../../bench/objectServers/content';
import { type Fault } from '../../bench/objectServers/faults';
import { type Arrival, type GcsSink, startGcsSink } from '../../bench/objectServers/gcsSink';
import { type S3Source, startS3Source } from '../../bench/objectServers/s3Source';
import {
  type ShortLivedCredentials,
  startShortLivedCredentials,
} from '../../bench/objectServers/shortLivedCredentials';
import { randomFrom } from '../../bench/statistics';
import { type TransferWorkerOrder } from '../../bench/transferWorker';
import { provision } from '../../sandbox/provision';
import { packageFile } from '../../sandbox/provision/packageFile';
import { startTemporalServer, type TemporalServer } from '../../sandbox/servers';
import { bucketLayout } from '../../src/core/catalogue/bucket';
import { type Manifest, type ManifestEntry } from '../../src/core/catalogue/manifest';
import { fleetTaskQueue } from '../../src/core/naming';
import { partSuffix } from '../../src/transfer/sendInParts';
import { takeTransferSnapshot, type TransferSnapshot } from '../../src/client/backup/transferSnapshot';
import { type transferExport } from '../../src/workflows/transferExport';

const kills = 20;
const fleet = 'fire';
const resource = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'panda',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:panda',
} as const;
const scheduledTime = '2026-11-21T02:00:00Z';
const dataPrefix = bucketLayout.dataPrefix(resource, scheduledTime);
const exported = `${dataPrefix}${bucketLayout.export}task/`;

const partBytes = 16 * 2 ** 20;
const large = { key: `${exported}b/large.data`, bytes: partBytes + 2 ** 20, etag: 'multipart' } as const;

/** Two shards: one of small files, one with an object of two parts. */
const objects = [...objectsOf({ prefix: `${exported}a/`, count: 5_100, bytes: [0, 6_000], etag: 'kms' }), large];

const random = randomFrom(20_261_121);
const below = (limit: number) => Math.floor(random() * limit);
let burning = true;
let killed = 0;
const suffered = new Map<string, number>();

/** Credentials are said to live for an hour. */
const lifetimeMilliseconds = 4_000;
/** Beside that, all end at the moment when the first part of the large object is on its way. */
let haveEndedUnderPart = false;
/** The source states a checksum of whole objects only: a damaged part is noticed when all have been sent, and all are anew. */
let damagedReadings = 0;

/** What came of every request that brought an object or a part, and how many workers had been killed by then. */
const arrivals: (Arrival & { readonly killed: number })[] = [];
/** Of a request beside its content: the object's description, and boundaries. */
const descriptionBytes = 1_500;
/** Shards on a worker at once, and objects or parts of one that are on their way at once. */
const onTheirWay = 2 * 16;

/** One request of fifty goes wrong. */
function oneOf(kinds: readonly (() => Fault)[]): Fault | null {
  if (!burning || random() > 0.02) return null;
  const fault = kinds[below(kinds.length)]?.() ?? null;
  const name = fault?.type === 'status' ? `${fault.type} ${fault.status}` : (fault?.type ?? '');
  suffered.set(name, (suffered.get(name) ?? 0) + 1);
  return fault;
}

let folder: string;
let temporal: TemporalServer;
let connection: Connection;
let source: S3Source;
let sink: GcsSink;
let credentials: ShortLivedCredentials;
const workers = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
  const servers = await provision(['temporal-cli']);
  temporal = await startTemporalServer({
    path: servers['temporal-cli'].path,
    headless: true,
    logFile: join(folder, 'temporal.log'),
  });
  connection = await Connection.connect({ address: temporal.address });
  credentials = await startShortLivedCredentials(lifetimeMilliseconds, () => burning && random() < 0.1);
  const { accepts } = credentials;
  source = await startS3Source({
    objects,
    checksums: 'crc32c',
    accepts,
    faultOf: ({ operation, key, bytes }) =>
      oneOf([
        () => ({ type: 'status', status: 500, code: 'InternalError' }),
        () => ({ type: 'status', status: 503, code: 'SlowDown' }),
        ...(operation !== 'get'
          ? []
          : [
              () => ({ type: 'status', status: 400, code: 'ExpiredToken' }) as const,
              () => ({ type: 'truncate', at: below(bytes) }) as const,
              () => {
                if (key === large.key) damagedReadings += 1;
                return { type: 'flip', at: below(bytes) } as const;
              },
              () => ({ type: 'reset', at: below(bytes) }) as const,
            ]),
      ]),
  });
  sink = await startGcsSink({
    keep: /./,
    accepts,
    onUpload: (upload) => arrivals.push({ ...upload, killed }),
    faultOf: ({ operation, key, bytes }) => {
      if (operation === 'upload' && key.includes(partSuffix) && !haveEndedUnderPart) {
        haveEndedUnderPart = true;
        credentials.endAll();
        return null;
      }
      return oneOf([
        () => ({ type: 'status', status: 429, retryAfterSeconds: 1 }),
        () => ({ type: 'status', status: 503 }),
        ...(operation !== 'upload'
          ? []
          : [
              () => ({ type: 'reset', at: below(Math.max(1, bytes - 1_000)) }) as const,
              () => ({ type: 'flip', at: below(Math.max(1, bytes - 1_000)) }) as const,
              () => ({ type: 'unanswered' }) as const,
            ]),
      ]);
    },
  });
}, 120_000);

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await connection?.close();
  await Promise.all([source?.close(), sink?.close(), credentials?.close(), temporal?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function startWorker(codePath: string): Promise<void> {
  const order: TransferWorkerOrder = {
    address: temporal.address,
    fleet,
    source: source.endpoint,
    sink: sink.endpoint,
    withCredentials: true,
    codePath,
  };
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const worker = fork(packageFile('dist', 'bench', 'transferWorker.js'), [JSON.stringify(order)], {
    execArgv: [],
    env: { ...Object.fromEntries(own), ...credentials.environment, AWS_ENDPOINT_URL_S3: source.endpoint },
  });
  workers.add(worker);
  worker.once('exit', () => workers.delete(worker));
  await Promise.race([once(worker, 'message'), once(worker, 'exit')]);
}

test('a transfer under fire, its workers killed twenty times, brings every byte and leaves nothing behind', async () => {
  const codePath = join(folder, 'workflows.js');
  const { code } = await bundleWorkflowCode({
    workflowsPath: packageFile('dist', 'src', 'workflows', 'index.js'),
    workflowInterceptorModules: [packageFile('dist', 'bench', 'quickRetries.js')],
    logger: new DefaultLogger('ERROR'),
  });
  await writeFile(codePath, code);
  await Promise.all([1, 2, 3, 4].map(() => startWorker(codePath)));

  const input: TransferExportInput = {
    version: 1,
    fleet,
    identity: { fleet, tier: 'critical', resource, scheduledTime },
    sourceScope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
    sourceBucket: 's3://panda-exports',
    sourcePrefix: exported,
    exported: objects.length,
    targetBucket: 'gs://panda-backups',
    dataPrefix,
    lock: null,
    bytesPerSecond: 700_000,
    verify: 'manifest',
    skippedTables: [],
    tags: {},
  };
  const client = new Client({ connection });
  const handle = await client.workflow.start<typeof transferExport>('transferExport', {
    taskQueue: fleetTaskQueue(fleet),
    workflowId: 'transfer-under-fire',
    args: [input],
  });
  const ended = handle.result();
  let isOver = false;
  const over = () => (isOver = true);
  ended.then(over, over);

  const seen: TransferSnapshot[] = [];
  const watch = async () => {
    while (!isOver) {
      const snapshot = await takeTransferSnapshot(client, handle.workflowId);
      if (snapshot !== undefined) seen.push(snapshot);
      await delay(1_000);
    }
  };
  const watching = watch();
  for (; killed < kills && !isOver; killed++) {
    await delay(500 + below(1_500));
    const victims = [...workers];
    victims[below(victims.length)]?.kill('SIGKILL');
    // Another one in its stead, while the rest goes on; that one may be killed before it is ready.
    void startWorker(codePath);
  }
  const result = await ended;
  await watching;
  expect(killed).toBe(kills);
  burning = false;

  expect(result).toMatchObject({ objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) });
  const wrong = objects.filter((object) => {
    const found = sink.objects.get(object.key);
    return found?.bytes !== object.bytes || found.crc32c !== checksumOf(object, 0);
  });
  expect(wrong).toEqual([]);

  const read = (key: string) => Buffer.concat(sink.objects.get(key)?.content ?? []).toString();
  const manifest = JSON.parse(read(dataPrefix + bucketLayout.manifest)) as Manifest;
  const entries = manifest.shards.flatMap(({ key }) =>
    read(dataPrefix + key)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ManifestEntry),
  );
  expect(entries.map(({ key, crc32c }) => [key, crc32c])).toEqual(
    objects.map((object) => [
      object.key.slice(`${dataPrefix}${bucketLayout.export}`.length),
      checksumOf(object, 0).toString(16).padStart(8, '0'),
    ]),
  );

  // No plan, no part, no unfinished upload.
  expect(sink.openUploads).toBe(0);
  const own = [bucketLayout.manifest, ...manifest.shards.map(({ key }) => key)].map((key) => dataPrefix + key);
  const known = new Set([...objects.map(({ key }) => key), ...own, bucketLayout.record(resource, scheduledTime)]);
  expect([...sink.objects.keys()].filter((key) => !known.has(key))).toEqual([]);

  // Conditions see to it that what is whole is never written over.
  expect(objects.filter(({ key }) => sink.writes.get(key) !== 1).map(({ key }) => key)).toEqual([]);
  requireFewSentAgain();

  // Whoever watches has seen it come, though no shard was whole yet.
  const totalBytes = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  const onTheWay = seen.filter(({ bytes, bytesPerSecond }) => bytes > 0 && bytes < totalBytes && bytesPerSecond > 0);
  expect(new Set(onTheWay.map(({ bytes }) => bytes)).size).toBeGreaterThan(1);
  expect(
    onTheWay.filter((snapshot) => snapshot.totalBytes !== totalBytes || !((snapshot.secondsLeft ?? 0) > 0)),
  ).toEqual([]);

  // Of both clouds, many times, and also while a part was on its way.
  expect(Math.min(source.expired, arrivals.filter(({ end }) => end === 'expired').length)).toBeGreaterThan(0);
  expect(arrivals.some(({ key, end }) => key.includes(partSuffix) && end === 'expired')).toBe(true);
  expect(
    Math.min(...['status 500', 'status 503', 'flip', 'reset', 'truncate'].map((name) => suffered.get(name) ?? 0)),
  ).toBeGreaterThan(0);
}, 240_000);

/**
 * What a transfer may cost the network. The target keeps each object and each part once. Every other request that brought one
 * is owed to something that befell another: a fault, a token that ended, an answer that was lost (the next request is then
 * refused by its precondition), or the kill of the worker; and that breaks one request of an object or part at most, and no
 * more of them than a worker has on their way.
 */
function requireFewSentAgain(): void {
  const sizes = new Map(objects.map(({ key, bytes }) => [key, bytes]));
  const byKey = new Map<string, (typeof arrivals)[number][]>();
  for (const arrival of arrivals)
    if (sizes.has(arrival.key) || arrival.key.includes(partSuffix))
      byKey.set(arrival.key, [...(byKey.get(arrival.key) ?? []), arrival]);
  const wrong = [...byKey].filter(([key, requests]) => {
    const those = (...ends: readonly Arrival['end'][]) => requests.filter(({ end }) => ends.includes(end));
    const kept = those('kept', 'unanswered').length;
    const broken = those('broken');
    const size = sizes.get(key) ?? partBytes;
    return (
      kept < 1 ||
      kept > (sizes.has(key) ? 1 : 1 + damagedReadings) ||
      those('unmet').length > those('unanswered').length ||
      new Set(broken.map((request) => request.killed)).size !== broken.length ||
      requests.reduce((sum, { bytes }) => sum + bytes, 0) > requests.length * (size + descriptionBytes)
    );
  });
  expect(wrong).toEqual([]);
  const broken = arrivals.filter(({ end }) => end === 'broken');
  for (let kill = 0; kill <= kills; kill += 1)
    expect(broken.filter((request) => request.killed === kill).length).toBeLessThanOrEqual(onTheirWay);
}
