import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { temporal as proto } from '@temporalio/proto';
import { provision } from '../sandbox/provision';
import { startTemporalServer } from '../sandbox/servers';
import { bucketLayout } from '../src/core/catalogue/bucket';
import { fleetTaskQueue } from '../src/core/naming';
import { workflowBundle } from '../src/worker/workflowBundle';
import { type transferExport } from '../src/workflows/transferExport';
import { checksumOf, type ObjectGroup, objectsOf } from './objectServers/content';
import { startObjectServer } from './objectServers/startObjectServer';
import { table } from './statistics';
import { type TransferWorkerOrder, type TransferWorkerReport } from './transferWorker';

/**
 * Whether memory, history and payloads stay small: one export of very many small objects and one of a single huge one, by the
 * real workflow on a real Temporal server, with one worker.
 *
 *   npm run bench:transfer-scale -- [--objects 100000] [--gibibytes 20]
 */

const fleet = 'scale';
const resource = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'panda',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:panda',
} as const;
const scheduledTime = '2026-11-21T02:00:00Z';
const dataPrefix = bucketLayout.dataPrefix(resource, scheduledTime);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { objects: { type: 'string', default: '100000' }, gibibytes: { type: 'string', default: '20' } },
  });
  const servers = await provision(['temporal-cli'], {});
  const huge = Number(values.gibibytes) * 2 ** 30;
  const exports: Record<string, Omit<ObjectGroup, 'prefix'>> = {
    [`${values.objects} objects of 1 to 4 KB`]: { count: Number(values.objects), bytes: [1_000, 4_000], etag: 'kms' },
    [`1 object of ${values.gibibytes} GiB`]: { count: 1, bytes: [huge, huge], etag: 'multipart', sparse: true },
  };
  const rows: (string | number)[][] = [
    [
      'export',
      'seconds',
      'worker MiB at most',
      'of it heap',
      'buffers',
      'history events',
      'history KiB',
      'largest event KiB',
      'wrong',
      'left over',
    ],
  ];
  for (const [name, group] of Object.entries(exports))
    rows.push([name, ...(await measure(servers['temporal-cli'].path, group))]);
  rows.push(['goal', '-', 256, '-', '-', '-', '-', 2048, 0, 0]);
  console.log(table(rows));
}

async function measure(temporalCli: string, kind: Omit<ObjectGroup, 'prefix'>): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'farcopy-bench-'));
  const group: ObjectGroup = { ...kind, prefix: `${dataPrefix}${bucketLayout.export}task/` };
  const [server, source, sink] = await Promise.all([
    startTemporalServer({ path: temporalCli, headless: true, logFile: join(folder, 'temporal.log') }),
    startObjectServer({ role: 'source', groups: [group], tls: null, checksums: 'crc64nvme' }),
    // The plan and the manifest are read back.
    startObjectServer({ role: 'sink', tls: null, keep: `^(?!${group.prefix}|.*/staging/)` }),
  ]);
  const codePath = join(folder, 'workflows.js');
  const bundle = await workflowBundle();
  if ('code' in bundle) await writeFile(codePath, bundle.code);
  const order: TransferWorkerOrder = {
    address: server.address,
    fleet,
    source: source.endpoint,
    sink: sink.endpoint,
    codePath: 'code' in bundle ? codePath : bundle.codePath,
  };
  const worker = fork(join(__dirname, 'transferWorker.js'), [JSON.stringify(order)], { execArgv: [] });
  const most = { peakMiB: 0, heapMiB: 0, buffersMiB: 0 };
  worker.on('message', (report: TransferWorkerReport) => {
    if (report === 'ready') return;
    most.peakMiB = report.peakMiB;
    most.heapMiB = Math.max(most.heapMiB, report.heapMiB);
    most.buffersMiB = Math.max(most.buffersMiB, report.buffersMiB);
  });
  const connection = await Connection.connect({ address: server.address });
  try {
    await once(worker, 'message');
    const started = performance.now();
    const handle = await new Client({ connection }).workflow.start<typeof transferExport>('transferExport', {
      taskQueue: fleetTaskQueue(fleet),
      workflowId: 'scale',
      args: [
        {
          version: 1,
          fleet,
          identity: { fleet, tier: 'critical', resource, scheduledTime },
          sourceScope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
          sourceBucket: 's3://panda-exports',
          sourcePrefix: group.prefix,
          targetBucket: 'gs://panda-backups',
          dataPrefix,
          lock: null,
          bytesPerSecond: null,
          verify: 'manifest',
          skippedTables: [],
          exported: 0,
          tags: {},
        },
      ],
    });
    await handle.result();
    const seconds = (performance.now() - started) / 1000;
    const { events } = await handle.fetchHistory();
    const sizes = (events ?? []).map((event) => proto.api.history.v1.HistoryEvent.encode(event).finish().length);
    const found = new Map((await sink.checksums()).map(([key, bytes, crc32c]) => [key, { bytes, crc32c }]));
    const wrong = [...objectsOf(group)].filter((object) => {
      const there = found.get(object.key);
      return there?.bytes !== object.bytes || there.crc32c !== checksumOf(object, 0);
    });
    const leftOver = [...found.keys()].filter((key) => /\/(staging|plan)\//.test(key));
    const kibibytes = (bytes: number) => Math.round((bytes / 1024) * 10) / 10;
    return [
      Math.round(seconds),
      Math.round(most.peakMiB),
      Math.round(most.heapMiB),
      Math.round(most.buffersMiB),
      sizes.length,
      kibibytes(sizes.reduce((sum, size) => sum + size, 0)),
      kibibytes(Math.max(...sizes)),
      wrong.length,
      leftOver.length,
    ];
  } finally {
    worker.disconnect();
    if (worker.exitCode === null) await once(worker, 'exit');
    await connection.close();
    await Promise.all([source.stop(), sink.stop(), server.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
