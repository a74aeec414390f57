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
import { type GcsSink, startGcsSink } from '../../bench/objectServers/gcsSink';
import { type S3Source, startS3Source } from '../../bench/objectServers/s3Source';
import { randomFrom } from '../../bench/statistics';
import { type TransferWorkerOrder } from '../../bench/transferWorker';
import { provision } from '../../sandbox/provision';
import { packageFile } from '../../sandbox/provision/packageFile';
import { startTemporalServer, type TemporalServer } from '../../sandbox/servers';
import { bucketLayout } from '../../src/core/bucket';
import { type Manifest, type ManifestEntry } from '../../src/core/manifest';
import { fleetTaskQueue } from '../../src/core/naming';
import { type transferExport, type TransferExportInput } from '../../src/workflows/transferExport';

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

/** Two shards: one of small files, one with an object of two parts. */
const objects = [
  ...objectsOf({ prefix: `${exported}a/`, count: 5_100, bytes: [0, 6_000], etag: 'kms' }),
  ...objectsOf({ prefix: `${exported}b/`, count: 1, bytes: [17 * 2 ** 20, 17 * 2 ** 20], etag: 'multipart' }),
];

const random = randomFrom(20_261_121);
const below = (limit: number) => Math.floor(random() * limit);
let burning = true;
const suffered = new Map<string, number>();

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
  source = await startS3Source({
    objects,
    checksums: true,
    faultOf: ({ operation, bytes }) =>
      oneOf([
        () => ({ type: 'status', status: 500, code: 'InternalError' }),
        () => ({ type: 'status', status: 503, code: 'SlowDown' }),
        ...(operation !== 'get'
          ? []
          : [
              () => ({ type: 'status', status: 400, code: 'ExpiredToken' }) as const,
              () => ({ type: 'truncate', at: below(bytes) }) as const,
              () => ({ type: 'flip', at: below(bytes) }) as const,
              () => ({ type: 'reset', at: below(bytes) }) as const,
            ]),
      ]),
  });
  sink = await startGcsSink({
    keep: /./,
    faultOf: ({ operation, bytes }) =>
      oneOf([
        () => ({ type: 'status', status: 429, retryAfterSeconds: 1 }),
        () => ({ type: 'status', status: 503 }),
        ...(operation !== 'upload'
          ? []
          : [
              () => ({ type: 'reset', at: below(Math.max(1, bytes - 1_000)) }) as const,
              () => ({ type: 'flip', at: below(Math.max(1, bytes - 1_000)) }) as const,
              () => ({ type: 'unanswered' }) as const,
            ]),
      ]),
  });
}, 120_000);

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await connection?.close();
  await Promise.all([source?.close(), sink?.close(), temporal?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function startWorker(codePath: string): Promise<void> {
  const order: TransferWorkerOrder = {
    address: temporal.address,
    fleet,
    source: source.endpoint,
    sink: sink.endpoint,
    codePath,
  };
  const worker = fork(packageFile('dist', 'bench', 'transferWorker.js'), [JSON.stringify(order)], { execArgv: [] });
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
    targetBucket: 'gs://panda-backups',
    dataPrefix,
    lock: null,
    bytesPerSecond: 700_000,
    verify: 'manifest',
    skippedTables: [],
    tags: {},
  };
  const handle = await new Client({ connection }).workflow.start<typeof transferExport>('transferExport', {
    taskQueue: fleetTaskQueue(fleet),
    workflowId: 'transfer-under-fire',
    args: [input],
  });
  const ended = handle.result();
  let isOver = false;
  const over = () => (isOver = true);
  ended.then(over, over);

  let killed = 0;
  for (; killed < kills && !isOver; killed++) {
    await delay(500 + below(1_500));
    const victims = [...workers];
    victims[below(victims.length)]?.kill('SIGKILL');
    // Another one in its stead, while the rest goes on; that one may be killed before it is ready.
    void startWorker(codePath);
  }
  const result = await ended;
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
  expect(
    Math.min(...['status 500', 'status 503', 'flip', 'reset', 'truncate'].map((name) => suffered.get(name) ?? 0)),
  ).toBeGreaterThan(0);
}, 240_000);
