import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { provision } from '../sandbox/provision';
import { farcopySearchAttributes, startTemporalServer } from '../sandbox/servers';
import { freePort } from '../sandbox/servers/freePort';
import { requestRecoveryPoint } from '../src/activities/backup/requestRecoveryPoint';
import { inParallel } from '../src/core/inParallel';
import { workflowNames } from '../src/core/messageNames';
import { median, table } from './statistics';
import { lifecycleResources, workerBenchPolicy } from './workerFleet';
import { type WorkerReport } from './workerProcess';

/**
 * Memory and throughput of one worker process: every one of 1,000 lifecycles is asked for a recovery point at once. Real
 * Temporal server, clouds in memory, service limits that do not bind. Beside it the same with a cache that is too small, and
 * with a tenth of the lifecycles.
 *
 *   npm run bench:worker -- [--lifecycles 1000]
 */

interface Measured {
  readonly rssMiB: { readonly min: number; readonly median: number; readonly max: number };
  readonly seconds: number;
  readonly workflowTasks: number;
  readonly cacheMisses: number;
  readonly cpuSeconds: number;
}

const requestsAtOnce = 16;
const looksEveryMilliseconds = 500;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { lifecycles: { type: 'string', default: '1000' } } });
  const lifecycles = Number(values.lifecycles);
  const servers = await provision(['temporal-cli'], {});
  const variants: { name: string; count: number; cached?: number }[] = [
    { name: `${lifecycles} lifecycles`, count: lifecycles },
    {
      name: `${lifecycles} lifecycles, ${lifecycles / 10} workflows cached`,
      count: lifecycles,
      cached: lifecycles / 10,
    },
    { name: `${lifecycles / 10} lifecycles`, count: lifecycles / 10 },
  ];
  const rows: (string | number)[][] = [
    [
      'one worker process',
      'RSS MiB min',
      'median',
      'max',
      'recovery points / min',
      'workflow tasks / s',
      'replays / 100 tasks',
      'CPU ms / recovery point',
    ],
  ];
  for (const { name, count, cached } of variants) {
    const measured = await measure(servers['temporal-cli'].path, count, cached);
    rows.push([
      name,
      ...Object.values(measured.rssMiB).map(Math.round),
      Math.round((count / measured.seconds) * 60),
      Math.round(measured.workflowTasks / measured.seconds),
      ((100 * measured.cacheMisses) / measured.workflowTasks).toFixed(1),
      Math.round((1000 * measured.cpuSeconds) / count),
    ]);
    console.error(`${name}: ${Math.round(measured.seconds)} s`);
  }
  console.log(table(rows));
}

/** Every variant has a server and a worker of its own. */
async function measure(temporalCli: string, lifecycles: number, cached: number | undefined): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'farcopy-bench-'));
  const server = await startTemporalServer({
    path: temporalCli,
    searchAttributes: farcopySearchAttributes,
    headless: true,
    logFile: join(directory, 'temporal.log'),
  });
  const metrics = `127.0.0.1:${await freePort()}`;
  const worker = fork(join(__dirname, 'workerProcess.js'), [
    ...['--address', server.address, '--metrics', metrics, '--lifecycles', String(lifecycles)],
    ...(cached === undefined ? [] : ['--cached', String(cached)]),
  ]);
  const samples: Extract<WorkerReport, { type: 'sample' }>[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (report: WorkerReport) => {
      if (report.type === 'ready') resolve();
      else samples.push(report);
    });
    worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
  });
  const connection = await Connection.connect({ address: server.address });
  try {
    await ready;
    const client = new Client({ connection });
    const startedAt = Date.now();
    await requestAll(client, lifecycles);
    await allCompleted(client, lifecycles);
    const seconds = (Date.now() - startedAt) / 1000;
    const counters = await (await fetch(`http://${metrics}/metrics`)).text();
    const rss = samples.map(({ rssBytes }) => rssBytes / 2 ** 20);
    return {
      rssMiB: { min: Math.min(...rss), median: median(rss), max: Math.max(...rss) },
      seconds,
      workflowTasks: counter(counters, 'temporal_workflow_task_execution_latency_count'),
      cacheMisses: counter(counters, 'temporal_sticky_cache_miss'),
      cpuSeconds: samples.at(-1)?.cpuSeconds ?? NaN,
    };
  } finally {
    if (worker.exitCode === null) {
      worker.send('stop');
      await once(worker, 'exit');
    }
    await connection.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function requestAll(client: Client, lifecycles: number): Promise<void> {
  const request = { scheduledTime: new Date().toISOString(), policy: workerBenchPolicy, force: false };
  await inParallel(lifecycleResources(lifecycles), requestsAtOnce, (resource) =>
    requestRecoveryPoint(client, resource, request),
  );
}

async function allCompleted(client: Client, count: number): Promise<void> {
  const ended = `WorkflowType = '${workflowNames.createRecoveryPoint}' AND ExecutionStatus`;
  for (;;) {
    const [completed, failed] = await Promise.all([
      client.workflow.count(`${ended} = 'Completed'`),
      client.workflow.count(`${ended} = 'Failed'`),
    ]);
    if (failed.count > 0) throw new Error(`${failed.count} recovery points failed`);
    if (completed.count >= count) return;
    await delay(looksEveryMilliseconds);
  }
}

/** The sum of a counter over all its labels; 0 where it was never counted. */
function counter(text: string, name: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

void main();
